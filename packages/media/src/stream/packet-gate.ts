/** Which packets are the stream's: opened, of an agreed payload type, from the right place, of one source at a time. RFC 3550 §8.2. */

import { decodeRtp, Reception, type ReceptionTotals, type RtpPacket, type SrtpReceiver } from "@trapezoid/rtp";
import type { MediaAddress } from "../config.ts";
import { SourceLatch } from "../net/latch.ts";

export interface GateCounters {
  packets: number;
  /** Payload alone. */
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

export interface GateOptions {
  readonly remote: MediaAddress;
  readonly windowMs: number;
  /** Hz of an agreed payload type's timestamps; `undefined` for all others. */
  readonly clockRateOf: (payloadType: number) => number | undefined;
  readonly latched: (address: string, port: number) => void;
  /** The SSRC of what we send. */
  readonly ownSsrc: () => number | undefined;
  /** The other side sends with our SSRC: ours must become another one. */
  readonly collided: () => void;
}

/** Another SSRC takes over when the one in use has been silent for so long, or at once after so many packets. */
const takeOverMs = 200;
const takeOverPackets = 5;

export class PacketGate {
  readonly counters: GateCounters = {
    packets: 0,
    octets: 0,
    malformed: 0,
    unknownPayload: 0,
    foreign: 0,
    otherSource: 0,
  };
  readonly latch: SourceLatch;
  readonly #options: GateOptions;
  #reception: Reception | undefined;
  /** Of sources before this one. */
  #before: ReceptionTotals = { expected: 0, lost: 0, duplicate: 0 };
  #lastAt: number;
  #hasCollided = false;
  #hasEnded = false;
  #rival: { ssrc: number; packets: number } | undefined;

  constructor(options: GateOptions, nowMs: number) {
    this.#options = options;
    this.latch = new SourceLatch({ announced: options.remote, windowMs: options.windowMs }, nowMs);
    this.#lastAt = nowMs;
  }

  /** Of the source in use; `undefined` before the first packet. The caller counts what it lets in. */
  get reception(): Reception | undefined {
    return this.#reception;
  }

  /** Of all sources. */
  get totals(): ReceptionTotals {
    const { expected, lost, duplicate } = this.#before;
    const now = this.#reception?.totals;
    if (now === undefined) return this.#before;
    return {
      expected: expected + now.expected,
      lost: lost + now.lost,
      duplicate: duplicate + now.duplicate,
    };
  }

  /** When the last packet came; at first when the gate was made. */
  get lastAt(): number {
    return this.#lastAt;
  }

  /** The source in use said that it ends (BYE): the next one needs not wait for its silence. */
  sourceEnded(): void {
    this.#hasEnded = true;
  }

  /** Media time-out begins anew. */
  touch(nowMs: number): void {
    this.#lastAt = nowMs;
  }

  /** The packet when it is to be used; its payload is good until the next one. `srtp` opens it first. */
  admit(
    octets: Uint8Array,
    address: string,
    port: number,
    srtp: SrtpReceiver | undefined,
    nowMs: number,
  ): RtpPacket | undefined {
    const { counters } = this;
    const clear = srtp === undefined ? octets : srtp.open(octets);
    if (clear === undefined) return undefined;
    const decoded = decodeRtp(clear);
    if (!decoded.ok) {
      counters.malformed++;
      return undefined;
    }
    const packet = decoded.value;
    const clockRate = this.#options.clockRateOf(packet.payloadType);
    if (clockRate === undefined) {
      counters.unknownPayload++;
      return undefined;
    }
    const before = this.latch.current;
    if (!this.latch.accepts(address, port, packet.ssrc, packet.sequence, srtp !== undefined, nowMs)) {
      counters.foreign++;
      return undefined;
    }
    if (this.latch.current !== before) this.#options.latched(address, port);
    this.#watchForCollision(packet.ssrc);
    if (!this.#follows(packet.ssrc, clockRate, nowMs)) {
      counters.otherSource++;
      return undefined;
    }
    this.#lastAt = nowMs;
    counters.packets++;
    counters.octets += packet.payload.length;
    return packet;
  }

  /** RFC 3550 §8.2: once; whoever has our next one, too, sends back what we send, which is no reason to flee on. */
  #watchForCollision(ssrc: number): void {
    if (this.#hasCollided || ssrc !== this.#options.ownSsrc()) return;
    this.#hasCollided = true;
    this.#options.collided();
  }

  /** Whether packets of this source are to be used. */
  #follows(ssrc: number, clockRate: number, nowMs: number): boolean {
    const reception = this.#reception;
    if (reception?.ssrc === ssrc) {
      this.#rival = undefined;
      return true;
    }
    if (reception !== undefined && !this.#hasEnded && nowMs - this.#lastAt < takeOverMs) {
      const rival = this.#rival;
      if (rival?.ssrc !== ssrc) this.#rival = { ssrc, packets: 1 };
      else rival.packets++;
      if (this.#rival!.packets < takeOverPackets) return false;
    }
    this.#rival = undefined;
    this.#hasEnded = false;
    this.#before = this.totals;
    this.#reception = new Reception(ssrc, clockRate);
    return true;
  }
}
