/** Requests outside of dialogs, received: refused by clause, answered by handlers. RFC 3261 §8.2, §11. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { IncomingRequest, UserAgentOptions } from "@trapezoid/sip/agent";
import { formatNameAddr, type NameAddr, parseUri } from "@trapezoid/sip/message";
import { type Agent, Rig } from "./rig.ts";

interface Sent {
  readonly method?: string;
  readonly uri?: string;
  readonly branch?: string;
  readonly toTag?: string;
  readonly lines?: readonly string[];
  readonly body?: string;
}

class Scene {
  readonly rig = new Rig();
  readonly alice: Agent;
  readonly bob: Agent;

  constructor(options: Partial<UserAgentOptions> = {}) {
    this.alice = this.rig.agent("alice");
    this.bob = this.rig.agent("bob", options);
  }

  /** Sends a request by hand; the response's status line and header fields. */
  async send(sent: Sent): Promise<{ status: number; header: (name: string) => string | undefined }> {
    const { method = "OPTIONS", uri = this.bob.uri, branch = "z9hG4bKa", toTag, lines = [], body = "" } = sent;
    const to = toTag === undefined ? "" : `;tag=${toTag}`;
    const more = [...lines, ...(body === "" ? [] : [])].map((line) => `${line}\r\n`).join("");
    this.alice.transport
      .udpFlow({ address: this.bob.address, port: 5060 })
      .send(
        `${method} ${uri} SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=${branch}\r\nMax-Forwards: 70\r\n` +
          `From: <sip:alice@test>;tag=f1\r\nTo: <sip:bob@test>${to}\r\nCall-ID: one\r\nCSeq: 1 ${method}\r\n` +
          `Contact: <sip:alice@10.0.0.2>\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`,
      );
    await this.rig.run();
    const { message } = this.rig.recorder.messages.at(-1)!;
    assert.ok(message !== undefined && !message.isRequest);
    return { status: message.status, header: (name) => message.header(name) };
  }
}

test("OPTIONS: 200 with Allow, Accept, Accept-Encoding, Accept-Language, Supported and a To tag (RFC 3261 §11.2)", async () => {
  const scene = new Scene({ handlers: { onMessage: () => {} }, product: "Phone/1.0" });
  const asked = scene.alice.core.options(scene.bob.uri);
  await scene.rig.run();
  const { response } = await asked;
  assert.equal(response.header("Allow"), "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, NOTIFY, MESSAGE");
  assert.equal(response.header("Accept"), "application/sdp, message/sipfrag");
  assert.equal(response.header("Supported"), "100rel, timer, replaces, join, norefersub, tdialog, 199, gruu, outbound");
  assert.equal(response.header("Server"), "Phone/1.0");
  for (const name of ["Accept-Encoding", "Accept-Language"]) assert.ok(response.header(name) !== undefined, name);
  assert.ok(response.toTag !== undefined);
  await scene.rig.assertNothingLeft();
});

test("a known method that is not taken is 405 with Allow, an unknown one 501 (RFC 3261 §8.2.1, §21.5.2)", async () => {
  const scene = new Scene();
  const refused = await scene.send({ method: "PUBLISH" });
  assert.equal(refused.status, 405);
  assert.match(refused.header("Allow") ?? "", /^INVITE, ACK/);
  assert.equal((await scene.send({ method: "DANCE", branch: "z9hG4bKb" })).status, 501);
  await scene.rig.assertNothingLeft();
});

test("who takes no calls says 405 to an INVITE, with an Allow that does not name it (RFC 3261 §8.2.1)", async () => {
  const scene = new Scene({ handlers: { onInvite: undefined as never } });
  const refused = await scene.send({ method: "INVITE" });
  assert.equal(refused.status, 405);
  assert.match(refused.header("Allow") ?? "", /^ACK, CANCEL, BYE/);
  await scene.rig.assertNothingLeft();
});

test("preconditions are not spoken: who requires them is told so (RFC 3312 §6, RFC 3261 §8.2.2.3)", async () => {
  const scene = new Scene();
  const refused = await scene.send({ method: "INVITE", lines: ["Require: precondition, 100rel"] });
  assert.deepEqual([refused.status, refused.header("Unsupported")], [420, "precondition"]);
  await scene.rig.assertNothingLeft();
});

test("OPTIONS within a dialog is answered as outside, by what the session takes (RFC 3261 §11.2, RFC 6665 §4.4.4)", async () => {
  const options: Partial<UserAgentOptions> = { eventPackages: ["presence", "dialog"] };
  const rig = new Rig();
  const [alice, bob] = [rig.agent("alice"), rig.agent("bob", options)];
  Object.assign(bob.owner, { onMessage: () => {} });
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run();
  void bob.call.accept();
  await rig.run(50);
  const asked = [call.request("OPTIONS"), alice.core.options(bob.uri)];
  await rig.run(50);
  const [inside, outside] = (await Promise.all(asked)).map(({ response }) => response);
  for (const name of ["Accept", "Accept-Encoding", "Accept-Language", "Supported", "Allow-Events"]) {
    assert.ok(inside!.header(name), name);
    assert.equal(inside!.header(name), outside!.header(name), name);
  }
  assert.equal(inside!.header("Allow-Events"), "presence, dialog");
  assert.match(inside!.header("Allow") ?? "", /MESSAGE/);
  assert.equal(rig.recorder.response("200 INVITE").header("Allow-Events"), "presence, dialog");
  void call.end();
  await rig.assertNothingLeft();
});

test("a call to one of several identities: found by GRUU, by user and To (RFC 5627 §4.5, RFC 3261 §8.2.2.1)", async () => {
  const scene = new Scene();
  const { core } = scene.bob;
  const trunk = core.addIdentity({ address: "sip:bob@trunk" });
  const parsed = parseUri("sip:tgruu.x9@trunk;gr");
  assert.ok(parsed.ok);
  trunk.temporaryGruu = parsed.value;
  const called = async (target: string, to?: string): Promise<string | undefined> => {
    const call = scene.alice.core.invite(target, {
      handlers: scene.alice.owner,
      route: ["sip:10.0.0.3"],
      ...(to === undefined ? {} : { to }),
    });
    await scene.rig.run();
    const { call: incoming } = scene.bob;
    const address = formatNameAddr((incoming as unknown as { identity: { address: NameAddr } }).identity.address);
    incoming.reject(480);
    await scene.rig.run();
    assert.equal(call.state, "ended");
    return address;
  };
  assert.equal(await called("sip:bob@10.0.0.3"), "<sip:bob@test>");
  assert.equal(await called("sip:bob@10.0.0.3", "<sip:bob@trunk>"), "<sip:bob@trunk>");
  assert.equal(await called("sip:tgruu.x9@trunk;gr"), "<sip:bob@trunk>");
  assert.equal(await called("sip:whoever@10.0.0.3"), "<sip:bob@test>");
  await scene.rig.assertNothingLeft();
});

test("another scheme is 416 (RFC 3261 §8.2.2.1)", async () => {
  const scene = new Scene();
  assert.equal((await scene.send({ uri: "http://bob.test" })).status, 416);
  await scene.rig.assertNothingLeft();
});

test("a request that comes twice by different ways is 482 the second time (RFC 3261 §8.2.2.2)", async () => {
  const scene = new Scene();
  assert.equal((await scene.send({ branch: "z9hG4bKa" })).status, 200);
  assert.equal((await scene.send({ branch: "z9hG4bKb" })).status, 482);
  await scene.rig.run(40_000);
  assert.equal((await scene.send({ branch: "z9hG4bKc" })).status, 200);
  await scene.rig.assertNothingLeft();
});

test("an unknown extension is 420 with Unsupported, also within a dialog (RFC 3261 §8.2.2.3)", async () => {
  const scene = new Scene();
  const refused = await scene.send({ lines: ["Require: 100rel, nothing, timer", "Require: such"] });
  assert.equal(refused.status, 420);
  assert.equal(refused.header("Unsupported"), "nothing, such");
  await scene.rig.assertNothingLeft();
});

test("415: a type that is not taken, with Accept; an encoding, with Accept-Encoding; what is optional is passed over (RFC 3261 §8.2.3, §20.11)", async () => {
  const scene = new Scene();
  scene.bob.onInvite = () => ({ status: 486 });
  const refused = await scene.send({ method: "INVITE", lines: ["Content-Type: text/html"], body: "<p>" });
  assert.equal(refused.status, 415);
  assert.equal(refused.header("Accept"), "application/sdp");
  const packed = ["Content-Type: application/sdp", "Content-Encoding: gzip"];
  const encoded = await scene.send({ method: "INVITE", branch: "z9hG4bKb", lines: packed, body: "v=0" });
  assert.equal(encoded.status, 482);
  const optional = ["Content-Type: text/html", "Content-Disposition: render;handling=optional"];
  assert.equal((await scene.send({ method: "INVITE", branch: "z9hG4bKc", lines: optional, body: "<p>" })).status, 482);
  await scene.rig.run(40_000);
  const alone = await scene.send({ method: "INVITE", branch: "z9hG4bKd", lines: packed, body: "v=0" });
  assert.deepEqual([alone.status, alone.header("Accept-Encoding")], [415, "identity"]);
  await scene.rig.run(40_000);
  assert.equal((await scene.send({ method: "INVITE", branch: "z9hG4bKe", lines: optional, body: "<p>" })).status, 486);
  await scene.rig.assertNothingLeft();
});

test("of several parts each is understood, or optional; of alternatives one is enough; what is no multipart is 400 (RFC 3261 §8.2.3, §20.11)", async () => {
  const scene = new Scene();
  scene.bob.onInvite = () => ({ status: 486 });
  const part = (lines: readonly string[]): string => `--b\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\nx\r\n`;
  const sdp = part(["Content-Type: application/sdp"]);
  const photo = part(["Content-Type: image/png"]);
  const optional = part(["Content-Type: image/png", "Content-Disposition: render;handling=optional"]);
  const rows: readonly [kind: string, body: string, status: number][] = [
    ["mixed", `${sdp}${optional}--b--`, 486],
    ["mixed", `${sdp}${photo}--b--`, 415],
    ["alternative", `${sdp}${photo}--b--`, 486],
    ["alternative", `${photo}${photo}--b--`, 415],
    ["mixed", `${sdp}`, 400],
  ];
  for (const [kind, body, status] of rows) {
    const lines = [`Content-Type: multipart/${kind};boundary=b`];
    const answer = await scene.send({ method: "INVITE", lines, body });
    assert.equal(answer.status, status, `${kind}: ${body}`);
    await scene.rig.run(40_000);
  }
  await scene.rig.assertNothingLeft();
});

test("a To tag that belongs to no dialog is 481 (RFC 3261 §12.2.2)", async () => {
  const scene = new Scene();
  for (const [at, method] of ["BYE", "UPDATE", "INFO", "NOTIFY", "OPTIONS", "INVITE"].entries()) {
    assert.equal((await scene.send({ method, toTag: "gone", branch: `z9hG4bK${at}` })).status, 481, method);
  }
  await scene.rig.assertNothingLeft();
});

test("an INVITE without a Contact is 400 (RFC 3261 §8.1.1.8, §12.1.1)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = rig.agent("bob");
  alice.transport
    .udpFlow({ address: bob.address, port: 5060 })
    .send(
      "INVITE sip:bob@10.0.0.3 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKa\r\nMax-Forwards: 70\r\n" +
        "From: <sip:alice@test>;tag=f1\r\nTo: <sip:bob@test>\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n",
    );
  await rig.run();
  assert.equal(rig.recorder.count("400 INVITE"), 1);
  assert.equal(bob.calls.length, 0);
  await rig.assertNothingLeft();
});

test("a CANCEL of nothing is 481 (RFC 3261 §9.2)", async () => {
  const scene = new Scene();
  assert.equal((await scene.send({ method: "CANCEL" })).status, 481);
  await scene.rig.assertNothingLeft();
});

test("MESSAGE: the handler's word is the answer; an exception is 500, and a promise is waited for (RFC 3428 §7)", async () => {
  const heard: IncomingRequest[] = [];
  const scene = new Scene({
    handlers: {
      onMessage: async (message) => {
        heard.push(message);
        if (message.request.body === "bad") throw new Error("no");
        return message.request.body === "secret" ? { status: 403, reason: "Not Here" } : undefined;
      },
    },
  });
  const { rig, alice, bob } = scene;
  const text = (body: string) => alice.core.message(bob.uri, { contentType: "text/plain", body });
  const first = text("hello");
  await rig.run();
  assert.equal((await first).response.status, 200);
  assert.equal(heard[0]!.request.header("Content-Type"), "text/plain");
  const second = text("secret");
  await rig.run();
  await assert.rejects(second, { status: 403, reason: "Not Here" });
  const third = text("bad");
  await rig.run();
  await assert.rejects(third, { status: 500 });
  assert.equal(rig.errors.splice(0).length, 1);
  await rig.assertNothingLeft();
});

test("admission comes first: what it refuses reaches no handler (RFC 3261 §8.2)", async () => {
  const scene = new Scene({ handlers: { admit: () => ({ status: 403 }) } });
  const call = scene.alice.core.invite(scene.bob.uri, { handlers: scene.alice.owner });
  await scene.rig.run();
  assert.equal((await call.ended).status, 403);
  assert.equal(scene.bob.calls.length, 0);
  assert.equal(scene.bob.core.counters.refused[403], 1);
  await scene.rig.assertNothingLeft();
});

test("more calls than there may be are 486", async () => {
  const scene = new Scene({ limits: { sessions: 1 } });
  const calls = [1, 2].map(() => scene.alice.core.invite(scene.bob.uri, { handlers: scene.alice.owner }));
  await scene.rig.run();
  assert.equal((await calls[1]!.ended).status, 486);
  scene.bob.call.reject(480);
  await scene.rig.assertNothingLeft();
});

test("P-Asserted-Identity is believed of, and told to, trusted neighbours alone (RFC 3325 §5, RFC 3323 §4.2)", async () => {
  for (const trusted of [true, false]) {
    const rig = new Rig();
    const alice = rig.agent("alice", { isTrusted: () => trusted });
    const bob = rig.agent("bob", { isTrusted: () => trusted });
    const uri = {
      scheme: "sip",
      user: "4711",
      password: undefined,
      host: "test",
      port: undefined,
      params: [],
      headers: [],
    } as const;
    const call = alice.core.invite(bob.uri, {
      handlers: alice.owner,
      privacy: { anonymous: true, assertedIdentity: { displayName: undefined, uri, params: [] } },
    });
    await rig.run();
    assert.equal(bob.call.invite.header("P-Asserted-Identity"), trusted ? "<sip:4711@test>" : undefined);
    assert.equal(bob.call.assertedIdentity === undefined, !trusted);
    bob.call.reject(480);
    await rig.run();
    // Whatever a stranger writes there is passed over.
    const forged = alice.core.invite(bob.uri, {
      handlers: alice.owner,
      headers: [["P-Asserted-Identity", "<sip:boss@test>"]],
    });
    await rig.run();
    assert.equal(bob.call.assertedIdentity === undefined, !trusted);
    for (const one of [call, forged]) void one.end();
    bob.call.reject(480);
    await rig.assertNothingLeft();
  }
});

test("closing takes leave of everybody, and refuses what comes later", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = rig.agent("bob");
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run();
  void bob.call.accept();
  await rig.run(100);
  const closing = alice.core.close();
  await rig.run(100);
  await closing;
  assert.equal((await call.ended).by, "local");
  assert.equal((await bob.call.ended).cause, "bye");
  assert.throws(() => alice.core.invite(bob.uri, { handlers: alice.owner }), { code: "SIP_UA_CLOSED" });
  await rig.assertNothingLeft();
});

test("closing waits for a BYE that nobody answers no longer than it is told", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = rig.agent("bob");
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run();
  void bob.call.accept();
  await rig.run(100);
  rig.network.lose = ({ text }) => text.startsWith("BYE ");
  const closing = alice.core.close({ graceMs: 300 });
  await rig.run(400);
  await closing;
  const { cause, by, status } = await call.ended;
  assert.deepEqual({ cause, by, status }, { cause: "timeout", by: "local", status: 408 });
  assert.deepEqual([alice.core.sessions.size, alice.core.dialogs.size], [0, 0]);
  void bob.call.end();
  await rig.assertNothingLeft();
});

test("closing tells subscribers that it is over for now, and waits for them no longer than it is told (RFC 6665 §4.1.3)", async () => {
  for (const isLost of [false, true]) {
    const rig = new Rig();
    const alice = rig.agent("alice");
    const bob = rig.agent("bob", {
      eventPackages: ["presence"],
      handlers: {
        onSubscribe: (subscribe) => {
          subscribe.confirm({ current: () => undefined });
        },
      },
    });
    const states: string[] = [];
    const subscription = alice.core.subscribe(bob.uri, {
      event: "presence",
      accept: ["application/pidf+xml"],
      resubscribe: false,
      onNotify: ({ request }) => {
        states.push(request.header("Subscription-State") ?? "");
      },
    });
    await rig.run();
    assert.equal(subscription.state, "active");
    if (isLost) rig.network.lose = ({ text }) => text.startsWith("NOTIFY ");
    const closing = bob.core.close({ graceMs: 300 });
    await rig.run(400);
    await closing;
    assert.equal(bob.core.dialogs.size, 0);
    assert.deepEqual(states.slice(1), isLost ? [] : ["terminated;reason=probation"]);
    void subscription.close();
    await rig.run(40_000);
    await rig.assertNothingLeft();
  }
});

test("closing gives up a subscription whose notifier never says the last word", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = rig.agent("bob", {
    eventPackages: ["presence"],
    handlers: {
      onSubscribe: (subscribe) => {
        subscribe.confirm({ current: () => undefined });
      },
    },
  });
  const subscription = alice.core.subscribe(bob.uri, {
    event: "presence",
    accept: ["application/pidf+xml"],
    onNotify: () => undefined,
  });
  await rig.run();
  rig.network.lose = ({ text }) => text.startsWith("NOTIFY ");
  const closing = alice.core.close({ graceMs: 300 });
  await rig.run(400);
  await closing;
  assert.equal((await subscription.ended).reason, "dialog-lost");
  assert.equal(alice.core.dialogs.size, 0);
  await rig.run(40_000);
  await rig.assertNothingLeft();
});
