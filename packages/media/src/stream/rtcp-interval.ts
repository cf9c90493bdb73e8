/** When the next RTCP packet is due. RFC 3550 §6.2, §6.3.1; for two members, each of them a sender or not. */

/** §6.2: at least 5 s, half of it for the first. */
const minimumMs = 5_000;
/** §6.2: RTCP has this share of the session's bandwidth. */
const share = 0.05;
/** e - 3/2: makes up for the reconsideration of §6.3.6 that brings the mean below what was meant. */
const compensation = Math.E - 1.5;

export interface IntervalFacts {
  /** Of both directions together, bits per second. */
  readonly sessionBandwidth: number;
  /** Octets of a compound packet with its UDP and IP headers, averaged. */
  readonly averageBytes: number;
  readonly members: number;
  readonly isFirst: boolean;
  /** 0 to 1. */
  readonly random: number;
}

/** Milliseconds. */
export function rtcpIntervalMs({ sessionBandwidth, averageBytes, members, isFirst, random }: IntervalFacts): number {
  const least = isFirst ? minimumMs / 2 : minimumMs;
  const byBandwidth = (members * averageBytes * 8 * 1_000) / (sessionBandwidth * share);
  // RFC 3550 §6.3.1: from half to one and a half times the interval, so that reports do not fall into step.
  return (Math.max(least, byBandwidth) * (0.5 + random)) / compensation;
}
