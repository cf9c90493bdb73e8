/** Everything that TLS needs, read and checked: what threads are given, what people are told, what is watched. RFC 5922. */

import { getCACertificates } from "node:tls";
import { formatListenUri, isLoopback, provesIdentity } from "@trapezoid/sip/transport";
import { TlsContexts, type TlsIdentity, type TlsSettings } from "@trapezoid/sip/transport/node";
import { parseHostPort } from "../config/host-port.ts";
import { systemAuthorities } from "../config/resolve-tls.ts";
import type { CertificateFiles, ResolvedConfig, TlsServerFiles } from "../config/types.ts";
import { type LoadedCertificate, loadCertificate, type Remark } from "./certificate.ts";
import { readAuthorities, readRevocations } from "./pem.ts";

export interface LoadedTls {
  /** For the transports; tickets and challenges are added by whoever hands it out. */
  readonly settings: TlsSettings;
  /** Those that are shown to clients. */
  readonly certificates: readonly LoadedCertificate[];
  readonly remarks: readonly Remark[];
  /** A change of one is a reason to load again. */
  readonly files: readonly string[];
}

/** The certificate for whoever asks for no other, where the configuration names no files. */
export interface OwnCertificate {
  readonly files: CertificateFiles;
  /** Nobody but this server vouches for it. */
  readonly selfMade: boolean;
}

type TlsConfiguration = Pick<ResolvedConfig, "tls" | "domains" | "listeners" | "http" | "trust">;

/** Throws `TLS_UNREADABLE`, `TLS_UNUSABLE`, `TLS_CA_UNUSABLE` or `SIP_TP_TLS_SETTINGS_INVALID`. */
export function loadTls(config: TlsConfiguration, own: OwnCertificate | undefined): LoadedTls {
  const { tls } = config;
  const ca = authoritiesOf(tls.caFiles);
  const certificates = [...tls.domains].map(([domain, files]) => loadCertificate(files, domain, [domain], ca));
  // Whoever asks for no name gets the global one, else that of the first domain, else one that we have made.
  const fallback = tls.certificate ?? [...tls.domains.values()][0] ?? own?.files;
  const isSelfMade = fallback !== undefined && fallback === own?.files && own.selfMade;
  if (fallback !== undefined) {
    const [first] = tls.certificate === undefined ? tls.domains.keys() : [];
    const shown = loadCertificate(fallback, "default", isSelfMade ? [] : wantedOf(config, certificates, first), ca);
    // The first domain's has been spoken of.
    if (first === undefined) certificates.unshift(shown);
    else certificates[0] = { ...shown, name: first };
  }
  const named = certificates.filter(({ name }) => tls.domains.has(name));
  const settings: TlsSettings = {
    ...(fallback !== undefined && identityOf(certificates[0]!)),
    domains: Object.fromEntries(named.map((certificate) => [certificate.name, identityOf(certificate)])),
    ...(ca.length > 0 && { ca }),
    ...(tls.crlFile !== undefined && { crl: readRevocations(tls.crlFile) }),
    clientCertificates: tls.clientCertificates,
    ...(tls.client !== undefined && { client: identityOf(loadCertificate(tls.client, "client", [])) }),
    servers: Object.fromEntries([...tls.servers].map(([name, server]) => [name, serverOf(server)])),
    minVersion: tls.minVersion,
    ...(tls.ciphers !== undefined && { ciphers: tls.ciphers }),
    ...(tls.groups !== undefined && { ecdhCurve: tls.groups }),
  };
  // What is wrong is known before any thread is asked to take it.
  new TlsContexts(settings);
  return {
    settings,
    certificates,
    remarks: [...certificates.flatMap(({ remarks }) => remarks), ...policyRemarks(config, isSelfMade)],
    files: filesOf(config.tls),
  };
}

/** Names that clients reach us by: our domains, and what we tell them to come back by (RFC 5922 §7.5). `first`: a domain whose it is. */
function wantedOf(
  { domains, listeners, tls }: TlsConfiguration,
  others: readonly LoadedCertificate[],
  first: string | undefined,
): string[] {
  const advertised = listeners
    .filter(({ uri }) => uri.kind === "tls" || uri.kind === "wss")
    .flatMap(({ advertise }) => (advertise === undefined ? [] : [parseHostPort(advertise)?.host ?? advertise]));
  const own = [...domains.keys()].filter((name) => !tls.domains.has(name) && !name.endsWith(".internal"));
  const names = new Set([...(first === undefined ? [] : [first]), ...own, ...advertised]);
  return [...names].filter((name) => name === first || !others.some(({ names: held }) => provesIdentity(held, name)));
}

function policyRemarks({ tls, listeners, http, trust }: TlsConfiguration, isSelfMade: boolean): readonly Remark[] {
  const remarks: Remark[] = [];
  const shown = listeners
    .filter(({ uri }) => (uri.kind === "tls" || uri.kind === "wss") && !isLoopback(uri.host))
    .map(({ uri }) => formatListenUri(uri));
  if (http?.secure === true) shown.push(`https://${http.host}:${http.port}`);
  if (isSelfMade && shown.length > 0) {
    const remedy = tls.acme === undefined ? "give tls a cert and a key" : "until the one of tls.acme has come";
    const text = `${shown.join(", ")} shows a certificate that this server made itself: clients that check refuse it, the others can be deceived; ${remedy}`;
    remarks.push({ level: "warn", text });
  }
  if (trust.names.length > 0 && tls.clientCertificates === "ignore") {
    const text = `trust names ${trust.names.join(", ")}, but nobody is asked for a certificate; set tls.clientCertificates to request or require`;
    remarks.push({ level: "warn", text });
  }
  for (const { trunk, verify } of tls.servers.values()) {
    if (verify) continue;
    const text = `trunk ${trunk} need not prove who it is (tls.verify is false): whoever answers at its address gets its calls`;
    remarks.push({ level: "warn", text });
  }
  return remarks;
}

function serverOf({
  caFiles,
  certificate,
  verify,
  trunk,
}: TlsServerFiles): NonNullable<TlsSettings["servers"]>[string] {
  const ca = authoritiesOf(caFiles);
  return {
    verify,
    ...(ca.length > 0 && { ca }),
    ...(certificate !== undefined && { identity: identityOf(loadCertificate(certificate, `trunk ${trunk}`, [])) }),
  };
}

function authoritiesOf(files: readonly string[]): string[] {
  return files.flatMap((file) => (file === systemAuthorities ? getCACertificates("system") : [readAuthorities(file)]));
}

function identityOf({ cert, key }: LoadedCertificate): TlsIdentity {
  return { cert, key };
}

function filesOf({
  certificate,
  domains,
  client,
  caFiles,
  crlFile,
  servers,
}: ResolvedConfig["tls"]): readonly string[] {
  const pairs = [certificate, ...domains.values(), client, ...[...servers.values()].map((one) => one.certificate)];
  const files = new Set<string>();
  for (const pair of pairs) if (pair !== undefined) files.add(pair.certFile).add(pair.keyFile);
  for (const file of [...caFiles, ...[...servers.values()].flatMap((one) => one.caFiles)]) {
    if (file !== systemAuthorities) files.add(file);
  }
  if (crlFile !== undefined) files.add(crlFile);
  return [...files];
}
