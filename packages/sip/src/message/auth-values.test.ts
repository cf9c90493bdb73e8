import assert from "node:assert/strict";
import { test } from "node:test";
import { formatCredentials, parseAuthParams, parseChallenge, parseCredentials } from "./auth-values.ts";
import { getParam } from "./params.ts";

test("a challenge is one value with commas between its parameters (RFC 3261 §20.44)", () => {
  const result = parseChallenge(
    'Digest realm="atlanta, \\"inc\\".com" ,\r\n domain="sip:boxesbybob.com", qop="auth,auth-int",, nonce="f84f1cec", stale=FALSE, algorithm=MD5,',
  );
  assert.ok(result.ok);
  const { scheme, params } = result.value;
  assert.equal(scheme, "Digest");
  assert.equal(getParam(params, "REALM"), 'atlanta, "inc".com');
  assert.equal(getParam(params, "qop"), "auth,auth-int");
  assert.deepEqual(
    params.map(({ name, quoted }) => [name, quoted === true]),
    [
      ["realm", true],
      ["domain", true],
      ["qop", true],
      ["nonce", true],
      ["stale", false],
      ["algorithm", false],
    ],
  );
});

test("a token68 is a parameter without a name (RFC 7235 §2.1, RFC 8898)", () => {
  const bearer = { scheme: "Bearer", params: [{ name: "", value: "mF_9.B5f-4.1JqM==" }] };
  assert.deepEqual(parseCredentials("Bearer mF_9.B5f-4.1JqM=="), { ok: true, value: bearer });
  assert.equal(formatCredentials(bearer), "Bearer mF_9.B5f-4.1JqM==");
  assert.deepEqual(parseCredentials("NTLM"), { ok: true, value: { scheme: "NTLM", params: [] } });
});

test("unknown schemes pass (RFC 4475 §3.3.7), what has no form is refused", () => {
  assert.ok(parseCredentials("NoOneKnowsThisScheme opaque-data=here").ok);
  for (const text of ["", '"x"', 'Digest realm="open', "Digest a=b c=d", "Digest a, b", 'Digest ="x"', "Digest/ a=b"]) {
    assert.equal(parseCredentials(text).ok, false, text);
  }
  assert.equal(parseAuthParams(" , ").ok, false);
});
