/** Packets into sound: let in, told apart by payload type, counted, put into the jitter buffer. */

import { DigitReceiver, type RtpPacket, type SrtpReceiver } from "@trapezoid/rtp";
import type { MediaCodec, StreamConfig, StreamLimits } from "../config.ts";
import { codecOf } from "./codecs.ts";
import { PacketGate } from "./packet-gate.ts";
import { Playout, type PlayoutTotals } from "./playout.ts";

export interface ReceiverHandlers {
  digit(digit: string): void;
  latched(address: string, port: number): void;
  /** The SSRC of what we send. */
  ownSsrc(): number | undefined;
  /** The other side sends with our SSRC. */
  collided(): void;
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
  /** Of decoders that are not there any more. */
  #before: PlayoutTotals = { late: 0, dropped: 0, concealed: 0 };
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
        ownSsrc: () => handlers.ownSsrc(),
        collided: () => handlers.collided(),
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

  /** Of all that was played, by whatever codec. */
  get totals(): PlayoutTotals {
    return [...this.#playouts.values()].reduce(
      (sum, one) => (one === "loading" ? sum : add(sum, one.totals)),
      this.#before,
    );
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
    if (this.gate.reception!.packet(sequence, timestamp, nowMs) === "duplicate") return;
    // The first packet of a codec that was agreed on and not sent so far: a decoder that must be loaded is there a few packets later.
    if (!this.#playouts.has(payloadType)) this.#load(codec)?.catch(() => this.gate.counters.unknownPayload++);
    const playout = this.#playouts.get(payloadType);
    if (playout === undefined || playout === "loading") return;
    if (playout !== this.#playout) {
      this.#playout?.buffer.reset();
      this.#playout = playout;
      this.#payloadType = payloadType;
    }
    playout.buffer.push(ssrc, sequence, timestamp, payload, nowMs);
  }

  #companion(codec: MediaCodec, { ssrc, sequence, timestamp, payload }: RtpPacket, nowMs: number): void {
    // Counted for loss; the timestamp of an event stands still and would be taken for jitter.
    const arrival = this.gate.reception!.count(sequence);
    this.#playout?.buffer.passOver(ssrc, sequence, timestamp, nowMs);
    const name = codec.name.toLowerCase();
    if (name === "telephone-event") {
      const isInOrder = arrival === "in-order" || arrival === "restart";
      const digit = this.#digits.packet(timestamp, payload, !isInOrder);
      if (digit !== undefined) this.#handlers.digit(digit);
    } else if (name === "cn") this.#playout?.comfortNoise(sequence, payload);
  }

  /** A companion's source is judged by the voice that it goes with. */
  #clockRateOf(payloadType: number): number | undefined {
    const codec = this.#codecs.get(payloadType);
    if (codec !== undefined) return codec.clockRate;
    return this.#companions.has(payloadType) ? (this.#playout?.clockRate ?? 8_000) : undefined;
  }

  /** At once where no library is needed; a promise where one is. */
  #load(codec: MediaCodec): Promise<void> | undefined {
    const payloadType = codec.receivePayloadType;
    if (this.#playouts.has(payloadType)) return undefined;
    const decoder = codecOf(codec).createDecoder();
    if (!(decoder instanceof Promise)) {
      this.#playouts.set(payloadType, new Playout(decoder, codec.clockRate, this.#limits));
      return undefined;
    }
    this.#playouts.set(payloadType, "loading");
    return decoder.then((loaded) => {
      if (this.#closed || this.#playouts.get(payloadType) !== "loading") loaded[Symbol.dispose]();
      else this.#playouts.set(payloadType, new Playout(loaded, codec.clockRate, this.#limits));
    });
  }

  #drop(payloadType: number): void {
    const playout = this.#playouts.get(payloadType);
    this.#playouts.delete(payloadType);
    if (playout === undefined || playout === "loading") return;
    if (playout === this.#playout) this.#playout = undefined;
    this.#before = add(this.#before, playout.totals);
    playout.dispose();
  }
}

function add(a: PlayoutTotals, b: PlayoutTotals): PlayoutTotals {
  return { late: a.late + b.late, dropped: a.dropped + b.dropped, concealed: a.concealed + b.concealed };
}
