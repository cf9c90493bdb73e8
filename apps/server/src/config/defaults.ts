/** Every default of the configuration, in one place. */

import type { FirewallSettings, LimitSettings, OverloadSettings, RegistrarSettings, TimerDurations } from "./types.ts";

/** Of a server that was told no domain: it is never resolved, `.internal` is reserved for private use. */
export const defaultPrimaryDomain = "trapezoid.internal";

export const defaultSipPort = 5060;
export const defaultSipsPort = 5061;
export const defaultHttp: string = "127.0.0.1:8080";
/** Let's Encrypt. */
export const defaultAcmeDirectory = "https://acme-v02.api.letsencrypt.org/directory";
/** IPv6 and IPv4; authorities ask on port 80 (RFC 8555 §8.3). */
export const defaultAcmeHttp = "[::]:80";
export const defaultNonceLifetimeMs = 300_000;

export const defaultRegistrar: RegistrarSettings = {
  defaultExpires: 3600,
  minExpires: 60,
  maxExpires: 7200,
  maxContacts: 10,
};

export const defaultLimits: LimitSettings = {
  bodyBytes: 65_536,
  headerBytes: 32_768,
  headerCount: 256,
  headerLineBytes: 16_384,
  uriBytes: 4_096,
  vias: 71,
  routes: 64,
  listValues: 256,
  connections: 50_000,
  connectionsPerAddress: 500,
  connectionIdleMs: 1_800_000,
  queueBytes: 1_048_576,
  queuePauseBytes: 65_536,
  stalledMs: 30_000,
  datagramBytes: 65_535,
  stunBytes: 1_280,
  handshakes: 2_000,
  handshakesPerAddress: 200,
  handshakeMs: 10_000,
  firstMessageMs: 30_000,
  messageMs: 10_000,
  keepAlivesPerMinute: 120,
  webSocketPieces: 512,
  webSocketPingMs: 30_000,
  connectMs: 5_000,
  outboundIdleMs: 300_000,
  threadQueueBytes: 16_777_216,
  httpRequestMs: 30_000,
  httpIdleMs: 60_000,
  httpBodyBytes: 65_536,
  transactions: 200_000,
  contexts: 100_000,
};

export const defaultFirewall: FirewallSettings = {
  enabled: true,
  allow: [],
  deny: [],
  requestsPerSecond: 60,
  burst: 200,
  knownRequestsPerSecond: 4_000,
  knownBurst: 8_000,
  maxSources: 262_144,
  failures: 20,
  failuresPerAccount: 30,
  failureWindowMs: 300_000,
  scanners: { drop: true, userAgents: [] },
  alarms: { enabled: true, rememberMs: 2_592_000_000, kept: 1_000 },
  bans: {
    enabled: true,
    garbage: 100,
    dropped: 5_000,
    durationMs: 600_000,
    growth: 4,
    maxDurationMs: 86_400_000,
    forgetMs: 604_800_000,
    maxBans: 10_000,
  },
};

export const defaultTimers: TimerDurations = { t1: 500, t2: 4000, t4: 5000, c: 181_000 };

export const defaultOverload: OverloadSettings = {
  enabled: true,
  lagMs: 200,
  busy: 0.95,
  full: 0.9,
  sustainMs: 2000,
  retryAfter: { min: 5, max: 30 },
  emergency: {
    uris: ["urn:service:sos"],
    numbers: ["112", "911"],
    resourcePriority: ["esnet"],
    priority: true,
  },
  oc: { tell: "everyone", ask: true, validityMs: 500, hops: 1000 },
};
