/** Branches and tags of ours: worker, counter, and 40 random bits that nobody can guess. RFC 3261 §8.1.1.7, §19.3. */

import { magicCookie, workerDigits } from "./worker-id.ts";

export interface Identifiers {
  newBranch(): string;
  newTag(): string;
}

// 32 characters, so that an octet's low 5 bits choose one; two at a time from a table.
const pairs: readonly string[] = Array.from({ length: 1024 }, (_, at) => {
  const alphabet = "0123456789abcdefghijklmnopqrstuv";
  return alphabet[at >> 5]! + alphabet[at & 31]!;
});

const POOL_OCTETS = 1600;
// Four pairs of 10 bits each; two octets a pair.
const OCTETS_PER_IDENTIFIER = 8;

/**
 * The counter, which starts anywhere, makes them unique in a process; the random part makes them unguessable (a stray
 * response with a guessed branch would be taken for an answer) and unique across restarts. Random octets are fetched
 * for 200 at a time.
 */
export function createIdentifiers(workerId: number, random: (bytes: number) => Uint8Array): Identifiers {
  const digits = workerDigits(workerId);
  const branchPrefix = magicCookie + digits;
  let pool = random(POOL_OCTETS);
  let at = 0;
  const seed = random(4);
  let counter = ((seed[0]! << 22) | (seed[1]! << 14) | (seed[2]! << 6) | (seed[3]! >> 2)) & 0x3fff_ffff;

  const pair = (from: number): string => pairs[(pool[from]! | (pool[from + 1]! << 8)) & 1023]!;
  const unique = (prefix: string): string => {
    if (at + OCTETS_PER_IDENTIFIER > pool.length) {
      pool = random(POOL_OCTETS);
      at = 0;
    }
    const from = at;
    at += OCTETS_PER_IDENTIFIER;
    counter++;
    return prefix + counter.toString(36) + pair(from) + pair(from + 2) + pair(from + 4) + pair(from + 6);
  };

  return {
    newBranch: () => unique(branchPrefix),
    newTag: () => unique(digits),
  };
}
