/** A conference: everyone hears all the others and not themselves. One for each mix of a thread. */

import { frameSamples } from "../frame.ts";
import type { Pacer } from "../pacer.ts";
import { SampleFifo } from "./sample-fifo.ts";
import type { Source, Tap } from "./source.ts";

/** Wide band: narrow-band members lose nothing, wide-band ones little. */
const sampleRate = 16_000;
const samples = frameSamples(sampleRate);
/** What a member may have waiting either way: more is a clock that stands still on one side. */
const mostWaiting = 3 * samples;

/** One session in a mix: its tap brings what was heard from it, its source what the others say. */
export class MixMember implements Source, Tap {
  readonly sampleRate = sampleRate;
  readonly #spoken = new SampleFifo(2 * mostWaiting);
  readonly #others = new SampleFifo(2 * mostWaiting);
  readonly #leave: (member: MixMember) => void;

  constructor(leave: (member: MixMember) => void) {
    this.#leave = leave;
  }

  frame(_sent: Int16Array, heard: Int16Array): void {
    this.#spoken.write(heard);
    this.#spoken.keep(mostWaiting);
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
    this.#others.keep(mostWaiting);
  }

  [Symbol.dispose](): void {
    this.#leave(this);
  }
}

export class Mixer {
  readonly #pacer: Pacer;
  readonly #onEmpty: () => void;
  readonly #members = new Map<MixMember, Int16Array>();
  readonly #sum = new Int32Array(samples);
  readonly #out = new Int16Array(samples);
  #turn: Disposable | undefined;

  /** `onEmpty` when the last member has left. */
  constructor(pacer: Pacer, onEmpty: () => void) {
    this.#pacer = pacer;
    this.#onEmpty = onEmpty;
  }

  get size(): number {
    return this.#members.size;
  }

  join(): MixMember {
    const member = new MixMember((leaving) => this.#leave(leaving));
    this.#members.set(member, new Int16Array(samples));
    this.#turn ??= this.#pacer.add(() => this.mix());
    return member;
  }

  /** One frame of everybody. */
  mix(): void {
    const sum = this.#sum.fill(0);
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
