/** What a configuration may say, checked when it is loaded. Each field says in its own words what it expects. */

import { isIP } from "node:net";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import { parseListenUri } from "@trapezoid/sip/transport";
import { z } from "zod";
import { isTarget } from "../routing/check-plan.ts";
import type { Config, Route } from "./config.ts";
import { asciiHost, isHost, parseHostPort } from "./host-port.ts";
import { isNetwork } from "./trust.ts";

const whole = (what: string, min: number, max: number) => {
  const error = `expected ${what} as a whole number, ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error }).optional();
};
const text = (expected: string, accepts: (value: string) => boolean) =>
  z.string({ error: `expected ${expected}` }).refine(accepts, { error: `expected ${expected}` });
const milliseconds = (max: number) => whole("milliseconds", 1, max);
const within = (what: string, max: number) => whole(`the milliseconds ${what}`, 1, max);
const seconds = whole("seconds", 1, 2_147_483_647);
const path = text("the path of a file", (value) => value.length > 0);

/** As it is on the wire: names in other scripts are written with the letters of ASCII there (RFC 5890 §2.3.2.1). */
export const domainName = z
  .string({ error: "expected a domain name (example.com)" })
  .transform(asciiHost)
  .refine(isHost, { error: "expected a domain name (example.com)" });
export const listenUri = text("a listening address (udp://0.0.0.0:5060)", (value) => parseListenUri(value).ok);
export const httpListen = text("an address and a port (127.0.0.1:8080)", isHttpListen);

/** Known to this OpenSSL, and more than nothing. */
function isCipherList(ciphers: string): boolean {
  return isContext({ ciphers });
}

function isGroupList(ecdhCurve: string): boolean {
  return isContext({ ecdhCurve });
}

function isHttps(value: string): boolean {
  return URL.canParse(value) && new URL(value).protocol === "https:";
}

function isContext(options: SecureContextOptions): boolean {
  try {
    createSecureContext(options);
    return true;
  } catch {
    return false;
  }
}

/** `HOST:PORT`, as `--http` takes it. */
export function isHttpListen(value: string): boolean {
  return parseHostPort(value)?.port !== undefined;
}

const algorithms = z
  .array(z.enum(["MD5", "SHA-256", "SHA-512-256"]))
  .min(1)
  .optional();
const advertise = text(
  "a name or address that others can reach (sip.example.com, 203.0.113.5:5060)",
  (value) => parseHostPort(value) !== undefined,
).optional();

/** For all listeners: each keeps its own port. */
const advertiseHost = text(
  "a name or address that others can reach, without a port (sip.example.com)",
  (value) => parseHostPort(value)?.host !== undefined && parseHostPort(value)?.port === undefined,
).optional();

const authorities = z.union([path, z.array(path).min(1)], { error: "expected the path of a file, or a list of paths" });
const environmentName = text("the name of an environment variable", (value) => /^[A-Za-z_]\w*$/.test(value));
const certificatePair = z.strictObject({ cert: path, key: path, passphraseEnv: environmentName.optional() });

const acme = z.strictObject({
  agreeToTerms: z.literal(true, {
    error: "expected true: you have read the authority's terms of service and accept them",
  }),
  directory: text("the address of a directory (https://acme-v02.api.letsencrypt.org/directory)", isHttps).optional(),
  email: text("an e-mail address", (value) => /^[^\s@]+@[^\s@]+$/.test(value)).optional(),
  challenge: z.enum(["http-01", "tls-alpn-01"]).optional(),
  domains: z.array(domainName).min(1, { error: "expected a domain at least" }).max(100).optional(),
  http: z
    .union([httpListen, z.literal(false)], { error: "expected an address and a port ([::]:80), or false" })
    .optional(),
  ca: path.optional(),
  externalAccount: z
    .strictObject({ keyId: text("the account's key id", (value) => value !== ""), macKeyEnv: environmentName })
    .optional(),
});

interface PartialPair {
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** One without the other is a slip. */
function needsPair({ cert, key }: PartialPair, context: z.RefinementCtx): void {
  if ((cert === undefined) === (key === undefined)) return;
  context.addIssue({
    code: "custom",
    path: [cert === undefined ? "cert" : "key"],
    message: "expected the path of a file",
  });
}

const domain = z.union([
  domainName,
  z.strictObject({
    name: domainName,
    inbound: z.enum(["anyone", "authenticated"]).optional(),
    auth: z.strictObject({ algorithms }).optional(),
    tls: certificatePair.optional(),
  }),
]);

const trunk = z.strictObject({
  target: text("a SIP URI (sip:trunk.example.com)", (value) => /^sips?:/i.test(value) && isTarget(value)),
  trust: z.boolean().optional(),
  tls: z
    .strictObject({ ...certificatePair.partial().shape, ca: authorities.optional(), verify: z.boolean().optional() })
    .superRefine(needsPair)
    .optional(),
  oc: z.boolean().optional(),
});

const dnsServer = text("the address of a DNS server (192.0.2.53, 127.0.0.1:5353)", (value) => {
  const place = parseHostPort(value);
  return place !== undefined && isIP(place.host) !== 0;
});

const share = (min: number) => {
  const error = `expected a share, ${min} to 1`;
  return z.number({ error }).min(min, { error }).max(1, { error }).optional();
};

/** Of what is no object at all; of an object, its own mistake says more. */
const settingsOr = (what: string, found: unknown): string | undefined =>
  typeof found === "object" && found !== null ? undefined : `expected ${what}`;

const overload = z.strictObject({
  lagMs: milliseconds(60_000),
  busy: share(0.5),
  full: share(0.1),
  sustainMs: milliseconds(600_000),
  retryAfter: z.strictObject({ min: seconds, max: seconds }).optional(),
  emergency: z
    .strictObject({
      uris: z.array(text("a URI (urn:service:sos)", (value) => /^[a-z][a-z0-9+.-]*:\S+$/i.test(value))).optional(),
      numbers: z.array(text("what is dialled (112)", (value) => /^\S+$/.test(value))).optional(),
      resourcePriority: z
        .array(
          text("a namespace (esnet) or a value of one (esnet.0)", (value) =>
            /^[\w!%*`'~-]+(\.[\w!%*`'~-]+)?$/.test(value),
          ),
        )
        .optional(),
      priority: z.boolean().optional(),
    })
    .optional(),
  oc: z
    .union(
      [
        z.strictObject({
          tell: z.enum(["everyone", "trusted", "nobody"]).optional(),
          ask: z.boolean().optional(),
          validityMs: milliseconds(600_000),
          hops: whole("a number of next hops", 1, 1_000_000),
        }),
        z.literal(false),
      ],
      { error: (issue) => settingsOr("settings of RFC 7339, or false", issue.input) },
    )
    .optional(),
});

const networks = z.array(text("an address (192.0.2.7) or a network (10.0.0.0/8)", isNetwork)).optional();
const perSecond = whole("requests a second", 1, 10_000_000);
const times = (max: number) => whole("a number of times", 1, max);

const firewall = z.strictObject({
  allow: networks,
  deny: networks,
  requestsPerSecond: perSecond,
  burst: perSecond,
  knownRequestsPerSecond: perSecond,
  knownBurst: perSecond,
  maxSources: whole("a number of sources", 1_024, 16_777_216),
  failures: times(1_000_000),
  failuresPerAccount: times(1_000_000),
  failureWindowMs: milliseconds(86_400_000),
  scanners: z
    .union([z.strictObject({ userAgents: z.array(z.string().min(3)).optional() }), z.literal(false)], {
      error: "expected { userAgents: [names] }, or false",
    })
    .optional(),
  alarms: z
    .union(
      [
        z.strictObject({
          rememberMs: milliseconds(31_536_000_000),
          kept: whole("the alarms that are kept", 1, 100_000),
        }),
        z.literal(false),
      ],
      { error: "expected settings, or false" },
    )
    .optional(),
  bans: z
    .union(
      [
        z.strictObject({
          garbage: times(1_000_000),
          dropped: times(10_000_000),
          durationMs: milliseconds(31_536_000_000),
          growth: whole("a factor", 1, 100),
          maxDurationMs: milliseconds(31_536_000_000),
          forgetMs: milliseconds(31_536_000_000),
          maxBans: whole("a number of bans", 1, 1_000_000),
        }),
        z.literal(false),
      ],
      { error: "expected settings, or false" },
    )
    .optional(),
});

export const configSchema: z.ZodType<Config> = z.strictObject({
  domains: z.array(domain).optional(),
  listen: z.array(z.union([listenUri, z.strictObject({ uri: listenUri, advertise })])).optional(),
  advertise: advertiseHost,
  store: text("sqlite:FILE (sqlite:data/trapezoid.db)", (value) => /^sqlite:.+/.test(value)).optional(),
  trust: z.array(z.string({ error: "expected an address, a network, a trunk or a certificate name" })).optional(),
  trunks: z.record(z.string().regex(/^[\w.-]+$/), trunk).optional(),
  dns: z.strictObject({ servers: z.array(dnsServer).optional() }).optional(),
  tls: z
    .strictObject({
      ...certificatePair.partial().shape,
      ca: authorities.optional(),
      crl: path.optional(),
      clientCertificates: z.enum(["ignore", "request", "require"]).optional(),
      client: certificatePair.optional(),
      minVersion: z.enum(["TLSv1.2", "TLSv1.3"]).optional(),
      ciphers: text("OpenSSL's names of ciphers (ECDHE-RSA-AES128-GCM-SHA256:…)", isCipherList).optional(),
      groups: text("names of groups (X25519:prime256v1)", isGroupList).optional(),
      acme: acme.optional(),
    })
    .superRefine(needsPair)
    .refine((tls) => tls.acme === undefined || tls.cert === undefined, {
      error: "expected acme, or cert and key, which would never be used beside it",
    })
    .optional(),
  auth: z.strictObject({ algorithms, nonceLifetimeMs: milliseconds(86_400_000) }).optional(),
  registrar: z
    .strictObject({
      defaultExpires: seconds,
      minExpires: seconds,
      maxExpires: seconds,
      maxContacts: whole("a number of contacts", 1, 1000),
    })
    .optional(),
  limits: z
    .strictObject({
      bodyBytes: whole("the octets of a message's body", 1024, 16_777_216),
      headerBytes: whole("the octets of a message's start line and header fields", 1024, 1_048_576),
      headerCount: whole("the header lines of a message", 16, 10_000),
      headerLineBytes: whole("the octets of one header line", 256, 1_048_576),
      uriBytes: whole("the octets of a Request-URI", 128, 1_048_576),
      vias: whole("the Via values of a message", 2, 256),
      routes: whole("the Route values of a message", 2, 256),
      listValues: whole("the values on one header line", 16, 10_000),
      connections: whole("the open connections of one thread", 1, 10_000_000),
      connectionsPerAddress: whole("the open connections from one address", 1, 10_000_000),
      connectionIdleMs: within("for which a connection may carry nothing", 2_147_483_647),
      queueBytes: whole("the octets that may wait for one connection", 65_536, 1_073_741_824),
      queuePauseBytes: whole("the waiting octets from which a connection is not read", 65_536, 1_073_741_824),
      stalledMs: within("in which a peer takes what waits for it", 600_000),
      datagramBytes: whole("the octets of a datagram", 1_300, 65_535),
      stunBytes: whole("the octets of a STUN message on the SIP port", 20, 65_535),
      handshakes: whole("the TLS and WebSocket handshakes under way in one thread", 1, 1_000_000),
      handshakesPerAddress: whole("the handshakes under way from one address", 1, 1_000_000),
      handshakeMs: within("for a TLS or WebSocket handshake", 600_000),
      firstMessageMs: within("from connecting to the first whole message", 3_600_000),
      messageMs: within("from a message's first octet to its last", 600_000),
      keepAlivesPerMinute: whole("the keep-alives of one connection in a minute", 1, 1_000_000),
      webSocketPieces: whole("the fragments of one WebSocket message", 1, 1_000_000),
      webSocketPingMs: within("of silence after which a WebSocket peer is pinged", 3_600_000),
      connectMs: within("for a connection that this server opens", 600_000),
      outboundIdleMs: within("for which a connection that this server opened may carry nothing", 2_147_483_647),
      threadQueueBytes: whole("the octets that may wait for one thread", 1_048_576, 1_073_741_824),
      httpRequestMs: within("for a whole HTTP request", 600_000),
      httpIdleMs: within("for which an HTTP connection may carry nothing", 3_600_000),
      httpBodyBytes: whole("the octets of an HTTP request's body", 1024, 16_777_216),
      transactions: whole("the server transactions of one thread", 1, 100_000_000),
      contexts: whole("the requests that one thread forwards at a time", 1, 100_000_000),
    })
    .optional(),
  firewall: z.union([firewall, z.literal(false)], { error: "expected settings, or false" }).optional(),
  timers: z
    .strictObject({
      t1: milliseconds(60_000),
      t2: milliseconds(600_000),
      t4: milliseconds(600_000),
      c: milliseconds(3_600_000),
    })
    .optional(),
  overload: z
    .union([overload, z.literal(false)], {
      error: (issue) => settingsOr("settings of overload control, or false", issue.input),
    })
    .optional(),
  http: z
    .union([httpListen, z.strictObject({ listen: httpListen }), z.literal(false)], {
      error: "expected an address and a port (127.0.0.1:8080), or false",
    })
    .optional(),
  mode: z.enum(["proxy", "stateless", "redirect"]).optional(),
  route: z
    .custom<Route>((value) => typeof value === "function", { error: "expected a function (request, plan) => plan" })
    .optional(),
}) as z.ZodType<Config>;
