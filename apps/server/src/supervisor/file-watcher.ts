/** Notices that a file has changed: of the configuration, or of a certificate. */

import { lstatSync, realpathSync, statSync, watch } from "node:fs";
import { dirname } from "node:path";
import { type Clock, systemClock } from "@trapezoid/base";

export interface FileWatcherOptions {
  readonly onChange: () => void;
  /** Editors write in several steps. Default 200. */
  readonly settleMs?: number;
  readonly clock?: Clock;
  /** How often files are looked at without an event, which some file systems do not give. Default 0: never. */
  readonly pollMs?: number;
  /** Calls `changed` for every event in a folder. Default: the system's. */
  readonly watchFolder?: (folder: string, changed: () => void) => Disposable;
  /** Something that differs whenever the file does. Default: inode, size and times. */
  readonly signature?: (file: string) => string;
}

/**
 * Folders are watched, not files: editors and orchestrators replace files, also by moving a symbolic link. What happens beside the
 * files (a database in the same folder) ends at the comparison of signatures.
 */
export class FileWatcher {
  readonly #options: Required<FileWatcherOptions>;
  readonly #folders = new Map<string, Disposable>();
  #signatures = new Map<string, string>();
  #settling: Disposable | undefined;
  #polling: Disposable | undefined;

  constructor(options: FileWatcherOptions) {
    this.#options = {
      settleMs: 200,
      pollMs: 0,
      clock: systemClock,
      watchFolder: watchSystemFolder,
      signature: fileSignature,
      ...options,
    };
  }

  /** Watches exactly these files from now on, as they are now. */
  watch(files: readonly string[]): void {
    const folders = new Set(files.flatMap(foldersOf));
    for (const [folder, registration] of this.#folders) {
      if (folders.has(folder)) continue;
      registration[Symbol.dispose]();
      this.#folders.delete(folder);
    }
    for (const folder of folders) {
      if (!this.#folders.has(folder))
        this.#folders.set(
          folder,
          this.#options.watchFolder(folder, () => this.#touched()),
        );
    }
    this.#signatures = new Map(files.map((file) => [file, this.#options.signature(file)]));
    this.#poll();
  }

  close(): void {
    this.#polling?.[Symbol.dispose]();
    this.#settling?.[Symbol.dispose]();
    for (const registration of this.#folders.values()) registration[Symbol.dispose]();
    this.#folders.clear();
    this.#signatures.clear();
  }

  #poll(): void {
    const { pollMs, clock } = this.#options;
    this.#polling?.[Symbol.dispose]();
    if (pollMs === 0 || this.#signatures.size === 0) return;
    this.#polling = clock.after(pollMs, () => {
      this.#touched();
      this.#poll();
    });
  }

  #touched(): void {
    this.#settling ??= this.#options.clock.after(this.#options.settleMs, () => {
      this.#settling = undefined;
      let changed = false;
      for (const [file, before] of this.#signatures) {
        const now = this.#options.signature(file);
        if (now === before) continue;
        this.#signatures.set(file, now);
        changed = true;
      }
      if (changed) this.#options.onChange();
    });
  }
}

/** Where an event tells of the file: beside it, beside what it is a link to, and beside each link on the way to it. */
function foldersOf(file: string): readonly string[] {
  const folders = new Set([dirname(file)]);
  for (let path = file; dirname(path) !== path; path = dirname(path)) {
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) folders.add(dirname(path));
  }
  try {
    folders.add(dirname(realpathSync(file)));
  } catch {
    // Not there yet, or a link to nothing.
  }
  return [...folders];
}

function watchSystemFolder(folder: string, changed: () => void): Disposable {
  try {
    const watcher = watch(folder, { persistent: false }, changed);
    // The folder was removed: the next reload by signal looks at it again.
    watcher.on("error", () => watcher.close());
    return { [Symbol.dispose]: () => watcher.close() };
  } catch {
    // No more inotify watches: SIGHUP still reloads.
    return { [Symbol.dispose]: () => {} };
  }
}

function fileSignature(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? "" : `${stat.ino} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}`;
}
