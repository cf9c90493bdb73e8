/** What is sent: a source, tones of digits before it, silence in its place; at the rate of the codec in use. */

import { randomBytes } from "node:crypto";
import { eventOfDigit, type RtpFields } from "@trapezoid/rtp";
import { type DialTones, dialTones } from "../audio/dtmf-tones.ts";
import { atRate, Silence, type Source } from "../audio/source.ts";
import type { MediaCodec, StreamConfig } from "../config.ts";
import { badDigits } from "../errors.ts";
import { frameSamples } from "../frame.ts";
import { codecOf, companionOf } from "./codecs.ts";
import { PacketSender, type SenderSettings } from "./sender.ts";

const ptimes: readonly number[] = [10, 20, 30, 40, 60];
const defaultPtimeMs = 20;
const defaultToneMs = 160;
/** 20 ms at 48,000 Hz. */
const maxLinearBytes = 1_920;

export class Outgoing {
  readonly #transmit: (packet: RtpFields) => void;
  #sender: PacketSender | undefined;
  #settings: SenderSettings | undefined;
  #wanted: Source = new Silence();
  #source: Source = this.#wanted;
  #onEnded: (() => void) | undefined;
  #tones: DialTones | undefined;
  #frame = new Int16Array(0);
  /** Silence is sent in place of the source, which goes on. */
  muted = false;

  constructor(transmit: (packet: RtpFields) => void) {
    this.#transmit = transmit;
  }

  /** `undefined` before a codec is known. */
  get sender(): PacketSender | undefined {
    return this.#sender;
  }

  get settings(): SenderSettings | undefined {
    return this.#settings;
  }

  /** Hz of what is sent; 8,000 before it is known. */
  get sampleRate(): number {
    return this.#settings?.encoder.sampleRate ?? 8_000;
  }

  /** What `use` takes; the encoder in use where the codec stays. Rejects with `MEDIA_UNKNOWN_CODEC`. */
  async prepare({ codecs, companions, ptime, silenceSuppression }: StreamConfig): Promise<SenderSettings | undefined> {
    const codec = codecs[0];
    if (codec === undefined) return undefined;
    const ptimeMs = ptimeOf(codec, ptime);
    const events = companionOf(companions, "telephone-event", codec.clockRate);
    const noise =
      silenceSuppression === true && codec.name.toLowerCase() !== "opus" ? noiseOf(companions, codec) : undefined;
    const old = this.#settings?.codec;
    const isSame =
      old?.name === codec.name && old.clockRate === codec.clockRate && old.sendParameters === codec.sendParameters;
    const options = codec.sendParameters === undefined ? {} : { parameters: codec.sendParameters };
    const encoder = isSame ? this.#settings!.encoder : await codecOf(codec).createEncoder(options);
    return { codec, encoder, events, noise, ptimeMs };
  }

  use(settings: SenderSettings): void {
    const rateBefore = this.#settings?.encoder.sampleRate;
    this.#settings = settings;
    if (this.#sender !== undefined) this.#sender.configure(settings);
    else this.#sender = new PacketSender(settings, randomBytes(12), this.#transmit);
    const rate = settings.encoder.sampleRate;
    if (rate === rateBefore) return;
    this.#frame = new Int16Array(frameSamples(rate));
    this.#source = atRate(this.#wanted, rate);
    this.#tones = undefined;
  }

  /** `undefined` is silence. `onEnded` when it has ended by itself. The old one is disposed. */
  play(source: Source | undefined, onEnded?: () => void): void {
    const old = this.#wanted;
    this.#wanted = source ?? new Silence();
    this.#source = this.#settings === undefined ? this.#wanted : atRate(this.#wanted, this.sampleRate);
    this.#onEnded = onEnded;
    old[Symbol.dispose]();
  }

  /** Digits as events where the other side takes them, else as tones. Throws `MEDIA_BAD_DIGITS`. */
  dial(
    digits: string,
    { toneMs = defaultToneMs, tones = false }: { readonly toneMs?: number; readonly tones?: boolean } = {},
  ): void {
    const events = [...digits].map((digit) => eventOfDigit(digit));
    if (events.some((event) => event === undefined)) throw badDigits(digits);
    if (this.#sender?.hasEvents && !tones) this.#sender.dial(events as number[], toneMs);
    else {
      this.#tones ??= dialTones(this.sampleRate);
      this.#tones.dial(digits, toneMs);
    }
  }

  /** One frame; the samples, good until the next one. `undefined`, and time passes, where nothing may be sent. */
  frame(maySend: boolean): Int16Array | undefined {
    const sender = this.#sender;
    if (sender === undefined || !maySend) {
      sender?.pause();
      return undefined;
    }
    const frame = this.#frame;
    if (this.#tones?.read(frame) !== true && !this.#source.read(frame)) this.#end(frame);
    if (this.muted) frame.fill(0);
    sender.frame(frame);
    return frame;
  }

  /** A frame was left out: time passes. */
  skip(): void {
    this.#sender?.pause();
  }

  dispose(): void {
    this.#wanted[Symbol.dispose]();
    this.#sender?.dispose();
  }

  #end(frame: Int16Array): void {
    frame.fill(0);
    const onEnded = this.#onEnded;
    this.play(undefined);
    onEnded?.();
  }
}

/** What the other side asks for, where it is one of ours and a packet holds it. Milliseconds. */
function ptimeOf({ name, clockRate }: MediaCodec, asked: number | undefined): number {
  const wanted = asked !== undefined && ptimes.includes(asked) ? asked : defaultPtimeMs;
  if (name.toLowerCase() !== "l16") return wanted;
  // RFC 3551 §4.2 leaves the length to the sender; two octets a sample would be cut into fragments, and SRTP has no room for them.
  const longest = ptimes.findLast((ms) => ms <= wanted && (ms * clockRate * 2) / 1_000 <= maxLinearBytes);
  return longest ?? ptimes[0]!;
}

/** RFC 3389 §4: noise has the timestamps of the voice, so only one of its clock rate will do. */
function noiseOf(companions: StreamConfig["companions"], { clockRate }: MediaCodec): MediaCodec | undefined {
  const noise = companionOf(companions, "cn", clockRate);
  return noise?.clockRate === clockRate ? noise : undefined;
}
