import assert from "node:assert/strict";
import { createHmac, createPublicKey, verify } from "node:crypto";
import { test } from "node:test";
import { newKeys } from "../tls/key-pair.ts";
import { accountKeyOf, externalBinding, signRequest } from "./jws.ts";

/** The key of RFC 7515 §A.3.1, as PKCS#8. */
const example = {
  kty: "EC",
  crv: "P-256",
  x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
  y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
  d: "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
} as const;

const decoded = (text: string): unknown => JSON.parse(Buffer.from(text, "base64url").toString());

test("the thumbprint is the digest of the required members in their order (RFC 7638 §3)", async () => {
  const { createHash, createPrivateKey } = await import("node:crypto");
  const pem = createPrivateKey({ key: example, format: "jwk" }).export({ type: "pkcs8", format: "pem" }) as string;
  const canonical = `{"crv":"P-256","kty":"EC","x":"${example.x}","y":"${example.y}"}`;
  assert.equal(accountKeyOf(pem).thumbprint, createHash("sha256").update(canonical).digest("base64url"));
});

test("a request names its URL, a nonce and the account, or the key while there is none; its signature is of both parts (RFC 8555 §6.2)", async () => {
  const account = accountKeyOf((await newKeys()).pem);
  const url = "https://authority.test/order";
  const parts = { url, nonce: "n", payload: { a: 1 } };
  for (const [request, header] of [
    [
      { ...parts, account: undefined },
      { alg: "ES256", nonce: "n", url, jwk: account.jwk },
    ],
    [
      { ...parts, account: "https://authority.test/a/1" },
      { alg: "ES256", nonce: "n", url, kid: "https://authority.test/a/1" },
    ],
  ] as const) {
    const jws = JSON.parse(signRequest(account, request));
    assert.deepEqual(decoded(jws.protected), header);
    assert.deepEqual(decoded(jws.payload), { a: 1 });
    const key = { key: createPublicKey(account.key), dsaEncoding: "ieee-p1363" } as const;
    const data = Buffer.from(`${jws.protected}.${jws.payload}`);
    assert.equal(verify("sha256", data, key, Buffer.from(jws.signature, "base64url")), true);
  }
  // RFC 8555 §6.3.
  assert.equal(JSON.parse(signRequest(account, { ...parts, account: "a", payload: undefined })).payload, "");
});

test("the binding to an account elsewhere signs our key with its MAC key (RFC 8555 §7.3.4)", async () => {
  const account = accountKeyOf((await newKeys()).pem);
  const macKey = Buffer.from("a key of the other account").toString("base64url");
  const binding = externalBinding(account, "kid", macKey, "https://authority.test/account") as Record<string, string>;
  assert.deepEqual(decoded(binding.protected!), { alg: "HS256", kid: "kid", url: "https://authority.test/account" });
  assert.deepEqual(decoded(binding.payload!), account.jwk);
  const mac = createHmac("sha256", "a key of the other account").update(`${binding.protected}.${binding.payload}`);
  assert.equal(binding.signature, mac.digest("base64url"));
});
