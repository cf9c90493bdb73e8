/** How much waits between two threads: who takes messages says so now and then, so that who sends can stop in time. */

import type { MessagePort } from "node:worker_threads";
import type { PeerMessage } from "./contract.ts";

/** What a message costs beside its octets. */
const overheadBytes = 512;
/** A word for so much costs next to nothing. */
const batchBytes = 65_536;

export function costOf(text: string): number {
  return text.length + overheadBytes;
}

/** The taker's side of one port. */
export class TakenCount {
  readonly #port: MessagePort;
  #bytes = 0;

  constructor(port: MessagePort) {
    this.#port = port;
  }

  take(text: string): void {
    this.#bytes += costOf(text);
    if (this.#bytes < batchBytes) return;
    this.#port.postMessage({ type: "taken", bytes: this.#bytes } satisfies PeerMessage);
    this.#bytes = 0;
  }
}
