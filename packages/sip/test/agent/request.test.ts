/** Requests of ours: challenges, redirections, other addresses, long ones. RFC 3261 §8.1.3, §18.1.1, §22; RFC 3263 §4.3. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answer, IncomingRequest, UserAgentOptions } from "@trapezoid/sip/agent";
import { createDigestServer, digestSecrets } from "@trapezoid/sip/auth";
import { nodeHash } from "@trapezoid/sip/auth/node";
import { parseUri } from "@trapezoid/sip/message";
import { Hand } from "./hand.ts";
import { type Agent, Rig } from "./rig.ts";

/** Asks for the credentials of `user` in each realm, 401 or 407. */
class Guard {
  readonly #rig: Rig;
  readonly #servers = new Map<string, ReturnType<typeof createDigestServer>>();
  readonly passwords: Readonly<Record<string, string>>;
  asked = 0;
  stale = false;

  constructor(rig: Rig, passwords: Readonly<Record<string, string>>) {
    this.#rig = rig;
    this.passwords = passwords;
  }

  admit(header: "Authorization" | "Proxy-Authorization", { request }: IncomingRequest): Answer | undefined {
    const lines: [string, string][] = [];
    for (const [realm, password] of Object.entries(this.passwords)) {
      const server = this.#server(realm);
      const secretsFor = (user: string) => digestSecrets(nodeHash, user, realm, password);
      const verdict = server.verify(request, { header, realm, secretsFor });
      if (verdict.ok && !this.stale) continue;
      const name = header === "Authorization" ? "WWW-Authenticate" : "Proxy-Authenticate";
      const stale = this.stale || (!verdict.ok && verdict.stale);
      for (const value of server.challenge({ realm, algorithms: ["MD5"], stale })) lines.push([name, value]);
    }
    this.stale = false;
    if (lines.length === 0) return undefined;
    this.asked++;
    return { status: header === "Authorization" ? 401 : 407, headers: lines };
  }

  #server(realm: string): ReturnType<typeof createDigestServer> {
    let server = this.#servers.get(realm);
    if (server === undefined) {
      server = createDigestServer({ hash: nodeHash, clock: this.#rig.clock, secret: new Uint8Array(32).fill(9) });
      this.#servers.set(realm, server);
    }
    return server;
  }
}

const account = (password: string): Partial<UserAgentOptions> => ({
  identity: { address: "sip:alice@test", account: { user: "alice", password } },
});

test("407: the INVITE again with credentials and the next CSeq; its ACK carries them, too (RFC 3261 §22.3, §13.2.2.4)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice", account("secret"));
  const guard = new Guard(rig, { test: "secret" });
  const bob = rig.agent("bob", { handlers: { admit: (incoming) => guard.admit("Proxy-Authorization", incoming) } });
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run(50);
  void bob.call.accept();
  await rig.run(50);
  assert.equal(call.state, "confirmed");
  assert.equal(guard.asked, 1);
  const [first, second] = rig.recorder.all("alice → bob INVITE").map(({ message }) => message!);
  assert.deepEqual([first!.cseq!.sequence, second!.cseq!.sequence], [1, 2]);
  assert.deepEqual([first!.callId, first!.fromTag], [second!.callId, second!.fromTag]);
  assert.deepEqual(alice.owner.log[0], "initial INVITE: makes alice offer 1");
  const ack = rig.recorder.request("alice → bob ACK");
  assert.equal(ack.header("Proxy-Authorization"), second!.header("Proxy-Authorization"));
  assert.equal(ack.cseq?.sequence, 2);
  // The next request in the dialog goes on counting.
  void call.end();
  await rig.run(50);
  assert.equal(rig.recorder.request("alice → bob BYE").cseq?.sequence, 3);
  await rig.assertNothingLeft();
});

test("several realms are answered at once, each by its account; a stale nonce is answered again (RFC 3261 §22.3, RFC 3428 §11.1, RFC 7616 §3.3)", async () => {
  const rig = new Rig();
  const guard = new Guard(rig, { one: "first", two: "second" });
  const alice = rig.agent("alice", {
    identity: {
      address: "sip:alice@test",
      account: (realm) => ({ user: "alice", password: realm === "one" ? "first" : "second" }),
    },
  });
  const bob = rig.agent("bob", {
    handlers: { admit: (incoming) => guard.admit("Authorization", incoming), onMessage: () => {} },
  });
  const send = () => alice.core.message(bob.uri, { contentType: "text/plain", body: "x" });
  const first = send();
  await rig.run(50);
  await first;
  assert.equal(guard.asked, 1);
  // Known nonces are used at once.
  const second = send();
  await rig.run(50);
  await second;
  assert.equal(guard.asked, 1);
  guard.stale = true;
  const third = send();
  await rig.run(50);
  await third;
  assert.equal(guard.asked, 2);
  await rig.assertNothingLeft();
});

test("a server that goes on asking is given five answers, and no more (RFC 3261 §22.1)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice", account("secret"));
  const dave = new Hand(rig, alice);
  const sent = alice.core.options(dave.uri);
  await rig.run();
  for (let realm = 0; realm < 8; realm++) {
    const headers = [["WWW-Authenticate", `Digest realm="r${realm}", nonce="n", qop="auth"`]] as const;
    await dave.answer(dave.request("OPTIONS"), 401, { headers });
  }
  await assert.rejects(sent, { status: 401 });
  assert.equal(dave.requests("OPTIONS").length, 6);
  await rig.assertNothingLeft();
});

test("a wrong password is tried once (RFC 3261 §22.1)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice", account("wrong"));
  const guard = new Guard(rig, { test: "secret" });
  const bob = rig.agent("bob", {
    handlers: { admit: (incoming) => guard.admit("Authorization", incoming), onMessage: () => {} },
  });
  const sent = alice.core.message(bob.uri, { contentType: "text/plain", body: "x" });
  await rig.run(100);
  await assert.rejects(sent, { status: 401, message: /check user name and password/ });
  assert.equal(guard.asked, 2);
  await rig.assertNothingLeft();
});

test("3xx: contacts are tried by their q, nothing twice, until one answers; To stays (RFC 3261 §8.1.3.4, §13.2.2.2)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const [bob, carol, dave] = [rig.agent("bob"), rig.agent("carol"), rig.agent("dave")];
  bob.onInvite = (session) => {
    session.reject(302, {
      headers: [["Contact", `<${bob.uri}>, <${dave.uri}>;q=0.3, <${carol.uri}>;q=0.8, <mailto:bob@test>`]],
    });
    return undefined;
  };
  carol.onInvite = () => ({ status: 486 });
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run(100);
  void dave.call.accept();
  await rig.run(100);
  assert.equal(call.state, "confirmed");
  assert.equal(dave.call.invite.requestUri, dave.uri);
  assert.equal(dave.call.invite.header("To"), "<sip:bob@10.0.0.3>");
  assert.deepEqual(
    [bob, carol, dave].map(({ calls }) => calls.length),
    [1, 1, 1],
  );
  assert.deepEqual(
    [bob, carol, dave].map(({ calls }) => calls[0]!.invite.cseq!.sequence),
    [1, 2, 3],
  );
  void call.end();
  await rig.assertNothingLeft();
});

test("a 6xx speaks for all that is left; who was asked for by sips is not looked for by sip (RFC 3261 §8.1.3.4, §21.6)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice", {}, ["udp", "tls"]);
  const [bob, carol] = ["bob", "carol"].map((name) => rig.agent(name, {}, ["udp", "tls"]));
  bob!.onInvite = (session) => {
    session.redirect([carol!.uri, "sip:dave@10.0.0.5"]);
    return undefined;
  };
  carol!.onInvite = () => ({ status: 603 });
  const call = alice.core.invite(bob!.uri, { handlers: alice.owner });
  await rig.run(100);
  assert.equal((await call.ended).status, 603);
  assert.equal(rig.recorder.count("alice → dave INVITE"), 0);
  const secure = alice.core.invite("sips:bob@10.0.0.3", { handlers: alice.owner });
  await rig.run(100);
  assert.equal((await secure.ended).status, 300);
  assert.equal(carol!.calls.length, 1);
  await rig.assertNothingLeft();
});

test("redirections are followed so far and no further, or not at all (RFC 3261 §8.1.3.4, §13.3.1.2)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice", { limits: { redirects: 3 } });
  let count = 0;
  const bob = rig.agent("bob");
  bob.onInvite = (session) => {
    session.redirect([`sip:n${++count}@10.0.0.3`]);
    return undefined;
  };
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run(200);
  assert.equal((await call.ended).status, 302);
  assert.equal(bob.calls.length, 4);
  const other = alice.core.invite(bob.uri, { handlers: alice.owner, followRedirects: false });
  await rig.run(100);
  assert.equal((await other.ended).status, 302);
  assert.equal(bob.calls.length, 5);
  await rig.assertNothingLeft();
});

function twoServers(rig: Rig): void {
  rig.locator.hosts.set("pair.test", [
    { kind: "udp", address: "10.0.0.3", port: 5060 },
    { kind: "udp", address: "10.0.0.4", port: 5060 },
  ]);
}

test("503: the next address, with another branch and the same CSeq; the first is remembered as dead (RFC 3263 §4.3)", async () => {
  const rig = new Rig();
  twoServers(rig);
  const [alice, bob, carol] = [rig.agent("alice"), rig.agent("bob"), rig.agent("carol")];
  bob.onInvite = () => ({ status: 503, headers: [["Retry-After", "30"]] });
  const call = alice.core.invite("sip:bob@pair.test", { handlers: alice.owner });
  await rig.run(100);
  void carol.call.accept();
  await rig.run(100);
  assert.equal(call.state, "confirmed");
  assert.equal(rig.locator.failures[0]?.address, "10.0.0.3");
  // For as long as it says.
  assert.deepEqual(rig.locator.waits, [30_000]);
  assert.match(bob.calls[0]!.invite.header("Via") ?? "", /;rport(?:=|;)/);
  const [first, second] = [bob, carol].map(({ calls }) => calls[0]!.invite);
  assert.equal(first!.cseq!.sequence, second!.cseq!.sequence);
  assert.notEqual(first!.via!.branch, second!.via!.branch);
  void call.end();
  await rig.assertNothingLeft();
});

test("an address that is silent is left after 64·T1 for the next; without any left it is 408, 503 where nobody listens (RFC 3263 §4.3, RFC 3261 §8.1.3.1)", async () => {
  const rig = new Rig();
  twoServers(rig);
  const [alice, bob, carol] = [rig.agent("alice"), rig.agent("bob"), rig.agent("carol")];
  rig.network.cut(bob.address);
  const call = alice.core.invite("sip:bob@pair.test", { handlers: alice.owner });
  await rig.run(32_500);
  assert.equal(carol.calls.length, 1);
  void call.end();
  carol.call.reject(480);
  await rig.run(100);
  rig.network.cut(carol.address);
  const lost = alice.core.options("sip:bob@pair.test");
  await rig.run(66_000);
  await assert.rejects(lost, { status: 408 });
  const nobody = alice.core.options("sip:x@10.0.0.99");
  await rig.run(100);
  await assert.rejects(nobody, { status: 503 });
  const unknown = alice.core.options("sip:x@nowhere.test");
  await rig.run(100);
  await assert.rejects(unknown, { status: 503 });
  await rig.assertNothingLeft();
});

test("a request too long for a datagram goes over TCP, or over UDP after all where nobody takes TCP (RFC 3261 §18.1.1)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = rig.agent("bob", { handlers: { onMessage: () => {} } });
  const carol = rig.agent("carol", { handlers: { onMessage: () => {} } }, ["udp"]);
  const long = { contentType: "text/plain", body: "x".repeat(2_000) };
  const first = alice.core.message(bob.uri, long);
  await rig.run(100);
  await first;
  assert.equal(rig.recorder.last("alice → bob MESSAGE").packet.kind, "tcp");
  for (let times = 0; times < 2; times++) {
    const second = alice.core.message(carol.uri, long);
    await rig.run(100);
    await second;
  }
  assert.equal(rig.recorder.last("alice → carol MESSAGE").packet.kind, "udp");
  await rig.assertNothingLeft();
});

test("a connection that breaks after ringing ends the call (RFC 3261 §8.1.3.1)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = rig.agent("bob");
  const call = alice.core.invite(`${bob.uri};transport=tcp`, { handlers: alice.owner });
  await rig.run(50);
  void bob.call.ring();
  await rig.run(50);
  alice.transport.connections[0]!.close();
  await rig.run(50);
  const end = await call.ended;
  assert.deepEqual([end.cause, end.status], ["transport", 503]);
  bob.call.reject(480);
  await rig.assertNothingLeft();
});

test("requests within a dialog over sips keep to TLS, whatever the scheme of route and target (RFC 3261 §12.2.1.1, §26.2.2)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice", {}, ["udp", "tcp", "tls"]);
  const bob = rig.agent("bob", {}, ["udp", "tcp", "tls"]);
  const { network } = rig;
  const call = alice.core.invite("sips:bob@10.0.0.3", { handlers: alice.owner });
  await rig.run(50);
  // Bob's phone names itself without the s.
  bob.core.identity.publicGruu = (() => {
    const parsed = parseUri("sip:bob@10.0.0.3:5061");
    assert.ok(parsed.ok);
    return parsed.value;
  })();
  void bob.call.accept();
  await rig.run(50);
  assert.equal(call.state, "confirmed");
  void call.end();
  await rig.run(50);
  for (const one of ["ACK", "BYE"]) {
    const { packet, message } = rig.recorder.last(`alice → bob ${one}`);
    assert.deepEqual(
      [packet.kind, message?.isRequest === true && message.requestUri],
      ["tls", "sip:bob@10.0.0.3:5061"],
    );
  }
  assert.ok(network);
  await rig.assertNothingLeft();
});

test("a 2xx comes again by a new connection where its own has broken, and is acknowledged by another one, too (RFC 3261 §18.2.2, §13.2.2.4)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = rig.agent("bob");
  const call = alice.core.invite(`${bob.uri};transport=tcp`, { handlers: alice.owner });
  await rig.run(50);
  call.events.on("accepted", () => rig.network.cut(bob.address));
  void bob.call.accept();
  await rig.run(50);
  assert.deepEqual([call.state, bob.call.state], ["confirmed", "answered"]);
  rig.network.mend(bob.address);
  for (const connection of [...alice.transport.connections]) connection.close();
  await rig.run(2_000);
  assert.equal(bob.call.state, "confirmed");
  void call.end();
  await rig.assertNothingLeft();
});

test("an aborted request rejects at once, and its transaction runs out by itself", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  rig.agent("bob");
  rig.network.cut("10.0.0.3");
  const abort = new AbortController();
  const sent = alice.core.options("sip:bob@10.0.0.3", { signal: abort.signal });
  await rig.run(100);
  abort.abort();
  await assert.rejects(sent, { code: "SIP_UA_ABORTED" });
  await rig.assertNothingLeft();
});

test("the outbound proxy is the first route; sips goes by TLS with a sips Contact (RFC 3261 §8.1.1.1, §8.1.1.8, §26.2.2)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice", { identity: { address: "sip:alice@test", route: ["sip:10.0.0.4"] } }, [
    "udp",
    "tcp",
    "tls",
  ]);
  const carol: Agent = rig.agent("carol", {}, ["udp", "tcp", "tls"]);
  const call = alice.core.invite("sips:bob@far.test", { handlers: alice.owner });
  await rig.run(100);
  const { packet } = rig.recorder.last("alice → carol INVITE");
  assert.equal(packet.kind, "tls");
  const request = carol.call.invite;
  assert.equal(request.requestUri, "sips:bob@far.test");
  assert.deepEqual(request.headers("Route"), ["<sip:10.0.0.4;lr>"]);
  assert.equal(request.header("Contact"), "<sips:alice@10.0.0.2:5061>");
  void call.end();
  carol.call.reject(480);
  await rig.assertNothingLeft();
});
