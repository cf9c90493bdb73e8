/** How loaded a thread is, ten times a second: how late its event loop is, how busy, how full its tables are. */

import type { Clock } from "@trapezoid/base";
import type { LoadSample } from "./controller.ts";

export const sampleMs = 100;

export interface LoadMonitorOptions {
  readonly clock: Clock;
  /** For how long the event loop has had nothing to do since the thread began; milliseconds. */
  readonly idleMs: () => number;
  /** How full the fullest table is, 0 to 1. */
  readonly full: () => number;
  readonly onSample: (sample: LoadSample) => void;
}

/** Costs a timer and a few reads, whatever the traffic. */
export class LoadMonitor {
  readonly #options: LoadMonitorOptions;
  #timer: Disposable | undefined;
  #takenAt: number;
  #idleMs: number;

  constructor(options: LoadMonitorOptions) {
    this.#options = options;
    this.#takenAt = options.clock.now();
    this.#idleMs = options.idleMs();
    this.#wait();
  }

  close(): void {
    this.#timer?.[Symbol.dispose]();
  }

  #wait(): void {
    this.#timer = this.#options.clock.after(sampleMs, () => {
      this.#take();
      this.#wait();
    });
  }

  #take(): void {
    const { clock, idleMs, full, onSample } = this.#options;
    const at = clock.now();
    const idle = idleMs();
    const passedMs = at - this.#takenAt;
    const busy = passedMs > 0 ? 1 - (idle - this.#idleMs) / passedMs : 0;
    this.#takenAt = at;
    this.#idleMs = idle;
    onSample({ at, lagMs: Math.max(0, passedMs - sampleMs), busy: Math.min(1, Math.max(0, busy)), full: full() });
  }
}
