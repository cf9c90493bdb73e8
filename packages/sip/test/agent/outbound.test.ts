/** Flows: registered by instance and reg-id, kept alive, replaced. RFC 5626. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { RegistrationOptions, UserAgentOptions } from "@trapezoid/sip/agent";
import { formatNameAddr } from "@trapezoid/sip/message";
import { Registrar } from "./registrar.ts";
import { type Agent, Rig } from "./rig.ts";

const instanceId = "urn:uuid:00000000-0000-1000-8000-aabbccddeeff";

function scene(options: Partial<UserAgentOptions> = {}): { rig: Rig; alice: Agent; registrar: Registrar } {
  const rig = new Rig();
  const alice = rig.agent("alice", { identity: { address: "sip:alice@test", instanceId }, ...options });
  const registrar = new Registrar(rig);
  registrar.headers = [["Require", "outbound"]];
  return { rig, alice, registrar };
}

function register(alice: Agent, registrar: Registrar, options: RegistrationOptions = {}) {
  return alice.core.register({ registrar: `${registrar.uri};transport=tcp`, ...options });
}

test("instance, reg-id and Supported: outbound; calls leave by the flow, with ob (RFC 5626 §4.1, §4.2.1, §4.3, RFC 3327 §5.1)", async () => {
  const { rig, alice, registrar } = scene();
  const registration = register(alice, registrar, {
    registrar: registrar.uri,
    outbound: { proxies: ["sip:10.0.0.3;transport=tcp"] },
  });
  const started = registration.start();
  await rig.run(100);
  await started;
  const contact = registrar.last.header("Contact") ?? "";
  assert.match(contact, /^<sip:alice@10\.0\.0\.2:5060;transport=tcp>/);
  assert.match(contact, /;\+sip\.instance="<urn:uuid:00000000-0000-1000-8000-aabbccddeeff>";reg-id=1;expires=600/);
  assert.match(registrar.last.header("Supported") ?? "", /path, outbound/);
  assert.deepEqual(registrar.last.headers("Route"), ["<sip:10.0.0.3;transport=tcp;lr>"]);
  const connection = alice.transport.connections[0]!;
  assert.equal(registration.flows[0]!.flow, connection);
  const call = alice.core.invite("sip:bob@10.0.0.3", {
    handlers: alice.owner,
    route: ["sip:10.0.0.3;transport=tcp;lr"],
  });
  await rig.run();
  assert.equal(alice.transport.connections.length, 1);
  assert.equal(registrar.agent.call.invite.header("Contact"), "<sip:alice@10.0.0.2:5060;transport=tcp;ob>");
  void call.end();
  registrar.agent.call.reject(480);
  void registration.close();
  await rig.assertNothingLeft();
});

test("two edges: a flow each with its own reg-id and Call-ID; one of them is enough (RFC 5626 §4.2.1)", async () => {
  const { rig, alice, registrar } = scene();
  const second = new Registrar(rig, "carol");
  second.headers = [["Require", "outbound"]];
  second.refusals = [{ status: 503 }];
  const registration = register(alice, registrar, {
    outbound: { proxies: ["sip:10.0.0.3;transport=tcp", "sip:10.0.0.4;transport=tcp"] },
  });
  const started = registration.start();
  await rig.run(100);
  await started;
  assert.equal(registration.state, "registered");
  assert.deepEqual(
    registration.flows.map(({ regId, state }) => [regId, state]),
    [
      [1, "registered"],
      [2, "waiting"],
    ],
  );
  assert.notEqual(registrar.last.callId, second.last.callId);
  // §4.5: with another flow up the base is 90 s.
  await rig.run(44_000);
  assert.equal(second.requests.length, 1);
  await rig.run(50_000);
  assert.equal(registration.flows[1]!.state, "registered");
  void registration.close();
  await rig.assertNothingLeft();
});

test("of several edges the first one that is up says the Service-Route, whoever registers last (RFC 3608 §6.1, RFC 5626 §4.2.1)", async () => {
  const { rig, alice, registrar } = scene();
  const second = new Registrar(rig, "carol");
  for (const [one, name] of [
    [registrar, "first"],
    [second, "second"],
  ] as const) {
    one.headers = [
      ["Require", "outbound"],
      ["Service-Route", `<sip:${name}.test;lr>`],
    ];
  }
  const registration = register(alice, registrar, {
    outbound: { proxies: ["sip:10.0.0.3;transport=tcp", "sip:10.0.0.4;transport=tcp"] },
  });
  const started = registration.start();
  await rig.run(100);
  await started;
  assert.equal(
    registration.flows.every(({ state }) => state === "registered"),
    true,
  );
  assert.equal(formatNameAddr(registration.serviceRoute[0]!), "<sip:first.test;lr>");
  void registration.close();
  await rig.assertNothingLeft();
});

test("ob is of the registered flow alone (RFC 5626 §4.3)", async () => {
  const { rig, alice, registrar } = scene();
  const carol = rig.agent("carol");
  const registration = register(alice, registrar, { outbound: {} });
  const started = registration.start();
  await rig.run(100);
  await started;
  const call = alice.core.invite(carol.uri, { handlers: alice.owner });
  await rig.run();
  assert.equal(carol.call.invite.header("Contact"), "<sip:alice@10.0.0.2:5060>");
  void call.end();
  carol.call.reject(480);
  void registration.close();
  await rig.assertNothingLeft();
});

test("a registrar that is silent is asked by another flow the next time (RFC 5626 §4.5, §4.2.2)", async () => {
  const { rig, alice, registrar } = scene();
  const registration = register(alice, registrar, { outbound: {}, expiresSeconds: 200 });
  const started = registration.start();
  await rig.run(100);
  await started;
  const first = registration.flows[0]!.flow;
  rig.network.cut("10.0.0.3");
  void registration.refresh().catch(() => {});
  await rig.run(33_000);
  assert.ok(registration.flows[0]!.flow === undefined);
  rig.network.mend("10.0.0.3");
  await rig.run(60_000);
  assert.equal(registration.state, "registered");
  assert.ok(registration.flows[0]!.flow !== undefined && registrar.requests.length >= 2);
  assert.ok(first);
  void registration.close();
  await rig.assertNothingLeft();
});

test("CRLF pings at 80 to 100 % of Flow-Timer; without a pong in 10 s the flow is replaced with the same reg-id (RFC 5626 §4.4, §4.4.1, §4.5)", async () => {
  const { rig, alice, registrar } = scene();
  registrar.headers.push(["Flow-Timer", "60"]);
  const lost: number[] = [];
  const registration = register(alice, registrar, { outbound: {}, expiresSeconds: 3_600 });
  registration.events.on("flowLost", (regId) => lost.push(regId));
  const started = registration.start();
  await rig.run(100);
  await started;
  const first = registration.flows[0]!.flow!;
  await rig.run(47_000);
  assert.equal(alice.transport.counters.keepAlives, 0);
  await rig.run(14_000);
  assert.equal(alice.transport.counters.keepAlives, 1);
  await rig.run(500_000);
  assert.equal(registrar.requests.length, 1);
  rig.network.isDeaf = () => true;
  for (let second = 0; second < 71 && lost.length === 0; second++) await rig.run(1_000);
  assert.deepEqual(lost, [1]);
  assert.ok(first.closed);
  assert.equal(registration.flows[0]!.state, "registered");
  assert.notEqual(registration.flows[0]!.flow, first);
  assert.equal(registrar.requests.length, 2);
  assert.match(registrar.last.header("Contact") ?? "", /reg-id=1;/);
  // The new one never answers a ping: the next attempt waits (§4.5).
  await rig.run(71_000);
  assert.equal(lost.length, 2);
  assert.equal(registration.state, "waiting");
  assert.equal(registrar.requests.length, 2);
  rig.network.isDeaf = undefined;
  await rig.run(130_000);
  assert.equal(registration.state, "registered");
  void registration.close();
  await rig.assertNothingLeft();
});

test("STUN on UDP every 24 to 29 s; silence after seven requests, or another mapped address, ends the flow (RFC 5626 §4.4.2)", async () => {
  const { rig, alice, registrar } = scene();
  let lost = 0;
  const registration = register(alice, registrar, { registrar: registrar.uri, expiresSeconds: 3_600 });
  registration.events.on("flowLost", () => lost++);
  const started = registration.start();
  await rig.run(100);
  await started;
  await rig.run(22_000);
  assert.equal(alice.transport.counters.keepAlives, 0);
  await rig.run(8_000);
  assert.equal(alice.transport.counters.keepAlives, 1);
  rig.network.seenAs.set(alice.address, { address: "192.0.2.7", port: 40_000 });
  await rig.run(30_000);
  assert.equal(lost, 1);
  assert.equal(registrar.requests.length, 2);
  await rig.run(60_000);
  assert.equal(lost, 1);
  rig.network.isDeaf = () => true;
  const before = alice.transport.counters.keepAlives;
  await rig.run(30_000 + 39_500);
  assert.equal(alice.transport.counters.keepAlives, before + 7);
  assert.equal(lost, 2);
  void registration.close();
  await rig.assertNothingLeft();
});

test("a refresh goes by the same flow with the same instance and reg-id; a registrar that is busy does not end the flow (RFC 5626 §4.2.2)", async () => {
  const { rig, alice, registrar } = scene();
  const registration = register(alice, registrar, { outbound: {}, expiresSeconds: 100 });
  const started = registration.start();
  await rig.run(100);
  await started;
  const { flow } = registration.flows[0]!;
  registrar.refusals = [{ status: 503, headers: [["Retry-After", "5"]] }];
  await rig.run(56_000);
  assert.equal(registrar.requests.length, 2);
  assert.deepEqual([registration.state, registration.flows[0]!.flow, flow!.closed], ["registered", flow, false]);
  await rig.run(40_000);
  assert.equal(registration.flows[0]!.flow, flow);
  assert.equal(alice.transport.connections.length, 1);
  const contacts = registrar.requests.map((one) => one.header("Contact"));
  assert.equal(new Set(contacts).size, 1);
  assert.equal(new Set(registrar.requests.map(({ callId }) => callId)).size, 1);
  void registration.close();
  await rig.assertNothingLeft();
});

test("a connection that closes is replaced at once (RFC 5626 §4.5)", async () => {
  const { rig, alice, registrar } = scene();
  const registration = register(alice, registrar, { outbound: {} });
  const started = registration.start();
  await rig.run(100);
  await started;
  registrar.agent.transport.connections[0]!.close();
  await rig.run(100);
  assert.equal(registration.state, "registered");
  assert.equal(registrar.requests.length, 2);
  void registration.close();
  await rig.assertNothingLeft();
});

test("without outbound at the registrar nothing is concluded from silence, and no STUN is sent (RFC 5626 §4.4)", async () => {
  const { rig, alice, registrar } = scene();
  registrar.headers = [];
  const tcp = register(alice, registrar, { outbound: {} });
  void tcp.start();
  await rig.run(100);
  rig.network.isDeaf = () => true;
  await rig.run(400_000);
  assert.ok(alice.transport.counters.keepAlives >= 3);
  assert.equal(tcp.state, "registered");
  void tcp.close();
  await rig.run(100);
  alice.transport.counters.keepAlives = 0;
  const udp = register(alice, registrar, { registrar: registrar.uri });
  void udp.start();
  await rig.run(400_000);
  assert.equal(alice.transport.counters.keepAlives, 0);
  void udp.close();
  await rig.assertNothingLeft();
});

test("439: the first hop does not know outbound, so it is registered without (RFC 5626 §11.6)", async () => {
  const { rig, alice, registrar } = scene();
  registrar.headers = [];
  registrar.refusals = [{ status: 439 }];
  const registration = register(alice, registrar, { outbound: {} });
  const started = registration.start();
  await rig.run(100);
  await started;
  assert.doesNotMatch(registrar.last.header("Contact") ?? "", /reg-id/);
  void registration.close();
  await rig.assertNothingLeft();
});

test("439 to a REGISTER that names no reg-id is a refusal like any other (RFC 5626 §11.6)", async () => {
  const { rig, alice, registrar } = scene();
  registrar.headers = [];
  registrar.refusals = [{ status: 439 }, { status: 439 }];
  const registration = register(alice, registrar, {});
  const started = registration.start();
  await rig.run(100);
  await assert.rejects(started, { status: 439 });
  assert.equal(registrar.requests.length, 2);
  void registration.close();
  await rig.assertNothingLeft();
});

test("another network: registered again by another flow, and whoever has calls is told of the new address (RFC 5626 §4.5)", async () => {
  const { rig, alice, registrar } = scene();
  const registration = register(alice, registrar, { registrar: `${registrar.uri}:8080;transport=ws`, outbound: {} });
  const contacts: unknown[] = [];
  registration.events.on("contactChanged", (contact) => contacts.push(contact));
  const started = registration.start();
  await rig.run(100);
  await started;
  const [first] = alice.transport.connections;
  registration.networkChanged();
  await rig.run(100);
  assert.ok(first!.closed);
  assert.equal(registrar.requests.length, 2);
  // A client's WebSocket has no port of its own that lasts: the contact is another.
  assert.equal(contacts.length, 1);
  void registration.close();
  await rig.assertNothingLeft();
});
