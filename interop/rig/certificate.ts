/** A private authority and what it signs, for peers that want files. */

import { writeFile } from "node:fs/promises";
import { expectCommand } from "./command.ts";
import type { TempFolder } from "./temp-folder.ts";

export interface CertificateFiles {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** Certificates for `names` (DNS) and 127.0.0.1, signed by an authority of its own. */
export async function makeCertificate(folder: TempFolder, names: readonly string[]): Promise<CertificateFiles> {
  await makeAuthority(folder);
  return issueCertificate(folder, "", names);
}

/** `ca.pem` and its key. Resolves to the certificate's path. */
export async function makeAuthority(folder: TempFolder): Promise<string> {
  const authority = folder.file("ca.pem");
  const files = ["-keyout", folder.file("ca-key.pem"), "-out", authority];
  await expectCommand("openssl", ["req", "-x509", ...newKey, ...files, "-days", "2", "-subj", "/CN=interop authority"]);
  return authority;
}

/** Signed by the folder's authority; `label` begins the names of the files. */
export async function issueCertificate(
  folder: TempFolder,
  label: string,
  names: readonly string[],
): Promise<CertificateFiles> {
  const at = (name: string): string => folder.file(`${label}${name}`);
  const [authority, authorityKey] = [folder.file("ca.pem"), folder.file("ca-key.pem")];
  const [certificate, key] = [at("cert.pem"), at("key.pem")];
  const [request, extensions] = [at("request.pem"), at("extensions.cnf")];
  await expectCommand("openssl", ["req", ...newKey, "-keyout", key, "-out", request, "-subj", `/CN=${names[0]}`]);
  const alternatives = [
    ...names.map((name) => `DNS:${name}`),
    ...names.map((name) => `URI:sip:${name}`),
    "IP:127.0.0.1",
  ].join(",");
  await writeFile(extensions, `subjectAltName=${alternatives}\n`);
  const signed = ["-CA", authority, "-CAkey", authorityKey, "-CAcreateserial", "-days", "2", "-extfile", extensions];
  await expectCommand("openssl", ["x509", "-req", "-in", request, "-out", certificate, ...signed]);
  return { authority, certificate, key };
}
