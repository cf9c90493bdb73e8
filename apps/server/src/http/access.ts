/** Who may read what over HTTP: the token, or being on this machine. */

import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** What the decision needs of a request. */
export interface Asker {
  readonly headers: IncomingHttpHeaders;
  readonly remoteAddress: string | undefined;
}

/** `Authorization: Bearer TOKEN`. */
export function hasToken(asker: Asker, token: string): boolean {
  const match = /^Bearer +(\S+) *$/i.exec(asker.headers.authorization ?? "");
  // Hashes have one length, whatever was sent.
  return match !== null && timingSafeEqual(sha256(match[1]!), sha256(token));
}

/**
 * From this machine itself. A forwarding proxy on this machine speaks for others, and a name that leads here by DNS rebinding is
 * a web page's trick: neither counts.
 */
export function isFromHere(asker: Asker): boolean {
  const address = (asker.remoteAddress ?? "").replace(/^::ffff:/, "");
  if (address !== "::1" && !address.startsWith("127.")) return false;
  if (asker.headers["x-forwarded-for"] !== undefined || asker.headers.forwarded !== undefined) return false;
  const host = (asker.headers.host ?? "").replace(/:\d+$/, "");
  return host === "localhost" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
