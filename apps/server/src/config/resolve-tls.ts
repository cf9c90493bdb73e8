/** Certificates and trust: which files, for whom. */

import { join, resolve } from "node:path";
import { parseUri } from "@trapezoid/sip/message";
import type { CertificateConfig, Config } from "./config.ts";
import { configInvalid } from "./errors.ts";
import type { HostInfo } from "./host-info.ts";
import type { CertificateFiles, TlsServerFiles, TlsSettings } from "./types.ts";

/** Stands for the authorities that the operating system trusts. */
export const systemAuthorities = "system";

/** Throws `CONFIG_INVALID`: `configName` is what the configuration is called there. */
export function resolveTls(config: Config, host: HostInfo, configName: string): TlsSettings {
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
  return {
    certificate: filesOf(tls),
    domains,
    ownFolder: join(host.dataFolder, "tls"),
    client: tls.client === undefined ? undefined : filesOf(tls.client),
    caFiles: authorities(tls.ca),
    crlFile: tls.crl === undefined ? undefined : at(tls.crl),
    clientCertificates: tls.clientCertificates ?? "ignore",
    minVersion: tls.minVersion ?? "TLSv1.2",
    ciphers: tls.ciphers,
    groups: tls.groups,
    servers,
  };
}

/** The name that its server has to prove: that of the target's URI (RFC 5922 §7.3). */
function hostOf(target: string): string | undefined {
  const uri = parseUri(target);
  return uri.ok && "host" in uri.value ? uri.value.host.toLowerCase().replace(/^\[|\]$|\.$/g, "") : undefined;
}
