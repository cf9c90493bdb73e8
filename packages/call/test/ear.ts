/** What a call hears, measured. */

import type { Call } from "@trapezoid/call";
import { type Heard, measure } from "../../media/test/rig.ts";

const sampleRate = 8_000;

export class Ear {
  readonly #frames: Int16Array[] = [];

  private constructor(readable: ReadableStream<Int16Array>) {
    void this.#listen(readable.getReader());
  }

  static async of(call: Call): Promise<Ear> {
    return new Ear((await call.audio({ sampleRate, bufferMs: 100_000, listenOnly: true })).readable);
  }

  /** What was heard since the last question, without its first frames of 20 ms. */
  heard(hz: number, leftOut = 10): Heard {
    const frames = this.#frames.splice(0).slice(leftOut);
    const all = new Int16Array(frames.reduce((sum, frame) => sum + frame.length, 0));
    let at = 0;
    for (const frame of frames) {
      all.set(frame, at);
      at += frame.length;
    }
    return measure(all, hz, sampleRate);
  }

  /** Nothing but this tone. */
  isTone(hz: number): boolean {
    const { purity, amplitude } = this.heard(hz);
    return purity > 0.9 && amplitude > 500;
  }

  isSilent(): boolean {
    return this.heard(440).amplitude < 20;
  }

  async #listen(reader: ReadableStreamDefaultReader<Int16Array>): Promise<void> {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      this.#frames.push(value);
    }
  }
}
