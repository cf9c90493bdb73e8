/** A conference: everyone hears all the others and not themselves. One for each mix of a thread. */

import { frameSamples } from "../frame.ts";
import type { Pacer } from "../pacer.ts";
import { SampleFifo } from "./sample-fifo.ts";
import type { Source, Tap } from "./source.ts";

/** Frames that a member may have waiting either way: more is a clock that stands still on one side. */
const mostWaiting = 3;

/** One session in a mix: its tap brings what was heard from it, its source what the others say. */
export class MixMember implements Source, Tap {
  readonly sampleRate: number;
  readonly #most: number;
  readonly #spoken: SampleFifo;
  readonly #others: SampleFifo;
  readonly #leave: (member: MixMember) => void;

  constructor(sampleRate: number, leave: (member: MixMember) => void) {
    this.sampleRate = sampleRate;
    this.#most = mostWaiting * frameSamples(sampleRate);
    this.#spoken = new SampleFifo(2 * this.#most);
    this.#others = new SampleFifo(2 * this.#most);
    this.#leave = leave;
  }

  frame(_sent: Int16Array, heard: Int16Array): void {
    this.#spoken.write(heard);
    this.#spoken.keep(this.#most);
  }

  read(frame: Int16Array): boolean {
    if (!this.#others.read(frame)) frame.fill(0);
    return true;
  }

  /** @internal One frame of what was said; false when there is none yet. */
  speak(frame: Int16Array): boolean {
    return this.#spoken.read(frame);
  }

  /** @internal */
  hear(frame: Int16Array): void {
    this.#others.write(frame);
    this.#others.keep(this.#most);
  }

  [Symbol.dispose](): void {
    this.#leave(this);
  }
}

export class Mixer {
  readonly #pacer: Pacer;
  readonly #onEmpty: () => void;
  readonly #members = new Map<MixMember, Int16Array>();
  readonly #sampleRate: number;
  readonly #sum: Int32Array;
  readonly #out: Int16Array;
  #turn: Disposable | undefined;

  /** `onEmpty` when the last member has left. */
  constructor(pacer: Pacer, sampleRate: number, onEmpty: () => void) {
    this.#pacer = pacer;
    this.#sampleRate = sampleRate;
    this.#sum = new Int32Array(frameSamples(sampleRate));
    this.#out = new Int16Array(frameSamples(sampleRate));
    this.#onEmpty = onEmpty;
  }

  get size(): number {
    return this.#members.size;
  }

  join(): MixMember {
    const member = new MixMember(this.#sampleRate, (leaving) => this.#leave(leaving));
    this.#members.set(member, new Int16Array(this.#out.length));
    this.#turn ??= this.#pacer.add(() => this.mix());
    return member;
  }

  /** One frame of everybody. */
  mix(): void {
    const sum = this.#sum.fill(0);
    const samples = sum.length;
    for (const [member, spoken] of this.#members) {
      if (!member.speak(spoken)) spoken.fill(0);
      for (let index = 0; index < samples; index++) sum[index]! += spoken[index]!;
    }
    const out = this.#out;
    for (const [member, spoken] of this.#members) {
      for (let index = 0; index < samples; index++) {
        const others = sum[index]! - spoken[index]!;
        out[index] = others > 32_767 ? 32_767 : Math.max(others, -32_768);
      }
      member.hear(out);
    }
  }

  #leave(member: MixMember): void {
    if (!this.#members.delete(member) || this.#members.size > 0) return;
    this.#turn?.[Symbol.dispose]();
    this.#turn = undefined;
    this.#onEmpty();
  }
}
