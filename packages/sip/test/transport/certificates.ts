/** Certificates for tests: an authority made on the spot, and what it signs. */

import "reflect-metadata";
import { webcrypto } from "node:crypto";
import {
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsageExtension,
  type Extension,
  type GeneralNameType,
  Pkcs10CertificateRequest,
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
  /** A key of RSA; default: of P-256. */
  readonly rsa?: boolean;
  /** Milliseconds since 1970; default: a century. */
  readonly from?: number;
  readonly until?: number;
}

export interface TestAuthority {
  /** PEM. */
  readonly ca: string;
  issue(request: CertificateRequest): Promise<TlsIdentity>;
  /** What a request (DER) asks for, as PEM. */
  certify(request: Uint8Array, from: number, until: number): Promise<string>;
  /** Another authority that this one certifies; its `ca` is a link of the chain. */
  intermediate(name: string): Promise<TestAuthority>;
  /** The list (PEM) of those that this authority took back. */
  revoke(...certificates: readonly TlsIdentity[]): Promise<string>;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const rsaAlgorithm = {
  name: "RSASSA-PKCS1-v1_5",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: "SHA-256",
} as const;
const notBefore = new Date("2020-01-01");
const notAfter = new Date("2120-01-01");

export async function createTestAuthority(name = "Test authority"): Promise<TestAuthority> {
  cryptoProvider.set(webcrypto as never);
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    notBefore,
    notAfter,
    signingAlgorithm: algorithm,
    keys,
    extensions: [new BasicConstraintsExtension(true, 2, true)],
  });
  return authorityOf(certificate, keys);
}

function authorityOf(authority: X509Certificate, authorityKeys: CryptoKeyPair): TestAuthority {
  let serial = 1;
  const sign = (subject: string, publicKey: CryptoKey, extensions: Extension[], from = notBefore, until = notAfter) =>
    X509CertificateGenerator.create({
      serialNumber: (++serial).toString(16).padStart(4, "0"),
      subject,
      issuer: authority.subject,
      notBefore: from,
      notAfter: until,
      signingAlgorithm: algorithm,
      publicKey,
      signingKey: authorityKeys.privateKey,
      extensions,
    });
  return {
    ca: authority.toString("pem"),
    async issue({ commonName, names, uses, rsa, from, until }) {
      const keys = await newKeys(rsa === true ? rsaAlgorithm : algorithm);
      const alternatives = (names ?? []).map(([type, value]) => ({ type, value }));
      const certificate = await sign(
        commonName === undefined ? "O=Test" : `CN=${commonName}`,
        keys.publicKey,
        [
          ...(alternatives.length === 0 ? [] : [new SubjectAlternativeNameExtension(alternatives)]),
          ...(uses === undefined ? [] : [new ExtendedKeyUsageExtension([...uses])]),
        ],
        from === undefined ? notBefore : new Date(from),
        until === undefined ? notAfter : new Date(until),
      );
      const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
      return {
        cert: certificate.toString("pem"),
        key: `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`,
      };
    },
    async certify(request, from, until) {
      const { publicKey, extensions } = new Pkcs10CertificateRequest(new Uint8Array(request));
      const key = (await publicKey.export(algorithm, ["verify"])) as CryptoKey;
      return (await sign("", key, extensions, new Date(from), new Date(until))).toString("pem");
    },
    async intermediate(name) {
      const keys = await newKeys();
      return authorityOf(
        await sign(`CN=${name}`, keys.publicKey, [new BasicConstraintsExtension(true, 0, true)]),
        keys,
      );
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
function newKeys(of: typeof algorithm | typeof rsaAlgorithm = algorithm) {
  return webcrypto.subtle.generateKey(of as typeof algorithm, true, [
    "sign",
    "verify",
  ]) as Promise<unknown> as Promise<CryptoKeyPair>;
}
