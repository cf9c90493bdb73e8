/** What can be set about TLS: certificates, whom to trust, how strong. Plain data, so that it can go to another thread. RFC 3261 §26, RFC 5922. */

export interface TlsIdentity {
  /** PEM: the certificate, then its chain. */
  readonly cert: string | Uint8Array;
  /** PEM. */
  readonly key: string | Uint8Array;
  readonly passphrase?: string;
}

type Authorities = string | Uint8Array | readonly (string | Uint8Array)[];

/** What differs for one of the servers that we connect to. */
export interface TlsPeerSettings {
  /** PEM of the only authorities that its certificate may descend from. */
  readonly ca?: Authorities;
  /** Shown to it, should it ask. */
  readonly identity?: TlsIdentity;
  /** `false`: it need not prove who it is. The connection is encrypted and may end at anybody. */
  readonly verify?: boolean;
}

export interface TlsSettings extends Partial<TlsIdentity> {
  /**
   * Certificates by the domain that a client asks for (SNI); `*.example.com` stands for one more label. Each is also shown to
   * those who ask for another name that it holds. Whoever asks for none of them gets `cert`.
   */
  readonly domains?: Readonly<Record<string, TlsIdentity>>;
  /** PEM of the authorities that we trust, for clients and servers alike. Default: those that come with Node. */
  readonly ca?: Authorities;
  /** PEM: certificates that their authorities took back. Each authority in a peer's chain must have a list then (RFC 5280 §6.3). */
  readonly crl?: string | readonly string[];
  /**
   * Mutual TLS on our listeners: `request` asks for a certificate and takes what comes (only a trusted one gives
   * `flow.peerNames`), `require` refuses clients without a trusted one. Default `ignore`.
   */
  readonly clientCertificates?: "ignore" | "request" | "require";
  /** Shown to servers that ask (RFC 5922 §7.4). Default: `cert`, unless its use as a client is excluded (RFC 5280 §4.2.1.12). */
  readonly client?: TlsIdentity;
  /** Whether servers that we connect to must prove their name (RFC 5922 §7.3). Default true. */
  readonly verifyServers?: boolean;
  /** What differs for a server, by the name that it is to prove. */
  readonly servers?: Readonly<Record<string, TlsPeerSettings>>;
  /** Default TLSv1.2. */
  readonly minVersion?: "TLSv1.2" | "TLSv1.3";
  /** OpenSSL's names, best first, those of TLS 1.3 included. Default: what forward secrecy and authenticated encryption leave. */
  readonly ciphers?: string;
  /** Key exchange groups, `X25519:prime256v1`. Default: OpenSSL's. */
  readonly ecdhCurve?: string;
  /** 32 secret octets: a session begun at one listener is resumed at any that has the same (RFC 8446 §4.6.1). Default: each its own. */
  readonly ticketSecret?: Uint8Array;
  /** Answers to challenges under way, by name: shown to whoever offers the protocol acme-tls/1 and nothing else (RFC 8737 §3). */
  readonly challenges?: Readonly<Record<string, TlsIdentity>>;
}
