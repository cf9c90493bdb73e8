/** Input N of a seed, as what a stream brings: messages, keep-alives and other octets, and where they are cut; or a datagram. */

import type { Corpus } from "./corpus.ts";
import { havoc, havocOctets } from "./havoc.ts";
import { makeMessage } from "./messages.ts";
import { pools } from "./pools.ts";
import type { Random } from "./random.ts";

export interface StreamInput {
  readonly kind: "stream" | "datagram";
  readonly octets: string;
  /** Offsets, ascending, where the next piece starts. */
  readonly cuts: readonly number[];
  /** Octets of a head, and of a body, that the framer may hold. */
  readonly limit: number;
}

const limits = [32_768, 32_768, 2_000, 600];

export function makeStream(random: Random, index: number, corpus: Corpus): StreamInput {
  if (index % 8 === 1) return { kind: "datagram", octets: makeDatagram(random, corpus), cuts: [], limit: 0 };
  const count = 1 + random.small(4);
  let octets = "";
  for (let n = 0; n < count; n++) {
    octets += random.chance(0.3) ? random.pick(["\r\n", "\r\n\r\n", "\r\n\r\n\r\n", "\n", "\r", ...pools.octets]) : "";
    octets += random.chance(0.25) ? soundMessage(random, corpus) : makeMessage(random, index * 8 + n, corpus);
  }
  if (random.chance(0.05)) octets = havoc(random, octets, 1 + random.small(6));
  return { kind: "stream", octets, cuts: makeCuts(random, octets), limit: random.pick(limits) };
}

/** One that a framer can follow, so that what comes behind it is looked at, too. */
function soundMessage(random: Random, corpus: Corpus): string {
  const { start, lines, body } = random.pick(corpus.seeds).draft;
  const kept = lines.filter((line) => !/^(content-length|l)\s*:/i.test(line));
  kept.splice(
    random.int(kept.length + 1),
    0,
    `${random.pick(["Content-Length", "l", "CONTENT-LENGTH "])}: ${body.length}`,
  );
  return `${start}\r\n${kept.join("\r\n")}\r\n\r\n${body}`;
}

function makeCuts(random: Random, octets: string): number[] {
  const cuts = new Set<number>();
  switch (random.int(6)) {
    case 0:
      // Octet by octet, where that is not too much.
      for (let at = 1; at < Math.min(octets.length, 1500); at++) cuts.add(at);
      break;
    case 1: {
      const size = 1 + random.int(200);
      for (let at = size; at < octets.length; at += size) cuts.add(at);
      break;
    }
    case 2:
    case 3:
      // Within and beside line ends.
      for (let at = octets.indexOf("\r"); at !== -1 && cuts.size < 60; at = octets.indexOf("\r", at + 1)) {
        if (random.chance(0.3)) cuts.add(at + random.int(3));
      }
      break;
    default:
      for (let n = random.small(12); n >= 0; n--) cuts.add(random.int(octets.length));
  }
  return [...cuts].filter((at) => at > 0 && at < octets.length).sort((a, b) => a - b);
}

function makeDatagram(random: Random, corpus: Corpus): string {
  const octets = havocOctets(random, random.pick(corpus.datagrams), random.small(6));
  // With a length that fits, and no fingerprint to check, what is behind those checks is reached.
  if (octets.length >= 24 && random.chance(0.6)) {
    const size = octets.length - (octets.length % 4);
    octets[2] = (size - 20) >> 8;
    octets[3] = (size - 20) & 255;
    return String.fromCharCode(...octets.subarray(0, size)).replace("\x80\x28\0\x04", "\x80\x22\0\x04");
  }
  return String.fromCharCode(...octets);
}
