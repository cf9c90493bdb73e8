/** Certificates and trust: which files, for whom. */

import { isIP } from "node:net";
import { join, resolve } from "node:path";
import { parseUri } from "@trapezoid/sip/message";
import type { AcmeConfig, CertificateConfig, Config } from "./config.ts";
import { defaultAcmeDirectory, defaultAcmeHttp } from "./defaults.ts";
import { configInvalid } from "./errors.ts";
import type { HostInfo } from "./host-info.ts";
import { parseHostPort } from "./host-port.ts";
import type { AcmeSettings, CertificateFiles, ResolvedConfig, TlsServerFiles, TlsSettings } from "./types.ts";

/** Stands for the authorities that the operating system trusts. */
export const systemAuthorities = "system";

/** What names certificates are for. */
export type Named = Pick<ResolvedConfig, "domains" | "listeners">;

/** Throws `CONFIG_INVALID`: `configName` is what the configuration is called there. */
export function resolveTls(config: Config, named: Named, host: HostInfo, configName: string): TlsSettings {
  const { tls = {} } = config;
  const at = (file: string): string => resolve(host.configFolder, file);
  const filesOf = ({ cert, key, passphraseEnv }: Partial<CertificateConfig>): CertificateFiles | undefined =>
    cert === undefined || key === undefined ? undefined : { certFile: at(cert), keyFile: at(key), passphraseEnv };
  const authorities = (ca: string | readonly string[] = []): readonly string[] =>
    (typeof ca === "string" ? [ca] : ca).map((file) => (file === systemAuthorities ? file : at(file)));
  const domains = new Map<string, CertificateFiles>();
  for (const domain of config.domains ?? []) {
    const files = typeof domain === "string" || domain.tls === undefined ? undefined : filesOf(domain.tls);
    if (typeof domain !== "string" && files !== undefined)
      domains.set(domain.name.toLowerCase().replace(/\.$/, ""), files);
  }
  const servers = new Map<string, TlsServerFiles>();
  for (const [trunk, { target, tls: own }] of Object.entries(config.trunks ?? {})) {
    const name = own === undefined ? undefined : hostOf(target);
    if (own === undefined || name === undefined) continue;
    const { ca, verify = true } = own;
    const before = servers.get(name);
    if (before !== undefined) {
      throw configInvalid(
        configName,
        `trunks.${trunk}.tls: trunk ${before.trunk} goes to ${name} too; say it there alone`,
      );
    }
    servers.set(name, { trunk, caFiles: authorities(ca), certificate: filesOf(own), verify });
  }
  const shared = named.listeners.find(({ uri, sharedWithHttp }) => sharedWithHttp && uri.kind === "wss");
  if (tls.clientCertificates === "require" && shared !== undefined) {
    throw configInvalid(
      configName,
      `tls.clientCertificates: the HTTPS server asks nobody for a certificate; give wss://${shared.uri.host} a port of its own`,
    );
  }
  const ownFolder = join(host.dataFolder, "tls");
  return {
    certificate: filesOf(tls),
    domains,
    ownFolder,
    client: tls.client === undefined ? undefined : filesOf(tls.client),
    caFiles: authorities(tls.ca),
    crlFile: tls.crl === undefined ? undefined : at(tls.crl),
    clientCertificates: tls.clientCertificates ?? "ignore",
    minVersion: tls.minVersion ?? "TLSv1.2",
    ciphers: tls.ciphers,
    groups: tls.groups,
    servers,
    acme: tls.acme === undefined ? undefined : resolveAcme(tls.acme, named, { domains, ownFolder, at, configName }),
  };
}

interface AcmeSurroundings {
  /** With certificates of their own. */
  readonly domains: ReadonlyMap<string, CertificateFiles>;
  readonly ownFolder: string;
  readonly at: (file: string) => string;
  readonly configName: string;
}

function resolveAcme(acme: AcmeConfig, named: Named, surroundings: AcmeSurroundings): AcmeSettings {
  const { domains, ownFolder, at, configName } = surroundings;
  const { http = defaultAcmeHttp, challenge = "http-01" } = acme;
  const place = http === false ? undefined : parseHostPort(http);
  const advertised = named.listeners
    .filter(({ uri }) => uri.kind === "tls" || uri.kind === "wss")
    .flatMap(({ advertise }) => parseHostPort(advertise ?? "")?.host ?? []);
  const own = [...named.domains.keys(), ...advertised].filter((name) => !domains.has(name) && isPublicName(name));
  const asked = acme.domains?.map((name) => name.toLowerCase().replace(/\.$/, "")) ?? own;
  const strange = asked.find((name) => !isPublicName(name));
  if (strange !== undefined) {
    throw configInvalid(configName, `tls.acme.domains: expected names of the public DNS, found ${strange}`);
  }
  if (asked.length === 0) {
    throw configInvalid(configName, "tls.acme: there is no domain that an authority could know; name one in domains");
  }
  return {
    directory: acme.directory ?? defaultAcmeDirectory,
    email: acme.email,
    challenge,
    names: [...new Set(asked)],
    http: place?.port === undefined || challenge !== "http-01" ? [] : [{ host: place.host, port: place.port }],
    caFile: acme.ca === undefined ? undefined : at(acme.ca),
    externalAccount: acme.externalAccount,
    folder: ownFolder,
  };
}

/** No address, no single label, nothing that is reserved for private use (RFC 6761, RFC 9476). */
function isPublicName(name: string): boolean {
  return name.includes(".") && isIP(name) === 0 && !/\.(internal|local|localhost|alt)$/.test(name);
}

/** The name that its server has to prove: that of the target's URI (RFC 5922 §7.3). */
function hostOf(target: string): string | undefined {
  const uri = parseUri(target);
  return uri.ok && "host" in uri.value ? uri.value.host.toLowerCase().replace(/^\[|\]$|\.$/g, "") : undefined;
}
