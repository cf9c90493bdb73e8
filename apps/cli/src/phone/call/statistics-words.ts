/** All numbers of a call, for the key `s` and the end. */

import type { CallStatistics } from "@trapezoid/call";
import { qualityWord } from "./quality.ts";
import { securityWord } from "./status-words.ts";

/** Lines for people. */
export function statisticsWords(statistics: CallStatistics): readonly string[] {
  const { codec, security, remote, sent, received, roundTripMs, mos, remoteMos } = statistics;
  const lines = [
    `sound  ${codec ?? "none agreed"}, ${securityWord(security)}${remote === undefined ? "" : `, to ${remote}`}`,
    `sent  ${sent.packets} packets, ${octets(sent.octets)}`,
  ];
  if (received.packets === 0) lines.push("heard  nothing yet");
  else {
    lines.push(
      `heard  ${received.packets} packets, ${octets(received.octets)}; ${received.lost} lost (${(received.lossShare * 100).toFixed(2)} %), jitter ${received.jitterMs.toFixed(1)} ms`,
    );
  }
  const quality = [
    ...(mos === undefined ? [] : [`here ${mos.toFixed(2)} ${qualityWord(mos)}`]),
    ...(remoteMos === undefined ? [] : [`there ${remoteMos.toFixed(2)} ${qualityWord(remoteMos)}`]),
  ];
  if (quality.length > 0) lines.push(`MOS  ${quality.join(", ")}`);
  if (roundTripMs !== undefined) lines.push(`round trip  ${Math.round(roundTripMs)} ms`);
  return lines;
}

function octets(count: number): string {
  return count < 10_000 ? `${count} octets` : `${Math.round(count / 1000)} kB`;
}
