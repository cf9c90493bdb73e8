/** From what a person wrote and the command line to what the threads use. */

import { join, resolve } from "node:path";
import { formatEndpoint, isWildcard } from "@trapezoid/sip/transport";
import type { CommandLineOverrides } from "../worker/contract.ts";
import { describeIssues } from "../zod-issue.ts";
import type { Config, DomainConfig } from "./config.ts";
import {
  defaultLimits,
  defaultNonceLifetimeMs,
  defaultOverload,
  defaultPrimaryDomain,
  defaultRegistrar,
  defaultTimers,
} from "./defaults.ts";
import { defined } from "./defined.ts";
import { configInvalid, optionInvalid } from "./errors.ts";
import type { HostInfo } from "./host-info.ts";
import { asciiHost, isHost } from "./host-port.ts";
import { resolveFirewall } from "./resolve-firewall.ts";
import { resolveHttp, resolveListeners } from "./resolve-listeners.ts";
import { resolveTls } from "./resolve-tls.ts";
import { configSchema } from "./schema.ts";
import { parseTrust } from "./trust.ts";
import type {
  DomainSettings,
  HttpSettings,
  ListenerSettings,
  OcSettings,
  OverloadSettings,
  ResolvedConfig,
  StoreSettings,
  TrunkSettings,
  TrustSettings,
} from "./types.ts";

export interface ResolveOptions {
  /** Named in errors: the path of the file. */
  readonly name?: string;
}

/** Throws `CONFIG_INVALID` or `OPTION_INVALID` with one line that says what is wrong. */
export function resolveConfig(
  config: Config | undefined,
  overrides: CommandLineOverrides,
  host: HostInfo,
  options: ResolveOptions = {},
): ResolvedConfig {
  const name = options.name ?? "the configuration";
  const given = checkConfig(config === undefined ? {} : config, name);
  const domains = resolveDomains(given, overrides, name);
  const primaryDomain = [...domains.keys()][0]!;
  const trunks = resolveTrunks(given);
  const http = resolveHttp(given, overrides);
  const listeners = resolveListeners(given, overrides, host, http);
  const registrar = { ...defaultRegistrar, ...defined(given.registrar) };
  if (registrar.minExpires > registrar.maxExpires) {
    throw configInvalid(
      name,
      `registrar.minExpires: expected at most maxExpires (${registrar.maxExpires}), found ${registrar.minExpires}`,
    );
  }
  return {
    primaryDomain,
    domains,
    aliases: resolveAliases(given, listeners, http, host),
    listeners,
    mode: given.mode ?? "proxy",
    store: resolveStore(given, host),
    trust: resolveTrust(given, overrides, trunks, name),
    trunks,
    dnsServers: given.dns?.servers ?? [],
    tls: resolveTls(given, { domains, listeners }, host, name),
    auth: {
      algorithms: given.auth?.algorithms,
      nonceLifetimeMs: given.auth?.nonceLifetimeMs ?? defaultNonceLifetimeMs,
    },
    registrar,
    limits: { ...defaultLimits, ...defined(given.limits) },
    firewall: resolveFirewall(given),
    timers: { ...defaultTimers, ...defined(given.timers) },
    overload: resolveOverload(given, name),
    http,
    route: given.route,
  };
}

/** The configuration, or `CONFIG_INVALID` with its first mistake. */
export function checkConfig(value: unknown, name: string): Config {
  const checked = configSchema.safeParse(value);
  if (checked.success) return checked.data;
  throw configInvalid(name, describeIssues(checked.error, value, isPlanned));
}

/** Settings of the design that a later version brings. */
function isPlanned(path: string): boolean {
  return path === "apps" || /^trunks\..+\.register$/.test(path);
}

function resolveDomains(config: Config, overrides: CommandLineOverrides, name: string): Map<string, DomainSettings> {
  const domains = new Map<string, DomainSettings>();
  const configured = new Map<string, DomainConfig>();
  for (const domain of config.domains ?? []) {
    const settings = typeof domain === "string" ? { name: domain } : domain;
    const key = canonical(settings.name);
    if (configured.has(key)) throw configInvalid(name, `domains: ${key} is there twice; remove one`);
    configured.set(key, settings);
  }
  for (const domain of overrides.domains) {
    if (!isHost(asciiHost(domain)))
      throw optionInvalid("--domain", `expected a domain name (example.com), found "${domain}"`);
  }
  const names = [...overrides.domains.map(canonical), ...configured.keys()];
  if (names.length === 0) names.push(defaultPrimaryDomain);
  for (const key of names) {
    const settings = configured.get(key);
    domains.set(key, {
      name: key,
      inbound: settings?.inbound ?? "authenticated",
      algorithms: settings?.auth?.algorithms ?? config.auth?.algorithms,
    });
  }
  return domains;
}

function canonical(domain: string): string {
  return asciiHost(domain).toLowerCase().replace(/\.$/, "");
}

function resolveAliases(
  config: Config,
  listeners: readonly ListenerSettings[],
  http: HttpSettings | undefined,
  host: HostInfo,
): readonly string[] {
  const own = new Set(["localhost", "127.0.0.1", "::1", host.hostName, ...host.addresses].map(canonical));
  for (const { uri } of listeners) if (!isWildcard(uri.host)) own.add(canonical(uri.host));
  const advertised = [config.advertise, ...listeners.map((listener) => listener.advertise)];
  for (const name of advertised) if (name !== undefined) own.add(canonical(name));
  if (http === undefined || http.port === 0) return [...own];
  // What WebSocket clients of the HTTP server are told to come back by (Record-Route) is this server too.
  const names = isWildcard(http.host) ? host.addresses : [http.host];
  return [...own, ...names.map((name) => formatEndpoint(canonical(name), http.port))];
}

function resolveStore(config: Config, host: HostInfo): StoreSettings {
  const file = config.store?.slice("sqlite:".length);
  return {
    kind: "sqlite",
    file: file === undefined ? join(host.dataFolder, "trapezoid.db") : resolve(host.configFolder, file),
  };
}

function resolveOverload({ overload }: Config, name: string): OverloadSettings {
  const silent: OcSettings = { ...defaultOverload.oc, tell: "nobody", ask: false };
  if (overload === false) return { ...defaultOverload, enabled: false, oc: silent };
  const retryAfter = { ...defaultOverload.retryAfter, ...defined(overload?.retryAfter) };
  if (retryAfter.min > retryAfter.max) {
    const found = `expected min at most max, found ${retryAfter.min} and ${retryAfter.max}`;
    throw configInvalid(name, `overload.retryAfter: ${found}`);
  }
  return {
    ...defaultOverload,
    ...defined(overload),
    retryAfter,
    emergency: { ...defaultOverload.emergency, ...defined(overload?.emergency) },
    oc: overload?.oc === false ? silent : { ...defaultOverload.oc, ...defined(overload?.oc) },
  };
}

function resolveTrunks(config: Config): Map<string, TrunkSettings> {
  const entries = Object.entries(config.trunks ?? {});
  return new Map(entries.map(([name, trunk]) => [name, { name, target: trunk.target, oc: trunk.oc }]));
}

function resolveTrust(
  config: Config,
  overrides: CommandLineOverrides,
  trunks: ReadonlyMap<string, TrunkSettings>,
  name: string,
): TrustSettings {
  const trunkNames = [...trunks.keys()];
  const trustedTrunks = trunkNames.filter((trunk) => config.trunks?.[trunk]?.trust === true);
  const configured = parseTrust([...(config.trust ?? []), ...trustedTrunks], trunkNames);
  if (!configured.ok) throw configInvalid(name, `trust: ${configured.error}`);
  const added = parseTrust(overrides.trust, trunkNames);
  if (!added.ok) throw optionInvalid("--trust", added.error);
  const both = (key: keyof TrustSettings): readonly string[] => [
    ...new Set([...configured.value[key], ...added.value[key]]),
  ];
  return { networks: both("networks"), names: both("names"), trunks: both("trunks") };
}
