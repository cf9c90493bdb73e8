/** SipHash-2-4, a keyed 64-bit hash (Aumasson and Bernstein, 2012): tokens that only their maker can make, at under a microsecond. */

export type SipHashKey = readonly [k0Low: number, k0High: number, k1Low: number, k1High: number];

/** The key from 16 random octets. */
export function sipHashKey(octets: Uint8Array): SipHashKey {
  if (octets.length !== 16) throw new TypeError(`a SipHash key has 16 octets, got ${octets.length}`);
  const view = new DataView(octets.buffer, octets.byteOffset, 16);
  return [view.getInt32(0, true), view.getInt32(4, true), view.getInt32(8, true), view.getInt32(12, true)];
}

/** The 64 bits of the hash of a latin1 text, as low and high signed 32-bit words. The array is reused by the next call. */
export function sipHash(key: SipHashKey, text: string): Int32Array {
  let v0l = key[0] ^ 0x70736575;
  let v0h = key[1] ^ 0x736f6d65;
  let v1l = key[2] ^ 0x6e646f6d;
  let v1h = key[3] ^ 0x646f7261;
  let v2l = key[0] ^ 0x6e657261;
  let v2h = key[1] ^ 0x6c796765;
  let v3l = key[2] ^ 0x79746573;
  let v3h = key[3] ^ 0x74656462;
  const length = text.length;
  const blocks = length >>> 3;
  let rounds = 2;
  for (let block = 0; block <= blocks + 1; block++) {
    let ml = 0;
    let mh = 0;
    const at = block << 3;
    if (block < blocks) {
      ml =
        text.charCodeAt(at) |
        (text.charCodeAt(at + 1) << 8) |
        (text.charCodeAt(at + 2) << 16) |
        (text.charCodeAt(at + 3) << 24);
      mh =
        text.charCodeAt(at + 4) |
        (text.charCodeAt(at + 5) << 8) |
        (text.charCodeAt(at + 6) << 16) |
        (text.charCodeAt(at + 7) << 24);
    } else if (block === blocks) {
      for (let i = at; i < length; i++) {
        const shift = (i - at) << 3;
        if (shift < 32) ml |= text.charCodeAt(i) << shift;
        else mh |= text.charCodeAt(i) << (shift - 32);
      }
      mh |= length << 24;
    } else {
      v2l ^= 0xff;
      rounds = 4;
    }
    v3l ^= ml;
    v3h ^= mh;
    for (let round = 0; round < rounds; round++) {
      // The carry of a 64-bit sum from the top bits of its low words, so that no number leaves 32 bits.
      let low = (v0l + v1l) | 0;
      v0h = (v0h + v1h + (((v0l & v1l) | ((v0l | v1l) & ~low)) >>> 31)) | 0;
      v0l = low;
      let t = v1l;
      v1l = ((v1l << 13) | (v1h >>> 19)) ^ v0l;
      v1h = ((v1h << 13) | (t >>> 19)) ^ v0h;
      t = v0l;
      v0l = v0h;
      v0h = t;
      low = (v2l + v3l) | 0;
      v2h = (v2h + v3h + (((v2l & v3l) | ((v2l | v3l) & ~low)) >>> 31)) | 0;
      v2l = low;
      t = v3l;
      v3l = ((v3l << 16) | (v3h >>> 16)) ^ v2l;
      v3h = ((v3h << 16) | (t >>> 16)) ^ v2h;
      low = (v0l + v3l) | 0;
      v0h = (v0h + v3h + (((v0l & v3l) | ((v0l | v3l) & ~low)) >>> 31)) | 0;
      v0l = low;
      t = v3l;
      v3l = ((v3l << 21) | (v3h >>> 11)) ^ v0l;
      v3h = ((v3h << 21) | (t >>> 11)) ^ v0h;
      low = (v2l + v1l) | 0;
      v2h = (v2h + v1h + (((v2l & v1l) | ((v2l | v1l) & ~low)) >>> 31)) | 0;
      v2l = low;
      t = v1l;
      v1l = ((v1l << 17) | (v1h >>> 15)) ^ v2l;
      v1h = ((v1h << 17) | (t >>> 15)) ^ v2h;
      t = v2l;
      v2l = v2h;
      v2h = t;
    }
    v0l ^= ml;
    v0h ^= mh;
  }
  out[0] = v0l ^ v1l ^ v2l ^ v3l;
  out[1] = v0h ^ v1h ^ v2h ^ v3h;
  return out;
}

const out = new Int32Array(2);

/** The hash as 11 characters of base64url, safe in tokens, branches and the user part of a URI. */
export function sipHashToken(key: SipHashKey, text: string): string {
  const hash = sipHash(key, text);
  const low = hash[0]!;
  const high = hash[1]!;
  let token = "";
  for (let i = 0; i < 5; i++) token += alphabet[(low >>> (i * 6)) & 63];
  token += alphabet[((low >>> 30) & 3) | ((high & 15) << 2)];
  for (let i = 0; i < 5; i++) token += alphabet[(high >>> (4 + i * 6)) & 63];
  return token;
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
