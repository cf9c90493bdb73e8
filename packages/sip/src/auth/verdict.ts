/** What a digest server finds of a request. */

import type { Algorithm } from "./algorithm.ts";
import type { Qop } from "./computation.ts";

/**
 * Why credentials were refused; for logs and counters, not for the peer.
 *
 * - `none`: no digest credentials, or empty ones from a client that was not challenged yet;
 * - `malformed`: they cannot be read, or a parameter is missing;
 * - `wrong-realm`, `unknown-algorithm`: credentials, but not for our realm or for an algorithm that was offered;
 * - `stale`: a nonce that is too old, displaced or not ours; `replay`: right, but used before;
 * - `wrong-uri`: made for another Request-URI;
 * - `unknown-user`, `wrong-password`: the same thing for the peer, in time as in answer.
 *
 * `malformed` and `wrong-uri` are answered 400 or challenged anew (RFC 7616 §3.4.6, RFC 3261 §22.4), all others challenged.
 */
export type DigestRefusal =
  | "none"
  | "malformed"
  | "wrong-realm"
  | "unknown-algorithm"
  | "stale"
  | "replay"
  | "wrong-uri"
  | "unknown-user"
  | "wrong-password";

export interface DigestAccepted {
  readonly ok: true;
  readonly user: string;
  readonly algorithm: Algorithm;
  /** `undefined`: as in RFC 2069. */
  readonly qop: Qop | undefined;
  /** Nonce count; 0 without qop. */
  readonly nc: number;
  readonly nonce: string;
}

export interface DigestRefused {
  readonly ok: false;
  readonly reason: DigestRefusal;
  /** What the next challenge should say: the nonce was at fault, not the password (RFC 7616 §3.3). */
  readonly stale: boolean;
  /** As claimed; not proven unless the reason is `replay`. */
  readonly user: string | undefined;
  /** For a log: what was found. */
  readonly detail: string;
}

export type DigestVerdict = DigestAccepted | DigestRefused;

export function accepted(
  user: string,
  algorithm: Algorithm,
  qop: Qop | undefined,
  nc: number,
  nonce: string,
): DigestAccepted {
  return { ok: true, user, algorithm, qop, nc, nonce };
}

export function refused(reason: DigestRefusal, detail: string, user?: string): DigestRefused {
  return { ok: false, reason, stale: reason === "stale" || reason === "replay", user, detail };
}
