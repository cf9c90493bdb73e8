/** The challenges of a response, sorted for a client: per realm the topmost that it can answer. RFC 8760 §2.4, RFC 3261 §22.2 and §22.3. */

import { HeaderId } from "../message/header-id.ts";
import type { SipResponse } from "../message/message.ts";
import { type Algorithm, algorithmNamed } from "./algorithm.ts";
import type { Qop } from "./computation.ts";
import { isDigest, parseDigestParams, plainText } from "./digest-params.ts";
import type { AnswerableChallenge } from "./digest-session.ts";

/** The header field that answers a challenge. */
export type AuthorizationHeader = "Authorization" | "Proxy-Authorization";

export interface RealmChallenge {
  readonly header: AuthorizationHeader;
  readonly realm: string;
  /** `undefined`: every challenge of this realm has a scheme, algorithm or qop that we do not support. */
  readonly challenge: AnswerableChallenge | undefined;
}

/**
 * One entry for each header field and realm, in the order of their first appearance.
 * @param isUsable Whether an algorithm may be used in a realm: allowed, and there is a secret for it.
 */
export function challengesOf(
  response: SipResponse,
  isUsable: (algorithm: Algorithm, realm: string) => boolean,
): RealmChallenge[] {
  const found = new Map<string, RealmChallenge>();
  // A forking proxy gathers challenges of both kinds, whatever the status (RFC 8760 §2.5, RFC 3261 §16.7 step 7).
  for (const [id, header] of sources) {
    for (let line = response.findLine(id); line !== -1; line = response.findLine(id, line + 1)) {
      const value = response.lineValue(line);
      const parsed = isDigest(value) ? parseDigestParams(value, 6) : undefined;
      if (parsed?.ok !== true || parsed.value.realm === undefined || parsed.value.nonce === undefined) continue;
      const params = parsed.value;
      const realm = plainText(parsed.value.realm);
      const key = realmKey(header, realm);
      if (found.get(key)?.challenge !== undefined) continue;
      const algorithm = algorithmNamed(params.algorithm);
      const qop = qopFor(params.qop);
      const supported = algorithm !== undefined && qop !== null && isUsable(algorithm, realm);
      const challenge: AnswerableChallenge | undefined = supported
        ? {
            realm,
            nonce: parsed.value.nonce,
            opaque: params.opaque,
            algorithm,
            algorithmNamed: params.algorithm !== undefined,
            qop,
            stale: params.stale?.toLowerCase() === "true",
            userhash: params.userhash?.toLowerCase() === "true",
          }
        : undefined;
      found.set(key, { header, realm, challenge });
    }
  }
  return [...found.values()];
}

export function realmKey(header: AuthorizationHeader, realm: string): string {
  return `${header} ${realm}`;
}

const sources: readonly (readonly [number, AuthorizationHeader])[] = [
  [HeaderId["WWW-Authenticate"], "Authorization"],
  [HeaderId["Proxy-Authenticate"], "Proxy-Authorization"],
];

/** The best of the offered qop values; `undefined` when none is offered, `null` when we know none of them. */
function qopFor(offered: string | undefined): Qop | undefined | null {
  if (offered === undefined) return undefined;
  const options = offered
    .toLowerCase()
    .split(",")
    .map((option) => option.trim());
  // Proxies may change a body on the way; auth-int only where nothing else is offered.
  if (options.includes("auth")) return "auth";
  return options.includes("auth-int") ? "auth-int" : null;
}
