/** Changes that know nothing of SIP: bits, octets, stretches. */

import { pools } from "./pools.ts";
import type { Random } from "./random.ts";

const most = 66_000;

function once(random: Random, text: string): string {
  const at = random.int(text.length + 1);
  const end = Math.min(text.length, at + (random.chance(0.2) ? random.int(200) : random.int(8)));
  switch (random.int(8)) {
    case 0: {
      const bit = text.charCodeAt(Math.min(at, text.length - 1)) ^ (1 << random.int(8));
      return text === "" ? text : text.slice(0, at) + String.fromCharCode(bit & 255) + text.slice(at + 1);
    }
    case 1:
      return text.slice(0, at) + String.fromCharCode(random.int(256)) + text.slice(at + 1);
    case 2:
      return text.slice(0, at) + String.fromCharCode(random.int(256)) + text.slice(at);
    case 3:
      return text.slice(0, at) + text.slice(end);
    case 4:
      return text.slice(0, end) + text.slice(at);
    case 5: {
      const to = random.int(text.length + 1);
      return text.slice(0, to) + text.slice(at, end) + text.slice(to);
    }
    case 6:
      return text.slice(0, at) + random.pick(pools.octets) + text.slice(at);
    default:
      return text.slice(0, at) + random.pick(pools.splinters) + text.slice(end);
  }
}

export function havoc(random: Random, text: string, times: number): string {
  let out = text;
  for (let n = 0; n < times; n++) out = once(random, out);
  return out.length > most ? out.slice(0, most) : out;
}

/** As `havoc`, for a datagram. */
export function havocOctets(random: Random, octets: Uint8Array, times: number): Uint8Array {
  const text = havoc(random, String.fromCharCode(...octets), times);
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}
