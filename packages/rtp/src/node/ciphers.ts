/** SRTP's ciphers by Node's OpenSSL. */

import { createCipheriv, createDecipheriv, createSecretKey } from "node:crypto";
import type { BlockCipher, GcmCipher, SrtpCiphers } from "../srtp/ciphers.ts";

export const nodeCiphers: SrtpCiphers = {
  block(key): BlockCipher {
    // One cipher for all packets: a block of ECB is what counter mode encrypts, and setting up a cipher costs more than using it.
    const cipher = createCipheriv(`aes-${key.length * 8}-ecb`, createSecretKey(key), null);
    cipher.setAutoPadding(false);
    return { encrypt: (blocks) => cipher.update(blocks) };
  },
  gcm(key): GcmCipher {
    const name = `aes-${key.length * 8}-gcm` as "aes-128-gcm";
    const secret = createSecretKey(key);
    return {
      seal(iv, aad, text, out, offset) {
        const cipher = createCipheriv(name, secret, iv);
        cipher.setAAD(aad);
        out.set(cipher.update(text), offset);
        cipher.final();
        out.set(cipher.getAuthTag(), offset + text.length);
      },
      open(iv, aad, sealed, out, offset) {
        const end = sealed.length - 16;
        if (end < 0) return false;
        const decipher = createDecipheriv(name, secret, iv);
        decipher.setAAD(aad);
        decipher.setAuthTag(sealed.subarray(end));
        const text = decipher.update(sealed.subarray(0, end));
        try {
          decipher.final();
        } catch {
          return false;
        }
        out.set(text, offset);
        return true;
      },
    };
  },
};
