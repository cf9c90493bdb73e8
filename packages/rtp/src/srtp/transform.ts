/** What encrypts and authenticates one direction of one kind of packet (RTP or RTCP) with one set of session keys. */

import type { GcmCipher, SrtpCiphers } from "./ciphers.ts";
import { HmacSha1 } from "./hmac-sha1.ts";
import type { SessionKeys } from "./key-derivation.ts";
import type { SrtpSuite } from "./suites.ts";

/** Packets are at most this long, tags and all. */
export const maxPacketBytes = 2_048;

/** RFC 3711 §4.1.1: key stream of AES in counter mode, exclusive-or'ed with the text. */
export class CounterMode {
  readonly #encrypt: (blocks: Uint8Array) => Uint8Array;
  readonly #salt: Uint8Array;
  /** Grows with the longest packet: most streams have short ones, and there are four of these to a stream. */
  #blocks = new Uint8Array(0);

  constructor(ciphers: SrtpCiphers, key: Uint8Array, salt: Uint8Array) {
    const cipher = ciphers.block(key);
    this.#encrypt = (blocks) => cipher.encrypt(blocks);
    this.#salt = salt;
  }

  /** Octets `from` to `to` of `octets`, in place. `index` has at most 48 bits. */
  apply(octets: Uint8Array, from: number, to: number, ssrc: number, index: number): void {
    const length = to - from;
    if (length <= 0) return;
    const count = (length + 15) >> 4;
    if (this.#blocks.length < count << 4) this.#blocks = new Uint8Array(count << 4);
    const blocks = this.#blocks;
    const salt = this.#salt;
    const high = Math.floor(index / 0x1_0000_0000);
    const low = index >>> 0;
    // IV = (salt · 2^16) ⊕ (SSRC · 2^64) ⊕ (index · 2^16); the last two octets count blocks.
    for (let at = 0; at < 14; at++) blocks[at] = salt[at]!;
    blocks[4]! ^= ssrc >>> 24;
    blocks[5]! ^= ssrc >>> 16;
    blocks[6]! ^= ssrc >>> 8;
    blocks[7]! ^= ssrc;
    blocks[8]! ^= high >>> 8;
    blocks[9]! ^= high;
    blocks[10]! ^= low >>> 24;
    blocks[11]! ^= low >>> 16;
    blocks[12]! ^= low >>> 8;
    blocks[13]! ^= low;
    blocks[14] = 0;
    blocks[15] = 0;
    for (let block = 1; block < count; block++) {
      const at = block << 4;
      blocks.copyWithin(at, 0, 14);
      blocks[at + 14] = block >> 8;
      blocks[at + 15] = block;
    }
    const stream = this.#encrypt(blocks.subarray(0, count << 4));
    for (let at = 0; at < length; at++) octets[from + at]! ^= stream[at]!;
  }
}

/** Authentication of RFC 3711 §4.2. */
export class PacketTag {
  readonly #hmac: HmacSha1;
  readonly bytes: number;

  constructor(key: Uint8Array, bytes: number) {
    this.#hmac = new HmacSha1(key);
    this.bytes = bytes;
  }

  /** Over `octets` up to `length`, and the roll-over counter for RTP; into `octets` at `at`. */
  write(octets: Uint8Array, length: number, at: number, rollOver?: number): void {
    const digest = this.#hmac.digest(octets, length, rollOver);
    for (let index = 0; index < this.bytes; index++) octets[at + index] = digest[index]!;
  }

  /** In time that does not depend on where a difference is. */
  isRight(octets: Uint8Array, length: number, at: number, rollOver?: number): boolean {
    const digest = this.#hmac.digest(octets, length, rollOver);
    let difference = 0;
    for (let index = 0; index < this.bytes; index++) difference |= octets[at + index]! ^ digest[index]!;
    return difference === 0;
  }
}

/** RFC 7714 §8.1, §9.1: the IV of a packet. */
export class GcmMode {
  readonly cipher: GcmCipher;
  readonly #salt: Uint8Array;
  readonly #iv = new Uint8Array(12);

  constructor(ciphers: SrtpCiphers, { key, salt }: SessionKeys) {
    this.cipher = ciphers.gcm(key);
    this.#salt = salt;
  }

  /** 00 00 ∥ SSRC ∥ the index in 48 bits, ⊕ salt. For RTCP the index has 31 bits. The next call writes it again. */
  iv(ssrc: number, index: number): Uint8Array {
    const iv = this.#iv;
    const high = Math.floor(index / 0x1_0000_0000);
    const low = index >>> 0;
    iv.set(this.#salt);
    iv[2]! ^= ssrc >>> 24;
    iv[3]! ^= ssrc >>> 16;
    iv[4]! ^= ssrc >>> 8;
    iv[5]! ^= ssrc;
    iv[6]! ^= high >>> 8;
    iv[7]! ^= high;
    iv[8]! ^= low >>> 24;
    iv[9]! ^= low >>> 16;
    iv[10]! ^= low >>> 8;
    iv[11]! ^= low;
    return iv;
  }
}

export type Transform =
  | { readonly kind: "counter"; readonly mode: CounterMode; readonly tag: PacketTag }
  | { readonly kind: "gcm"; readonly mode: GcmMode };

export function createTransform(
  ciphers: SrtpCiphers,
  suite: SrtpSuite,
  keys: SessionKeys,
  use: "rtp" | "rtcp",
): Transform {
  if (suite.kind === "gcm") return { kind: "gcm", mode: new GcmMode(ciphers, keys) };
  const bytes = use === "rtp" ? suite.tagBytes : suite.rtcpTagBytes;
  return {
    kind: "counter",
    mode: new CounterMode(ciphers, keys.key, keys.salt),
    tag: new PacketTag(keys.authenticationKey, bytes),
  };
}
