/** The tones of telephone networks: dial, ringback, busy, congestion, by country. ITU-T E.180 supplement 2. */

import { unknownTone } from "../errors.ts";
import type { Source } from "./source.ts";

export type ToneName = "dial" | "ringback" | "busy" | "congestion";

export interface ToneBeat {
  /** Hz, sounding together: none for silence, at most two. */
  readonly hz: readonly number[];
  /** 0: for ever. */
  readonly ms: number;
}

type Cadence = readonly ToneBeat[];

/** `425/500,0/500`: frequencies joined by `+`, `/` and milliseconds. */
function cadence(text: string): Cadence {
  return text.split(",").map((beat) => {
    const [hz, ms] = beat.split("/") as [string, string | undefined];
    return { hz: hz === "0" ? [] : hz.split("+").map(Number), ms: Number(ms ?? 0) };
  });
}

function country(dial: string, ringback: string, busy: string, congestion: string): Record<ToneName, Cadence> {
  return {
    dial: cadence(dial),
    ringback: cadence(ringback),
    busy: cadence(busy),
    congestion: cadence(congestion),
  };
}

const europe = (ring: string): Record<ToneName, Cadence> => country("425", ring, "425/500,0/500", "425/250,0/250");

/** ISO 3166 codes. */
const countries: Readonly<Record<string, Record<ToneName, Cadence>>> = {
  at: country("420", "420/1000,0/5000", "420/400,0/400", "420/200,0/200"),
  au: country("413+438", "413+438/400,0/200,413+438/400,0/2000", "425/375,0/375", "425/375,0/375,425/375,0/375"),
  be: country("425", "425/1000,0/3000", "425/500,0/500", "425/167,0/167"),
  br: country("425", "425/1000,0/4000", "425/250,0/250", "425/250,0/250,425/750,0/250"),
  ch: country("425", "425/1000,0/4000", "425/500,0/500", "425/200,0/200"),
  cn: country("450", "450/1000,0/4000", "450/350,0/350", "450/700,0/700"),
  de: country("425", "425/1000,0/4000", "425/480,0/480", "425/240,0/240"),
  dk: europe("425/1000,0/4000"),
  es: country("425", "425/1500,0/3000", "425/200,0/200", "425/200,0/200,425/200,0/200,425/200,0/600"),
  fi: country("425", "425/1000,0/4000", "425/300,0/300", "425/200,0/200"),
  fr: country("440", "440/1500,0/3500", "440/500,0/500", "440/250,0/250"),
  gb: country("350+440", "400+450/400,0/200,400+450/400,0/2000", "400/375,0/375", "400/400,0/350,400/225,0/525"),
  in: country("400", "400+450/400,0/200,400+450/400,0/2000", "400/750,0/750", "400/250,0/250"),
  it: country("425/600,0/1000,425/200,0/200", "425/1000,0/4000", "425/500,0/500", "425/200,0/200"),
  jp: country("400", "400+420/1000,0/2000", "400/500,0/500", "400/500,0/500"),
  nl: country("425", "425/1000,0/4000", "425/500,0/500", "425/250,0/250"),
  no: country("425", "425/1000,0/4000", "425/500,0/500", "425/200,0/200"),
  pl: country("425", "425/1000,0/4000", "425/500,0/500", "425/500,0/500"),
  se: country("425", "425/1000,0/5000", "425/250,0/250", "425/250,0/750"),
  us: country("350+440", "440+480/2000,0/4000", "480+620/500,0/500", "480+620/250,0/250"),
};

export const toneCountries: readonly string[] = Object.keys(countries);

/** Each frequency, about -16 dBm0: what networks send. */
const defaultAmplitude = 3_600;

/** Above it, a tone has no room at 8 kHz: what filters leave of it, and its image below 4 kHz. */
const narrowbandHz = 3_800;

class CadenceSource implements Source {
  readonly sampleRate: number;
  readonly #cadence: Cadence;
  readonly #amplitude: number;
  #beat = 0;
  #at = 0;

  constructor(beats: Cadence, amplitude: number) {
    this.sampleRate = beats.some(({ hz }) => hz.some((one) => one > narrowbandHz)) ? 48_000 : 8_000;
    this.#cadence = beats;
    this.#amplitude = amplitude;
  }

  read(frame: Int16Array): boolean {
    for (let from = 0; from < frame.length; ) {
      const { hz, ms } = this.#cadence[this.#beat]!;
      // A tone without end goes round after a second: all frequencies are whole numbers.
      const samples = (this.sampleRate * (ms === 0 ? 1_000 : ms)) / 1_000;
      const to = Math.min(frame.length, from + samples - this.#at);
      this.#sound(frame.subarray(from, to), hz);
      this.#at += to - from;
      from = to;
      if (this.#at < samples) continue;
      this.#at = 0;
      this.#beat = (this.#beat + 1) % this.#cadence.length;
    }
    return true;
  }

  /** sin((n + 1)·w) is 2·cos(w)·sin(n·w) - sin((n - 1)·w): exact enough for a frame, and many times cheaper than a sine each. */
  #sound(out: Int16Array, [first = 0, second = 0]: ToneBeat["hz"]): void {
    const amplitude = this.#amplitude;
    const perHz = (2 * Math.PI) / this.sampleRate;
    const firstFactor = 2 * Math.cos(first * perHz);
    const secondFactor = 2 * Math.cos(second * perHz);
    let a = amplitude * Math.sin(first * perHz * this.#at);
    let aBefore = amplitude * Math.sin(first * perHz * (this.#at - 1));
    let b = amplitude * Math.sin(second * perHz * this.#at);
    let bBefore = amplitude * Math.sin(second * perHz * (this.#at - 1));
    for (let index = 0; index < out.length; index++) {
      out[index] = Math.round(a + b);
      const aNext = firstFactor * a - aBefore;
      aBefore = a;
      a = aNext;
      const bNext = secondFactor * b - bBefore;
      bBefore = b;
      b = bNext;
    }
  }

  [Symbol.dispose](): void {}
}

/** One round of a tone. Throws `MEDIA_UNKNOWN_TONE`. */
export function toneBeats(tone: string, countryCode = "us"): readonly ToneBeat[] {
  const tones: Readonly<Record<string, Cadence>> | undefined = countries[countryCode.toLowerCase()];
  const beats = tones !== undefined && Object.hasOwn(tones, tone) ? tones[tone] : undefined;
  if (beats === undefined) throw unknownTone(tone, countryCode);
  return beats;
}

/** Throws `MEDIA_UNKNOWN_TONE`. */
export function toneSource(tone: ToneName, countryCode = "us"): Source {
  return new CadenceSource(toneBeats(tone, countryCode), defaultAmplitude);
}

/** A sine of a whole number of Hz; `amplitude` of 32,767. */
export function sineSource(hz: number, amplitude: number = defaultAmplitude): Source {
  return new CadenceSource([{ hz: [Math.round(hz)], ms: 0 }], amplitude);
}
