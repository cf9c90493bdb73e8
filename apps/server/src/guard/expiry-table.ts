/**
 * Facts with an end, in a fixed piece of memory that all threads share: that an account signed in from an address, that it was
 * seen in a network. A fact is a text, hashed with a secret to a set of eight places and a tag of 32 bits; a new one takes the
 * place of the one that ends first. Two facts are taken for one once in 2^29 sets of eight.
 */

import { type SipHashKey, sipHash, sipHashKey } from "@trapezoid/base";

const WAYS = 8;
const WORDS = 2;
const HEADER_BYTES = 16;

/** Memory for at least `facts`. `random` gives the hash its key. */
export function createExpiryMemory(facts: number, random: (octets: number) => Uint8Array): SharedArrayBuffer {
  const sets = 2 ** Math.ceil(Math.log2(Math.max(1, facts / WAYS)));
  const buffer = new SharedArrayBuffer(HEADER_BYTES + sets * WAYS * WORDS * 4);
  new Uint8Array(buffer, 0, HEADER_BYTES).set(random(HEADER_BYTES));
  return buffer;
}

export class ExpiryTable {
  readonly #key: SipHashKey;
  readonly #words: Uint32Array;
  readonly #mask: number;

  /** @param buffer What `createExpiryMemory` made, here or in another thread. */
  constructor(buffer: SharedArrayBuffer) {
    this.#key = sipHashKey(new Uint8Array(buffer, 0, HEADER_BYTES));
    this.#words = new Uint32Array(buffer, HEADER_BYTES);
    this.#mask = this.#words.length / WORDS / WAYS - 1;
  }

  has(fact: string, now: number): boolean {
    const hash = sipHash(this.#key, fact);
    const at = this.#find((hash[0]! & this.#mask) * WAYS * WORDS, hash[1]! >>> 0 || 1);
    return at !== -1 && this.#words[at + 1]! > now / 1000;
  }

  /** The fact holds until `endsAt` (milliseconds) at least. */
  set(fact: string, endsAt: number): void {
    const hash = sipHash(this.#key, fact);
    const first = (hash[0]! & this.#mask) * WAYS * WORDS;
    const tag = hash[1]! >>> 0 || 1;
    const seconds = Math.min(0xffff_ffff, Math.ceil(endsAt / 1000));
    const at = this.#find(first, tag);
    if (at !== -1) {
      if (seconds > this.#words[at + 1]!) this.#words[at + 1] = seconds;
      return;
    }
    let least = first;
    for (let place = first; place < first + WAYS * WORDS; place += WORDS) {
      if (this.#words[place + 1]! < this.#words[least + 1]!) least = place;
    }
    this.#words[least] = tag;
    this.#words[least + 1] = seconds;
  }

  #find(first: number, tag: number): number {
    for (let at = first; at < first + WAYS * WORDS; at += WORDS) if (this.#words[at] === tag) return at;
    return -1;
  }
}
