/** Certificates and trust, compiled into contexts that can be replaced while connections go on. RFC 3261 §26, RFC 5922. */

import { createSecureContext, type SecureContext, type SecureContextOptions, type TlsOptions } from "node:tls";
import { tlsNotConfigured, tlsSettingsInvalid } from "../errors.ts";

export interface TlsIdentity {
  /** PEM: the certificate, then its chain. */
  readonly cert: string | Uint8Array;
  /** PEM. */
  readonly key: string | Uint8Array;
  readonly passphrase?: string;
}

export interface TlsSettings extends Partial<TlsIdentity> {
  /** Certificates by the domain that a client asks for (SNI); `*.example.com` stands for one more label. Others get `cert`. */
  readonly domains?: Readonly<Record<string, TlsIdentity>>;
  /** PEM of the authorities that we trust, for clients and servers alike. Default: those that come with Node. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[];
  /**
   * Mutual TLS on our listeners: `request` asks for a certificate and takes what comes (only a trusted one gives
   * `flow.peerNames`), `require` refuses clients without a trusted one. Default `ignore`.
   */
  readonly clientCertificates?: "ignore" | "request" | "require";
  /** Whether servers that we connect to must prove their name (RFC 5922 §7.3). Default true. */
  readonly verifyServers?: boolean;
  /** Default TLSv1.2. */
  readonly minVersion?: "TLSv1.2" | "TLSv1.3";
  /** OpenSSL's cipher list for TLS 1.2. Default: Node's. */
  readonly ciphers?: string;
  /** Key exchange groups, `X25519:prime256v1`. Default: OpenSSL's. */
  readonly ecdhCurve?: string;
}

/** The contexts made of one set of settings. A reload makes new ones; connections keep those they began with. */
export class TlsContexts {
  readonly settings: TlsSettings;
  /** For connections that we open; presents our certificate when a server asks for one (RFC 5922 §7.4). */
  readonly client: SecureContext;
  readonly #byDomain = new Map<string, SecureContext>();
  readonly #default: SecureContext | undefined;

  /** Throws `SIP_TP_TLS_SETTINGS_INVALID` when a certificate or key cannot be used. */
  constructor(settings: TlsSettings) {
    this.settings = settings;
    for (const [domain, identity] of Object.entries(settings.domains ?? {})) {
      this.#byDomain.set(domain.toLowerCase(), compile(settings, identity, `domains["${domain}"]`));
    }
    this.#default = hasIdentity(settings) ? compile(settings, settings, "cert") : this.#byDomain.values().next().value;
    this.client = this.#default ?? compile(settings, undefined, "ca");
  }

  /** The context for the name that a client asks for; without a name, or for one unknown here, the default. */
  serverFor(serverName: string): SecureContext | undefined {
    const lower = serverName.toLowerCase();
    return this.#byDomain.get(lower) ?? this.#byDomain.get(lower.replace(/^[^.]+/, "*")) ?? this.#default;
  }

  /** What a server of node:tls or node:https needs; throws when there is no certificate for the listener named. */
  serverOptions(listener: string): TlsOptions {
    const { settings } = this;
    const identity = hasIdentity(settings) ? settings : Object.values(settings.domains ?? {})[0];
    if (identity === undefined) throw tlsNotConfigured(listener);
    const mode = settings.clientCertificates ?? "ignore";
    return {
      ...contextOptions(settings, identity),
      SNICallback: (name, done) => done(null, this.serverFor(name)),
      requestCert: mode !== "ignore",
      rejectUnauthorized: mode === "require",
    };
  }
}

function hasIdentity(settings: TlsSettings): settings is TlsSettings & TlsIdentity {
  return settings.cert !== undefined && settings.key !== undefined;
}

function contextOptions(settings: TlsSettings, identity: TlsIdentity | undefined): SecureContextOptions {
  const { ca, ciphers, ecdhCurve } = settings;
  return {
    minVersion: settings.minVersion ?? "TLSv1.2",
    ...(identity === undefined ? {} : { cert: pem(identity.cert), key: pem(identity.key) }),
    ...(identity?.passphrase === undefined ? {} : { passphrase: identity.passphrase }),
    ...(ca === undefined ? {} : { ca: typeof ca === "string" || ca instanceof Uint8Array ? pem(ca) : ca.map(pem) }),
    ...(ciphers === undefined ? {} : { ciphers }),
    ...(ecdhCurve === undefined ? {} : { ecdhCurve }),
  };
}

function compile(settings: TlsSettings, identity: TlsIdentity | undefined, what: string): SecureContext {
  try {
    return createSecureContext(contextOptions(settings, identity));
  } catch (cause) {
    throw tlsSettingsInvalid.from(cause, `${what}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

function pem(text: string | Uint8Array): string | Buffer {
  return typeof text === "string" ? text : Buffer.from(text.buffer, text.byteOffset, text.length);
}
