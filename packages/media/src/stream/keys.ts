/** SRTP in force on a stream; and made from keys that the description carried. RFC 4568 §6.1, RFC 3711 §9.1. */

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
  readonly sender: SrtpSender;
}

/**
 * Keys of descriptions that a stream uses, or has used. Each end may change its own alone, and a key may come back after another, or after
 * none: its counter then goes on. One that began anew would use key stream twice (RFC 3711 §9.1), and the other side would not follow.
 */
export class SdesKeyring {
  /** Ours: as many as we offer. */
  readonly #senders = new Map<string, SrtpSender>();
  #receiver: { readonly key: string; readonly receiver: SrtpReceiver } | undefined;

  /** Throws `MEDIA_BAD_KEY`; then nothing has changed. */
  protection(keys: SdesKeys): SdesProtection {
    const { suite, localKeySalt, remoteKeySalt, remoteMki } = keys;
    const ours = `${suite} ${localKeySalt}`;
    const theirs = `${suite} ${remoteKeySalt} ${remoteMki?.value}:${remoteMki?.bytes}`;
    const sender = this.#senders.get(ours) ?? new SrtpSender(nodeCiphers, keyingOf(suite, localKeySalt, undefined));
    const receiver =
      this.#receiver?.key === theirs
        ? this.#receiver.receiver
        : new SrtpReceiver(nodeCiphers, keyingOf(suite, remoteKeySalt, remoteMki));
    this.#senders.set(ours, sender);
    this.#receiver = { key: theirs, receiver };
    return { by: "sdes", suite, sender, receiver };
  }
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
