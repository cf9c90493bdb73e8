/** A private authority and a server certificate, for peers that want files. */

import { writeFile } from "node:fs/promises";
import { expectCommand } from "./command.ts";
import type { TempFolder } from "./temp-folder.ts";

export interface CertificateFiles {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** Certificates for `names` (DNS) and 127.0.0.1, signed by an authority of its own. */
export async function makeCertificate(folder: TempFolder, names: readonly string[]): Promise<CertificateFiles> {
  const [authority, authorityKey] = [folder.file("ca.pem"), folder.file("ca-key.pem")];
  const [certificate, key, request, extensions] = ["cert.pem", "key.pem", "request.pem", "extensions.cnf"].map(
    folder.file,
  ) as [string, string, string, string];
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await expectCommand("openssl", [
    "req",
    "-x509",
    ...newKey,
    "-keyout",
    authorityKey,
    "-out",
    authority,
    "-days",
    "2",
    "-subj",
    "/CN=interop authority",
  ]);
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
