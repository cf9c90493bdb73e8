import assert from "node:assert/strict";
import { test } from "node:test";
import { isDigest, parseDigestParams, plainText } from "./digest-params.ts";

function parse(text: string) {
  const result = parseDigestParams(text);
  if (!result.ok) throw new assert.AssertionError({ message: `${result.error.message} at ${result.error.offset}` });
  return result.value;
}

test("parseDigestParams() reads credentials as RFC 3261 §20.7 shows them", () => {
  const params = parse(
    'Digest username="Alice", realm="atlanta.com", nonce="84a4cc6f3082121f32b42a2187831a9e", response="7587245234b3434cc3412213e5f113a5"',
  );
  assert.equal(params.username, "Alice");
  assert.equal(params.realm, "atlanta.com");
  assert.equal(params.nonce, "84a4cc6f3082121f32b42a2187831a9e");
  assert.equal(params.response, "7587245234b3434cc3412213e5f113a5");
  assert.equal(params.uri, undefined);
});

test("parseDigestParams() takes any case, white space, quotes or none, unknown and empty elements (RFC 3261 §25.1)", () => {
  const params = parse(
    'DIGEST\tUserName = "a" ,REALM="",x-new="1,2", nc="00000001",, qop=auth , Algorithm=MD5,uri=sip:a@b;transport=tcp,\r\n opaque="5"',
  );
  assert.equal(params.username, "a");
  assert.equal(params.realm, "");
  assert.equal(params.nc, "00000001");
  assert.equal(params.qop, "auth");
  assert.equal(params.algorithm, "MD5");
  assert.equal(params.uri, "sip:a@b;transport=tcp");
  assert.equal(params.opaque, "5");
});

test("parseDigestParams() keeps escapes, which are part of what is hashed (RFC 7616 §3.4.5)", () => {
  const params = parse('Digest username="a\\"b,c", cnonce="x\\\\", uri="sip:a"');
  assert.equal(params.username, 'a\\"b,c');
  assert.equal(plainText(params.username!), 'a"b,c');
  assert.equal(params.cnonce, "x\\\\");
  assert.equal(params.uri, "sip:a");
});

test("plainText() reads octets as UTF-8", () => {
  assert.equal(plainText("J\xc3\xa4s\xc3\xb8n"), "Jäsøn");
});

test("parseDigestParams() reads Authentication-Info, which has no scheme (RFC 7616 §3.5)", () => {
  const params = parse('nextnonce="abc", qop=auth, rspauth="00", cnonce="c", nc=00000001');
  assert.equal(params.nextnonce, "abc");
  assert.equal(params.rspauth, "00");
});

test("parseDigestParams() refuses, with the offset, what cannot be read or stands there twice", () => {
  const cases: readonly (readonly [string, number])[] = [
    ['Digest realm="a', 13],
    ["Digest realm", 12],
    ["Digest =a", 7],
    ["Digest nonce=", 13],
    ["Digest nonce=,uri=b", 13],
    ['Digest nonce="a" uri="b"', 17],
    ['Digest username="a", realm="r", username="b"', 32],
    ['Digest "username"="a"', 7],
  ];
  for (const [text, offset] of cases) {
    const result = parseDigestParams(text);
    assert.equal(result.ok, false, text);
    if (!result.ok) assert.equal(result.error.offset, offset, text);
  }
});

test("parseDigestParams() returns on every prefix and on every octet put anywhere", () => {
  const text = 'Digest username="a\\"b", realm="r", nonce="n", qop=auth, nc=00000001';
  for (let at = 0; at <= text.length; at++) {
    parseDigestParams(text.slice(0, at));
    for (const octet of ['"', ",", "=", "\\", " ", "\0", "\xff"])
      parseDigestParams(text.slice(0, at) + octet + text.slice(at));
  }
});

test("isDigest() takes the scheme in any case and no other", () => {
  assert.equal(isDigest("digest x=1"), true);
  assert.equal(isDigest("Digest\tx=1"), true);
  for (const text of ["Digest", "Digestx y=1", "Basic abc", "Bearer token", ""])
    assert.equal(isDigest(text), false, text);
});
