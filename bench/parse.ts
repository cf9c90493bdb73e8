/**
 * Microseconds of CPU to parse an INVITE of 650 octets, and to parse it and read Via branch, tags, CSeq and Contact URI: ours beside npm's.
 * Rounds are interleaved, figures are medians. Ends with one line of JSON; `ratio` is the worse of the two levels.
 */

import { deepStrictEqual } from "node:assert/strict";
import { Contact, isSipUri, parseMessage } from "@trapezoid/sip/message";
import { inviteVariant } from "./parse-message.ts";
import { type Contestant, type Facts, openPeers } from "./parse-peers.ts";

const rounds = 15;
const roundMs = 30;

const ours: Contestant = {
  name: "trapezoid",
  parse: (text) => parseMessage(text),
  read: (text): Facts => {
    const parsed = parseMessage(text);
    if (!parsed.ok) throw new TypeError(parsed.error.message);
    const message = parsed.value;
    const cseq = message.cseq!;
    const contact = message.get(Contact)!;
    if (contact === "*" || !isSipUri(contact.uri)) throw new TypeError("no SIP contact");
    return {
      branch: message.via!.branch,
      fromTag: message.fromTag,
      toTag: message.toTag,
      sequence: cseq.sequence,
      method: cseq.method,
      contact: `${contact.uri.user}@${contact.uri.host}`,
    };
  },
};

const contestants = [ours, ...(await openPeers())];
const texts = Array.from({ length: 64 }, (_, n) => inviteVariant(n));

for (const { name, read } of contestants) {
  for (const text of texts) deepStrictEqual({ ...read(text) }, { ...ours.read(text) }, `${name} reads something else`);
}

/** Microseconds of CPU a call over `count` calls, collector included: other load on the machine does not count. */
function measure(run: (text: string) => unknown, count: number): number {
  let kept: unknown;
  const before = process.cpuUsage();
  for (let i = 0; i < count; i++) kept = run(texts[i & 63]!);
  const { user, system } = process.cpuUsage(before);
  if (kept === undefined) throw new TypeError("nothing was parsed");
  return (user + system) / count;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

const levels = ["parse", "read"] as const;
const series = contestants.flatMap(({ name, ...runs }) =>
  levels.map((level) => ({ name, level, run: runs[level], count: 0, samples: [] as number[] })),
);
for (const one of series) {
  // Warm-up, then as many calls as make a round.
  let spent = 0;
  let us = 0;
  while (spent < 300_000) {
    us = measure(one.run, 16);
    spent += Math.max(us * 16, 5);
  }
  one.count = Math.max(8, Math.round((roundMs * 1000) / us));
}
for (let round = 0; round < rounds; round++) for (const one of series) one.samples.push(measure(one.run, one.count));

const figures = new Map<string, { parse: number; read: number }>();
for (const { name, level, samples } of series) {
  const figure = figures.get(name) ?? { parse: 0, read: 0 };
  figure[level] = Number(median(samples).toFixed(2));
  figures.set(name, figure);
}
console.log(`µs a message of ${texts[0]!.length} octets      parse      read`);
for (const [name, { parse, read }] of figures) {
  console.log(`${name.padEnd(30)}${parse.toFixed(2).padStart(10)}${read.toFixed(2).padStart(10)}`);
}
const { parse, read } = figures.get(ours.name)!;
const peers = [...figures].filter(([name]) => name !== ours.name);
const best = {
  parse: Math.min(...peers.map(([, figure]) => figure.parse)),
  read: Math.min(...peers.map(([, figure]) => figure.read)),
};
const ratio = Number(Math.max(parse / best.parse, read / best.read).toFixed(3));
const peer = { ...best, all: Object.fromEntries(peers) };
console.log(JSON.stringify({ bench: "parse", ratio, unit: "µs", ours: { parse, read }, peer }));
