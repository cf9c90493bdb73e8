/** The signalling threads, each connected with every other, with the store and with the main thread's WebSocket edge. */

import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { WorkerSettings } from "../worker/contract.ts";
import { type ThreadEars, WorkerThread } from "./worker-thread.ts";

export interface ThreadMeshOptions extends ThreadEars {
  readonly workers: number;
  /** What all workers have in common. */
  readonly shared: Omit<WorkerSettings, "workerId" | "workers" | "storePort" | "peers" | "ports">;
  /** A new connection to the store thread. */
  readonly connectStore: () => MessagePort;
}

export interface ThreadMesh {
  readonly threads: readonly WorkerThread[];
  /** The main thread's ends, by worker number. */
  readonly ports: ReadonlyMap<number, MessagePort>;
  /** The addresses listened on. */
  readonly listening: readonly string[];
}

/** The main thread's number among the peers. */
const mainThread = 0;

/** Starts the threads; resolves when all of them listen. On failure every thread is ended. */
export async function startThreadMesh(options: ThreadMeshOptions): Promise<ThreadMesh> {
  const { workers } = options;
  const ports = connectAll(workers);
  const threads: WorkerThread[] = [];
  const start = (workerId: number, chosen: readonly number[]): ReturnType<WorkerThread["ready"]> => {
    const storePort = options.connectStore();
    const peers = ports[workerId]!;
    const thread = new WorkerThread(
      { ...options.shared, workerId, workers, storePort, peers, ports: chosen },
      [storePort, ...peers.values()],
      options,
    );
    threads.push(thread);
    return thread.ready();
  };
  try {
    // Where a listener asks for any free port, the first thread chooses and the others share.
    const first = await start(1, []);
    const rest = Array.from({ length: workers - 1 }, (_, index) => index + 2);
    await Promise.all(rest.map((workerId) => start(workerId, first.ports)));
    return { threads, ports: ports[mainThread]!, listening: first.listening };
  } catch (error) {
    await Promise.all(threads.map((thread) => thread.abort()));
    for (const port of ports[mainThread]!.values()) port.close();
    throw error;
  }
}

/** For each thread, its ends of the channels to all others. */
function connectAll(workers: number): readonly Map<number, MessagePort>[] {
  const ports = Array.from({ length: workers + 1 }, () => new Map<number, MessagePort>());
  for (let one = 0; one <= workers; one++) {
    for (let other = one + 1; other <= workers; other++) {
      const { port1, port2 } = new MessageChannel();
      ports[one]!.set(other, port1);
      ports[other]!.set(one, port2);
    }
  }
  return ports;
}
