import assert from "node:assert/strict";
import { test } from "node:test";
import { type Algorithm, answerChallenges, createDigestServer, digestSecrets } from "@trapezoid/sip/auth";
import { nodeHash } from "@trapezoid/sip/auth/node";
import { buildRequest, buildResponse, parseMessage, SipRequest, SipResponse } from "@trapezoid/sip/message";
import type { Flow } from "@trapezoid/sip/transport";
import { createFakeClock, createRandomOctets } from "@trapezoid/testkit";
import { resolveConfig } from "../config/index.ts";
import type { Account } from "../store/contract.ts";
import { Authenticator, type SignIns } from "./authenticator.ts";

const domain = "example.com";
/** What these tests never look at. */
const flow = { remote: { address: "192.0.2.7", port: 5060 } } as Flow;

function accountOf(user: string, algorithms?: readonly string[]): Account {
  return {
    address: `${user}@${domain}`,
    user,
    domain,
    secrets: digestSecrets(nodeHash, user, domain, "secret"),
    addressSecrets: digestSecrets(nodeHash, `${user}@${domain}`, domain, "secret"),
    ...(algorithms !== undefined && { algorithms }),
    createdAt: 0,
  };
}

function open(...accounts: readonly Account[]) {
  const host = { hostName: "sip1", addresses: [], dataFolder: "/nowhere", configFolder: "/nowhere" };
  const overrides = { domains: [domain], listen: [], trust: [], http: undefined };
  const config = resolveConfig({ auth: { algorithms: ["SHA-256", "MD5"] } }, overrides, host);
  /** What the server hashed: the function, and how much. */
  const hashed: string[] = [];
  const counting = (name: "md5" | "sha256" | "sha512_256") => (text: string) => {
    // The user's name and realm stand in no hash of the server's: lengths are comparable.
    hashed.push(`${name} ${text.length}`);
    return nodeHash[name](text);
  };
  const hash = { ...nodeHash, md5: counting("md5"), sha256: counting("sha256"), sha512_256: counting("sha512_256") };
  const digest = createDigestServer({ hash, clock: createFakeClock(), secret: createRandomOctets(1)(32) });
  const told: string[] = [];
  const throttled = new Set<string>();
  const byAddress = new Map(accounts.map((account) => [account.address, account]));
  const location = {
    lookup: () => [],
    account: (address: string) => byAddress.get(address),
    evenOut: () => told.push("evened out"),
    close() {},
  };
  const signIns: SignIns = {
    maySignIn: (account) => !throttled.has(account),
    signInFailed: (account, _flow, isProven) => told.push(`failed ${account}${isProven ? "" : ", unproven"}`),
    signedIn: (account) => told.push(`signed in ${account}`),
  };
  const authenticator = new Authenticator(digest, location, signIns, config);
  const request = (extra: readonly (readonly [string, string])[] = []): SipRequest => {
    const headers: readonly (readonly [string, string])[] = [
      ["Via", "SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK1"],
      ["From", "<sip:alice@example.com>;tag=1"],
      ["To", "<sip:alice@example.com>"],
      ["Call-ID", "c"],
      ["CSeq", "1 REGISTER"],
      ...extra,
    ];
    const parsed = parseMessage(buildRequest({ method: "REGISTER", uri: "sip:example.com", headers }));
    assert.ok(parsed.ok && parsed.value instanceof SipRequest);
    return parsed.value;
  };
  const challenged = () => {
    const verdict = authenticator.authenticate(request(), flow, 401, domain);
    assert.ok(!verdict.ok);
    return verdict.headers;
  };
  /** Whether a user gets in with one algorithm, and what is offered when not. */
  const log = (user: string, algorithm: Algorithm = "MD5", password = "secret", by: Flow = flow) => {
    const parsed = parseMessage(buildResponse(request(), 401, { headers: challenged() }));
    assert.ok(parsed.ok && parsed.value instanceof SipResponse);
    const answer = answerChallenges({
      hash: nodeHash,
      response: parsed.value,
      account: { user, password },
      method: "REGISTER",
      uri: "sip:example.com",
      algorithms: [algorithm],
    });
    assert.ok(answer.ok);
    return authenticator.authenticate(request(answer.headers), by, 401, domain);
  };
  return { log, told, throttled, hashed };
}

const offered = (verdict: ReturnType<ReturnType<typeof open>["log"]>) =>
  verdict.ok ? [] : verdict.headers.map(([, value]) => /algorithm=([\w-]+)/.exec(value)?.[1]);

test("an account with algorithms of its own is let in with those alone", () => {
  const { log } = open(accountOf("alice", ["SHA-256"]), accountOf("bob"));
  for (const user of ["alice", "alice@example.com"]) {
    assert.equal(log(user, "MD5").ok, false, user);
    assert.equal(log(user, "SHA-256").ok, true, user);
  }
  for (const algorithm of ["MD5", "SHA-256"] as const) assert.equal(log("bob", algorithm).ok, true);
});

test("what is offered is the same for every account and for nobody", () => {
  const { log } = open(accountOf("alice", ["SHA-256"]));
  for (const user of ["alice", "nobody"]) assert.deepEqual(offered(log(user, "MD5")), ["SHA-256", "MD5"], user);
});

test("the firewall is told what credentials were worth, for accounts that exist and for others alike", () => {
  const { log, told } = open(accountOf("alice"));
  log("alice", "MD5");
  log("alice@example.com", "MD5", "guess");
  log("nobody", "MD5");
  log("alice@elsewhere.example", "MD5");
  assert.deepEqual(told, [
    "signed in alice@example.com",
    "evened out",
    "failed alice@example.com",
    "evened out",
    "failed nobody@example.com",
    "failed @example.com",
  ]);
});

test("a nonce proves the address that it was given to, and is good from another all the same", () => {
  const { log, told } = open(accountOf("alice"));
  const other = { remote: { address: "192.0.2.8", port: 5060 } } as Flow;
  assert.equal(log("alice", "MD5", "secret", other).ok, true);
  for (const by of [other, flow]) log("alice", "MD5", "guess", by);
  assert.deepEqual(
    told.filter((line) => line.startsWith("failed")),
    ["failed alice@example.com, unproven", "failed alice@example.com"],
  );
});

test("credentials that may not be tried are answered 503, right or wrong, for an account or for nobody, and count for nothing", () => {
  const { log, told, throttled } = open(accountOf("alice"));
  for (const user of ["alice", "nobody"]) throttled.add(`${user}@example.com`);
  for (const [user, password] of [
    ["alice", "secret"],
    ["alice", "guess"],
    ["nobody", "guess"],
  ] as const) {
    const verdict = log(user, "MD5", password);
    assert.ok(!verdict.ok);
    assert.equal(verdict.status, 503, `${user} ${password}`);
    assert.deepEqual(verdict.headers, [["Retry-After", "10"]]);
  }
  assert.deepEqual(told, new Array(3).fill("evened out"));
});

test("a wrong password for an account, for one with other algorithms, and for nobody takes the same work (RFC 3261 §26.1.1)", () => {
  for (const algorithm of ["MD5", "SHA-256"] as const) {
    const { log, hashed } = open(accountOf("alice"), accountOf("carol", ["SHA-512-256"]));
    // H(A2) is kept from one request to the next, whoever asks.
    log("somebody", algorithm, "guess");
    const costs = ["alice", "alice@example.com", "carol", "nobody", "nobody@example.com"].map((user) => {
      hashed.length = 0;
      assert.equal(log(user, algorithm, "guess").ok, false);
      return hashed.join(" ");
    });
    assert.equal(new Set(costs).size, 1, costs.join("\n"));
    assert.notEqual(costs[0], "");
  }
});
