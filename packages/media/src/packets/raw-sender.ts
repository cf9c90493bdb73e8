/** Packets of others as a stream of our own. */

import type { RtpFields } from "@trapezoid/rtp";
import type { MediaCodec } from "../config.ts";
import type { OutgoingPacket } from "../packet-session.ts";
import { Renumbering } from "./renumbering.ts";

/** Longer ones would be cut into fragments on the way, and have no room in SRTP's buffers. */
export const maxPayloadBytes = 1_900;

export interface RawSenderCounters {
  packets: number;
  /** Payload alone, as in sender reports. */
  octets: number;
  leftOut: number;
}

export class RawSender {
  #ssrc: number;
  readonly counters: RawSenderCounters = { packets: 0, octets: 0, leftOut: 0 };
  readonly #numbers: Renumbering;
  readonly #transmit: (packet: RtpFields) => void;
  #countedBefore = { packets: 0, octets: 0 };
  #lastAt = 0;
  #clockRate = 90_000;

  /** `random` is 12 octets from a good source: SSRC, first sequence number and timestamp must not be guessed. */
  constructor(random: Uint8Array, transmit: (packet: RtpFields) => void) {
    const view = new DataView(random.buffer, random.byteOffset);
    this.#ssrc = view.getUint32(0);
    // RFC 3711 §3.3.1: the other side must see the first packets before the number wraps.
    this.#numbers = new Renumbering({ sequence: view.getUint16(4) & 0x7fff, timestamp: view.getUint32(8) });
    this.#transmit = transmit;
  }

  get ssrc(): number {
    return this.#ssrc;
  }

  /** RFC 3550 §6.4.1: sender reports count from the SSRC's first packet. */
  get sentBySsrc(): { readonly packets: number; readonly octets: number } {
    const { packets, octets } = this.counters;
    return { packets: packets - this.#countedBefore.packets, octets: octets - this.#countedBefore.octets };
  }

  /** Another SSRC from now on; numbers go on. `random` is 4 octets from a good source. */
  changeSsrc(random: Uint8Array): void {
    this.#ssrc = new DataView(random.buffer, random.byteOffset).getUint32(0);
    this.#countedBefore = { ...this.counters };
  }

  /** `undefined` for `codec`: nothing may be sent. */
  send(packet: OutgoingPacket, codec: MediaCodec | undefined, nowMs: number): void {
    const { counters } = this;
    const { payload, marker = false } = packet;
    const numbers =
      codec === undefined || payload.length > maxPayloadBytes
        ? undefined
        : this.#numbers.next(packet, codec.clockRate, nowMs);
    if (numbers === undefined) {
      counters.leftOut++;
      return;
    }
    this.#lastAt = nowMs;
    this.#clockRate = codec!.clockRate;
    counters.packets++;
    counters.octets += payload.length;
    const { sequence, timestamp } = numbers;
    const payloadType = codec!.sendPayloadType;
    this.#transmit({ marker, payloadType, sequence, timestamp, ssrc: this.#ssrc, payload });
  }

  /** RTP timestamp of this instant, for reports. */
  timestampAt(nowMs: number): number {
    const passed = this.counters.packets === 0 ? 0 : ((nowMs - this.#lastAt) * this.#clockRate) / 1_000;
    return (this.#numbers.timestamp + Math.round(passed)) >>> 0;
  }
}
