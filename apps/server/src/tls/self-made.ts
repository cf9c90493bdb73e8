/**
 * The certificate of a server that was given none: made once, kept in the data folder, good for encryption and for whoever
 * imports it. RFC 5922 §7.1: SIP domains are in URI and DNS subject alternative names.
 */

import { createPrivateKey, X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import type { CertificateFiles } from "../config/types.ts";
import { loadX509, newKeys, newSerialNumber, signingAlgorithm, x509Crypto } from "./key-pair.ts";

export interface OwnNames {
  /** The first names the certificate. */
  readonly domains: readonly string[];
  readonly hostName: string;
  readonly addresses: readonly string[];
}

export interface KeyPair {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

/** Apple's systems refuse longer ones. */
const validDays = 825;
const renewDays = 30;
const dayMs = 86_400_000;

/** Makes the certificate when there is none in the folder, or one that ends soon. */
export async function ensureCertificate(folder: string, names: OwnNames, now: number): Promise<CertificateFiles> {
  const files = { certFile: join(folder, "cert.pem"), keyFile: join(folder, "key.pem"), passphraseEnv: undefined };
  if (isGood(files, now)) return files;
  const { cert, key } = await makeCertificate(names, now);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  replaceFile(files.keyFile, key, 0o600);
  replaceFile(files.certFile, cert, 0o644);
  return files;
}

function isGood(tls: CertificateFiles, now: number): boolean {
  if (!existsSync(tls.certFile) || !existsSync(tls.keyFile)) return false;
  try {
    const certificate = new X509Certificate(readFileSync(tls.certFile));
    const key = createPrivateKey(readFileSync(tls.keyFile));
    return certificate.checkPrivateKey(key) && certificate.validToDate.getTime() - now > renewDays * dayMs;
  } catch {
    // Cut short by a full disk: made again.
    return false;
  }
}

/** Whole or not at all. */
export function replaceFile(file: string, text: string, mode: number): void {
  writeFileSync(`${file}.new`, text, { mode });
  renameSync(`${file}.new`, file);
}

/** EC P-256, self-signed. */
export async function makeCertificate(names: OwnNames, now: number): Promise<KeyPair> {
  const x509 = await loadX509();
  const { keys, pem } = await newKeys();
  const primary = names.domains[0] ?? names.hostName;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: newSerialNumber(),
      name: [{ CN: [primary] }],
      // An hour back, for peers whose clock is behind.
      notBefore: new Date(now - 3_600_000),
      notAfter: new Date(now + validDays * dayMs),
      signingAlgorithm,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
        new x509.SubjectAlternativeNameExtension(alternativeNames(names)),
      ],
    },
    x509Crypto,
  );
  return { cert: `${certificate.toString("pem")}\n`, key: pem };
}

function alternativeNames(names: OwnNames): { type: "dns" | "ip" | "url"; value: string }[] {
  const hosts = new Set([...names.domains, names.hostName.toLowerCase(), "localhost"]);
  const addresses = new Set(names.addresses.filter((address) => !/^fe80:/i.test(address)));
  return [
    ...names.domains.map((domain) => ({ type: "url" as const, value: `sip:${domain}` })),
    ...[...hosts].filter((host) => isIP(host) === 0).map((value) => ({ type: "dns" as const, value })),
    ...[...addresses].map((value) => ({ type: "ip" as const, value })),
  ];
}
