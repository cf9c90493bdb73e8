/** SRTP in force on a stream; and made from keys that the description carried. RFC 4568 §6.1. */

import { type SrtpKeying, SrtpReceiver, SrtpSender, srtpSuite } from "@trapezoid/rtp";
import { nodeCiphers } from "@trapezoid/rtp/node";
import type { SdesKeys } from "../config.ts";
import { badKey } from "../errors.ts";

export interface Protection {
  readonly by: "sdes" | "zrtp";
  /** Name of the profile, as in RFC 4568. */
  readonly suite: string;
  /** `undefined` while nothing may be sent yet (RFC 6189 §4). */
  readonly sender: SrtpSender | undefined;
  readonly receiver: SrtpReceiver;
}

export interface SdesProtection extends Protection {
  readonly keys: SdesKeys;
  readonly sender: SrtpSender;
}

/** Throws `MEDIA_BAD_KEY`. */
export function protectionOf(keys: SdesKeys): SdesProtection {
  return {
    by: "sdes",
    suite: keys.suite,
    keys,
    sender: new SrtpSender(nodeCiphers, keyingOf(keys.suite, keys.localKeySalt, undefined)),
    receiver: new SrtpReceiver(nodeCiphers, keyingOf(keys.suite, keys.remoteKeySalt, keys.remoteMki)),
  };
}

/** The same keys must go on with the same counters: a counter that began anew would use key stream twice. */
export function isSameKeys(a: SdesKeys | undefined, b: SdesKeys | undefined): boolean {
  return a?.suite === b?.suite && a?.localKeySalt === b?.localKeySalt && a?.remoteKeySalt === b?.remoteKeySalt;
}

function keyingOf(suiteName: string, keySalt: string, mki: SdesKeys["remoteMki"]): SrtpKeying {
  const suite = srtpSuite(suiteName);
  if (suite === undefined) throw badKey(suiteName, "of an unknown suite");
  const octets = Buffer.from(keySalt, "base64");
  const wanted = suite.keyBytes + suite.saltBytes;
  if (octets.length !== wanted) throw badKey(suiteName, `${octets.length} octets long, not ${wanted}`);
  const keying = { suite, masterKey: octets.subarray(0, suite.keyBytes), masterSalt: octets.subarray(suite.keyBytes) };
  if (mki === undefined) return keying;
  const value = new Uint8Array(mki.bytes);
  let rest = BigInt(mki.value);
  for (let at = mki.bytes - 1; at >= 0; at--, rest >>= 8n) value[at] = Number(rest & 0xffn);
  return { ...keying, mki: value };
}
