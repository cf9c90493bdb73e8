/** A folder of its own for each peer, gone with it. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

export interface TempFolder extends AsyncDisposable {
  readonly path: string;
  /** A path inside. */
  file(name: string): string;
}

/** `INTEROP_KEEP=1` leaves the folders, for looking at logs. */
export async function makeTempFolder(name: string): Promise<TempFolder> {
  const folder = await mkdtemp(path.join(tmpdir(), `interop-${name}-`));
  return {
    path: folder,
    file: (file) => path.join(folder, file),
    [Symbol.asyncDispose]: async () => {
      if (process.env.INTEROP_KEEP !== "1") await rm(folder, { recursive: true, force: true });
    },
  };
}
