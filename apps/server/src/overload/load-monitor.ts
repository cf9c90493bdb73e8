/** How loaded a thread is, ten times a second: how late it is, how busy, how full its tables are. */

import type { Clock } from "@trapezoid/base";
import type { LoadSample } from "./controller.ts";

export const sampleMs = 100;

export interface LoadMonitorOptions {
  readonly clock: Clock;
  /** For how long the event loop has had nothing to do since the thread began; milliseconds. */
  readonly idleMs: () => number;
  /** For how long the thread has been on a processor since it began; milliseconds. */
  readonly cpuMs: () => number;
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
  #cpuMs: number;

  constructor(options: LoadMonitorOptions) {
    this.#options = options;
    this.#takenAt = options.clock.now();
    this.#idleMs = options.idleMs();
    this.#cpuMs = options.cpuMs();
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
    const { clock, idleMs, cpuMs, queueAgeMs, full, onSample } = this.#options;
    const at = clock.now();
    const idle = idleMs();
    const cpu = cpuMs();
    const passedMs = at - this.#takenAt;
    const active = shareOf(passedMs - (idle - this.#idleMs), passedMs);
    const running = shareOf(cpu - this.#cpuMs, passedMs);
    this.#takenAt = at;
    this.#idleMs = idle;
    this.#cpuMs = cpu;
    const queueMs = queueAgeMs(active > alwaysBusy);
    // A thread that others kept from its processor is late, too, but turning requests away would not make it less so.
    const loopMs = (passedMs - sampleMs) * running;
    const lagMs = Math.max(0, loopMs, queueMs ?? 0);
    const busy = Math.min(active, running);
    onSample({ at, lagMs, isLagKnown: queueMs !== undefined, busy, full: full() });
  }
}

function shareOf(partMs: number, wholeMs: number): number {
  return wholeMs > 0 ? Math.min(1, Math.max(0, partMs / wholeMs)) : 0;
}

/** What is less leaves moments in which nothing waits. */
const alwaysBusy = 0.995;
