/**
 * The certificate of a server that was given none: made once, kept in the data folder, good for encryption and for whoever
 * imports it. RFC 5922 §7.1: SIP domains are in URI and DNS subject alternative names.
 */

import { createPrivateKey, webcrypto, X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { dirname } from "node:path";
import type { TlsSettings } from "../config/types.ts";
import { authoritiesUnusable, certificateUnreadable, certificateUnusable } from "./errors.ts";

export interface CertificateNames {
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

/** Makes the certificate when there is none, or one that ends soon; does nothing for a configured one. */
export async function ensureCertificate(tls: TlsSettings, names: CertificateNames, now: number): Promise<void> {
  if (!tls.selfMade || isGood(tls, now)) return;
  const { cert, key } = await makeCertificate(names, now);
  mkdirSync(dirname(tls.keyFile), { recursive: true, mode: 0o700 });
  replaceFile(tls.keyFile, key, 0o600);
  replaceFile(tls.certFile, cert, 0o644);
}

/** Certificate and key, known to fit each other. Throws `TLS_UNREADABLE`, `TLS_UNUSABLE` or `TLS_CA_UNUSABLE`. */
export function readCertificate(tls: TlsSettings): KeyPair {
  const cert = readPem(tls.certFile);
  const key = readPem(tls.keyFile);
  if (tls.caFile !== undefined) checkAuthorities(tls.caFile);
  let fits: boolean;
  try {
    fits = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    throw certificateUnusable.from(
      error,
      tls.certFile,
      tls.keyFile,
      error instanceof Error ? error.message : String(error),
    );
  }
  if (!fits) throw certificateUnusable(tls.certFile, tls.keyFile, "the key belongs to another certificate");
  return { cert, key };
}

/** OpenSSL takes a file without certificates for one with none to trust. */
function checkAuthorities(file: string): void {
  const blocks = readPem(file).match(/-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----.*?-----END \1?CERTIFICATE-----/gs);
  if (blocks === null) throw authoritiesUnusable(file, "there is no certificate in it");
  for (const [index, block] of blocks.entries()) {
    try {
      new X509Certificate(block);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw authoritiesUnusable.from(error, file, `certificate ${index + 1} is damaged: ${why}`);
    }
  }
}

function readPem(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw certificateUnreadable.from(error, file, (error as NodeJS.ErrnoException).code ?? String(error));
  }
}

function isGood(tls: TlsSettings, now: number): boolean {
  if (!existsSync(tls.certFile) || !existsSync(tls.keyFile)) return false;
  try {
    const certificate = new X509Certificate(readFileSync(tls.certFile));
    return certificate.validToDate.getTime() - now > renewDays * dayMs;
  } catch {
    // Cut short by a full disk: made again.
    return false;
  }
}

function replaceFile(file: string, text: string, mode: number): void {
  writeFileSync(`${file}.new`, text, { mode });
  renameSync(`${file}.new`, file);
}

/** EC P-256, self-signed. */
export async function makeCertificate(names: CertificateNames, now: number): Promise<KeyPair> {
  // Loaded when needed: once in the life of a data folder.
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const primary = names.domains[0] ?? names.hostName;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: Buffer.from(webcrypto.getRandomValues(new Uint8Array(16))).toString("hex"),
      name: [{ CN: [primary] }],
      // An hour back, for peers whose clock is behind.
      notBefore: new Date(now - 3_600_000),
      notAfter: new Date(now + validDays * dayMs),
      signingAlgorithm: algorithm,
      // Node's key pair and the browser's are one thing with two declarations.
      keys: keys as never,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
        new x509.SubjectAlternativeNameExtension(alternativeNames(names)),
      ],
    },
    webcrypto as Crypto,
  );
  const key = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  const lines = key.match(/.{1,64}/g)!.join("\n");
  return {
    cert: `${certificate.toString("pem")}\n`,
    key: `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`,
  };
}

function alternativeNames(names: CertificateNames): { type: "dns" | "ip" | "url"; value: string }[] {
  const hosts = new Set([...names.domains, names.hostName.toLowerCase(), "localhost"]);
  const addresses = new Set(names.addresses.filter((address) => !/^fe80:/i.test(address)));
  return [
    ...names.domains.map((domain) => ({ type: "url" as const, value: `sip:${domain}` })),
    ...[...hosts].filter((host) => isIP(host) === 0).map((value) => ({ type: "dns" as const, value })),
    ...[...addresses].map((value) => ({ type: "ip" as const, value })),
  ];
}
