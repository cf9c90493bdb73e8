/** Packets into sound: checked, opened, attributed to a source, counted, put into the jitter buffer. */

import { DigitReceiver, decodeRtp, Reception, type RtpPacket, type SrtpReceiver } from "@trapezoid/rtp";
import type { MediaCodec, StreamConfig, StreamLimits } from "../config.ts";
import { SourceLatch } from "../net/latch.ts";
import { codecOf } from "./codecs.ts";
import { Playout } from "./playout.ts";

export interface ReceiverCounters {
  packets: number;
  octets: number;
  /** No RTP. */
  malformed: number;
  /** Of a payload type that was not negotiated. */
  unknownPayload: number;
  /** From another place than media comes from. */
  foreign: number;
  /** From the right place, of a second stream while the first goes on. */
  otherSource: number;
}

export interface ReceiverHandlers {
  digit(digit: string): void;
  latched(address: string, port: number): void;
}

/** Another SSRC takes over when the one in use has been silent for so long, or at once after so many packets. */
const takeOverMs = 200;
const takeOverPackets = 5;

export class PacketReceiver {
  readonly counters: ReceiverCounters = {
    packets: 0,
    octets: 0,
    malformed: 0,
    unknownPayload: 0,
    foreign: 0,
    otherSource: 0,
  };
  readonly latch: SourceLatch;
  readonly #limits: Required<StreamLimits>;
  readonly #handlers: ReceiverHandlers;
  readonly #digits = new DigitReceiver();
  readonly #playouts = new Map<number, Playout | "loading">();
  #codecs = new Map<number, MediaCodec>();
  #companions = new Map<number, MediaCodec>();
  #playout: Playout | undefined;
  #payloadType = -1;
  #reception: Reception | undefined;
  #lastAt = 0;
  #rival: { ssrc: number; packets: number } | undefined;
  #closed = false;

  constructor(
    { remote }: Pick<StreamConfig, "remote">,
    limits: Required<StreamLimits>,
    handlers: ReceiverHandlers,
    nowMs: number,
  ) {
    this.#limits = limits;
    this.#handlers = handlers;
    this.latch = new SourceLatch({ announced: remote, windowMs: limits.latchWindowMs }, nowMs);
    this.#lastAt = nowMs;
  }

  get reception(): Reception | undefined {
    return this.#reception;
  }

  /** What plays now; `undefined` before the first packet. */
  get playout(): Playout | undefined {
    return this.#playout;
  }

  /** The codec that was received last. */
  get codec(): MediaCodec | undefined {
    return this.#codecs.get(this.#payloadType);
  }

  /** When the last packet came; at first when the receiver was made. */
  get lastAt(): number {
    return this.#lastAt;
  }

  /** Media time-out begins anew. */
  touch(nowMs: number): void {
    this.#lastAt = nowMs;
  }

  /** Decoders are ready when this resolves. Rejects with `MEDIA_UNKNOWN_CODEC`. */
  async configure({ codecs, companions, remote }: StreamConfig, nowMs: number): Promise<void> {
    const wanted = new Map(codecs.map((codec) => [codec.receivePayloadType, codec]));
    for (const codec of codecs) codecOf(codec);
    for (const [payloadType, codec] of this.#codecs) {
      const now = wanted.get(payloadType);
      if (now?.name === codec.name && now.clockRate === codec.clockRate) continue;
      this.#drop(payloadType);
    }
    this.#codecs = wanted;
    this.#companions = new Map((companions ?? []).map((codec) => [codec.receivePayloadType, codec]));
    this.latch.announce(remote, nowMs);
    const first = codecs[0];
    if (first !== undefined) await this.#load(first);
  }

  /** A packet from the RTP socket. `srtp`: opens it first. */
  packet(octets: Uint8Array, address: string, port: number, srtp: SrtpReceiver | undefined, nowMs: number): void {
    const clear = srtp === undefined ? octets : srtp.open(octets);
    if (clear === undefined) return;
    const decoded = decodeRtp(clear);
    if (!decoded.ok) {
      this.counters.malformed++;
      return;
    }
    const packet = decoded.value;
    const { payloadType } = packet;
    const codec = this.#codecs.get(payloadType);
    const companion = codec === undefined ? this.#companions.get(payloadType) : undefined;
    if (codec === undefined && companion === undefined) {
      this.counters.unknownPayload++;
      return;
    }
    const before = this.latch.current;
    if (!this.latch.accepts(address, port, packet.ssrc, packet.sequence, srtp !== undefined, nowMs)) {
      this.counters.foreign++;
      return;
    }
    if (this.latch.current !== before) this.#handlers.latched(address, port);
    if (!this.#follows(packet.ssrc, codec?.clockRate ?? this.#playout?.clockRate ?? 8_000, nowMs)) {
      this.counters.otherSource++;
      return;
    }
    this.#lastAt = nowMs;
    this.counters.packets++;
    this.counters.octets += packet.payload.length;
    if (codec !== undefined) this.#voice(codec, packet, nowMs);
    else this.#companion(companion!, packet, nowMs);
  }

  dispose(): void {
    this.#closed = true;
    for (const payloadType of [...this.#playouts.keys()]) this.#drop(payloadType);
  }

  #voice(codec: MediaCodec, { payloadType, ssrc, sequence, timestamp, payload }: RtpPacket, nowMs: number): void {
    const playout = this.#playouts.get(payloadType);
    if (playout === undefined) {
      // The first packet of a codec that was agreed on and not sent so far: its decoder is there a few packets later.
      void this.#load(codec).catch(() => this.counters.unknownPayload++);
      return;
    }
    if (playout === "loading") return;
    if (playout !== this.#playout) {
      this.#playout?.buffer.reset();
      this.#playout = playout;
      this.#payloadType = payloadType;
    }
    this.#reception!.packet(sequence, timestamp, nowMs);
    playout.buffer.push(ssrc, sequence, timestamp, payload, nowMs);
  }

  #companion(codec: MediaCodec, { ssrc, sequence, timestamp, payload }: RtpPacket, nowMs: number): void {
    // Counted for loss; the timestamp of an event stands still and would be taken for jitter.
    this.#reception!.count(sequence);
    this.#playout?.buffer.passOver(ssrc, sequence, timestamp, nowMs);
    const name = codec.name.toLowerCase();
    if (name === "telephone-event") {
      const digit = this.#digits.packet(timestamp, payload);
      if (digit !== undefined) this.#handlers.digit(digit);
    } else if (name === "cn") this.#playout?.comfortNoise(payload);
  }

  /** Whether packets of this source are to be used. */
  #follows(ssrc: number, clockRate: number, nowMs: number): boolean {
    const reception = this.#reception;
    if (reception?.ssrc === ssrc) {
      this.#rival = undefined;
      return true;
    }
    if (reception !== undefined && nowMs - this.#lastAt < takeOverMs) {
      const rival = this.#rival;
      if (rival?.ssrc !== ssrc) this.#rival = { ssrc, packets: 1 };
      else rival.packets++;
      if (this.#rival!.packets < takeOverPackets) return false;
    }
    this.#rival = undefined;
    this.#reception = new Reception(ssrc, clockRate);
    return true;
  }

  async #load(codec: MediaCodec): Promise<void> {
    const payloadType = codec.receivePayloadType;
    if (this.#playouts.has(payloadType)) return;
    this.#playouts.set(payloadType, "loading");
    const decoder = await codecOf(codec).createDecoder();
    if (this.#closed || this.#playouts.get(payloadType) !== "loading") {
      decoder[Symbol.dispose]();
      return;
    }
    this.#playouts.set(payloadType, new Playout(decoder, codec.clockRate, this.#limits));
  }

  #drop(payloadType: number): void {
    const playout = this.#playouts.get(payloadType);
    this.#playouts.delete(payloadType);
    if (playout === undefined || playout === "loading") return;
    if (playout === this.#playout) this.#playout = undefined;
    playout.dispose();
  }
}
