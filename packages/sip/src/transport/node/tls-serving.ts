/** The server's side of TLS: the certificate by name, the protocol by ALPN, tickets, and answers to challenges. RFC 6066 §3, RFC 7301, RFC 8737. */

import { createHash, hkdfSync } from "node:crypto";
import type { SecureContext, TLSSocket, TlsOptions } from "node:tls";
import { tlsNotConfigured } from "../errors.ts";
import { contextOptions, type TlsContexts } from "./tls-contexts.ts";
import type { TlsSettings } from "./tls-settings.ts";

/** RFC 8737 §3. */
export const challengeProtocol = "acme-tls/1";

/** How long a session may be resumed; the keys of its ticket may change before. */
const sessionSeconds = 43_200;

/**
 * What a server of node:tls or node:https needs to serve `protocols`. A client that offers other protocols alone is refused; one
 * that offers none at all, as most phones do, is taken (RFC 7301 §3.2). `current` is asked at each connection. Throws when
 * there is no certificate for the listener named.
 */
export function tlsServerOptions(
  current: () => TlsContexts,
  protocols: readonly string[],
  listener: string,
  mode: TlsSettings["clientCertificates"] = "ignore",
): TlsOptions {
  const challenged = new WeakMap<object, SecureContext>();
  return {
    ...tlsServerContext(current(), listener),
    requestCert: mode !== "ignore",
    rejectUnauthorized: mode === "require",
    sessionTimeout: sessionSeconds,
    // Alike in all threads; their arguments, which Node would take, are not.
    sessionIdContext: protocols[0],
    SNICallback(this: TLSSocket, name, done) {
      // With TLS 1.3 the protocol is chosen before the certificate.
      done(null, challenged.get(this) ?? current().serverFor(name));
    },
    ALPNCallback(this: TLSSocket, { servername, protocols: offered }) {
      if (offered.length === 1 && offered[0] === challengeProtocol) {
        const answer = current().challengeFor(servername);
        if (answer === undefined) return undefined;
        challenged.set(this, answer);
        // With TLS 1.2 it is chosen after it.
        this.setKeyCert(answer);
        return challengeProtocol;
      }
      return protocols.find((protocol) => offered.includes(protocol));
    },
  } as TlsOptions;
}

/** The part of it that `setSecureContext` of a running server takes. */
export function tlsServerContext(contexts: TlsContexts, listener: string): TlsOptions {
  const { settings, fallback } = contexts;
  if (fallback === undefined) throw tlsNotConfigured(listener);
  const ticketKeys = ticketKeysOf(settings);
  return { ...contextOptions(settings, fallback), ...(ticketKeys !== undefined && { ticketKeys }) };
}

/** Whether a connection was made for a challenge alone; there is nothing to say on it. */
export function isChallenge(socket: TLSSocket): boolean {
  return socket.alpnProtocol === challengeProtocol;
}

/** A client that was trusted by other rules than those of now must show its certificate again. */
function ticketKeysOf({ ticketSecret, ca, crl, clientCertificates }: TlsSettings): Buffer | undefined {
  if (ticketSecret === undefined) return undefined;
  const rules = createHash("sha256")
    .update(JSON.stringify([ca, crl, clientCertificates]))
    .digest();
  return Buffer.from(hkdfSync("sha256", ticketSecret, rules, "trapezoid tls tickets", 48));
}
