/** The port through which SRTP reaches a cipher: Node's is in `@trapezoid/rtp/node`. */

/** AES of single blocks with one key. */
export interface BlockCipher {
  /** Encrypts whole blocks of 16 octets; the result may be a buffer that the next call writes again. */
  encrypt(blocks: Uint8Array): Uint8Array;
}

/** AES-GCM with one key and tags of 16 octets. */
export interface GcmCipher {
  /** `text` and the tag behind it into `out` at `offset`. */
  seal(iv: Uint8Array, aad: Uint8Array, text: Uint8Array, out: Uint8Array, offset: number): void;
  /** `sealed` is text and tag. False, and nothing in `out` counts, when the tag is wrong. */
  open(iv: Uint8Array, aad: Uint8Array, sealed: Uint8Array, out: Uint8Array, offset: number): boolean;
}

export interface SrtpCiphers {
  /** Keys of 16, 24 or 32 octets. */
  block(key: Uint8Array): BlockCipher;
  /** Keys of 16 or 32 octets. */
  gcm(key: Uint8Array): GcmCipher;
}
