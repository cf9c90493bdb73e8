/** One certificate with its key and chain: read, checked, and what a person should know about it. RFC 5922 §7, RFC 5280 §6.1. */

import type { KeyObject, X509Certificate } from "node:crypto";
import { statSync } from "node:fs";
import { rootCertificates } from "node:tls";
import { type CertificateNames, provesIdentity, sipIdentities } from "@trapezoid/sip/transport";
import type { CertificateFiles } from "../config/types.ts";
import { certificateUnusable } from "./errors.ts";
import { certificatesIn, keyIn, readFile } from "./pem.ts";

/** Something that works, and will not for long or not for everybody. */
export interface Remark {
  readonly level: "info" | "warn" | "error";
  readonly text: string;
}

export interface LoadedCertificate {
  /** The domain that it was configured for, or `default`. */
  readonly name: string;
  readonly file: string;
  /** PEM, the chain in its order. */
  readonly cert: string;
  /** PEM, not encrypted. */
  readonly key: string;
  readonly validFrom: number;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly names: CertificateNames;
  /** What stays true as long as the file is what it is; `timeRemarks` has the rest. */
  readonly remarks: readonly Remark[];
}

const dayMs = 86_400_000;
/** From when on its end is announced. */
const soonMs = 21 * dayMs;

const serverUse = "1.3.6.1.5.5.7.3.1";
const anyUse = "2.5.29.37.0";

/** `wanted`: the names that clients expect of it. Throws `TLS_UNREADABLE` or `TLS_UNUSABLE`. */
export function loadCertificate(
  files: CertificateFiles,
  name: string,
  wanted: readonly string[],
  authorities: readonly string[] = [],
): LoadedCertificate {
  const { certFile, keyFile } = files;
  const refuse = (why: string) => certificateUnusable(certFile, keyFile, why);
  const found = certificatesIn(readFile(certFile));
  if (typeof found === "string") throw refuse(found);
  const key = keyIn(readFile(keyFile), files.passphraseEnv);
  if (typeof key === "string") throw refuse(key);
  const leaf = found.find((certificate) => fits(certificate, key));
  if (leaf === undefined) throw refuse("the key belongs to another certificate");
  const chain = chainOf(leaf, found);
  const names = namesOf(leaf);
  return {
    name,
    file: certFile,
    cert: [...new Set([...chain, ...found])].map((certificate) => certificate.toString()).join(""),
    key: key.export({ type: "pkcs8", format: "pem" }) as string,
    validFrom: leaf.validFromDate.getTime(),
    expiresAt: leaf.validToDate.getTime(),
    names,
    remarks: [
      ...nameRemarks(certFile, names, wanted),
      ...useRemarks(certFile, leaf),
      ...chainRemarks(certFile, found, chain, authorities),
      ...keyRemarks(keyFile),
    ],
  };
}

/** What the clock says about it. */
export function timeRemarks({ file, validFrom, expiresAt }: LoadedCertificate, now: number): readonly Remark[] {
  const refused = "clients that check refuse it";
  if (expiresAt <= now) {
    return [{ level: "error", text: `${file} ended on ${dateOf(expiresAt)}: ${refused}; renew it` }];
  }
  if (validFrom > now) {
    const text = `${file} begins on ${dateOf(validFrom)}: until then ${refused}; is the clock of this machine right?`;
    return [{ level: "error", text }];
  }
  if (expiresAt - now >= soonMs) return [];
  const days = Math.floor((expiresAt - now) / dayMs);
  return [{ level: "warn", text: `${file} ends on ${dateOf(expiresAt)}, in ${days} days; renew it` }];
}

export function isExpired({ expiresAt }: LoadedCertificate, now: number): boolean {
  return expiresAt <= now;
}

export function namesOf(certificate: X509Certificate): CertificateNames {
  return {
    subjectAltName: certificate.subjectAltName,
    commonName: /^CN=(.+)$/m.exec(certificate.subject ?? "")?.[1],
  };
}

function fits(certificate: X509Certificate, key: KeyObject): boolean {
  try {
    return certificate.checkPrivateKey(key);
  } catch {
    return false;
  }
}

/** From the certificate to the last authority that is there. RFC 8446 §4.4.2: each certifies the one before it. */
function chainOf(leaf: X509Certificate, found: readonly X509Certificate[]): readonly X509Certificate[] {
  const chain = [leaf];
  for (let last = leaf; chain.length <= found.length; ) {
    const issuer = found.find((candidate) => !chain.includes(candidate) && last.checkIssued(candidate));
    if (issuer === undefined) break;
    chain.push(issuer);
    last = issuer;
  }
  return chain;
}

function nameRemarks(file: string, names: CertificateNames, wanted: readonly string[]): readonly Remark[] {
  const missing = wanted.filter((name) => !provesIdentity(names, name));
  if (missing.length === 0) return [];
  const proved = sipIdentities(names);
  const list = missing.join(", ");
  // RFC 5922 §7.2: no wildcards.
  const isWild = missing.some((name) => proved.includes(name.replace(/^[^.]+/, "*")));
  const why = isWild ? "; a wildcard proves no SIP domain (RFC 5922 §7.2)" : "";
  const found = proved.length === 0 ? "no name" : proved.join(", ");
  return [
    { level: "warn", text: `${file} does not prove ${list}: it names ${found}${why}; phones that check refuse it` },
  ];
}

function useRemarks(file: string, leaf: X509Certificate): readonly Remark[] {
  // Node's name for the extended key usage (RFC 5280 §4.2.1.12).
  const uses = leaf.keyUsage as readonly string[] | undefined;
  if (uses === undefined || uses.includes(serverUse) || uses.includes(anyUse)) return [];
  return [
    { level: "warn", text: `${file} is not for servers (its extended key usage lacks serverAuth); clients refuse it` },
  ];
}

function chainRemarks(
  file: string,
  found: readonly X509Certificate[],
  chain: readonly X509Certificate[],
  authorities: readonly string[],
): readonly Remark[] {
  const remarks: Remark[] = [];
  if (chain.some((certificate, index) => found[index] !== certificate)) {
    const text = `${file} is out of order; it is served as it should be: the certificate, then who certified it, and so on`;
    remarks.push({ level: "info", text });
  }
  const last = chain.at(-1)!;
  if (last.issuer !== last.subject && !isKnown(last, authorities)) {
    const issuer = last.issuer.replaceAll("\n", ", ");
    const text = `${file} ends at ${issuer}, which is not in it and no authority that everybody knows; clients need that certificate`;
    remarks.push({ level: "warn", text });
  }
  return remarks;
}

/** Whether the issuer is an authority that came with Node, or one that was configured. */
function isKnown(certificate: X509Certificate, authorities: readonly string[]): boolean {
  return [...authorities, ...rootCertificates].some((text) => {
    const found = certificatesIn(text);
    return typeof found !== "string" && found.some((authority) => certificate.checkIssued(authority));
  });
}

function keyRemarks(keyFile: string): readonly Remark[] {
  const mode = statSync(keyFile, { throwIfNoEntry: false })?.mode ?? 0;
  if (process.platform === "win32" || (mode & 0o004) === 0) return [];
  return [{ level: "warn", text: `${keyFile} can be read by every user of this machine; chmod 640 it` }];
}

function dateOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
