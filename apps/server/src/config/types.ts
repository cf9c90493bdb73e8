/** The configuration as the threads use it: everything decided, every default filled in. Made by `resolveConfig`. */

import type { ListenUri } from "@trapezoid/sip/transport";
import type { DigestAlgorithm, InboundPolicy, Route, ServerMode } from "./config.ts";

export interface ResolvedConfig {
  /** Lower case. */
  readonly primaryDomain: string;
  /** Own domains by name (lower case), the primary one first. Aliases are not in here. */
  readonly domains: ReadonlyMap<string, DomainSettings>;
  /**
   * Own addresses, host names, advertised names and `localhost`, lower case, IPv6 without brackets: with a port of ours they mean the
   * primary domain. Those with a port (`127.0.0.1:8080`, the HTTP server's) mean it with that port.
   */
  readonly aliases: readonly string[];
  readonly listeners: readonly ListenerSettings[];
  readonly mode: ServerMode;
  readonly store: StoreSettings;
  readonly trust: TrustSettings;
  readonly trunks: ReadonlyMap<string, TrunkSettings>;
  /** Empty: the system's resolvers. */
  readonly dnsServers: readonly string[];
  readonly tls: TlsSettings;
  readonly auth: AuthSettings;
  readonly registrar: RegistrarSettings;
  readonly limits: LimitSettings;
  readonly firewall: FirewallSettings;
  readonly timers: TimerDurations;
  readonly overload: OverloadSettings;
  readonly http: HttpSettings | undefined;
  readonly route: Route | undefined;
}

export interface DomainSettings {
  /** Lower case; the digest realm of its accounts. */
  readonly name: string;
  readonly inbound: InboundPolicy;
  /** `undefined`: by user agent, as `auth.algorithms` says or the built-in table. */
  readonly algorithms: readonly DigestAlgorithm[] | undefined;
}

export interface ListenerSettings {
  readonly uri: ListenUri;
  /** `host` or `host:port`. */
  readonly advertise: string | undefined;
  /** A WebSocket listener with host and port of the HTTP server: the main thread serves it, workers pass it over. */
  readonly sharedWithHttp: boolean;
}

export interface StoreSettings {
  readonly kind: "sqlite";
  /** Absolute path. */
  readonly file: string;
}

/** Who needs no authentication. */
export interface TrustSettings {
  /** Addresses and CIDR ranges. */
  readonly networks: readonly string[];
  /** Names that a peer's certificate must prove, lower case. */
  readonly names: readonly string[];
  /** Trunks whose addresses are trusted, whatever they resolve to. */
  readonly trunks: readonly string[];
}

export interface TrunkSettings {
  readonly name: string;
  readonly target: string;
  /** Whether it is asked how loaded it is; `undefined`: as `overload.oc.ask` says. */
  readonly oc: boolean | undefined;
}

export interface TlsSettings {
  /** Shown to whoever asks for no name of ours; `undefined`: the one that the server makes itself, in the data folder. */
  readonly certificate: CertificateFiles | undefined;
  /** By domain. */
  readonly domains: ReadonlyMap<string, CertificateFiles>;
  /** Where a certificate is kept that this server made itself. Absolute path of a folder. */
  readonly ownFolder: string;
  readonly client: CertificateFiles | undefined;
  /** Absolute paths, or `system`; empty: Node's authorities. */
  readonly caFiles: readonly string[];
  readonly crlFile: string | undefined;
  readonly clientCertificates: "ignore" | "request" | "require";
  readonly minVersion: "TLSv1.2" | "TLSv1.3";
  readonly ciphers: string | undefined;
  readonly groups: string | undefined;
  /** What differs for servers that we connect to, by their name (lower case). */
  readonly servers: ReadonlyMap<string, TlsServerFiles>;
  /** Where the certificate comes from by itself, in place of `certificate`. */
  readonly acme: AcmeSettings | undefined;
}

export interface AcmeSettings {
  readonly directory: string;
  readonly email: string | undefined;
  readonly challenge: "http-01" | "tls-alpn-01";
  /** Lower case; one at least. */
  readonly names: readonly string[];
  /** Where http-01 is listened for; empty: at the HTTP server alone. */
  readonly http: readonly { readonly host: string; readonly port: number }[];
  /** Absolute path. */
  readonly caFile: string | undefined;
  readonly externalAccount: { readonly keyId: string; readonly macKeyEnv: string } | undefined;
  /** Where account and certificate are kept: an absolute path. */
  readonly folder: string;
}

/** PEM files, absolute paths. */
export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly passphraseEnv: string | undefined;
}

export interface TlsServerFiles {
  /** The trunk whose server it is. */
  readonly trunk: string;
  readonly caFiles: readonly string[];
  readonly certificate: CertificateFiles | undefined;
  readonly verify: boolean;
}

export interface AuthSettings {
  /** `undefined`: by the table of user agents. */
  readonly algorithms: readonly DigestAlgorithm[] | undefined;
  readonly nonceLifetimeMs: number;
}

/** Seconds. */
export interface RegistrarSettings {
  readonly defaultExpires: number;
  readonly minExpires: number;
  readonly maxExpires: number;
  readonly maxContacts: number;
}

export interface LimitSettings {
  readonly bodyBytes: number;
  readonly headerBytes: number;
  readonly headerCount: number;
  readonly headerLineBytes: number;
  readonly uriBytes: number;
  readonly vias: number;
  readonly routes: number;
  readonly listValues: number;
  readonly connections: number;
  readonly connectionsPerAddress: number;
  readonly connectionIdleMs: number;
  readonly queueBytes: number;
  readonly queuePauseBytes: number;
  readonly stalledMs: number;
  readonly datagramBytes: number;
  readonly stunBytes: number;
  readonly handshakes: number;
  readonly handshakesPerAddress: number;
  readonly handshakeMs: number;
  readonly firstMessageMs: number;
  readonly messageMs: number;
  readonly keepAlivesPerMinute: number;
  readonly webSocketPieces: number;
  readonly webSocketPingMs: number;
  readonly connectMs: number;
  readonly outboundIdleMs: number;
  readonly threadQueueBytes: number;
  readonly httpRequestMs: number;
  readonly httpIdleMs: number;
  readonly httpBodyBytes: number;
  readonly transactions: number;
  readonly contexts: number;
}

export interface FirewallSettings {
  /** False: nobody is limited, banned or dropped, whatever the rest says. */
  readonly enabled: boolean;
  /** Addresses and networks. */
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  /** New requests of one source: a second, and at once. */
  readonly requestsPerSecond: number;
  readonly burst: number;
  readonly knownRequestsPerSecond: number;
  readonly knownBurst: number;
  readonly maxSources: number;
  /** Wrong passwords from one source, and for one account, within the window. */
  readonly failures: number;
  readonly failuresPerAccount: number;
  readonly failureWindowMs: number;
  readonly scanners: ScannerSettings;
  readonly alarms: AlarmSettings;
  readonly bans: BanSettings;
}

export interface ScannerSettings {
  /** False: they are treated like anybody. */
  readonly drop: boolean;
  /** Beside the built-in markers. */
  readonly userAgents: readonly string[];
}

export interface AlarmSettings {
  readonly enabled: boolean;
  readonly rememberMs: number;
  readonly kept: number;
}

export interface BanSettings {
  readonly enabled: boolean;
  /** Unreadable messages, and requests over the limit, within a minute. */
  readonly garbage: number;
  readonly dropped: number;
  readonly durationMs: number;
  /** Each further ban of a source is so many times longer. */
  readonly growth: number;
  readonly maxDurationMs: number;
  /** A source that behaved for so long after its last ban begins anew. */
  readonly forgetMs: number;
  readonly maxBans: number;
}

/** Milliseconds. */
export interface TimerDurations {
  readonly t1: number;
  readonly t2: number;
  readonly t4: number;
  readonly c: number;
}

export interface OverloadSettings {
  /** False: nothing but a full table turns requests away. */
  readonly enabled: boolean;
  readonly lagMs: number;
  /** Shares, 0 to 1. */
  readonly busy: number;
  readonly full: number;
  readonly sustainMs: number;
  /** Seconds; a value between the two is drawn for each request. */
  readonly retryAfter: { readonly min: number; readonly max: number };
  readonly emergency: EmergencySettings;
  readonly oc: OcSettings;
}

/** RFC 7339, with peers that know it. */
export interface OcSettings {
  readonly tell: "everyone" | "trusted" | "nobody";
  readonly ask: boolean;
  readonly validityMs: number;
  readonly hops: number;
}

export interface EmergencySettings {
  readonly uris: readonly string[];
  readonly numbers: readonly string[];
  /** Namespaces (`esnet`) and values (`esnet.0`). */
  readonly resourcePriority: readonly string[];
  readonly priority: boolean;
}

export interface HttpSettings {
  readonly host: string;
  readonly port: number;
  /** HTTPS: every address but loopback. */
  readonly secure: boolean;
}
