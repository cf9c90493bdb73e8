/** HMAC-SHA1 with one key for many packets: the state behind both pads is computed once. RFC 2104 §4, FIPS 180-4 §6.1. */

const initial = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);
const blockBytes = 64;

/** One block of `octets` at `offset` into `state`. */
function compress(state: Int32Array, octets: Uint8Array, offset: number, words: Int32Array): void {
  for (let index = 0; index < 16; index++) {
    const at = offset + index * 4;
    words[index] = (octets[at]! << 24) | (octets[at + 1]! << 16) | (octets[at + 2]! << 8) | octets[at + 3]!;
  }
  for (let index = 16; index < 80; index++) {
    const mixed = words[index - 3]! ^ words[index - 8]! ^ words[index - 14]! ^ words[index - 16]!;
    words[index] = (mixed << 1) | (mixed >>> 31);
  }
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  for (let index = 0; index < 20; index++) {
    const next = (((a << 5) | (a >>> 27)) + ((b & c) | (~b & d)) + e + 0x5a827999 + words[index]!) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let index = 20; index < 40; index++) {
    const next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + 0x6ed9eba1 + words[index]!) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let index = 40; index < 60; index++) {
    const next = (((a << 5) | (a >>> 27)) + ((b & c) | (b & d) | (c & d)) + e + 0x8f1bbcdc + words[index]!) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let index = 60; index < 80; index++) {
    const next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + 0xca62c1d6 + words[index]!) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  state[0] = (state[0]! + a) | 0;
  state[1] = (state[1]! + b) | 0;
  state[2] = (state[2]! + c) | 0;
  state[3] = (state[3]! + d) | 0;
  state[4] = (state[4]! + e) | 0;
}

export class HmacSha1 {
  readonly #inner = Int32Array.from(initial);
  readonly #outer = Int32Array.from(initial);
  readonly #state = new Int32Array(5);
  readonly #words = new Int32Array(80);
  readonly #tail = new Uint8Array(2 * blockBytes);
  readonly #digest = new Uint8Array(20);

  /** `key` of at most 64 octets: SRTP's have 20. */
  constructor(key: Uint8Array) {
    if (key.length > blockBytes) throw new TypeError("this HMAC takes keys of at most 64 octets");
    const pad = new Uint8Array(blockBytes);
    for (const [state, octet] of [
      [this.#inner, 0x36],
      [this.#outer, 0x5c],
    ] as const) {
      pad.fill(octet);
      for (let index = 0; index < key.length; index++) pad[index]! ^= key[index]!;
      compress(state, pad, 0, this.#words);
    }
  }

  /**
   * The 20 octets over `octets` up to `length`, with the four of `word` behind them (SRTP's roll-over counter) unless it is
   * `undefined`. The next call writes the result again.
   */
  digest(octets: Uint8Array, length: number, word?: number): Uint8Array {
    const state = this.#state;
    state.set(this.#inner);
    const whole = length & ~(blockBytes - 1);
    for (let offset = 0; offset < whole; offset += blockBytes) compress(state, octets, offset, this.#words);
    const tail = this.#tail;
    let used = length - whole;
    for (let index = 0; index < used; index++) tail[index] = octets[whole + index]!;
    if (word !== undefined) {
      tail[used] = word >>> 24;
      tail[used + 1] = word >>> 16;
      tail[used + 2] = word >>> 8;
      tail[used + 3] = word;
      used += 4;
    }
    this.#finish(state, used, blockBytes + whole + used);
    this.#store(state);
    const digest = this.#digest;
    state.set(this.#outer);
    tail.set(digest, 0);
    this.#finish(state, 20, blockBytes + 20);
    this.#store(state);
    return digest;
  }

  /** Padding and length, FIPS 180-4 §5.1.1. `used` octets of the tail are text. */
  #finish(state: Int32Array, used: number, totalBytes: number): void {
    const tail = this.#tail;
    const end = used + 9 <= blockBytes ? blockBytes : 2 * blockBytes;
    tail[used] = 0x80;
    tail.fill(0, used + 1, end - 4);
    const bits = totalBytes * 8;
    tail[end - 4] = bits >>> 24;
    tail[end - 3] = bits >>> 16;
    tail[end - 2] = bits >>> 8;
    tail[end - 1] = bits;
    compress(state, tail, 0, this.#words);
    if (end > blockBytes) compress(state, tail, blockBytes, this.#words);
  }

  #store(state: Int32Array): void {
    for (let index = 0; index < 5; index++) {
      const word = state[index]!;
      this.#digest[index * 4] = word >>> 24;
      this.#digest[index * 4 + 1] = word >>> 16;
      this.#digest[index * 4 + 2] = word >>> 8;
      this.#digest[index * 4 + 3] = word;
    }
  }
}
