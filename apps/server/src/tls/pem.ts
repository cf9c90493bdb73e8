/** PEM files, and what is in one instead of what was expected, in plain words. RFC 7468. */

import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { authoritiesUnusable, certificateUnreadable, revocationsUnusable } from "./errors.ts";

/** One `-----BEGIN LABEL-----` to its end. */
interface PemBlock {
  readonly label: string;
  readonly text: string;
}

/** Latin1, so that no octet is lost. Throws `TLS_UNREADABLE`. */
export function readFile(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw certificateUnreadable.from(error, file, reasons[code ?? ""] ?? `(${code ?? String(error)})`);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "(ENOENT): there is no such file",
  EACCES: "(EACCES): this user may not read it",
  EISDIR: "(EISDIR): it is a folder",
};

/** All certificates of a text, in their order, or what is wrong with it. */
export function certificatesIn(text: string): readonly X509Certificate[] | string {
  const blocks = blocksIn(text).filter(({ label }) => /^(TRUSTED |X509 )?CERTIFICATE$/.test(label));
  if (blocks.length === 0) return `there is no certificate in it${instead(text)}`;
  const certificates: X509Certificate[] = [];
  for (const [index, block] of blocks.entries()) {
    try {
      certificates.push(new X509Certificate(block.text));
    } catch (error) {
      return `certificate ${index + 1} is damaged: ${messageOf(error)}`;
    }
  }
  return certificates;
}

/** The private key of a text, or what is wrong with it. */
export function keyIn(text: string, passphraseEnv: string | undefined): KeyObject | string {
  const block = blocksIn(text).find(({ label }) => label.endsWith("PRIVATE KEY"));
  if (block === undefined) return `there is no private key in the key's file${instead(text)}`;
  const isEncrypted = block.label.startsWith("ENCRYPTED") || /^Proc-Type: 4,ENCRYPTED/m.test(block.text);
  const passphrase = passphraseEnv === undefined ? undefined : process.env[passphraseEnv];
  if (isEncrypted && passphraseEnv === undefined) {
    return "the key is encrypted; name the environment variable with its passphrase in passphraseEnv";
  }
  if (isEncrypted && passphrase === undefined) return `the key is encrypted, and ${passphraseEnv} is not set`;
  try {
    return createPrivateKey({ key: block.text, ...(isEncrypted && { passphrase }) });
  } catch (error) {
    return isEncrypted
      ? `the passphrase in ${passphraseEnv} does not open the key`
      : `the key is damaged: ${messageOf(error)}`;
  }
}

/** PEM of authorities. Throws `TLS_UNREADABLE`, `TLS_CA_UNUSABLE`: OpenSSL takes a file without certificates for one with none to trust. */
export function readAuthorities(file: string): string {
  const text = readFile(file);
  const certificates = certificatesIn(text);
  if (typeof certificates === "string") throw authoritiesUnusable(file, certificates);
  return certificates.map((certificate) => certificate.toString()).join("");
}

/** PEM of revocation lists, one for each. OpenSSL reads the first of a text alone. Throws `TLS_UNREADABLE`, `TLS_CRL_UNUSABLE`. */
export function readRevocations(file: string): readonly string[] {
  const text = readFile(file);
  const lists = blocksIn(text).filter(({ label }) => label === "X509 CRL");
  if (lists.length === 0) throw revocationsUnusable(file, `there is no list in it${instead(text)}`);
  return lists.map((list) => list.text);
}

function blocksIn(text: string): readonly PemBlock[] {
  const blocks = text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g);
  return [...blocks].map((match) => ({ label: match[1]!, text: `${match[0]}\n` }));
}

/** What a person put there by mistake. */
function instead(text: string): string {
  if (text.trim() === "") return ": it is empty";
  if (text.charCodeAt(0) === 0x30 && !/^[\x20-\x7e\s]*$/.test(text.slice(0, 64))) {
    return ": it is binary (DER or PKCS#12), expected PEM (openssl x509 -inform der, openssl pkcs12 -nodes)";
  }
  const labels = [...new Set(blocksIn(text).map(({ label }) => label))];
  if (labels.includes("CERTIFICATE REQUEST") || labels.includes("NEW CERTIFICATE REQUEST")) {
    return ": it is a request; put the certificate that the authority made of it here";
  }
  if (labels.length > 0) return `, but ${labels.join(", ")}; are cert and key interchanged?`;
  return text.includes("-----BEGIN ") ? ": it is cut short" : ": it is no PEM, which begins with -----BEGIN";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
