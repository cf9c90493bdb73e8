/** Registering: bindings, refreshes, refusals, what the registrar teaches. RFC 3261 §10.2, RFC 3608, RFC 5627. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { RegistrationOptions, UserAgentOptions } from "@trapezoid/sip/agent";
import { formatUri, parseNameAddr } from "@trapezoid/sip/message";
import { Registrar } from "./registrar.ts";
import { type Agent, Rig } from "./rig.ts";

function scene(options: Partial<UserAgentOptions> = {}): { rig: Rig; alice: Agent; registrar: Registrar } {
  const rig = new Rig();
  const alice = rig.agent("alice", options);
  return { rig, alice, registrar: new Registrar(rig) };
}

const identity = { address: "Alice <sip:alice@test>", account: { user: "alice", password: "secret" } };

test("REGISTER to the domain, with To and From of the address and our Contact; taken away at the end (RFC 3261 §10.2, §10.2.2)", async () => {
  const { rig, alice, registrar } = scene();
  const registration = alice.core.register({ registrar: registrar.uri, expiresSeconds: 300 });
  const started = registration.start();
  await rig.run();
  await started;
  const request = registrar.last;
  assert.equal(request.requestUri, "sip:10.0.0.3");
  assert.equal(request.header("To"), "<sip:alice@test>");
  assert.equal(formatUri(request.from!.uri), "sip:alice@test");
  assert.equal(request.header("Contact"), "<sip:alice@10.0.0.2:5060>;expires=300");
  assert.equal(registration.state, "registered");
  assert.equal(registration.bindings.length, 1);
  const closing = registration.close();
  await rig.run();
  await closing;
  assert.equal(registrar.last.header("Contact"), "<sip:alice@10.0.0.2:5060>;expires=0");
  assert.equal(registrar.bindings.size, 0);
  assert.equal(registration.state, "closed");
  await rig.assertNothingLeft();
});

test("a binding is refreshed before it expires, with the same Call-ID and the next CSeq (RFC 3261 §10.2.4)", async () => {
  const { rig, alice, registrar } = scene();
  registrar.mostSeconds = 120;
  const registration = alice.core.register({ registrar: registrar.uri });
  void registration.start();
  await rig.run(59_000);
  assert.equal(registrar.requests.length, 1);
  await rig.run(2_000);
  assert.equal(registrar.requests.length, 2);
  const [first, second] = registrar.requests;
  assert.equal(second!.callId, first!.callId);
  assert.equal(second!.cseq!.sequence, first!.cseq!.sequence + 1);
  void registration.close();
  await rig.assertNothingLeft();
});

test("a challenge is answered; later requests carry credentials at once; a wrong password is final (RFC 3261 §22.2, RFC 8760 §2.4)", async () => {
  const { rig, alice, registrar } = scene({ identity });
  registrar.password = "secret";
  const registration = alice.core.register({ registrar: registrar.uri });
  const started = registration.start();
  await rig.run();
  await started;
  assert.equal(registrar.requests.length, 2);
  assert.match(registrar.last.header("Authorization") ?? "", /algorithm=SHA-256/);
  const refreshed = registration.refresh();
  await rig.run();
  await refreshed;
  assert.equal(registrar.requests.length, 3);
  registrar.password = "changed";
  const failed = registration.refresh();
  await rig.run();
  await assert.rejects(failed, { status: 401, code: "SIP_UA_REFUSED" });
  assert.equal(registration.state, "failed");
  const asked = registrar.requests.length;
  await rig.run(4_000_000);
  assert.equal(registrar.requests.length, asked);
  void registration.close();
  await rig.assertNothingLeft();
});

test("423: the same with the interval that the registrar wants (RFC 3261 §10.2.8)", async () => {
  const { rig, alice, registrar } = scene();
  registrar.leastSeconds = 1_800;
  const registration = alice.core.register({ registrar: registrar.uri, expiresSeconds: 60 });
  const started = registration.start();
  await rig.run();
  await started;
  assert.match(registrar.last.header("Contact") ?? "", /expires=1800/);
  void registration.close();
  await rig.assertNothingLeft();
});

test("423 that asks for nothing longer is the end of it (RFC 3261 §10.2.8)", async () => {
  for (const headers of [[["Min-Expires", "30"]], []] as const) {
    const { rig, alice, registrar } = scene();
    registrar.refusals = Array.from({ length: 50 }, () => ({ status: 423, headers: [...headers] }));
    const registration = alice.core.register({ registrar: registrar.uri, expiresSeconds: 60 });
    const started = registration.start();
    await rig.run(1_000);
    await assert.rejects(started, { status: 423 });
    assert.equal(registrar.requests.length, 1);
    assert.equal(registration.state, "failed");
    void registration.close();
    await rig.assertNothingLeft();
  }
});

test("a redirected registration goes on at the other registrar (RFC 3261 §8.1.3.4, §21.3.3)", async () => {
  const { rig, alice, registrar } = scene();
  const other = new Registrar(rig, "carol");
  registrar.refusals = [{ status: 302, headers: [["Contact", `<${other.uri}>`]] }];
  const registration = alice.core.register({ registrar: registrar.uri });
  const started = registration.start();
  await rig.run(100);
  await started;
  assert.equal(other.requests.length, 1);
  void registration.close();
  await rig.assertNothingLeft();
});

test("a refresh that is redirected leaves the flow of the first registrar (RFC 3261 §8.1.3.4, RFC 5626 §4.2.2)", async () => {
  const { rig, alice, registrar } = scene();
  const other = new Registrar(rig, "carol");
  const registration = alice.core.register({ registrar: `${registrar.uri};transport=tcp`, outbound: false });
  const started = registration.start();
  await rig.run(100);
  await started;
  registrar.refusals = [{ status: 302, headers: [["Contact", `<${other.uri};transport=tcp>`]] }];
  const refreshed = registration.refresh();
  await rig.run(100);
  await refreshed;
  assert.deepEqual([registrar.requests.length, other.requests.length], [2, 1]);
  assert.equal(registration.flows[0]!.flow!.remote.address, "10.0.0.4");
  void registration.close();
  await rig.assertNothingLeft();
});

test("failures that pass are tried again after 50 to 100 % of 30 s, doubled up to 30 min; Retry-After is the least (RFC 5626 §4.5)", async () => {
  const { rig, alice, registrar } = scene();
  registrar.refusals = Array.from({ length: 9 }, () => ({ status: 500 }));
  const waits: number[] = [];
  const registration = alice.core.register({ registrar: registrar.uri });
  registration.events.on("failed", (_error, retryInMs) => waits.push(retryInMs!));
  const started = registration.start();
  await rig.run(20_000_000);
  await assert.rejects(started, { status: 500 });
  assert.equal(waits.length, 9);
  for (const [failures, wait] of waits.entries()) {
    const upper = Math.min(1_800_000, 30_000 * 2 ** failures);
    assert.ok(wait >= upper / 2 && wait <= upper, `${failures}: ${wait}`);
  }
  assert.equal(registration.state, "registered");
  registrar.refusals = [{ status: 503, headers: [["Retry-After", "300"]] }];
  void registration.refresh();
  await rig.run();
  assert.ok(waits.at(-1)! >= 300_000);
  void registration.close();
  await rig.assertNothingLeft();
});

test("Service-Route is the route of new requests, behind the outbound proxy (RFC 3608 §6.1)", async () => {
  const { rig, alice, registrar } = scene();
  registrar.headers = [["Service-Route", "<sip:10.0.0.4;lr>, <sip:edge.test;lr>"]];
  rig.agent("carol");
  const registration = alice.core.register({ registrar: registrar.uri });
  const started = registration.start();
  await rig.run();
  await started;
  void alice.core.options("sip:dave@10.0.0.5");
  await rig.run();
  const options = rig.recorder.request("alice → carol OPTIONS");
  assert.deepEqual(options.headers("Route"), ["<sip:10.0.0.4;lr>", "<sip:edge.test;lr>"]);
  assert.equal(options.requestUri, "sip:dave@10.0.0.5");
  // REGISTER itself does not go by it.
  void registration.refresh();
  await rig.run();
  assert.deepEqual(registrar.last.headers("Route"), []);
  const closing = registration.close();
  await rig.run();
  await closing;
  assert.equal(alice.core.identity.route.length, 0);
  await rig.assertNothingLeft();
});

test("the outbound proxy comes before Service-Route (RFC 3608 §6.1)", async () => {
  const { rig, alice, registrar } = scene({ identity: { address: "sip:alice@test", route: ["sip:10.0.0.3"] } });
  registrar.headers = [["Service-Route", "<sip:edge.test;lr>"]];
  const registration = alice.core.register({ registrar: registrar.uri });
  const started = registration.start();
  await rig.run();
  await started;
  void alice.core.options("sip:dave@far.test");
  await rig.run();
  const options = rig.recorder.request("alice → bob OPTIONS");
  assert.deepEqual(options.headers("Route"), ["<sip:10.0.0.3;lr>", "<sip:edge.test;lr>"]);
  void registration.close();
  await rig.assertNothingLeft();
});

test("GRUUs: asked for by instance, public in Contact, temporary where the caller is anonymous (RFC 5627 §4.2, §4.4)", async () => {
  const instanceId = "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6";
  const { rig, alice, registrar } = scene({ identity: { address: "sip:alice@test", instanceId } });
  const register = (options: RegistrationOptions) => alice.core.register({ registrar: registrar.uri, ...options });
  registrar.agent.core.identity.isOutbound = false;
  const registration = register({ outbound: false });
  const gruu = (contact: string) =>
    contact.replace(
      "<sip:alice@10.0.0.2:5060>",
      '<sip:alice@10.0.0.2:5060>;pub-gruu="sip:alice@test;gr=1";temp-gruu="sip:tgruu.7@test;gr"',
    );
  // The registrar adds them to the binding.
  const { set } = registrar.bindings;
  registrar.bindings.set = function (key, value) {
    const parsed = parseNameAddr(gruu("<sip:alice@10.0.0.2:5060>"));
    assert.ok(parsed.ok);
    return set.call(this, key, { ...value, params: [...value.params, ...parsed.value.params] });
  };
  const started = registration.start();
  await rig.run();
  await started;
  assert.match(registrar.requests[0]!.header("Contact") ?? "", /\+sip\.instance="<urn:uuid:f81d4fae/);
  assert.match(registrar.requests[0]!.header("Supported") ?? "", /gruu/);
  assert.equal(formatUri(registration.publicGruu!), "sip:alice@test;gr=1");
  const carol = rig.agent("carol");
  const open = alice.core.invite(carol.uri, { handlers: alice.owner });
  const hidden = alice.core.invite(carol.uri, { handlers: alice.owner, privacy: { anonymous: true } });
  await rig.run();
  const [first, second] = carol.calls.map(({ invite }) => invite);
  assert.equal(first!.header("Contact"), "<sip:alice@test;gr=1>");
  assert.equal(second!.header("Contact"), "<sip:tgruu.7@test;gr>");
  assert.equal(second!.header("From")?.split(";")[0], '"Anonymous" <sip:anonymous@anonymous.invalid>');
  assert.equal(second!.header("Privacy"), "id");
  for (const call of [open, hidden]) void call.end();
  for (const call of carol.calls) call.reject(480);
  const closing = registration.close();
  await rig.run();
  await closing;
  // §4.4: with the registration they are gone.
  assert.deepEqual([registration.publicGruu, registration.temporaryGruu], [undefined, undefined]);
  await rig.assertNothingLeft();
});

test("two identities with a registrar each: accounts, contacts and calls are kept apart (RFC 3261 §10.2, §22.3)", async () => {
  const { rig, alice, registrar } = scene();
  const other = new Registrar(rig, "carol");
  other.password = "trunk password";
  const trunk = alice.core.addIdentity({
    address: "sip:4711@trunk",
    account: { user: "alice", password: "trunk password" },
  });
  const registrations = [
    alice.core.register({ registrar: registrar.uri }),
    alice.core.register({ registrar: other.uri, identity: trunk }),
  ];
  const started = Promise.all(registrations.map((one) => one.start()));
  await rig.run(100);
  await started;
  assert.equal(registrar.last.header("Authorization"), undefined);
  assert.equal(other.last.header("Contact"), "<sip:4711@10.0.0.2:5060>;expires=600");
  for (const one of registrations) void one.close();
  await rig.assertNothingLeft();
});

test("without a registrar it is the host of the address; after a time-out nothing is sent at once (RFC 3261 §10.2.6, §10.2.7, RFC 6086 §5.3)", async () => {
  const { rig, alice, registrar } = scene({ identity: { address: "sip:alice@10.0.0.3" } });
  const registration = alice.core.register();
  const started = registration.start();
  await rig.run();
  await started;
  assert.equal(registrar.last.requestUri, "sip:10.0.0.3");
  assert.equal(registrar.last.header("Recv-Info"), undefined);
  rig.network.cut("10.0.0.3");
  const refreshed = registration.refresh();
  await rig.run(33_000);
  assert.equal(registration.state, "registered");
  const sent = rig.recorder.count("alice → bob REGISTER");
  await rig.run(14_000);
  assert.equal(rig.recorder.count("alice → bob REGISTER"), sent);
  rig.network.mend("10.0.0.3");
  await rig.run(20_000);
  await refreshed;
  void registration.close();
  await rig.assertNothingLeft();
});

test("an aborted start tells so, and the registration can be closed", async () => {
  const { rig, alice } = scene();
  rig.network.cut("10.0.0.3");
  const registration = alice.core.register({ registrar: "sip:10.0.0.3" });
  const abort = new AbortController();
  const started = registration.start(abort.signal);
  await rig.run();
  abort.abort();
  await assert.rejects(started, { code: "SIP_UA_ABORTED" });
  void registration.close();
  await rig.assertNothingLeft();
});

test("closed while its REGISTER is out, it takes back what that may have bound (RFC 3261 §10.2.2)", async () => {
  const { rig, alice, registrar } = scene();
  rig.network.conditions = { ...rig.network.conditions, delayMs: 50 };
  const registration = alice.core.register({ registrar: registrar.uri });
  const started = assert.rejects(registration.start(), { code: "SIP_UA_CLOSED" });
  await rig.run(60);
  assert.equal(registrar.bindings.size, 1);
  const closing = registration.close();
  await rig.run(500);
  await Promise.all([started, closing]);
  assert.equal(registrar.bindings.size, 0);
  await rig.assertNothingLeft();
});
