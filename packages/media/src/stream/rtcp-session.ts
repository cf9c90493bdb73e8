/** Reports about what we send and receive, and what the other side says about it. RFC 3550 §6, RFC 3611 §4.7. */

import {
  cnameItem,
  decodeRtcp,
  encodeRtcp,
  type Feedback,
  middleNtp,
  ntpTime,
  type Reception,
  type ReceptionReport,
  type RtcpPacket,
  roundTripMs,
  type VoipMetrics,
} from "@trapezoid/rtp";
import { rtcpIntervalMs } from "./rtcp-interval.ts";

/** Headers of IPv4 and UDP, which count (RFC 3550 §6.2). */
const lowerLayersBytes = 28;

export interface RtcpFacts {
  readonly ssrc: number;
  /** RTP timestamp of this instant. */
  readonly timestamp: number;
  readonly sent: { readonly packets: number; readonly octets: number };
  readonly reception: Reception | undefined;
  readonly metrics: VoipMetrics | undefined;
}

export interface RtcpSessionOptions {
  readonly cname: string;
  /** Of both directions, bits per second. */
  readonly sessionBandwidth: number;
  /** 0 to 1. */
  readonly random: () => number;
  readonly onBye: (reason: string | undefined) => void;
  /** Of RFC 4585, about whatever stream. */
  readonly onFeedback?: (feedback: Feedback) => void;
}

export class RtcpSession {
  readonly #options: RtcpSessionOptions;
  #nextAt: number;
  #averageBytes = 200;
  #sentBefore = 0;
  #reported: ReceptionReport | undefined;
  #reportedMetrics: VoipMetrics | undefined;
  #roundTripMs: number | undefined;
  #malformed = 0;
  #heardAt: number;

  constructor(options: RtcpSessionOptions, nowMs: number) {
    this.#options = options;
    this.#heardAt = nowMs;
    this.#nextAt = nowMs + this.#interval(true);
  }

  /** What the other side last said about what we send. */
  get reported(): ReceptionReport | undefined {
    return this.#reported;
  }

  get reportedMetrics(): VoipMetrics | undefined {
    return this.#reportedMetrics;
  }

  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  /** When the other side last said that it is there; at first when the session was made. */
  get heardAt(): number {
    return this.#heardAt;
  }

  get malformed(): number {
    return this.#malformed;
  }

  isDue(nowMs: number): boolean {
    return nowMs >= this.#nextAt;
  }

  /** The compound packet of this interval; arms the next one. */
  report(facts: RtcpFacts, nowMs: number): Uint8Array {
    const packets = this.#reports(facts, nowMs);
    if (facts.metrics !== undefined) {
      packets.push({ type: "xr", ssrc: facts.ssrc, voipMetrics: [facts.metrics], dlrr: [], others: [] });
    }
    const octets = encodeRtcp(packets);
    // RFC 3550 §6.3.3: averaged with a weight of 1/16.
    this.#averageBytes += (octets.length + lowerLayersBytes - this.#averageBytes) / 16;
    this.#nextAt = nowMs + this.#interval(false);
    return octets;
  }

  /** RFC 4585 §3.1: feedback goes with a report and its sender's name. The regular interval goes on as it was. */
  feedback(facts: RtcpFacts, feedback: Feedback, nowMs: number): Uint8Array {
    return encodeRtcp([...this.#reports(facts, nowMs), feedback]);
  }

  /** RFC 3550 §6.6: the last packet; a compound begins with a report and names its sender. */
  bye(facts: RtcpFacts, nowMs: number): Uint8Array {
    return encodeRtcp([...this.#reports(facts, nowMs), { type: "bye", ssrcs: [facts.ssrc] }]);
  }

  /** A compound packet in clear. `ssrc` is ours. */
  receive(octets: Uint8Array, ssrc: number, reception: Reception | undefined, nowMs: number): void {
    const decoded = decodeRtcp(octets);
    if (!decoded.ok) {
      this.#malformed++;
      return;
    }
    if (!decoded.value.some(({ type }) => type === "bye")) this.#heardAt = nowMs;
    for (const packet of decoded.value) this.#receiveOne(packet, ssrc, reception, nowMs);
  }

  #receiveOne(packet: RtcpPacket, ssrc: number, reception: Reception | undefined, nowMs: number): void {
    switch (packet.type) {
      case "sr":
      case "rr": {
        if (packet.type === "sr" && packet.ssrc === reception?.ssrc) {
          const { ntpSeconds, ntpFraction } = packet.sender;
          reception.senderReport(middleNtp({ seconds: ntpSeconds, fraction: ntpFraction }), nowMs);
        }
        const report = packet.reports.find((one) => one.ssrc === ssrc);
        if (report === undefined) return;
        this.#reported = report;
        this.#roundTripMs = roundTripMs(report, middleNtp(ntpTime(nowMs))) ?? this.#roundTripMs;
        return;
      }
      case "xr":
        this.#reportedMetrics = packet.voipMetrics.find((one) => one.ssrc === ssrc) ?? this.#reportedMetrics;
        return;
      case "bye":
        if (reception !== undefined && packet.ssrcs.includes(reception.ssrc)) this.#options.onBye(packet.reason);
        return;
      case "rtpfb":
      case "psfb":
        this.#options.onFeedback?.(packet);
        return;
      default:
      // Descriptions say nothing that a telephone call needs.
    }
  }

  #reports({ ssrc, timestamp, sent, reception }: RtcpFacts, nowMs: number): RtcpPacket[] {
    const reports = reception === undefined ? [] : [reception.report(nowMs)];
    const { seconds, fraction } = ntpTime(nowMs);
    // RFC 3550 §6.4: a sender report when something was sent since the last one.
    const isSender = sent.packets !== this.#sentBefore;
    this.#sentBefore = sent.packets;
    const sender = {
      ntpSeconds: seconds,
      ntpFraction: fraction,
      rtpTimestamp: timestamp,
      packets: sent.packets,
      octets: sent.octets,
    };
    return [
      isSender ? { type: "sr", ssrc, sender, reports } : { type: "rr", ssrc, reports },
      { type: "sdes", chunks: [{ ssrc, items: [{ type: cnameItem, text: this.#options.cname }] }] },
    ];
  }

  #interval(isFirst: boolean): number {
    const { sessionBandwidth, random } = this.#options;
    return rtcpIntervalMs({
      sessionBandwidth,
      averageBytes: this.#averageBytes,
      members: 2,
      isFirst,
      random: random(),
    });
  }
}
