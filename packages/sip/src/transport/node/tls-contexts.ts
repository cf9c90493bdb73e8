/** Certificates and trust, compiled into contexts that can be replaced while connections go on. RFC 5922, RFC 6066 §3, RFC 9325. */

import { constants, X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext, type SecureContextOptions } from "node:tls";
import { tlsSettingsInvalid } from "../errors.ts";
import { serverNames } from "../identity.ts";
import type { TlsIdentity, TlsPeerSettings, TlsSettings } from "./tls-settings.ts";

/** How to connect to one server. */
export interface ClientContext {
  readonly context: SecureContext;
  readonly verify: boolean;
  /** A certificate of ours is shown, should the server ask. */
  readonly isKnown: boolean;
}

/** The contexts made of one set of settings. A reload makes new ones; connections keep those they began with. */
export class TlsContexts {
  readonly settings: TlsSettings;
  /** The one for those who ask for no name of ours. */
  readonly fallback: TlsIdentity | undefined;
  readonly #byName = new Map<string, SecureContext>();
  readonly #default: SecureContext | undefined;
  readonly #challenges = new Map<string, SecureContext>();
  readonly #client: ClientContext;
  readonly #servers = new Map<string, ClientContext>();

  /** Throws `SIP_TP_TLS_SETTINGS_INVALID` when a certificate or key cannot be used. */
  constructor(settings: TlsSettings) {
    this.settings = settings;
    const domains = Object.entries(settings.domains ?? {});
    const named = domains.map(([domain, identity]) => {
      return { domain, identity, context: compile(settings, identity, `domains["${domain}"]`) };
    });
    for (const { domain, context } of named) this.#byName.set(domain.toLowerCase(), context);
    this.fallback = hasIdentity(settings) ? settings : domains[0]?.[1];
    this.#default = hasIdentity(settings) ? compile(settings, settings, "cert") : named[0]?.context;
    // What is configured goes before what a certificate holds, and the first certificate before the others.
    for (const { identity, context } of named) this.#addNames(identity, context);
    if (this.#default !== undefined) this.#addNames(this.fallback!, this.#default);
    for (const [name, identity] of Object.entries(settings.challenges ?? {})) {
      this.#challenges.set(name.toLowerCase(), compile({ ...settings, ca: [], crl: [] }, identity, "challenges"));
    }
    const own = settings.client ?? ownIdentity(this.fallback);
    this.#client = {
      context: compile(settings, own, "client"),
      verify: settings.verifyServers !== false,
      isKnown: own !== undefined,
    };
    for (const [name, server] of Object.entries(settings.servers ?? {})) {
      this.#servers.set(name.toLowerCase(), this.#clientOf(server, own, `servers["${name}"]`));
    }
  }

  /** The context for the name that a client asks for; without a name, or for one unknown here, the default. */
  serverFor(serverName: string): SecureContext | undefined {
    const lower = serverName.toLowerCase();
    return this.#byName.get(lower) ?? this.#byName.get(lower.replace(/^[^.]+/, "*")) ?? this.#default;
  }

  /** What proves that the name is ours, while its authority asks (RFC 8737). */
  challengeFor(serverName: string): SecureContext | undefined {
    return this.#challenges.size === 0 ? undefined : this.#challenges.get(serverName.toLowerCase());
  }

  /** For connections to the server that has to prove this name; presents our certificate should it ask (RFC 5922 §7.4). */
  clientFor(serverName: string): ClientContext {
    return this.#servers.size === 0 ? this.#client : (this.#servers.get(serverName.toLowerCase()) ?? this.#client);
  }

  #clientOf(server: TlsPeerSettings, own: TlsIdentity | undefined, what: string): ClientContext {
    const { ca = this.settings.ca } = server;
    const identity = server.identity ?? own;
    return {
      context: compile({ ...this.settings, ...(ca !== undefined && { ca }) }, identity, what),
      verify: server.verify ?? this.#client.verify,
      isKnown: identity !== undefined,
    };
  }

  #addNames(identity: TlsIdentity, context: SecureContext): void {
    for (const name of serverNames(namesOfPem(identity.cert))) {
      if (!this.#byName.has(name)) this.#byName.set(name, context);
    }
  }
}

/** Also what a server of node:tls or node:https is made of. */
export function contextOptions(settings: TlsSettings, identity: TlsIdentity | undefined): SecureContextOptions {
  const { ca, crl, ciphers, ecdhCurve } = settings;
  return {
    minVersion: settings.minVersion ?? "TLSv1.2",
    ciphers: ciphers ?? defaultCiphers,
    honorCipherOrder: true,
    // RFC 9325 §3.5: renegotiation lets a client keep us busy, and nobody in SIP needs it.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    ...(identity === undefined ? {} : { cert: pem(identity.cert), key: pem(identity.key) }),
    ...(identity?.passphrase === undefined ? {} : { passphrase: identity.passphrase }),
    ...(ca === undefined ? {} : { ca: typeof ca === "string" || ca instanceof Uint8Array ? pem(ca) : ca.map(pem) }),
    ...(crl === undefined || crl.length === 0 ? {} : { crl: typeof crl === "string" ? crl : [...crl] }),
    ...(ecdhCurve === undefined ? {} : { ecdhCurve }),
  };
}

/**
 * RFC 9325 §4.2: forward secrecy and authenticated encryption, with TLS 1.2 too. RFC 3261 §26.2.1 asks for TLS_RSA_WITH_AES_128_CBC_SHA,
 * which RFC 9325 §4.1 rules out; a phone that has nothing else needs `ciphers`. AES first: most have it in hardware.
 */
export const defaultCiphers: string = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
].join(":");

function compile(settings: TlsSettings, identity: TlsIdentity | undefined, what: string): SecureContext {
  try {
    return createSecureContext(contextOptions(settings, identity));
  } catch (cause) {
    throw tlsSettingsInvalid.from(cause, `${what}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

function hasIdentity(settings: TlsSettings): settings is TlsSettings & TlsIdentity {
  return settings.cert !== undefined && settings.key !== undefined;
}

const anyUse = "2.5.29.37.0";
const clientUse = "1.3.6.1.5.5.7.3.2";

/** Our certificate for showing it to servers: one that is for servers alone would end connections to those who only ask. */
function ownIdentity(identity: TlsIdentity | undefined): TlsIdentity | undefined {
  if (identity === undefined) return undefined;
  // Node names it after what OpenSSL does; it is the extended key usage.
  const uses = parse(identity.cert)?.keyUsage as readonly string[] | undefined;
  return uses === undefined || uses.includes(clientUse) || uses.includes(anyUse) ? identity : undefined;
}

function namesOfPem(cert: string | Uint8Array) {
  const certificate = parse(cert);
  const commonName = /^CN=(.+)$/m.exec(certificate?.subject ?? "")?.[1];
  return { subjectAltName: certificate?.subjectAltName, commonName };
}

/** `undefined` for what is no certificate; `compile` says so. */
function parse(cert: string | Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(pem(cert));
  } catch {
    return undefined;
  }
}

function pem(text: string | Uint8Array): string | Buffer {
  return typeof text === "string" ? text : Buffer.from(text.buffer, text.byteOffset, text.length);
}
