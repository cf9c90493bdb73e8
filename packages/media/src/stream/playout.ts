/** From the jitter buffer to frames of 20 ms: decoded, gaps filled, a little shorter or longer where clocks differ. */

import { type ComfortNoise, type Decoder, decodeComfortNoise, NoiseSource } from "@trapezoid/codec";
import { JitterBuffer } from "@trapezoid/rtp";
import { SampleFifo } from "../audio/sample-fifo.ts";
import { lengthen, shorten } from "../audio/time-stretch.ts";
import type { StreamLimits } from "../config.ts";
import { frameMs, frameSamples } from "../frame.ts";
import type { LossRunMeter } from "./loss-runs.ts";

/** Frames that are made up before there is silence. */
const maxConcealed = 3;
/**
 * Packets are taken at the beginning of a frame, so that how late each is taken moves by whole frames: this much later than wanted a
 * period is left out, until one is taken a frame sooner, and this much sooner than wanted a period is said twice.
 */
const shortenAboveMs = 19;
const lengthenBelowMs = -3;
/** What is left over of frames only delays: a period less of that costs nothing. Longer than any period that may be left out. */
const leftOverMs = 10;

export interface PlayoutTotals {
  readonly late: number;
  readonly dropped: number;
  readonly concealed: number;
}

export interface PlayoutStats {
  concealed: number;
  /** Frames shortened and lengthened. */
  stretched: number;
  /** Payloads that the codec refused. */
  broken: number;
}

export class Playout {
  readonly stats: PlayoutStats = { concealed: 0, stretched: 0, broken: 0 };
  readonly buffer: JitterBuffer;
  readonly clockRate: number;
  readonly #decoder: Decoder;
  readonly #fifo: SampleFifo;
  readonly #noiseSource = new NoiseSource();
  readonly #frame: Int16Array;
  /** Milliseconds taken from the buffer ahead of what was played, while nobody listens. */
  #aheadMs = 0;
  /** Of frames before, when this one begins. */
  #leftMs = 0;
  #missing = maxConcealed;
  /** What `countLosses` has told. */
  #told = { played: 0, lost: 0 };
  #noise: { readonly sound: ComfortNoise; readonly sequence: number } | undefined;

  constructor(decoder: Decoder, clockRate: number, limits: Required<StreamLimits>) {
    this.#decoder = decoder;
    this.clockRate = clockRate;
    const perSample = clockRate / decoder.sampleRate;
    this.buffer = new JitterBuffer({
      clockRate,
      ticksOf: (payload) => decoder.samplesOf(payload) * perSample,
      minMs: limits.jitterMinMs,
      maxMs: limits.jitterMaxMs,
    });
    this.#frame = new Int16Array(frameSamples(decoder.sampleRate));
    this.#fifo = new SampleFifo(0);
  }

  /** Of the last frame: from when its fastest packet would have come until it sounded. */
  get delayMs(): number {
    return this.buffer.delayMs + this.#leftMs;
  }

  get sampleRate(): number {
    return this.#decoder.sampleRate;
  }

  /** RFC 3389 §4: from this packet to the next one of voice there is noise like this. `sequence` is the packet's. */
  comfortNoise(sequence: number, payload: Uint8Array): void {
    const sound = decodeComfortNoise(payload);
    if (sound === undefined || isBefore(sequence, this.#noise?.sequence)) return;
    const reflection = this.sampleRate === this.clockRate ? sound.reflection : [];
    this.#noise = { sound: { ...sound, reflection }, sequence };
  }

  /** The 20 ms that sound at `atMs`; the next call writes them again. */
  frame(atMs: number): Int16Array {
    const fifo = this.#fifo;
    // What is left of the frame before delays all that follows; packets must not have to be here sooner for it.
    const before = fifo.size;
    this.#leftMs = (before * 1_000) / this.#decoder.sampleRate;
    if (before === 0) {
      const samples = this.#pull(atMs);
      // Packets of 20 ms need no store in between.
      if (samples.length === this.#frame.length) return samples;
      fifo.write(samples);
    }
    const perMs = this.#decoder.sampleRate / 1_000;
    while (fifo.size < this.#frame.length) fifo.write(this.#pull(atMs + (fifo.size - before) / perMs));
    fifo.read(this.#frame);
    return this.#frame;
  }

  /** Time passes and nobody listens: packets are counted and not decoded. */
  skip(atMs: number): void {
    this.#fifo.clear();
    for (; this.#aheadMs < frameMs; ) {
      const pulled = this.buffer.pull(atMs + this.#aheadMs);
      this.#aheadMs += pulled.kind === "empty" ? frameMs : (pulled.ticks * 1_000) / this.clockRate;
    }
    this.#aheadMs -= frameMs;
  }

  /** Tells which packets were played and which were lost since the last call. */
  countLosses(meter: LossRunMeter): void {
    const { played, lost } = this.buffer.counters;
    for (; this.#told.lost < lost; this.#told.lost++) meter.packet(true);
    for (; this.#told.played < played; this.#told.played++) meter.packet(false);
  }

  get totals(): PlayoutTotals {
    const { late, dropped } = this.buffer.counters;
    return { late, dropped, concealed: this.stats.concealed };
  }

  dispose(): void {
    this.#decoder[Symbol.dispose]();
  }

  /** What comes next, of any length but none. */
  #pull(atMs: number): Int16Array {
    const pulled = this.buffer.pull(atMs);
    const perTick = this.#decoder.sampleRate / this.clockRate;
    switch (pulled.kind) {
      case "frame": {
        const samples = this.#decoder.decode(pulled.payload);
        if (samples === undefined) {
          this.stats.broken++;
          return this.#conceal(Math.round(pulled.ticks * perTick));
        }
        this.#missing = 0;
        // Voice from before the pause is still waiting when its noise comes.
        if (isBefore(this.#noise?.sequence, pulled.sequence)) this.#noise = undefined;
        return this.#fit(samples, pulled.excessMs);
      }
      case "lost":
        return this.#conceal(Math.round(pulled.ticks * perTick), pulled.next);
      case "empty":
        return this.#conceal(this.#frame.length);
      default:
        return pulled satisfies never;
    }
  }

  #fit(samples: Int16Array, excessMs: number): Int16Array {
    const isLong =
      excessMs > shortenAboveMs || (this.#leftMs >= leftOverMs && excessMs + this.#leftMs > shortenAboveMs);
    if (!isLong && excessMs > lengthenBelowMs) return samples;
    const rate = this.#decoder.sampleRate;
    const fitted = isLong ? shorten(samples, rate) : lengthen(samples, rate);
    if (fitted !== samples) this.stats.stretched++;
    return fitted;
  }

  #conceal(samples: number, next?: Uint8Array): Int16Array {
    if (this.#noise !== undefined) {
      const noise = new Int16Array(samples);
      this.#noiseSource.fill(noise, this.#noise.sound);
      return noise;
    }
    if (this.#missing++ >= maxConcealed) return new Int16Array(samples);
    this.stats.concealed++;
    return this.#decoder.conceal(samples, next);
  }
}

/** Of sequence numbers, which wrap. */
function isBefore(a: number | undefined, b: number | undefined): boolean {
  return a !== undefined && b !== undefined && ((a - b) << 16) >> 16 < 0;
}
