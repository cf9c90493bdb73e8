/** Files that cannot be used, in words. */

import { accessSync, constants, statSync } from "node:fs";
import { access, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { fileNotWritable, fileThere, fileUnreadable } from "../errors.ts";

/** What the system says of a file, without its name. */
export function faultOfFile(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "ENOENT":
      return "there is no such file";
    case "EACCES":
    case "EPERM":
      return "it is not allowed";
    case "EISDIR":
      return "it is a folder";
    case "ENOTDIR":
      return "what stands before the last / is no folder";
    default:
      return code ?? message;
  }
}

/** Rejects where it cannot be read. */
export async function checkReadable(path: string): Promise<void> {
  try {
    await access(path, constants.R_OK);
    if ((await stat(path)).isDirectory()) throw Object.assign(new TypeError("a folder"), { code: "EISDIR" });
  } catch (error) {
    throw fileUnreadable.from(error, path, faultOfFile(error));
  }
}

/** Throws where nothing can be written: no folder, or none that one may write in. @param isNew Whether a file that is there is one too many. */
export function checkWritable(path: string, isNew: boolean): void {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.isDirectory()) throw fileNotWritable(path, "it is a folder; name a file in it");
  if (there !== undefined && isNew) throw fileThere(path);
  const folder = dirname(path);
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === "ENOENT"
        ? `there is no folder ${folder}; make it first`
        : `${folder} takes no file of ours: ${faultOfFile(error)}`;
    throw fileNotWritable.from(error, path, why);
  }
}
