/** How loaded a thread is, ten times a second: how late it is, how busy, how full its tables are. */

import type { Clock } from "@trapezoid/base";
import type { LoadSample } from "./controller.ts";

export const sampleMs = 100;

export interface LoadMonitorOptions {
  readonly clock: Clock;
  /** For how long the event loop has had nothing to do since the thread began; milliseconds. */
  readonly idleMs: () => number;
  /**
   * How old what is read now is, where the kernel keeps it; milliseconds, `undefined` while that is not known. `isBusy`: since the last
   * time the thread has always had something to do.
   */
  readonly queueAgeMs: (isBusy: boolean) => number | undefined;
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
    const { clock, idleMs, queueAgeMs, full, onSample } = this.#options;
    const at = clock.now();
    const idle = idleMs();
    const passedMs = at - this.#takenAt;
    const busy = passedMs > 0 ? Math.min(1, Math.max(0, 1 - (idle - this.#idleMs) / passedMs)) : 0;
    this.#takenAt = at;
    this.#idleMs = idle;
    const queueMs = queueAgeMs(busy > alwaysBusy);
    const lagMs = Math.max(0, passedMs - sampleMs, queueMs ?? 0);
    onSample({ at, lagMs, isLagKnown: queueMs !== undefined, busy, full: full() });
  }
}

/** What is less leaves moments in which nothing waits. */
const alwaysBusy = 0.995;
