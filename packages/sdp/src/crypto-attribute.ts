/** SRTP keys in the description. RFC 4568 §9.1, suites also of RFC 6188 §4 and RFC 7714 §14.2. */

export interface CryptoSuite {
  readonly name: string;
  /** Octets of the master key and of the master salt. */
  readonly keyBytes: number;
  readonly saltBytes: number;
}

/** In the order in which we prefer them. */
export const cryptoSuites: readonly CryptoSuite[] = [
  { name: "AEAD_AES_256_GCM", keyBytes: 32, saltBytes: 12 },
  { name: "AEAD_AES_128_GCM", keyBytes: 16, saltBytes: 12 },
  { name: "AES_256_CM_HMAC_SHA1_80", keyBytes: 32, saltBytes: 14 },
  { name: "AES_192_CM_HMAC_SHA1_80", keyBytes: 24, saltBytes: 14 },
  { name: "AES_CM_128_HMAC_SHA1_80", keyBytes: 16, saltBytes: 14 },
  { name: "AES_256_CM_HMAC_SHA1_32", keyBytes: 32, saltBytes: 14 },
  { name: "AES_192_CM_HMAC_SHA1_32", keyBytes: 24, saltBytes: 14 },
  { name: "AES_CM_128_HMAC_SHA1_32", keyBytes: 16, saltBytes: 14 },
];

export function cryptoSuiteNamed(name: string): CryptoSuite | undefined {
  return cryptoSuites.find((suite) => suite.name === name.toUpperCase());
}

export interface SdesKey {
  /** Base64 of master key and master salt, one after the other. */
  readonly keySalt: string;
  /** Packets that the key may protect: `2^20` or a number, as written. */
  readonly lifetime?: string;
  readonly mki?: { readonly value: string; readonly bytes: number };
}

export interface CryptoAttribute {
  /** 0 to 999,999,999; the answer repeats the offer's. */
  readonly tag: number;
  readonly suite: string;
  readonly keys: readonly SdesKey[];
  /** `UNENCRYPTED_SRTP`, `KDR=1`, …; as written. */
  readonly sessionParameters: readonly string[];
}

/** The value of a=crypto; `undefined` when it is none. */
export function parseCrypto(text: string): CryptoAttribute | undefined {
  const [tag, suite, keyText, ...sessionParameters] = text.trim().split(/ +/);
  if (tag === undefined || !/^\d{1,9}$/.test(tag) || suite === undefined || keyText === undefined) return undefined;
  const keys: SdesKey[] = [];
  for (const one of keyText.split(";")) {
    const match = /^inline:([A-Za-z0-9+/]+={0,2})((?:\|[^|]+){0,2})$/i.exec(one);
    if (match === null) return undefined;
    const parts = match[2]!.split("|").slice(1);
    const mki = parts.find((part) => part.includes(":"));
    const lifetime = parts.find((part) => !part.includes(":"));
    // RFC 4568 §9.2: value and length are both numbers.
    if (mki !== undefined && !/^\d+:\d{1,3}$/.test(mki)) return undefined;
    const [value, bytes] = mki?.split(":") ?? [];
    keys.push({
      keySalt: match[1]!,
      ...(lifetime !== undefined && { lifetime }),
      ...(mki !== undefined && { mki: { value: value!, bytes: Number(bytes) } }),
    });
  }
  return { tag: Number(tag), suite, keys, sessionParameters };
}

export function formatCrypto({ tag, suite, keys, sessionParameters }: CryptoAttribute): string {
  const keyText = keys.map(({ keySalt, lifetime, mki }) => {
    const more = [lifetime, mki === undefined ? undefined : `${mki.value}:${mki.bytes}`];
    return [`inline:${keySalt}`, ...more.filter((part) => part !== undefined)].join("|");
  });
  return [tag, suite, keyText.join(";"), ...sessionParameters].join(" ");
}

/** RFC 4568 §6.1: the one key that can be used: its suite is known, its length right, and nothing asks for what we do not do. */
export function usableKey(crypto: CryptoAttribute): SdesKey | undefined {
  const suite = cryptoSuiteNamed(crypto.suite);
  const [key] = crypto.keys;
  if (suite === undefined || key === undefined) return undefined;
  // RFC 4568 §6.3: WSH is a hint, the others change the packets.
  if (crypto.sessionParameters.some((parameter) => !parameter.toUpperCase().startsWith("WSH="))) return undefined;
  if (key.mki !== undefined && !(key.mki.bytes >= 1 && key.mki.bytes <= 128)) return undefined;
  return base64Bytes(key.keySalt) === suite.keyBytes + suite.saltBytes ? key : undefined;
}

/** Padding is often left off. */
function base64Bytes(text: string): number {
  return Math.floor((text.replace(/=+$/, "").length * 3) / 4);
}
