/** One clock for all streams of a thread: absolute deadlines, so that nothing drifts; streams spread over the phases of a frame. */

import type { Clock } from "@trapezoid/base";
import { frameMs } from "./frame.ts";

/** Streams are spread over so many instants of a frame: packets leave in smaller batches. */
const phases = 4;
const phaseMs = frameMs / phases;
/** A frame whose packets leave later than this is counted. */
const lateMs = 5;
/** After a stop of this length (a suspended machine) frames are left out instead of being made up for. */
const giveUpMs = 200;
/** Frames whose packets are made together and then sent together. */
const batchFrames = 32;

export interface PacerCounters {
  frames: number;
  /** Done more than 5 ms after their time. */
  late: number;
  /** Never begun: the thread stood still for too long. */
  skipped: number;
  /** The latest of all, milliseconds. */
  worstMs: number;
}

/** Called each 20 ms; `dueAt` by the pacer's clock. Must not throw. */
export type FrameTask = (dueAt: number) => void;

export interface PacerBatch {
  begin(): void;
  end(): void;
}

const noBatch: PacerBatch = { begin() {}, end() {} };

export class Pacer {
  readonly counters: PacerCounters = { frames: 0, late: 0, skipped: 0, worstMs: 0 };
  readonly #clock: Clock;
  readonly #batch: PacerBatch;
  readonly #tasks: Set<FrameTask>[] = Array.from({ length: phases }, () => new Set());
  #timer: Disposable | undefined;
  #size = 0;
  /** Of phase 0 of the first frame; instant `n` is due at `epoch + n · 5 ms`. */
  #epoch = 0;
  #step = 0;
  #running = false;

  /** `batch` is told when the tasks of an instant begin and end. */
  constructor(clock: Clock, batch: PacerBatch = noBatch) {
    this.#clock = clock;
    this.#batch = batch;
  }

  get size(): number {
    return this.#size;
  }

  /** Runs `task` for each frame until the result is disposed. */
  add(task: FrameTask): Disposable {
    const set = this.#tasks.reduce((least, one) => (one.size < least.size ? one : least));
    set.add(task);
    if (this.#size++ === 0 && !this.#running) {
      this.#epoch = this.#clock.now();
      this.#step = 0;
      this.#arm();
    }
    return {
      [Symbol.dispose]: () => {
        if (!set.delete(task) || --this.#size > 0 || this.#running) return;
        this.#timer?.[Symbol.dispose]();
        this.#timer = undefined;
      },
    };
  }

  #arm(): void {
    this.#timer = this.#clock.after(Math.max(0, this.#dueAt - this.#clock.now()), () => this.#run());
  }

  /** All that is due by now. What falls due meanwhile waits for the next turn: sockets are read in between, or a thread that is late would go deaf. */
  #run(): void {
    const now = this.#clock.now();
    const behind = now - this.#dueAt;
    if (behind > giveUpMs) {
      const steps = Math.floor(behind / frameMs) * phases;
      this.#step += steps;
      this.counters.skipped += (steps / phases) * this.#size;
    }
    this.#running = true;
    for (let dueAt = this.#dueAt; dueAt <= now && this.#size > 0; dueAt = this.#dueAt) {
      this.#runPhase(this.#tasks[this.#step % phases]!, dueAt);
      this.#step++;
    }
    this.#running = false;
    if (this.#size > 0) this.#arm();
  }

  get #dueAt(): number {
    return this.#epoch + this.#step * phaseMs;
  }

  #runPhase(tasks: ReadonlySet<FrameTask>, dueAt: number): void {
    let frames = 0;
    this.#batch.begin();
    for (const task of tasks) {
      task(dueAt);
      if (++frames < batchFrames) continue;
      this.#finish(frames, dueAt);
      frames = 0;
      this.#batch.begin();
    }
    this.#finish(frames, dueAt);
  }

  #finish(frames: number, dueAt: number): void {
    this.#batch.end();
    const { counters } = this;
    const late = this.#clock.now() - dueAt;
    counters.frames += frames;
    if (late > lateMs) counters.late += frames;
    if (frames > 0 && late > counters.worstMs) counters.worstMs = late;
  }
}
