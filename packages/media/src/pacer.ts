/** One clock for all streams of a thread: absolute deadlines, so that nothing drifts; streams spread over the phases of a frame. */

import type { Clock } from "@trapezoid/base";
import { frameMs } from "./frame.ts";

/** Streams are spread over so many instants of a frame: packets leave in smaller batches. */
const phases = 4;
const phaseMs = frameMs / phases;
/** A frame that begins later than this is counted. */
const lateMs = 5;
/** After a stop of this length (a suspended machine) frames are left out instead of being made up for. */
const giveUpMs = 200;

export interface PacerCounters {
  frames: number;
  /** Begun more than 5 ms after their time. */
  late: number;
  /** Never begun: the thread stood still for too long. */
  skipped: number;
  /** The latest of all, milliseconds. */
  worstMs: number;
}

/** Called each 20 ms; `dueAt` by the pacer's clock. Must not throw. */
export type FrameTask = (dueAt: number) => void;

export class Pacer {
  readonly counters: PacerCounters = { frames: 0, late: 0, skipped: 0, worstMs: 0 };
  readonly #clock: Clock;
  readonly #tasks: Set<FrameTask>[] = Array.from({ length: phases }, () => new Set());
  #timer: Disposable | undefined;
  #size = 0;
  /** Of phase 0 of the first frame; instant `n` is due at `epoch + n · 5 ms`. */
  #epoch = 0;
  #step = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#size;
  }

  /** Runs `task` for each frame until the result is disposed. */
  add(task: FrameTask): Disposable {
    const set = this.#tasks.reduce((least, one) => (one.size < least.size ? one : least));
    set.add(task);
    if (this.#size++ === 0) {
      this.#epoch = this.#clock.now();
      this.#step = 0;
      this.#arm();
    }
    return {
      [Symbol.dispose]: () => {
        if (!set.delete(task) || --this.#size > 0) return;
        this.#timer?.[Symbol.dispose]();
        this.#timer = undefined;
      },
    };
  }

  #arm(): void {
    const wait = this.#epoch + this.#step * phaseMs - this.#clock.now();
    this.#timer = this.#clock.after(Math.max(0, wait), () => this.#run());
  }

  #run(): void {
    const behind = this.#clock.now() - (this.#epoch + this.#step * phaseMs);
    if (behind > giveUpMs) {
      const steps = Math.floor(behind / frameMs) * phases;
      this.#step += steps;
      this.counters.skipped += (steps / phases) * this.#size;
    }
    for (;;) {
      const dueAt = this.#epoch + this.#step * phaseMs;
      if (this.#clock.now() < dueAt) break;
      this.#runPhase(this.#tasks[this.#step % phases]!, dueAt);
      this.#step++;
      if (this.#size === 0) return;
    }
    this.#arm();
  }

  #runPhase(tasks: ReadonlySet<FrameTask>, dueAt: number): void {
    const { counters } = this;
    for (const task of tasks) {
      const late = this.#clock.now() - dueAt;
      counters.frames++;
      if (late > lateMs) counters.late++;
      if (late > counters.worstMs) counters.worstMs = late;
      task(dueAt);
    }
  }
}
