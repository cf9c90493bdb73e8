import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { utf8Encode } from "../message/lexer.ts";
import { type Algorithm, algorithmTraits } from "./algorithm.ts";
import { digestSecret, digestSecrets, type Qop, requestDigest, responseDigest, sessionSecret } from "./computation.ts";
import { nobleHash } from "./noble.ts";
import { nodeHash } from "./node.ts";

interface Vector {
  readonly origin: string;
  readonly algorithm: Algorithm;
  readonly user: string;
  readonly password: string;
  readonly realm: string;
  readonly method: string;
  readonly uri: string;
  readonly nonce: string;
  readonly nc: string;
  readonly cnonce: string;
  readonly qop: Qop;
  readonly response: string;
  readonly userhash?: string;
}

const vectors = JSON.parse(
  readFileSync(new URL("./testdata/digest-vectors.json", import.meta.url), "utf8"),
) as Vector[];

for (const [hashName, hash] of [
  ["node", nodeHash],
  ["noble", nobleHash],
] as const) {
  for (const v of vectors) {
    test(`responseDigest() with the ${hashName} hash: ${v.algorithm}, ${v.origin.slice(0, 16)}`, () => {
      const name = algorithmTraits[v.algorithm].hash;
      const ha1 = digestSecret(hash, name, v.user, v.realm, v.password);
      const ha2 = requestDigest(hash, name, v.method, v.uri, v.qop, "");
      assert.equal(responseDigest(hash, name, ha1, v.nonce, v.nc, v.cnonce, v.qop, ha2), v.response);
      if (v.userhash !== undefined) assert.equal(hash[name](utf8Encode(`${v.user}:${v.realm}`)), v.userhash);
    });
  }
}

const md5 = (text: string | Buffer) => createHash("md5").update(text).digest("hex");

test("requestDigest() covers the body with qop auth-int, octet by octet (RFC 7616 §3.4.3)", () => {
  const body = "\xff\x00v=0\r\n";
  const expected = md5(`INVITE:sip:bob@example.com:${md5(Buffer.from(body, "latin1"))}`);
  assert.equal(requestDigest(nodeHash, "md5", "INVITE", "sip:bob@example.com", "auth-int", body), expected);
  assert.equal(
    requestDigest(nodeHash, "md5", "INVITE", "sip:bob@example.com", "auth", body),
    md5("INVITE:sip:bob@example.com"),
  );
});

test("requestDigest() takes the hash of the empty string for no body (RFC 8760 §2.6 step 7, RFC 3261 §22.4 step 7)", () => {
  const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  const expected = createHash("sha256").update(`BYE:sip:a@b:${empty}`).digest("hex");
  assert.equal(requestDigest(nodeHash, "sha256", "BYE", "sip:a@b", "auth-int", ""), expected);
});

test("responseDigest() without qop leaves out nc and cnonce (RFC 2069 §2.1.2)", () => {
  assert.equal(responseDigest(nodeHash, "md5", "aa", "n", "00000001", "c", undefined, "bb"), md5("aa:n:bb"));
});

test("sessionSecret() hashes HA1 with nonce and cnonce (RFC 7616 §3.4.2)", () => {
  assert.equal(sessionSecret(nodeHash, "md5", "aa", "n", "c"), md5("aa:n:c"));
});

test("digestSecrets() hashes UTF-8 in Normalization Form C (RFC 7616 §4)", () => {
  const composed = digestSecrets(nodeHash, "J\u00e4s\u00f8n", "example.org", "p\u00e4ss");
  assert.deepEqual(digestSecrets(nodeHash, "Ja\u0308s\u00f8n", "example.org", "pa\u0308ss"), composed);
  assert.equal(composed.md5, md5(Buffer.from("J\u00e4s\u00f8n:example.org:p\u00e4ss", "utf8")));
  assert.equal(composed.sha512_256.length, 64);
});
