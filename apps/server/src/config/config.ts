/** The configuration as a person writes it in `trapezoid.config.ts`. Everything is optional; `resolveConfig` fills the rest in. */

import type { Plan } from "../routing/plan.ts";
import type { Planner } from "../routing/planner.ts";
import type { RouteRequest } from "../routing/route-request.ts";

/** Digest algorithms (RFC 8760), in the spelling of the header field. */
export type DigestAlgorithm = "MD5" | "SHA-256" | "SHA-512-256";

/** `proxy`: transaction state for every request; `stateless`: forwarded without (RFC 3261 §16.11); `redirect`: callers are told where to go (§8.3). */
export type ServerMode = "proxy" | "stateless" | "redirect";

/** Who may call the users of a domain: whoever proved an account here (or is trusted), or anyone. */
export type InboundPolicy = "authenticated" | "anyone";

/**
 * Decides where an out-of-dialog request goes. Synchronous and pure: the same request gives the same plan.
 * `undefined` means the default plan: the registered contacts of a local user.
 */
export type Route = (request: RouteRequest, plan: Planner) => Plan | undefined;

export interface DomainConfig {
  readonly name: string;
  /** Default `authenticated`. */
  readonly inbound?: InboundPolicy;
  /** Overrides the global `auth.algorithms`. */
  readonly auth?: { readonly algorithms?: readonly DigestAlgorithm[] };
  /** Shown to clients that ask for this domain, or for another name that it holds; default: that of the global `tls`. */
  readonly tls?: CertificateConfig;
}

export interface ListenConfig {
  /** `udp://0.0.0.0:5060`; kinds udp, tcp, tls, ws, wss. Port 0 asks for a free one. */
  readonly uri: string;
  /** What others should see instead of the local address: `sip.example.com`, `203.0.113.5:5060`. */
  readonly advertise?: string;
}

export interface TrunkConfig {
  /** Where its calls go: `sip:trunk.acme.example`. */
  readonly target: string;
  /**
   * Requests from its addresses need no authentication, but for REGISTER: a provider has no users of yours. Default false; a trunk's name
   * in `trust` does the same.
   */
  readonly trust?: boolean;
  /** How connections to its server are secured, where they differ from the others. */
  readonly tls?: TrunkTlsConfig;
  /** Whether it is asked how loaded it is (RFC 7339). Default as `overload.oc.ask`; false for one that cannot bear unknown parameters in Via. */
  readonly oc?: boolean;
}

/** PEM files; relative paths are relative to the configuration file. */
export interface CertificateConfig {
  /** The certificate, then its chain. */
  readonly cert: string;
  readonly key: string;
  /** The environment variable that holds the passphrase of an encrypted key. */
  readonly passphraseEnv?: string;
}

export interface TrunkTlsConfig extends Partial<CertificateConfig> {
  /** The only authorities that its certificate may descend from. */
  readonly ca?: string | readonly string[];
  /** `false`: it need not prove who it is. Whoever answers gets the calls. Default true. */
  readonly verify?: boolean;
}

export interface TlsConfig extends Partial<CertificateConfig> {
  /** Files of the authorities that peers' certificates must descend from, `system` for those of this machine; default: Node's. */
  readonly ca?: string | readonly string[];
  /** A file of certificates that these authorities took back; each of them must have a list in it then. */
  readonly crl?: string;
  /** Whether clients are asked for a certificate (mutual TLS). Default `ignore`. */
  readonly clientCertificates?: "ignore" | "request" | "require";
  /** Shown to servers that ask for a certificate; default: `cert`, where it may be used so. */
  readonly client?: CertificateConfig;
  /** Default `TLSv1.2`. */
  readonly minVersion?: "TLSv1.2" | "TLSv1.3";
  /** OpenSSL's names, best first: `ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA`. Default: forward secrecy and authenticated encryption. */
  readonly ciphers?: string;
  /** Key exchange groups, best first: `X25519:prime256v1`. Default: OpenSSL's. */
  readonly groups?: string;
  /** In place of `cert` and `key`: an authority that gives and renews certificates by itself (RFC 8555). */
  readonly acme?: AcmeConfig;
}

export interface AcmeConfig {
  /** Whoever asks for a certificate accepts the authority's terms of service: `true`, after reading them. */
  readonly agreeToTerms: true;
  /** Default: Let's Encrypt. */
  readonly directory?: string;
  /** Where the authority may write to when something is wrong. */
  readonly email?: string;
  /** How it sees that the names lead here. Default `http-01`, on port 80; `tls-alpn-01` on port 443. */
  readonly challenge?: "http-01" | "tls-alpn-01";
  /** What the certificate is for. Default: the domains without one of their own, and the names that TLS listeners advertise. */
  readonly domains?: readonly string[];
  /** Where `http-01` is listened for while the authority asks, default `[::]:80`; `false`: at the HTTP server alone. */
  readonly http?: string | false;
  /** A file with whom to believe that the directory is the authority's; default: Node's authorities. */
  readonly ca?: string;
  /** An account at the authority that this one belongs to (RFC 8555 §7.3.4). */
  readonly externalAccount?: {
    readonly keyId: string;
    /** The environment variable with its MAC key, in base64url. */
    readonly macKeyEnv: string;
  };
}

export interface AuthConfig {
  /** What every user agent is offered, in this order. Default: SHA-256 and MD5 to agents known to cope, MD5 to the rest. */
  readonly algorithms?: readonly DigestAlgorithm[];
  /** Default 300,000. */
  readonly nonceLifetimeMs?: number;
}

/** Seconds, as in the Expires header field. */
export interface RegistrarConfig {
  /** For a contact that says nothing. Default 3600. */
  readonly defaultExpires?: number;
  /** Less is answered 423. Default 60. */
  readonly minExpires?: number;
  /** More is shortened. Default 7200. */
  readonly maxExpires?: number;
  /** Contacts of one address. Default 10. */
  readonly maxContacts?: number;
}

/** Told one by one, with what happens when they are reached and what counts it, in docs/reference/limits.md. */
export interface LimitsConfig {
  /** Octets of one message's body. Default 65,536. */
  readonly bodyBytes?: number;
  /** Octets of start line and header fields. Default 32,768. */
  readonly headerBytes?: number;
  /** Header lines of one message. Default 256. */
  readonly headerCount?: number;
  /** Octets of one header line. Default 16,384. */
  readonly headerLineBytes?: number;
  /** Octets of the Request-URI; beyond, 414. Default 4,096. */
  readonly uriBytes?: number;
  /** Via values of one message. Default 71: the caller's, and one for each of the hops that Max-Forwards allows. */
  readonly vias?: number;
  /** Route values of one message, and as many of Record-Route. Default 64. */
  readonly routes?: number;
  /** Values on one header line. Default 256. */
  readonly listValues?: number;
  /** Open connections of one thread. Default 50,000. */
  readonly connections?: number;
  /** Open connections from one address, or one IPv6 network of 64 bits, in one thread. Default 500. */
  readonly connectionsPerAddress?: number;
  /** A connection that carried nothing for so long is closed. Default 1,800,000. */
  readonly connectionIdleMs?: number;
  /** Octets that wait for one slow connection. Default 1,048,576. */
  readonly queueBytes?: number;
  /** Octets that wait for one connection, from which it is not read until they have left. Default 65,536. */
  readonly queuePauseBytes?: number;
  /** A peer must take what waits for it in this time. Default 30,000. */
  readonly stalledMs?: number;
  /** Octets of one datagram. Default 65,535. */
  readonly datagramBytes?: number;
  /** Octets of a STUN message on the SIP port. Default 1,280. */
  readonly stunBytes?: number;
  /** TLS and WebSocket handshakes under way in one thread; beyond, the oldest ends. Default 2,000. */
  readonly handshakes?: number;
  /** The same from one address, or one IPv6 network of 64 bits. Default 200. */
  readonly handshakesPerAddress?: number;
  /** A peer's TLS and WebSocket handshakes must be done. Default 10,000. */
  readonly handshakeMs?: number;
  /** From connecting, or the last keep-alive, to the first whole message. Default 30,000. */
  readonly firstMessageMs?: number;
  /** From the first octet of a message on a stream to its last. Default 10,000. */
  readonly messageMs?: number;
  /** CRLFs and WebSocket pings of one connection. Default 120. */
  readonly keepAlivesPerMinute?: number;
  /** Fragments of one WebSocket message, and pieces that one frame may come in. Default 512. */
  readonly webSocketPieces?: number;
  /** Silence after which a WebSocket peer is pinged, and time for its answer. Default 30,000. */
  readonly webSocketPingMs?: number;
  /** A connection that this server opens must be usable. Default 5,000. */
  readonly connectMs?: number;
  /** A connection that this server opened and that carried nothing for so long is closed. Default 300,000. */
  readonly outboundIdleMs?: number;
  /** Octets of messages from WebSockets that may wait for one signalling thread; beyond, 503. Default 16,777,216. */
  readonly threadQueueBytes?: number;
  /** A whole HTTP request, its body included. Default 30,000. */
  readonly httpRequestMs?: number;
  /** An HTTP connection that carried nothing for so long is closed. Default 60,000. */
  readonly httpIdleMs?: number;
  /** Octets of an HTTP request's body; beyond, 413. Default 65,536. */
  readonly httpBodyBytes?: number;
  /** Server transactions of one thread; beyond, new requests are answered 503. Default 200,000. */
  readonly transactions?: number;
  /** Requests that one thread is forwarding at a time; beyond, new ones are answered 503. Default 100,000. */
  readonly contexts?: number;
}

/**
 * What happens when there is more to do than a thread can: new requests are answered 503, the least important ones first. Requests of
 * calls that are up, and emergencies, are not.
 */
export interface OverloadConfig {
  /** How late the event loop may run what is due, and how old a message may be when it is read; milliseconds. Default 200. */
  readonly lagMs?: number;
  /** The share of its time that a thread may be busy where nothing tells how old its messages are, 0.5 to 1. Default 0.95. */
  readonly busy?: number;
  /** How full the tables of `limits.transactions` and `limits.contexts` may get, 0.1 to 1. Default 0.9. */
  readonly full?: number;
  /** The lag must be too much for so long, less when it is far too much; milliseconds. Default 2000. */
  readonly sustainMs?: number;
  /** When those turned away shall come back: a time between the two, for each another; seconds. Default 5 and 30. */
  readonly retryAfter?: { readonly min?: number; readonly max?: number };
  readonly emergency?: EmergencyConfig;
  /** `false`: peers are neither told nor asked. */
  readonly oc?: OcConfig | false;
}

/** Overload control with peers that know it (RFC 7339): each tells the one before it how much to send. */
export interface OcConfig {
  /** Who is told how loaded this server is, when they ask. Default `everyone`. */
  readonly tell?: "everyone" | "trusted" | "nobody";
  /** Whether trunks and servers of other domains are asked: 18 octets more in each request. Default true; a trunk's `oc` goes before it. */
  readonly ask?: boolean;
  /** How long what is told holds; milliseconds. Default 500. */
  readonly validityMs?: number;
  /** Next hops whose answers are remembered. Default 1000. */
  readonly hops?: number;
}

/** Requests that are let in whatever the load. */
export interface EmergencyConfig {
  /** Request-URIs, with all that is below them. Default `urn:service:sos`. */
  readonly uris?: readonly string[];
  /** What is dialled: the user part of the Request-URI. Default 112 and 911. */
  readonly numbers?: readonly string[];
  /**
   * Resource-Priority: namespaces (`esnet`) or values of them (`esnet.0`). Heeded from trusted sources, and from others with
   * credentials. Default `esnet`.
   */
  readonly resourcePriority?: readonly string[];
  /** Whether `Priority: emergency` counts, from the same. Default true. */
  readonly priority?: boolean;
}

/** Who is heard, how often, and who is kept out. A source is an IPv4 address or the /64 of an IPv6 one. */
export interface FirewallConfig {
  /** Addresses and networks to which nothing of this applies, exceptions from `deny` included. Sources of `trust` are limited by nothing either. */
  readonly allow?: readonly string[];
  /** Addresses and networks that are never heard: nothing of theirs is read or answered. */
  readonly deny?: readonly string[];
  /** New requests (outside dialogs, no retransmissions) of one source that is not known. Default 60. */
  readonly requestsPerSecond?: number;
  /** As many at once. Default 200. */
  readonly burst?: number;
  /** The same for a source that authenticated within `auth.nonceLifetimeMs`, or from which a contact is registered. Default 4,000. */
  readonly knownRequestsPerSecond?: number;
  /** Default 8,000. */
  readonly knownBurst?: number;
  /** Sources that are remembered, 52 octets each; beyond, those worth least are forgotten. Default 262,144. */
  readonly maxSources?: number;
  /** Wrong passwords from one source within `failureWindowMs`: more bans it or, when it is known, slows it down. Default 20. */
  readonly failures?: number;
  /** Wrong passwords for one account within `failureWindowMs`, whoever tried: more makes sources it does not live at wait. Default 30. */
  readonly failuresPerAccount?: number;
  /** Default 300,000. */
  readonly failureWindowMs?: number;
  /** Requests of known scanners are not answered. `false`: they are treated like anybody. */
  readonly scanners?: ScannerConfig | false;
  /** `false`: nobody is banned by itself. */
  readonly bans?: BanConfig | false;
  /** Registrations from unusual places are told of. They are when `firewall` is false, too. `false`: they are not. */
  readonly alarms?: AlarmConfig | false;
}

export interface AlarmConfig {
  /** A network from which an account was registered stays usual for so long. Default 2,592,000,000 (30 days). */
  readonly rememberMs?: number;
  /** Alarms that the API shows. Default 1,000. */
  readonly kept?: number;
}

export interface ScannerConfig {
  /** Names beside the built-in ones, in any case, anywhere in User-Agent as words of their own. */
  readonly userAgents?: readonly string[];
}

/** When a source is banned by itself. Only one that has shown that it is not forged is, and never one from which a contact is registered. */
export interface BanConfig {
  /** Messages that cannot be read, within a minute. Default 100. */
  readonly garbage?: number;
  /** Requests over the limit, within a minute. Default 5,000. */
  readonly dropped?: number;
  /** Of the first ban. Default 600,000. */
  readonly durationMs?: number;
  /** Each further ban is so many times longer. Default 4. */
  readonly growth?: number;
  /** Default 86,400,000. */
  readonly maxDurationMs?: number;
  /** A source that has behaved for so long begins anew. Default 604,800,000. */
  readonly forgetMs?: number;
  /** Bans at one time. Default 10,000. */
  readonly maxBans?: number;
}

/** Milliseconds; RFC 3261 §17.1.1.1 and §16.6 step 11. */
export interface TimersConfig {
  /** Default 500. */
  readonly t1?: number;
  /** Default 4000. */
  readonly t2?: number;
  /** Default 5000. */
  readonly t4?: number;
  /** More than 180,000 unless you test. Default 181,000. */
  readonly c?: number;
}

export interface HttpConfig {
  /** `127.0.0.1:8080`. Another address than loopback is served by HTTPS, which needs `tls`. */
  readonly listen: string;
}

export interface Config {
  /** The first is the primary domain: every own address and host name is an alias of it. Default `trapezoid.internal`. */
  readonly domains?: readonly (string | DomainConfig)[];
  readonly listen?: readonly (string | ListenConfig)[];
  /** For every listener that has none of its own: a name or address without a port. */
  readonly advertise?: string;
  /** `sqlite:FILE`, relative to the configuration file. Default: `trapezoid.db` in the data folder. */
  readonly store?: string;
  /**
   * Sources that need no authentication: addresses, CIDR ranges, trunk names, names of client certificates. Never a WebSocket that
   * a web page opened or an HTTP proxy passed on. All but trunks may register contacts for any user, too; by UDP so may whoever can
   * forge such an address.
   */
  readonly trust?: readonly string[];
  readonly trunks?: Readonly<Record<string, TrunkConfig>>;
  readonly dns?: { /** `192.0.2.53`, `127.0.0.1:5353`; default: the system's. */ readonly servers?: readonly string[] };
  readonly tls?: TlsConfig;
  readonly auth?: AuthConfig;
  readonly registrar?: RegistrarConfig;
  readonly limits?: LimitsConfig;
  /** `false`: nobody is limited, banned or dropped. */
  readonly firewall?: FirewallConfig | false;
  readonly timers?: TimersConfig;
  /** `false`: only a full table turns requests away. */
  readonly overload?: OverloadConfig | false;
  /** `false`: no HTTP server. */
  readonly http?: string | HttpConfig | false;
  /** Default `proxy`. */
  readonly mode?: ServerMode;
  readonly route?: Route;
}

/** Types a configuration: `export default defineConfig({ … })`. It is checked when it is loaded. */
export function defineConfig(config: Config): Config {
  return config;
}
