/** Certificates for tests: an authority made on the spot, and what it signs. */

import "reflect-metadata";
import { webcrypto } from "node:crypto";
import {
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsageExtension,
  type GeneralNameType,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
  X509CrlGenerator,
} from "@peculiar/x509";
import type { TlsIdentity } from "../../src/transport/node/tls-settings.ts";

export interface CertificateRequest {
  readonly commonName?: string;
  /** `["url", "sip:example.com"]`, `["dns", "example.com"]`, `["ip", "127.0.0.1"]`. */
  readonly names?: readonly (readonly [type: GeneralNameType, value: string])[];
  /** Extended key usages, by their numbers. */
  readonly uses?: readonly string[];
}

export interface TestAuthority {
  /** PEM. */
  readonly ca: string;
  issue(request: CertificateRequest): Promise<TlsIdentity>;
  /** The list (PEM) of those that this authority took back. */
  revoke(...certificates: readonly TlsIdentity[]): Promise<string>;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const notBefore = new Date("2020-01-01");
const notAfter = new Date("2120-01-01");

export async function createTestAuthority(name = "Test authority"): Promise<TestAuthority> {
  cryptoProvider.set(webcrypto as never);
  const authorityKeys = await newKeys();
  const authority = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    notBefore,
    notAfter,
    signingAlgorithm: algorithm,
    keys: authorityKeys,
    extensions: [new BasicConstraintsExtension(true, 1, true)],
  });
  let serial = 1;
  return {
    ca: authority.toString("pem"),
    async issue({ commonName, names, uses }) {
      const keys = await newKeys();
      const alternatives = (names ?? []).map(([type, value]) => ({ type, value }));
      const certificate = await X509CertificateGenerator.create({
        serialNumber: (++serial).toString(16).padStart(4, "0"),
        subject: commonName === undefined ? "O=Test" : `CN=${commonName}`,
        issuer: authority.subject,
        notBefore,
        notAfter,
        signingAlgorithm: algorithm,
        publicKey: keys.publicKey,
        signingKey: authorityKeys.privateKey,
        extensions: [
          ...(alternatives.length === 0 ? [] : [new SubjectAlternativeNameExtension(alternatives)]),
          ...(uses === undefined ? [] : [new ExtendedKeyUsageExtension([...uses])]),
        ],
      });
      const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
      return {
        cert: certificate.toString("pem"),
        key: `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`,
      };
    },
    async revoke(...certificates) {
      const crl = await X509CrlGenerator.create({
        issuer: authority.subject,
        thisUpdate: notBefore,
        nextUpdate: notAfter,
        signingAlgorithm: algorithm,
        signingKey: authorityKeys.privateKey,
        entries: certificates.map(({ cert }) => ({ serialNumber: new X509Certificate(String(cert)).serialNumber })),
      });
      return crl.toString("pem").replaceAll(/(BEGIN|END) CRL/g, "$1 X509 CRL");
    },
  };
}

/** Node's types know key usages that the browser's, which the generator asks for, do not; none of them is used here. */
function newKeys() {
  return webcrypto.subtle.generateKey(algorithm, true, [
    "sign",
    "verify",
  ]) as Promise<unknown> as Promise<CryptoKeyPair>;
}
