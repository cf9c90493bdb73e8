/** Signatures of ACME: flattened JWS with ES256, and HS256 for an account elsewhere. RFC 7515 §7.2.2, RFC 7638, RFC 8555 §6.2, §7.3.4. */

import { createHash, createHmac, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";

export interface AccountKey {
  readonly key: KeyObject;
  /** The public key as a JWK, its members in the order of RFC 7638 §3.2. */
  readonly jwk: Readonly<Record<"crv" | "kty" | "x" | "y", string>>;
  /** RFC 7638: what key authorizations end with. */
  readonly thumbprint: string;
}

/** PEM of a key of P-256. Throws when it is something else. */
export function accountKeyOf(pem: string): AccountKey {
  const key = createPrivateKey(pem);
  const { crv, x, y } = createPublicKey(key).export({ format: "jwk" });
  if (crv !== "P-256" || x === undefined || y === undefined) throw new TypeError("the account's key is of P-256");
  const jwk = { crv, kty: "EC", x, y };
  return { key, jwk, thumbprint: createHash("sha256").update(JSON.stringify(jwk)).digest("base64url") };
}

export interface JwsParts {
  readonly url: string;
  readonly nonce: string;
  /** The account's URL; undefined while there is none: the key itself is sent then. */
  readonly account: string | undefined;
  /** `undefined`: POST-as-GET (RFC 8555 §6.3). */
  readonly payload: unknown;
}

/** The body of a request. */
export function signRequest({ key, jwk }: AccountKey, { url, nonce, account, payload }: JwsParts): string {
  const header = { alg: "ES256", nonce, url, ...(account === undefined ? { jwk } : { kid: account }) };
  return flattened(header, payload === undefined ? "" : encode(payload), (data) =>
    sign("sha256", Buffer.from(data), { key, dsaEncoding: "ieee-p1363" }).toString("base64url"),
  );
}

/** Proof that whoever has this key also has an account elsewhere (RFC 8555 §7.3.4). `macKey`: base64url. */
export function externalBinding({ jwk }: AccountKey, keyId: string, macKey: string, url: string): unknown {
  const mac = Buffer.from(macKey, "base64url");
  const text = flattened({ alg: "HS256", kid: keyId, url }, encode(jwk), (data) =>
    createHmac("sha256", mac).update(data).digest("base64url"),
  );
  return JSON.parse(text);
}

function flattened(header: object, payload: string, signature: (data: string) => string): string {
  const protectedHeader = encode(header);
  return JSON.stringify({
    protected: protectedHeader,
    payload,
    signature: signature(`${protectedHeader}.${payload}`),
  });
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
