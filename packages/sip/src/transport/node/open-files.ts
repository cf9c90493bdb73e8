/** How many files and sockets the system lets this process have open. */

import { readFileSync } from "node:fs";

/** Kept for what is no connection: listeners, UDP sockets, files, and the socket that is accepted only to be closed. */
const keptForOthers = 64;

/** The soft limit (`ulimit -n`), which Node raises to the hard one when it starts; `undefined` where it cannot be told. */
export function openFilesLimit(): number | undefined {
  let text: string;
  try {
    text = readFileSync("/proc/self/limits", "latin1");
  } catch {
    // Only Linux tells it there.
    return undefined;
  }
  const found = /^Max open files\s+(\d+)/m.exec(text);
  return found === null ? undefined : Number(found[1]);
}

/**
 * `connections`, or as many as there are descriptors for. Without descriptors an accept fails, and the event loop wakes for it
 * again and again without anybody being served.
 */
export function connectionsWithin(connections: number, openFiles: number | undefined): number {
  return openFiles === undefined ? connections : Math.max(1, Math.min(connections, openFiles - keptForOthers));
}
