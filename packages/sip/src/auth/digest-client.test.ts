import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMessage, type SipRequest, type SipResponse } from "../message/message.ts";
import { type Algorithm, allAlgorithms } from "./algorithm.ts";
import { digestSecrets, requestDigest, responseDigest } from "./computation.ts";
import { answerChallenges, createDigestClient, type DigestClient, type HeaderLine } from "./digest-client.ts";
import { createDigestServer } from "./digest-server.ts";
import { nodeHash } from "./node.ts";

const account = { user: "alice", password: "wonder" };
const register = { method: "REGISTER", uri: "sip:example.com" };

function response(status: number, lines: readonly (readonly [string, string])[], body = ""): SipResponse {
  const headers = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const message = parseMessage(
    `SIP/2.0 ${status} X\r\nCSeq: 1 REGISTER\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`,
  );
  assert.ok(message.ok && !message.value.isRequest);
  return message.value as SipResponse;
}

function request(lines: readonly HeaderLine[], body = ""): SipRequest {
  const headers = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const message = parseMessage(
    `REGISTER sip:example.com SIP/2.0\r\nCSeq: 1 REGISTER\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`,
  );
  assert.ok(message.ok && message.value.isRequest);
  return message.value;
}

const challenge = (realm: string, rest = 'nonce="n1", qop="auth"') => `Digest realm="${realm}", ${rest}`;
const www = (...values: string[]) =>
  response(
    401,
    values.map((value) => ["WWW-Authenticate", value]),
  );
const clientOf = (realms?: readonly string[]): DigestClient =>
  createDigestClient({
    hash: nodeHash,
    accountFor: (realm) => (realms === undefined || realms.includes(realm) ? account : undefined),
  });

function linesOf(answer: ReturnType<DigestClient["answer"]>): readonly HeaderLine[] {
  assert.ok(answer.ok, answer.ok ? "" : answer.reason);
  return answer.headers;
}

function paramOf(line: HeaderLine | undefined, name: string): string | undefined {
  return new RegExp(`[ ,]${name}="?([^",]*)`).exec(line![1])?.[1];
}

for (const algorithm of allAlgorithms) {
  test(`answer() satisfies the server: ${algorithm}, request after request (RFC 7616 §3.4)`, () => {
    const server = createDigestServer({ hash: nodeHash, clock: { now: () => 5 }, secret: new Uint8Array(32) });
    const secrets = digestSecrets(nodeHash, "alice", "example.com", "wonder");
    const verify = (lines: readonly HeaderLine[]) =>
      server.verify(request(lines), { header: "Authorization", realm: "example.com", secretsFor: () => secrets });
    const client = createDigestClient({ hash: nodeHash, accountFor: () => ({ user: "alice", secrets }) });
    const challenged = www(...server.challenge({ realm: "example.com", algorithms: [algorithm], opaque: "o" }));
    const lines = linesOf(client.answer(challenged, register, []));
    assert.deepEqual(verify(lines).ok, true);
    client.accepted(response(200, []), register);
    for (let nc = 2; nc < 5; nc++) {
      const verdict = verify(client.authorize(register));
      assert.ok(verdict.ok && verdict.nc === nc);
    }
  });
}

test("answer() takes the topmost challenge that it supports for each realm (RFC 8760 §2.4)", () => {
  const client = clientOf();
  const lines = linesOf(
    client.answer(
      www(
        challenge("a", 'nonce="1", qop="auth", algorithm=TIGER'),
        "Bearer realm=a",
        challenge("a", 'nonce="2", qop="auth-conf", algorithm=SHA-256'),
        challenge("a", 'nonce="3", qop="auth-int, auth", algorithm=SHA-256'),
        challenge("a", 'nonce="4", qop="auth", algorithm=MD5'),
      ),
      register,
      [],
    ),
  );
  assert.equal(lines.length, 1);
  assert.equal(paramOf(lines[0], "nonce"), "3");
  assert.equal(paramOf(lines[0], "algorithm"), "SHA-256");
  assert.equal(paramOf(lines[0], "qop"), "auth");
});

test("answer() uses no algorithm that is not allowed or has no secret", () => {
  const both = www(challenge("a", 'nonce="1", qop="auth", algorithm=SHA-256'), challenge("a"));
  const md5Alone = createDigestClient({ hash: nodeHash, accountFor: () => account, algorithms: ["MD5"] });
  assert.equal(paramOf(linesOf(md5Alone.answer(both, register, []))[0], "nonce"), "n1");
  const md5Secret = createDigestClient({
    hash: nodeHash,
    accountFor: () => ({ user: "alice", secrets: { md5: "00" } }),
  });
  assert.equal(paramOf(linesOf(md5Secret.answer(both, register, []))[0], "nonce"), "n1");
  const none = www(challenge("a", 'nonce="1", qop="auth", algorithm=SHA-256'));
  assert.deepEqual(md5Alone.answer(none, register, []), { ok: false, reason: "unsupported", realms: ["a"] });
});

test("answer() answers several realms and both kinds at once (RFC 3261 §22.3, §8.1.3.5)", () => {
  const client = clientOf(["a", "b", "p"]);
  const challenged = response(407, [
    ["Proxy-Authenticate", challenge("p")],
    ["WWW-Authenticate", challenge("a")],
    ["WWW-Authenticate", challenge("unknown")],
    ["WWW-Authenticate", challenge("b")],
  ]);
  const lines = linesOf(client.answer(challenged, register, []));
  assert.deepEqual(
    lines.map((line) => [line[0], paramOf(line, "realm")]),
    [
      ["Authorization", "a"],
      ["Authorization", "b"],
      ["Proxy-Authorization", "p"],
    ],
  );
});

test("answer() keeps the credentials for a realm that challenged before (RFC 3261 §22.3)", () => {
  const client = clientOf();
  const first = linesOf(client.answer(response(407, [["Proxy-Authenticate", challenge("p")]]), register, []));
  const second = linesOf(client.answer(www(challenge("a")), register, first));
  assert.deepEqual(
    second.map((line) => [line[0], paramOf(line, "nc")]),
    [
      ["Proxy-Authorization", "00000002"],
      ["Authorization", "00000001"],
    ],
  );
});

test("answer() says why it cannot", () => {
  assert.deepEqual(clientOf().answer(www(), register, []), { ok: false, reason: "no-challenge", realms: [] });
  assert.deepEqual(clientOf([]).answer(www(challenge("a")), register, []), {
    ok: false,
    reason: "no-account",
    realms: ["a"],
  });
  assert.deepEqual(clientOf().answer(www('Basic realm="a"'), register, []), {
    ok: false,
    reason: "no-challenge",
    realms: [],
  });
});

test("answer() does not try rejected credentials again, unless the nonce was stale (RFC 3261 §22.1)", () => {
  const client = clientOf();
  const first = linesOf(client.answer(www(challenge("a")), register, []));
  const stale = linesOf(client.answer(www(challenge("a", 'nonce="n2", qop="auth", stale=TRUE')), register, first));
  assert.equal(paramOf(stale[0], "nonce"), "n2");
  assert.deepEqual(client.answer(www(challenge("a", 'nonce="n3", qop="auth"')), register, stale), {
    ok: false,
    reason: "rejected",
    realms: ["a"],
  });
  assert.deepEqual(client.authorize(register), []);
});

test("answer() leaves a server that finds every nonce stale", () => {
  const client = clientOf();
  let sent = linesOf(client.answer(www(challenge("a")), register, []));
  let answers = 1;
  for (;;) {
    const answer = client.answer(www(challenge("a", `nonce="s${answers}", qop="auth", stale=true`)), register, sent);
    if (!answer.ok) {
      assert.equal(answer.reason, "rejected");
      break;
    }
    sent = answer.headers;
    answers++;
    assert.ok(answers < 10);
  }
  assert.equal(answers, 4);
});

test("answer() takes a new nonce when a proven one expires without a word", () => {
  const client = clientOf();
  linesOf(client.answer(www(challenge("a", 'nonce="n1"')), register, []));
  client.accepted(response(200, []), register);
  const sent = client.authorize(register);
  assert.equal(paramOf(linesOf(client.answer(www(challenge("a", 'nonce="n2"')), register, sent))[0], "nonce"), "n2");
});

test("answer() does not take another request's challenge for a rejection", () => {
  const client = clientOf();
  linesOf(client.answer(www(challenge("a")), register, []));
  assert.equal(client.answer(www(challenge("a", 'nonce="n2", qop="auth"')), register, []).ok, true);
});

test("answer() without qop in the challenge computes as RFC 2069 and sends no count", () => {
  const line = linesOf(clientOf().answer(www(challenge("a", 'nonce="n1"')), register, []))[0]!;
  const ha1 = digestSecrets(nodeHash, "alice", "a", "wonder").md5;
  const ha2 = requestDigest(nodeHash, "md5", "REGISTER", "sip:example.com", undefined, "");
  const expected = responseDigest(nodeHash, "md5", ha1, "n1", "", "", undefined, ha2);
  assert.equal(
    line[1],
    `Digest username="alice", realm="a", nonce="n1", uri="sip:example.com", response="${expected}"`,
  );
});

test("answer() writes names in UTF-8, escaped, and echoes opaque (RFC 3261 §25.1)", () => {
  const client = createDigestClient({ hash: nodeHash, accountFor: () => ({ user: 'J"ä', password: "x" }) });
  const line = linesOf(client.answer(www(challenge('r\\"1', 'nonce="n", opaque="o\\"p"')), register, []))[0]!;
  assert.ok(line[1].startsWith('Digest username="J\\"\xc3\xa4", realm="r\\"1", nonce="n"'));
  assert.ok(line[1].endsWith(', opaque="o\\"p"'));
});

test("answer() hashes the user name when asked to (RFC 7616 §3.4.4)", () => {
  const line = linesOf(clientOf().answer(www(challenge("a", 'nonce="n", qop="auth", userhash=true')), register, []))[0];
  assert.equal(paramOf(line, "username"), nodeHash.md5("alice:a"));
  assert.equal(paramOf(line, "userhash"), "true");
});

test("answer() falls back to auth-int where nothing else is offered, and covers the body", () => {
  const invite = { method: "INVITE", uri: "sip:b@c", body: "v=0" };
  const line = linesOf(clientOf().answer(www(challenge("a", 'nonce="n", qop="auth-int"')), invite, []))[0];
  const ha1 = digestSecrets(nodeHash, "alice", "a", "wonder").md5;
  const ha2 = requestDigest(nodeHash, "md5", "INVITE", "sip:b@c", "auth-int", "v=0");
  const cnonce = paramOf(line, "cnonce")!;
  assert.match(cnonce, /^[0-9a-f]{16}$/);
  assert.equal(
    paramOf(line, "response"),
    responseDigest(nodeHash, "md5", ha1, "n", "00000001", cnonce, "auth-int", ha2),
  );
});

test("accepted() takes over nextnonce and starts counting anew (RFC 7616 §3.5)", () => {
  const client = clientOf();
  linesOf(client.answer(www(challenge("a")), register, []));
  client.accepted(response(200, [["Authentication-Info", 'nextnonce="n9"']]), register);
  const line = client.authorize(register)[0];
  assert.equal(paramOf(line, "nonce"), "n9");
  assert.equal(paramOf(line, "nc"), "00000001");
});

test("accepted() checks the server's proof of the secret (RFC 7616 §3.5)", () => {
  const client = clientOf();
  const line = linesOf(client.answer(www(challenge("a")), register, []))[0];
  const cnonce = paramOf(line, "cnonce")!;
  const ha1 = digestSecrets(nodeHash, "alice", "a", "wonder").md5;
  const proof = (body: string) => {
    const ha2 = requestDigest(nodeHash, "md5", "", "sip:example.com", "auth-int", body);
    return responseDigest(nodeHash, "md5", ha1, "n1", "00000001", cnonce, "auth-int", ha2);
  };
  const info = (rspauth: string) => `qop=auth-int, rspauth="${rspauth}", cnonce="${cnonce}", nc=00000001`;
  assert.equal(client.accepted(response(200, [["Authentication-Info", info(proof("x"))]], "x"), register), true);
  assert.equal(client.accepted(response(200, [["Authentication-Info", info(proof("y"))]], "x"), register), false);
});

test("createDigestClient() remembers no more realms than told", () => {
  const client = createDigestClient({ hash: nodeHash, accountFor: () => account, maxRealms: 2 });
  const lines = linesOf(client.answer(www(challenge("a"), challenge("b"), challenge("c")), register, []));
  assert.deepEqual(
    lines.map((line) => paramOf(line, "realm")),
    ["b", "c"],
  );
  client.forget();
  assert.deepEqual(client.authorize(register), []);
});

test("answerChallenges() answers one response without memory", () => {
  const algorithms: readonly Algorithm[] = ["SHA-256"];
  const challenged = www(challenge("a"), challenge("a", 'nonce="2", qop="auth", algorithm=SHA-256'));
  const answer = answerChallenges({ hash: nodeHash, response: challenged, account, algorithms, ...register });
  assert.equal(paramOf(linesOf(answer)[0], "nonce"), "2");
  const again = answerChallenges({
    hash: nodeHash,
    response: challenged,
    account,
    algorithms,
    ...register,
    sent: linesOf(answer),
  });
  assert.deepEqual(again, { ok: false, reason: "rejected", realms: ["a"] });
});

test("answer() puts the Request-URI between quotes into uri, whatever it holds (RFC 3261 §22.4 step 2, §22.4 step 3, RFC 8760 §2.6 step 2)", () => {
  for (const uri of ["sip:bob@example.com;transport=tcp?a=b", "sips:example.com", "tel:+1-201-555-0123"]) {
    const [line] = linesOf(clientOf().answer(www(challenge("example.com")), { method: "INVITE", uri }, []));
    assert.ok(line![1].includes(`, uri="${uri}"`) || line![1].includes(` uri="${uri}"`), line![1]);
  }
});
