/** What is known of one source that we receive: order, loss, jitter. RFC 3550 §6.4.1, §A.1, §A.3, §A.8. */

import type { ReceptionReport } from "./rtcp/packets.ts";
import { ReplayWindow } from "./srtp/replay-window.ts";

/** RFC 3550 §A.1. */
const maxDropout = 3_000;
const maxMisorder = 100;
const sequenceTurn = 65_536;

/** How a packet stands to those before it. `restart`: the source began anew with other numbers. */
export type Arrival = "in-order" | "late" | "duplicate" | "jump" | "restart";

/** Over all that a source has sent, whatever numbers it began with. */
export interface ReceptionTotals {
  readonly expected: number;
  readonly lost: number;
  readonly duplicate: number;
}

export class Reception {
  readonly ssrc: number;
  readonly #clockRate: number;
  #cycles = 0;
  #highest = 0;
  #base = 0;
  #bad = -1;
  #received = 0;
  #duplicates = 0;
  #seen = new ReplayWindow();
  /** Of what was sent before the source began anew. */
  #before: ReceptionTotals = { expected: 0, lost: 0, duplicate: 0 };
  #started = false;
  #jitter = 0;
  #lastTransit: number | undefined;
  #expectedBefore = 0;
  #receivedBefore = 0;
  #lastSenderReport = 0;
  #lastSenderReportAt = 0;

  /** `clockRate` in Hz, of the timestamps. */
  constructor(ssrc: number, clockRate: number) {
    this.ssrc = ssrc;
    this.#clockRate = clockRate;
  }

  get received(): number {
    return this.#received;
  }

  /** Packets that should have come. */
  get expected(): number {
    return this.#started ? this.#cycles + this.#highest - this.#base + 1 : 0;
  }

  /** As reports count: below zero when duplicates outnumber losses. */
  get lost(): number {
    return this.expected - this.#received;
  }

  /** What is missing, and what came twice. */
  get totals(): ReceptionTotals {
    const { expected, lost, duplicate } = this.#before;
    return {
      expected: expected + this.expected,
      lost: lost + Math.max(0, this.lost + this.#duplicates),
      duplicate: duplicate + this.#duplicates,
    };
  }

  get jitterMs(): number {
    return (this.#jitter * 1_000) / this.#clockRate;
  }

  /** A packet came; `atMs` by a clock that does not jump. */
  packet(sequence: number, timestamp: number, atMs: number): Arrival {
    const arrival = this.#order(sequence);
    if (arrival === "jump") return arrival;
    this.#received++;
    // RFC 3550 §A.8: the difference of transit times, smoothed by 1/16; only for packets in order, as late ones repeat old times.
    if (arrival === "in-order" || arrival === "restart") {
      const transit = (atMs * this.#clockRate) / 1_000 - timestamp;
      if (this.#lastTransit !== undefined && arrival === "in-order") {
        const wrapped = Math.abs(transit - this.#lastTransit) % 0x1_0000_0000;
        const difference = Math.min(wrapped, 0x1_0000_0000 - wrapped);
        this.#jitter += (difference - this.#jitter) / 16;
      }
      this.#lastTransit = transit;
    }
    return arrival;
  }

  /** As `packet`, for one whose timestamp says nothing of when it was sent: an event's. */
  count(sequence: number): Arrival {
    const arrival = this.#order(sequence);
    if (arrival !== "jump") this.#received++;
    return arrival;
  }

  /** A sender report of this source came. `middleNtp` as `ReceptionReport.lastSenderReport`. */
  senderReport(middleNtp: number, atMs: number): void {
    this.#lastSenderReport = middleNtp;
    this.#lastSenderReportAt = atMs;
  }

  /** For our next report; the fraction counts from the last call on. */
  report(atMs: number): ReceptionReport {
    const expected = this.expected;
    const expectedNow = expected - this.#expectedBefore;
    const lostNow = expectedNow - (this.#received - this.#receivedBefore);
    this.#expectedBefore = expected;
    this.#receivedBefore = this.#received;
    const since = this.#lastSenderReport === 0 ? 0 : Math.round(((atMs - this.#lastSenderReportAt) * 65_536) / 1_000);
    return {
      ssrc: this.ssrc,
      fractionLost: expectedNow <= 0 || lostNow <= 0 ? 0 : Math.min(255, Math.floor((lostNow * 256) / expectedNow)),
      // 24 bits, signed.
      cumulativeLost: Math.max(-0x80_0000, Math.min(0x7f_ffff, this.lost)),
      highestSequence: (this.#cycles + this.#highest) >>> 0,
      jitter: Math.floor(this.#jitter),
      lastSenderReport: this.#lastSenderReport,
      delaySinceLast: since,
    };
  }

  #order(sequence: number): Arrival {
    if (!this.#started) {
      this.#restart(sequence);
      return "restart";
    }
    const ahead = (sequence - this.#highest) & 0xffff;
    if (ahead < maxDropout && ahead > 0) {
      if (sequence < this.#highest) this.#cycles += sequenceTurn;
      this.#highest = sequence;
      this.#bad = -1;
      this.#seen.accept(this.#cycles + sequence);
      return "in-order";
    }
    if (ahead === 0 || ahead > sequenceTurn - maxMisorder) {
      const index = this.#cycles + this.#highest - ((sequenceTurn - ahead) % sequenceTurn);
      if (index >= 0 && !this.#seen.isNew(index)) {
        this.#duplicates++;
        return "duplicate";
      }
      if (index >= 0) this.#seen.accept(index);
      // The first packet may have overtaken others.
      if (index >= 0 && index < this.#base) this.#base = index;
      return "late";
    }
    // RFC 3550 §A.1: two packets in a row after a large jump mean that the other side began anew.
    if (sequence === this.#bad) {
      this.#restart(sequence);
      return "restart";
    }
    this.#bad = (sequence + 1) & 0xffff;
    return "jump";
  }

  #restart(sequence: number): void {
    this.#before = this.totals;
    this.#duplicates = 0;
    this.#seen = new ReplayWindow();
    this.#seen.accept(sequence);
    this.#started = true;
    this.#base = sequence;
    this.#highest = sequence;
    this.#cycles = 0;
    this.#bad = -1;
    this.#received = 0;
    this.#expectedBefore = 0;
    this.#receivedBefore = 0;
    this.#lastTransit = undefined;
  }
}

/** Milliseconds there and back, from a report about what we sent; `undefined` when it cannot be told. RFC 3550 §6.4.1. */
export function roundTripMs(report: ReceptionReport, nowMiddleNtp: number): number | undefined {
  if (report.lastSenderReport === 0) return undefined;
  const units = (nowMiddleNtp - report.lastSenderReport - report.delaySinceLast) >>> 0;
  // More than half a turn is a clock that went back, or nonsense.
  return units > 0x7fff_ffff ? undefined : (units * 1_000) / 65_536;
}

export interface NtpTime {
  readonly seconds: number;
  readonly fraction: number;
}

/** From milliseconds since 1970. RFC 3550 §4. */
export function ntpTime(unixMs: number): NtpTime {
  const seconds = Math.floor(unixMs / 1_000);
  return {
    seconds: (seconds + 2_208_988_800) >>> 0,
    fraction: Math.floor(((unixMs - seconds * 1_000) / 1_000) * 0x1_0000_0000) >>> 0,
  };
}

/** The 32 bits in the middle. */
export function middleNtp({ seconds, fraction }: NtpTime): number {
  return (((seconds & 0xffff) << 16) | (fraction >>> 16)) >>> 0;
}
