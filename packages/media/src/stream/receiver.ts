/** Packets into sound: let in, told apart by payload type, counted, put into the jitter buffer. */

import { DigitReceiver, type RtpPacket, type SrtpReceiver } from "@trapezoid/rtp";
import type { MediaCodec, StreamConfig, StreamLimits } from "../config.ts";
import { codecOf } from "./codecs.ts";
import { PacketGate } from "./packet-gate.ts";
import { Playout } from "./playout.ts";

export interface ReceiverHandlers {
  digit(digit: string): void;
  latched(address: string, port: number): void;
}

export class PacketReceiver {
  readonly gate: PacketGate;
  readonly #limits: Required<StreamLimits>;
  readonly #handlers: ReceiverHandlers;
  readonly #digits = new DigitReceiver();
  readonly #playouts = new Map<number, Playout | "loading">();
  #codecs = new Map<number, MediaCodec>();
  #companions = new Map<number, MediaCodec>();
  #playout: Playout | undefined;
  #payloadType = -1;
  #closed = false;

  constructor(
    { remote }: Pick<StreamConfig, "remote">,
    limits: Required<StreamLimits>,
    handlers: ReceiverHandlers,
    nowMs: number,
  ) {
    this.#limits = limits;
    this.#handlers = handlers;
    this.gate = new PacketGate(
      {
        remote,
        windowMs: limits.latchWindowMs,
        clockRateOf: (payloadType) => this.#clockRateOf(payloadType),
        latched: (address, port) => handlers.latched(address, port),
      },
      nowMs,
    );
  }

  /** What plays now; `undefined` before the first packet. */
  get playout(): Playout | undefined {
    return this.#playout;
  }

  /** The codec that was received last. */
  get codec(): MediaCodec | undefined {
    return this.#codecs.get(this.#payloadType);
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
    this.gate.latch.announce(remote, nowMs);
    const first = codecs[0];
    if (first !== undefined) await this.#load(first);
  }

  /** A packet from the RTP socket. `srtp`: opens it first. */
  packet(octets: Uint8Array, address: string, port: number, srtp: SrtpReceiver | undefined, nowMs: number): void {
    const packet = this.gate.admit(octets, address, port, srtp, nowMs);
    if (packet === undefined) return;
    const codec = this.#codecs.get(packet.payloadType);
    if (codec !== undefined) this.#voice(codec, packet, nowMs);
    else this.#companion(this.#companions.get(packet.payloadType)!, packet, nowMs);
  }

  dispose(): void {
    this.#closed = true;
    for (const payloadType of [...this.#playouts.keys()]) this.#drop(payloadType);
  }

  #voice(codec: MediaCodec, { payloadType, ssrc, sequence, timestamp, payload }: RtpPacket, nowMs: number): void {
    const playout = this.#playouts.get(payloadType);
    if (playout === undefined) {
      // The first packet of a codec that was agreed on and not sent so far: its decoder is there a few packets later.
      void this.#load(codec).catch(() => this.gate.counters.unknownPayload++);
      return;
    }
    if (playout === "loading") return;
    if (playout !== this.#playout) {
      this.#playout?.buffer.reset();
      this.#playout = playout;
      this.#payloadType = payloadType;
    }
    this.gate.reception!.packet(sequence, timestamp, nowMs);
    playout.buffer.push(ssrc, sequence, timestamp, payload, nowMs);
  }

  #companion(codec: MediaCodec, { ssrc, sequence, timestamp, payload }: RtpPacket, nowMs: number): void {
    // Counted for loss; the timestamp of an event stands still and would be taken for jitter.
    this.gate.reception!.count(sequence);
    this.#playout?.buffer.passOver(ssrc, sequence, timestamp, nowMs);
    const name = codec.name.toLowerCase();
    if (name === "telephone-event") {
      const digit = this.#digits.packet(timestamp, payload);
      if (digit !== undefined) this.#handlers.digit(digit);
    } else if (name === "cn") this.#playout?.comfortNoise(sequence, payload);
  }

  /** A companion's source is judged by the voice that it goes with. */
  #clockRateOf(payloadType: number): number | undefined {
    const codec = this.#codecs.get(payloadType);
    if (codec !== undefined) return codec.clockRate;
    return this.#companions.has(payloadType) ? (this.#playout?.clockRate ?? 8_000) : undefined;
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
