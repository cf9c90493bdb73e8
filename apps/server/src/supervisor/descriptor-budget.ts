/** How many connections each thread may hold, so that all of them together stay below what the system lets the process have open. */

import type { Logger } from "../observe/logger.ts";

/** Files of the store, certificates, modules, name servers asked, standard streams. */
const reservedForProcess = 128;
/** Of each thread: its event loop, its listeners and UDP sockets, its hold on the store; a few connections that are just being refused. */
const reservedForThread = 64;

export interface DescriptorNeeds {
  /** Soft limit on open files; `undefined` where it cannot be told. */
  readonly openFiles: number | undefined;
  /** Threads that hold connections: the signalling threads, and the main one for HTTP and WebSocket. */
  readonly threads: number;
  /** `limits.connections`. */
  readonly connections: number;
}

/**
 * Connections that each thread may hold at most; infinite where nothing is known. Without descriptors an accept fails, and a
 * thread wakes for it again and again; the store and the resolver could open nothing either.
 */
export function connectionBudget({ openFiles, threads }: Pick<DescriptorNeeds, "openFiles" | "threads">): number {
  if (openFiles === undefined) return Number.POSITIVE_INFINITY;
  return Math.max(16, Math.floor((openFiles - reservedForProcess) / threads) - reservedForThread);
}

/** Open files that `connections` in each thread need. */
export function descriptorsNeeded({ threads, connections }: Pick<DescriptorNeeds, "threads" | "connections">): number {
  return reservedForProcess + threads * (connections + reservedForThread);
}

/** Says, where the system grants fewer connections than the configuration asks for, what to raise. */
export function warnOfFewDescriptors(needs: DescriptorNeeds, log: Logger): void {
  const { openFiles, threads, connections } = needs;
  const granted = connectionBudget(needs);
  if (granted >= connections) return;
  const needed = descriptorsNeeded(needs);
  log.warn("the system lets this process open too few files for limits.connections; raise its limit, or lower ours", {
    openFiles,
    threads,
    connections: granted,
    asked: connections,
    raise: `ulimit -n ${needed}, or LimitNOFILE=${needed} in the systemd unit`,
  });
}
