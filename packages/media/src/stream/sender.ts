/** Samples into packets: framing to the packet time, numbering, digits in between. RFC 3550 §5.1, RFC 3551 §4.1, RFC 4733 §2.5.1. */

import { type ComfortNoise, type Encoder, encodeComfortNoise, PauseDetector } from "@trapezoid/codec";
import { digitPackets, type EventPacket, type RtpFields } from "@trapezoid/rtp";
import type { MediaCodec } from "../config.ts";
import { frameMs, frameSamples } from "../frame.ts";

export interface SenderStats {
  packets: number;
  /** Payload alone, as in sender reports. */
  octets: number;
}

export interface SenderSettings {
  readonly codec: MediaCodec;
  readonly encoder: Encoder;
  /** telephone-event of the other side. */
  readonly events: MediaCodec | undefined;
  /** Comfort noise, where pauses are to be left out. */
  readonly noise: MediaCodec | undefined;
  readonly ptimeMs: number;
}

interface EventRun {
  readonly payloadType: number;
  readonly packets: readonly EventPacket[];
  readonly timestamp: number;
  readonly ticks: number;
  tick: number;
  next: number;
}

export class PacketSender {
  #ssrc: number;
  readonly stats: SenderStats = { packets: 0, octets: 0 };
  readonly #transmit: (packet: RtpFields) => void;
  #settings: SenderSettings;
  #statsBefore: Readonly<SenderStats> = { packets: 0, octets: 0 };
  #sequence: number;
  #timestamp: number;
  #marker = true;
  /** Of a packet that is not full yet; empty where each frame is one. */
  #pending: Int16Array = new Int16Array(0);
  #filled = 0;
  readonly #pauses = new PauseDetector();
  readonly #digits: { event: number; toneMs: number }[] = [];
  #run: EventRun | undefined;

  /** `random` is 12 octets from a good source: SSRC, first sequence number and timestamp must not be guessed. */
  constructor(settings: SenderSettings, random: Uint8Array, transmit: (packet: RtpFields) => void) {
    const view = new DataView(random.buffer, random.byteOffset);
    this.#ssrc = view.getUint32(0);
    // RFC 3711 §3.3.1: the other side must see the first packets before the number wraps.
    this.#sequence = view.getUint16(4) & 0x7fff;
    this.#timestamp = view.getUint32(8);
    this.#transmit = transmit;
    this.#settings = settings;
  }

  get ssrc(): number {
    return this.#ssrc;
  }

  /** RFC 3550 §6.4.1: sender reports count from the SSRC's first packet. */
  get sentBySsrc(): Readonly<SenderStats> {
    const { packets, octets } = this.stats;
    return { packets: packets - this.#statsBefore.packets, octets: octets - this.#statsBefore.octets };
  }

  /** Another SSRC from now on. `random` is 6 octets from a good source, as those of the constructor. */
  changeSsrc(random: Uint8Array): void {
    const view = new DataView(random.buffer, random.byteOffset);
    this.#ssrc = view.getUint32(0);
    this.#sequence = view.getUint16(4) & 0x7fff;
    this.#statsBefore = { ...this.stats };
    this.#marker = true;
  }

  /** Of what is sent next. */
  get timestamp(): number {
    return this.#timestamp;
  }

  get sampleRate(): number {
    return this.#settings.encoder.sampleRate;
  }

  /** Whether digits are still to be sent as events. */
  get isDialling(): boolean {
    return this.#run !== undefined || this.#digits.length > 0;
  }

  get hasEvents(): boolean {
    return this.#settings.events !== undefined;
  }

  /** Sequence numbers go on; a new codec begins with the next packet. */
  configure(settings: SenderSettings): void {
    const old = this.#settings;
    this.#settings = settings;
    if (old.encoder === settings.encoder && old.ptimeMs === settings.ptimeMs) return;
    if (old.encoder !== settings.encoder) old.encoder[Symbol.dispose]();
    this.#filled = 0;
    this.#marker = true;
  }

  /** Digits by events, one after the other, after those that wait. */
  dial(events: readonly number[], toneMs: number): void {
    for (const event of events) this.#digits.push({ event, toneMs });
  }

  /** One frame of 20 ms; the voice under a digit is left out. */
  frame(samples: Int16Array): void {
    const { codec, ptimeMs } = this.#settings;
    if (this.isDialling && this.#sendEvents()) {
      this.#filled = 0;
      this.#marker = true;
      this.#timestamp = (this.#timestamp + (codec.clockRate * frameMs) / 1_000) >>> 0;
      return;
    }
    const ticks = (codec.clockRate * ptimeMs) / 1_000;
    const wanted = (this.sampleRate * ptimeMs) / 1_000;
    if (this.#filled === 0 && samples.length === wanted) {
      this.#encode(samples, ticks);
      return;
    }
    if (this.#pending.length !== wanted) this.#pending = new Int16Array(wanted);
    const pending = this.#pending;
    for (let from = 0; from < samples.length; ) {
      const count = Math.min(samples.length - from, pending.length - this.#filled);
      pending.set(samples.subarray(from, from + count), this.#filled);
      this.#filled += count;
      from += count;
      if (this.#filled < pending.length) break;
      this.#filled = 0;
      this.#encode(pending, ticks);
    }
  }

  /** Time passes and nothing is sent. */
  pause(): void {
    this.#timestamp = (this.#timestamp + frameSamplesOfClock(this.#settings.codec)) >>> 0;
    this.#filled = 0;
    this.#marker = true;
  }

  dispose(): void {
    this.#settings.encoder[Symbol.dispose]();
  }

  /** What is due of the digit under way; false when none can be sent. */
  #sendEvents(): boolean {
    const { events } = this.#settings;
    if (events === undefined) {
      this.#digits.length = 0;
      this.#run = undefined;
      return false;
    }
    const digit = this.#run === undefined ? this.#digits.shift() : undefined;
    if (digit !== undefined) {
      const timing = { clockRate: events.clockRate, packetMs: frameMs, toneMs: digit.toneMs, pauseMs: 80 };
      const { packets, ticks } = digitPackets(digit.event, timing);
      this.#run = { payloadType: events.sendPayloadType, packets, timestamp: this.#timestamp, ticks, tick: 0, next: 0 };
    }
    const run = this.#run;
    if (run === undefined) return false;
    for (; run.next < run.packets.length && run.packets[run.next]!.tick <= run.tick; run.next++) {
      const { payload, marker, timestampOffset } = run.packets[run.next]!;
      this.#send(run.payloadType, (run.timestamp + timestampOffset) >>> 0, payload, marker);
    }
    if (++run.tick >= run.ticks) this.#run = undefined;
    return true;
  }

  #encode(samples: Int16Array, ticks: number): void {
    const { codec, encoder, noise, ptimeMs } = this.#settings;
    if (noise !== undefined) {
      const heard = this.#pauses.judge(samples, ptimeMs);
      if (heard.kind === "pause") {
        this.#sendNoise(noise, heard.noise);
        this.#timestamp = (this.#timestamp + ticks) >>> 0;
        return;
      }
    }
    const payload = encoder.encode(samples);
    // An empty payload: the codec sends nothing in a pause; what follows begins a talk spurt.
    if (payload.length === 0) this.#marker = true;
    else this.#send(codec.sendPayloadType, this.#timestamp, payload, this.#marker);
    this.#timestamp = (this.#timestamp + ticks) >>> 0;
  }

  /** RFC 3389 §4: without the marker. RFC 3551 §4.1: what follows a pause has it. */
  #sendNoise({ sendPayloadType }: MediaCodec, noise: ComfortNoise | undefined): void {
    if (noise !== undefined) {
      // Colour is told for the clock's band; a codec of a wider one (G.722) tells how loud it is.
      const reflection = this.sampleRate === this.#settings.codec.clockRate ? noise.reflection : [];
      this.#send(sendPayloadType, this.#timestamp, encodeComfortNoise({ ...noise, reflection }), false);
    }
    this.#marker = true;
  }

  #send(payloadType: number, timestamp: number, payload: Uint8Array, marker: boolean): void {
    this.#marker = false;
    this.stats.packets++;
    this.stats.octets += payload.length;
    const sequence = this.#sequence;
    this.#sequence = (sequence + 1) & 0xffff;
    this.#transmit({ marker, payloadType, sequence, timestamp, ssrc: this.#ssrc, payload });
  }
}

function frameSamplesOfClock({ clockRate }: MediaCodec): number {
  return frameSamples(clockRate);
}
