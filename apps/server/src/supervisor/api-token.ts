/** The token of the HTTP API: made once, in the data folder, for its owner alone. */

import { randomBytes } from "node:crypto";
import { chmodSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { folderFailure, replaceFile } from "../store/index.ts";

const fileName = "api-token";

/** Only a server that holds the data folder calls this: nobody else makes one at the same time. */
export function readOrMakeApiToken(dataFolder: string): string {
  const file = join(dataFolder, fileName);
  try {
    const known = readToken(file);
    if (known !== undefined) {
      if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
      return known;
    }
    const token = randomBytes(32).toString("base64url");
    replaceFile(file, `${token}\n`);
    return token;
  } catch (error) {
    throw folderFailure(error, dataFolder);
  }
}

/** `undefined`: there is none, or one that was cut short. */
function readToken(file: string): string | undefined {
  try {
    const token = readFileSync(file, "utf8").trim();
    return token.length >= 32 ? token : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
