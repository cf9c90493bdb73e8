/** Made with a key of its own: the request for a certificate, and the certificate that answers a challenge. RFC 2986, RFC 8737 §3. */

import { createHash } from "node:crypto";
import type { TlsIdentity } from "@trapezoid/sip/transport/node";
import { loadX509, newKeys, newSerialNumber, signingAlgorithm, x509Crypto } from "../tls/key-pair.ts";

export interface CertificateRequest {
  /** DER. */
  readonly csr: Buffer;
  /** PEM. */
  readonly key: string;
}

/** For all names (RFC 8555 §7.4: in the subjectAltName). */
export async function newRequest(names: readonly string[]): Promise<CertificateRequest> {
  const x509 = await loadX509();
  const { keys, pem } = await newKeys();
  const alternatives = names.map((value) => ({ type: "dns" as const, value }));
  const request = await x509.Pkcs10CertificateRequestGenerator.create(
    { name: "", keys, signingAlgorithm, extensions: [new x509.SubjectAlternativeNameExtension(alternatives)] },
    x509Crypto,
  );
  return { csr: Buffer.from(request.rawData), key: pem };
}

const acmeIdentifier = "1.3.6.1.5.5.7.1.31";
const dayMs = 86_400_000;

/** RFC 8737 §3: names the domain alone, and holds the digest of the key authorization in a critical extension. */
export async function challengeCertificate(name: string, keyAuthorization: string, now: number): Promise<TlsIdentity> {
  const x509 = await loadX509();
  const { keys, pem } = await newKeys();
  const digest = createHash("sha256").update(keyAuthorization).digest();
  // DER: an OCTET STRING of 32.
  const value = Buffer.concat([Buffer.from([0x04, 0x20]), digest]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: newSerialNumber(),
      name: "CN=ACME challenge",
      notBefore: new Date(now - dayMs),
      notAfter: new Date(now + 7 * dayMs),
      signingAlgorithm,
      keys,
      extensions: [
        new x509.SubjectAlternativeNameExtension([{ type: "dns", value: name }]),
        new x509.Extension(acmeIdentifier, true, new Uint8Array(value)),
      ],
    },
    x509Crypto,
  );
  return { cert: certificate.toString("pem"), key: pem };
}
