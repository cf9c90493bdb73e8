/** Keys of P-256, for certificates that this server makes or asks for. */

import { webcrypto } from "node:crypto";

export interface NewKeys {
  /** For @peculiar/x509: Node's key pair and the browser's are one thing with two declarations. */
  readonly keys: never;
  /** PKCS#8, PEM. */
  readonly pem: string;
}

export const signingAlgorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

export async function newKeys(): Promise<NewKeys> {
  const keys = await webcrypto.subtle.generateKey(signingAlgorithm, true, ["sign", "verify"]);
  const key = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  const lines = key.match(/.{1,64}/g)!.join("\n");
  return {
    keys: keys as never,
    pem: `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`,
  };
}

/** The library is loaded when it is needed, which is seldom. */
export async function loadX509(): Promise<typeof import("@peculiar/x509")> {
  await import("reflect-metadata");
  return import("@peculiar/x509");
}

/** Unlike all others (RFC 5280 §4.1.2.2). */
export function newSerialNumber(): string {
  // Positive, whatever comes after.
  return `01${Buffer.from(webcrypto.getRandomValues(new Uint8Array(15))).toString("hex")}`;
}

export const x509Crypto = webcrypto as Crypto;
