import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMessage, type SipRequest } from "../message/message.ts";
import { type Algorithm, algorithmTraits, allAlgorithms } from "./algorithm.ts";
import {
  type DigestSecrets,
  digestSecrets,
  type Qop,
  requestDigest,
  responseDigest,
  sessionSecret,
} from "./computation.ts";
import {
  createDigestServer,
  type DigestServer,
  type DigestServerOptions,
  type VerifyOptions,
} from "./digest-server.ts";
import type { Hash, HashName } from "./hash.ts";
import { nodeHash } from "./node.ts";
import { workerOfNonce } from "./nonce.ts";
import { createNonceTable } from "./nonce-table.ts";

const realm = "example.com";
const secret = new Uint8Array(32).fill(9);
const accounts = new Map<string, DigestSecrets>([
  ["alice", digestSecrets(nodeHash, "alice", realm, "wonder")],
  ["Jäsøn", digestSecrets(nodeHash, "Jäsøn", realm, "wonder")],
  ["old", { md5: digestSecrets(nodeHash, "old", realm, "wonder").md5 }],
]);

function serverWith(options: Partial<DigestServerOptions> = {}): { server: DigestServer; clock: { time: number } } {
  const clock = { time: 1_000_000 };
  const server = createDigestServer({ hash: nodeHash, clock: { now: () => clock.time }, secret, ...options });
  return { server, clock };
}

const verifyOptions: VerifyOptions = { header: "Authorization", realm, secretsFor: (user) => accounts.get(user) };

function nonceOf(server: DigestServer, algorithm: Algorithm = "MD5"): string {
  return /nonce="([^"]*)"/.exec(server.challenge({ realm, algorithms: [algorithm] })[0]!)![1]!;
}

interface Answer {
  readonly nonce: string;
  readonly user?: string;
  readonly password?: string;
  readonly algorithm?: Algorithm;
  readonly qop?: Qop | undefined;
  readonly nc?: string;
  readonly method?: string;
  readonly uri?: string;
  readonly body?: string;
  readonly realm?: string;
}

/** Credentials made as a phone makes them, step by step. */
function credentials(answer: Answer): string {
  const { nonce, user = "alice", password = "wonder", algorithm = "MD5", nc = "00000001" } = answer;
  const { method = "REGISTER", uri = "sip:example.com", body = "", realm: to = realm } = answer;
  const qop = "qop" in answer ? answer.qop : "auth";
  const { hash: name, session } = algorithmTraits[algorithm];
  let ha1 = digestSecrets(nodeHash, user, to, password)[name];
  if (session) ha1 = sessionSecret(nodeHash, name, ha1, nonce, "c0");
  const ha2 = requestDigest(nodeHash, name, method, uri, qop, body);
  const response = responseDigest(nodeHash, name, ha1, nonce, nc, "c0", qop, ha2);
  const counted = qop === undefined ? (session ? ', cnonce="c0"' : "") : `, qop=${qop}, nc=${nc}, cnonce="c0"`;
  const octets = Buffer.from(user, "utf8").toString("latin1");
  return `Digest username="${octets}", realm="${to}", nonce="${nonce}", uri="${uri}", response="${response}", algorithm=${algorithm}${counted}`;
}

function request(
  values: string | readonly string[],
  options: { method?: string; uri?: string; body?: string; header?: string } = {},
): SipRequest {
  const { method = "REGISTER", uri = "sip:example.com", body = "", header = "Authorization" } = options;
  const lines = (typeof values === "string" ? [values] : values).map((value) => `${header}: ${value}\r\n`).join("");
  const message = parseMessage(
    `${method} ${uri} SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:alice@example.com>;tag=1\r\nTo: <sip:alice@example.com>\r\nCall-ID: 1\r\nCSeq: 1 ${method}\r\n${lines}Content-Length: ${body.length}\r\n\r\n${body}`,
  );
  assert.ok(message.ok && message.value.isRequest);
  return message.value;
}

function reasonOf(server: DigestServer, message: SipRequest, options: Partial<VerifyOptions> = {}): string {
  const verdict = server.verify(message, { ...verifyOptions, ...options });
  return verdict.ok ? "ok" : verdict.reason;
}

for (const algorithm of allAlgorithms) {
  for (const qop of ["auth", "auth-int"] as const) {
    test(`verify() accepts ${algorithm} with qop ${qop}, and only with the right password (RFC 8760 §2.1, §2.6)`, () => {
      const { server } = serverWith();
      const body = "v=0\r\n\xff";
      const nonce = nonceOf(server, algorithm);
      const wrong = request(credentials({ nonce, algorithm, qop, body, password: "Wonder" }), { body });
      assert.equal(reasonOf(server, wrong), "wrong-password");
      const right = request(credentials({ nonce, algorithm, qop, body }), { body });
      assert.deepEqual(server.verify(right, verifyOptions), { ok: true, user: "alice", algorithm, qop, nc: 1, nonce });
    });
  }
}

test("verify() with auth-int notices a changed body (RFC 7616 §3.4.3)", () => {
  const { server } = serverWith();
  const value = credentials({ nonce: nonceOf(server), qop: "auth-int", body: "one" });
  assert.equal(reasonOf(server, request(value, { body: "two" })), "wrong-password");
});

test("verify() covers the method and the uri", () => {
  const { server } = serverWith();
  const nonce = nonceOf(server);
  const value = credentials({ nonce });
  assert.equal(reasonOf(server, request(value, { method: "INVITE" })), "wrong-password");
  assert.equal(reasonOf(server, request(value.replace("sip:example.com", "sip:example.com:5060"))), "wrong-password");
});

test("challenge() is one header value an algorithm, in the order given, qop always there (RFC 8760 §2.3, §2.6 step 8, RFC 3261 §22.4 step 8)", () => {
  const { server } = serverWith({ workerId: 37 });
  const values = server.challenge({ realm: 'a "b"', algorithms: ["SHA-256", "MD5"], stale: true, opaque: "x" });
  assert.equal(values.length, 2);
  const nonce = /nonce="([^"]*)"/.exec(values[0]!)![1]!;
  assert.equal(
    values[0],
    `Digest realm="a \\"b\\"", nonce="${nonce}", qop="auth", opaque="x", stale=true, algorithm=SHA-256`,
  );
  assert.ok(values[1]!.endsWith("algorithm=MD5"));
  assert.equal(workerOfNonce(nonce), 37);
  assert.ok(!server.challenge({ realm, algorithms: ["MD5"] })[0]!.includes("stale"));
  assert.throws(() => server.challenge({ realm, algorithms: [] }), TypeError);
});

test("verify() accepts each nonce count once, and the next one (RFC 7616 §3.4)", () => {
  const { server } = serverWith();
  const nonce = nonceOf(server);
  assert.equal(reasonOf(server, request(credentials({ nonce, nc: "00000001" }))), "ok");
  const replay = server.verify(request(credentials({ nonce, nc: "00000001" })), verifyOptions);
  assert.ok(!replay.ok && replay.reason === "replay" && replay.stale && replay.user === "alice");
  assert.equal(reasonOf(server, request(credentials({ nonce, nc: "0000000a" }))), "ok");
  assert.equal(reasonOf(server, request(credentials({ nonce, nc: "00000009" }))), "ok");
});

test("verify() with a wrong password spends no nonce count", () => {
  const { server } = serverWith();
  const nonce = nonceOf(server);
  assert.equal(reasonOf(server, request(credentials({ nonce, password: "no" }))), "wrong-password");
  assert.equal(reasonOf(server, request(credentials({ nonce }))), "ok");
});

test("verify() finds a nonce stale at the end of its life, not before (RFC 7616 §3.3)", () => {
  const { server, clock } = serverWith({ nonceLifetimeMs: 10_000 });
  const nonce = nonceOf(server);
  clock.time += 9_999;
  assert.equal(reasonOf(server, request(credentials({ nonce, nc: "00000001" }))), "ok");
  clock.time += 1;
  const verdict = server.verify(request(credentials({ nonce, nc: "00000002" })), verifyOptions);
  assert.ok(!verdict.ok && verdict.reason === "stale" && verdict.stale);
});

test("verify() finds nonces that it did not make stale, without looking anybody up", () => {
  const { server } = serverWith();
  const other = serverWith({ secret: new Uint8Array(32).fill(8) });
  const secretsFor = () => assert.fail("looked up");
  for (const nonce of [
    nonceOf(other.server),
    nonceOf(serverWith().server),
    "dcd98b7102dd2f0e8b11d0f600bfb0c093",
    "x",
  ]) {
    assert.equal(reasonOf(server, request(credentials({ nonce })), { secretsFor }), "stale");
  }
});

test("verify() understands nonces of a thread that shares secret and table, and sees what it used", () => {
  const nonceTable = createNonceTable(nodeHash.random, { slots: 64, shared: true });
  const one = serverWith({ nonceTable, workerId: 1 }).server;
  const two = serverWith({ nonceTable, workerId: 2 }).server;
  const nonce = nonceOf(one);
  assert.equal(reasonOf(two, request(credentials({ nonce, nc: "00000001" }))), "ok");
  assert.equal(reasonOf(one, request(credentials({ nonce, nc: "00000001" }))), "replay");
  assert.equal(reasonOf(one, request(credentials({ nonce, nc: "00000002" }))), "ok");
});

test("verify() honours nonces of before a restart when told to", () => {
  const nonce = nonceOf(serverWith({ foreignNonces: true }).server);
  assert.equal(reasonOf(serverWith().server, request(credentials({ nonce }))), "stale");
  assert.equal(reasonOf(serverWith({ foreignNonces: true }).server, request(credentials({ nonce }))), "ok");
});

test("verify() finds a nonce stale whose slot a later one has taken", () => {
  const { server, clock } = serverWith({ nonceTable: createNonceTable(nodeHash.random, { slots: 1 }) });
  const first = nonceOf(server);
  assert.equal(reasonOf(server, request(credentials({ nonce: first, nc: "00000001" }))), "ok");
  clock.time += 1;
  const second = nonceOf(server);
  assert.equal(
    reasonOf(server, request(credentials({ nonce: first, nc: "00000002" }))),
    "ok",
    "nobody has used the second yet",
  );
  assert.equal(reasonOf(server, request(credentials({ nonce: second, nc: "00000001" }))), "ok");
  assert.equal(reasonOf(server, request(credentials({ nonce: first, nc: "00000001" }))), "stale");
  assert.equal(reasonOf(server, request(credentials({ nonce: first, nc: "00000003" }))), "stale");
});

test("verify() without qop: MD5 only, and each nonce once (RFC 2069, RFC 3261 §22.4)", () => {
  const { server } = serverWith();
  const nonce = nonceOf(server);
  assert.equal(reasonOf(server, request(credentials({ nonce, qop: undefined }))), "ok");
  assert.equal(reasonOf(server, request(credentials({ nonce, qop: undefined }))), "replay");
  assert.equal(reasonOf(server, request(credentials({ nonce, nc: "00000005" }))), "replay");
  assert.equal(
    reasonOf(server, request(credentials({ nonce: nonceOf(server), qop: undefined, algorithm: "SHA-256" }))),
    "malformed",
  );
  const strict = serverWith({ withoutQop: [] }).server;
  assert.equal(reasonOf(strict, request(credentials({ nonce: nonceOf(strict), qop: undefined }))), "malformed");
});

test("verify() takes as many and as long hashes for unknown users as for wrong passwords, and says the same", () => {
  const calls: string[] = [];
  const counted = (name: HashName) => (text: string) => {
    calls.push(`${name} ${text.length}`);
    return nodeHash[name](text);
  };
  const counting: Hash = {
    md5: counted("md5"),
    sha256: counted("sha256"),
    sha512_256: counted("sha512_256"),
    random: nodeHash.random,
  };
  for (const algorithm of allAlgorithms) {
    for (const qop of ["auth", "auth-int"] as const) {
      const { server } = serverWith({ hash: counting });
      const nonce = nonceOf(server, algorithm);
      const traces = ["alice", "nobod", "nohas"].map((user) => {
        calls.length = 0;
        const secretsFor = (name: string) => (name === "nohas" ? {} : accounts.get(name));
        // A method of its own each time, so that nothing is remembered from the request before.
        const method = { alice: "AAA", nobod: "BBB", nohas: "CCC" }[user]!;
        const value = credentials({ nonce, user, password: "no", algorithm, qop, method });
        const verdict = server.verify(request(value, { method }), { ...verifyOptions, secretsFor });
        assert.ok(!verdict.ok && !verdict.stale);
        assert.equal(verdict.reason, user === "nobod" ? "unknown-user" : "wrong-password");
        return calls.join(", ");
      });
      assert.deepEqual(traces, [traces[0], traces[0], traces[0]]);
      assert.ok(traces[0]!.length > 0);
    }
  }
});

test("verify() never lets in whoever has no secret for the algorithm", () => {
  const { server } = serverWith();
  const value = credentials({ nonce: nonceOf(server), user: "old", algorithm: "SHA-256" });
  assert.equal(reasonOf(server, request(value)), "wrong-password");
  assert.equal(reasonOf(server, request(credentials({ nonce: nonceOf(server), user: "old" }))), "ok");
});

test("verify() reads user names as UTF-8 (RFC 7616 §4)", () => {
  const { server } = serverWith();
  const verdict = server.verify(request(credentials({ nonce: nonceOf(server), user: "Jäsøn" })), verifyOptions);
  assert.ok(verdict.ok && verdict.user === "Jäsøn");
});

test("verify() picks the credentials for our realm among several, and only from its header (RFC 3261 §22.3)", () => {
  const { server } = serverWith();
  const ours = credentials({ nonce: nonceOf(server) });
  const theirs = credentials({ nonce: "n", realm: "elsewhere.example" });
  assert.equal(reasonOf(server, request([theirs, "Bearer abc", ours])), "ok");
  assert.equal(reasonOf(server, request([theirs])), "wrong-realm");
  assert.equal(reasonOf(server, request(ours, { header: "Proxy-Authorization" })), "none");
  const value = credentials({ nonce: nonceOf(server) });
  assert.equal(
    reasonOf(server, request(value, { header: "Proxy-Authorization" }), { header: "Proxy-Authorization" }),
    "ok",
  );
});

test("verify() takes only the algorithms that are allowed; no name means MD5 (RFC 7616 §3.3)", () => {
  const { server } = serverWith();
  const allowedAlgorithms = ["SHA-256"] as const;
  const md5 = credentials({ nonce: nonceOf(server) });
  assert.equal(reasonOf(server, request(md5), { allowedAlgorithms }), "unknown-algorithm");
  const sess = credentials({ nonce: nonceOf(server), algorithm: "SHA-256-sess" });
  assert.equal(reasonOf(server, request(sess), { allowedAlgorithms }), "unknown-algorithm");
  assert.equal(reasonOf(server, request(md5.replace("algorithm=MD5, ", ""))), "ok");
  assert.equal(reasonOf(server, request(md5.replace("MD5", "MD9"))), "unknown-algorithm");
  const sha = credentials({ nonce: nonceOf(server), algorithm: "SHA-256" }).replace("SHA-256", "sha-256");
  assert.equal(reasonOf(server, request(sha), { allowedAlgorithms }), "ok");
});

test("verify() takes empty credentials for none (RFC 8760 §2.7)", () => {
  const { server } = serverWith();
  const value = `Digest username="alice", realm="${realm}", nonce="", uri="sip:example.com", response=""`;
  assert.equal(reasonOf(server, request(value)), "none");
  assert.equal(reasonOf(server, request([])), "none");
  assert.equal(reasonOf(server, request(["Basic YWxpY2U6"])), "none");
});

test("verify() calls credentials malformed that lack or garble a parameter", () => {
  const { server } = serverWith();
  const good = credentials({ nonce: nonceOf(server) });
  const cases: readonly (readonly [string | RegExp, string])[] = [
    [/username="[^"]*", /, ""],
    [/realm="[^"]*", /, ""],
    [/nonce="[^"]*", /, ""],
    [/uri="[^"]*", /, ""],
    [/response="[^"]*", /, ""],
    [/response="./, 'response="'],
    [/, nc=\d+/, ""],
    ["nc=00000001", "nc=0000000x"],
    ["nc=00000001", "nc=000000001"],
    [', cnonce="c0"', ""],
    ["qop=auth", "qop=auth-conf"],
    ["qop=auth", 'qop="auth'],
    ["qop=auth", "qop=auth, qop=auth"],
  ];
  for (const [find, put] of cases)
    assert.equal(reasonOf(server, request(good.replace(find, put))), "malformed", `${find}`);
  assert.equal(reasonOf(server, request(good)), "ok");
});

test("verify() wants the user and host of the Request-URI; the rest may differ on the way (RFC 8760 §2.6 step 6, RFC 3261 §22.4 step 6)", () => {
  const { server } = serverWith();
  const cases: readonly (readonly [uri: string, requestUri: string, reason: string])[] = [
    ["sip:example.com", "sip:example.com:5060;transport=udp", "ok"],
    ["sip:bob@Example.COM", "sip:bob@example.com;user=phone", "ok"],
    ["sip:b%6Fb@example.com", "sips:bob@example.com", "ok"],
    ["tel:+1-201-555-0123", "tel:+12015550123", "ok"],
    ["sip:bob@example.com", "sip:carol@example.com", "wrong-uri"],
    ["sip:example.com", "sip:bob@example.com", "wrong-uri"],
    ["sip:bob@example.com", "sip:bob@example.org", "wrong-uri"],
    ["sip:bob@example.com", "tel:+12015550123", "wrong-uri"],
    ["not a uri", "sip:bob@example.com", "wrong-uri"],
  ];
  const lax = serverWith({ uriCheck: "any" }).server;
  for (const [uri, requestUri, reason] of cases) {
    const answer = (to: DigestServer) =>
      request(credentials({ nonce: nonceOf(to), method: "INVITE", uri }), { method: "INVITE", uri: requestUri });
    assert.equal(reasonOf(server, answer(server)), reason, `${uri} for ${requestUri}`);
    assert.equal(reasonOf(lax, answer(lax)), "ok");
  }
});

test("verify() takes a uri that names the server itself, for servers that say which hosts are theirs (RFC 3261 §22.4 step 6)", () => {
  const { server } = serverWith();
  const isOwnHost = (host: string, port: number | undefined) => host === "example.com" || port === 5062;
  const cases: readonly (readonly [uri: string, requestUri: string, reason: string])[] = [
    ["sip:192.0.2.1:5062", "sip:bob@example.com", "ok"],
    ["sip:192.0.2.1:5062", "sip:example.com", "ok"],
    ["sip:bob@192.0.2.1:5062", "sip:b%6Fb@example.com", "ok"],
    ["sip:192.0.2.1:5063", "sip:bob@example.com", "wrong-uri"],
    ["sip:carol@192.0.2.1:5062", "sip:bob@example.com", "wrong-uri"],
    ["sip:bob@example.com", "sip:bob@elsewhere.example", "wrong-uri"],
    ["tel:+12015550123", "sip:bob@example.com", "wrong-uri"],
  ];
  for (const [uri, requestUri, reason] of cases) {
    const value = credentials({ nonce: nonceOf(server), method: "INVITE", uri });
    const message = request(value, { method: "INVITE", uri: requestUri });
    assert.equal(reasonOf(server, message, { isOwnHost }), reason, `${uri} for ${requestUri}`);
  }
});

test("verify() knows no hashed user names, since none are asked for (RFC 7616 §3.4.4)", () => {
  const { server } = serverWith();
  const value = `${credentials({ nonce: nonceOf(server) })}, userhash=true`;
  assert.equal(reasonOf(server, request(value)), "unknown-user");
});

test("createDigestServer() wants a secret of 32 octets", () => {
  assert.throws(() => serverWith({ secret: new Uint8Array(16) }), TypeError);
});
