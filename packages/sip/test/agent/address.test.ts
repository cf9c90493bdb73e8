/** Calls and subscriptions of who has moved to another address. RFC 3261 §12.2.1.1, §14.1; RFC 5626 §4.5, RFC 6665 §4.2.2. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { NotifierSubscription, UserAgentOptions } from "@trapezoid/sip/agent";
import { Hand } from "./hand.ts";
import { Registrar } from "./registrar.ts";
import { type Agent, Rig } from "./rig.ts";

const instanceId = "urn:uuid:00000000-0000-1000-8000-aabbccddeeff";

interface Scene {
  readonly rig: Rig;
  readonly alice: Agent;
  readonly registrar: Registrar;
  readonly registration: ReturnType<Agent["core"]["register"]>;
}

/** Alice, registered over a WebSocket, whose contact is another after each change of network. */
async function registered(options: Partial<UserAgentOptions> = {}): Promise<Scene> {
  const rig = new Rig();
  const alice = rig.agent("alice", { identity: { address: "sip:alice@test", instanceId }, ...options });
  const registrar = new Registrar(rig);
  registrar.headers = [["Require", "outbound"]];
  const edge = "sip:10.0.0.3:8080;transport=ws;lr";
  const registration = alice.core.register({ registrar: registrar.uri, outbound: { proxies: [edge] } });
  const started = registration.start();
  await rig.run(100);
  await started;
  return { rig, alice, registrar, registration };
}

const edge = ["sip:10.0.0.3:8080;transport=ws;lr"];

test("a call that is up sends an offer from the new address by the new flow (RFC 3261 §12.2.1.1, §14.1)", async () => {
  const { rig, alice, registrar, registration } = await registered();
  const { agent: bob } = registrar;
  const call = alice.core.invite("sip:bob@10.0.0.3", { handlers: alice.owner, route: edge });
  await rig.run(100);
  void bob.call.accept();
  await rig.run(100);
  alice.owner.log.length = 0;
  rig.recorder.clear();
  registration.networkChanged();
  await rig.run(200);
  const contact = registrar.last.header("Contact")?.split(">")[0];
  const update = rig.recorder.last("alice → bob UPDATE");
  assert.equal(update.message!.header("Contact"), `${contact};ob>`);
  assert.equal(update.packet.kind, "ws");
  assert.deepEqual(alice.owner.log, ["change UPDATE: makes alice offer 2", "change UPDATE: takes bob answer 2"]);
  // Bob reaches her there.
  void bob.call.end();
  await rig.run(100);
  assert.equal(rig.recorder.request("bob → alice BYE").requestUri, `${contact!.slice(1)};ob`);
  assert.equal((await call.ended).cause, "bye");
  assert.equal(alice.transport.connections.length, 1);
  void registration.close();
  await rig.assertNothingLeft();
});

test("a call that rings sends an UPDATE without an offer to who takes one (RFC 3311 §5.1)", async () => {
  const { rig, alice, registration } = await registered();
  const carol = rig.agent("carol");
  const call = alice.core.invite(carol.uri, { handlers: alice.owner });
  await rig.run();
  void carol.call.ring();
  await rig.run();
  registration.networkChanged();
  await rig.run(200);
  const update = rig.recorder.request("alice → carol UPDATE");
  assert.deepEqual([update.body, alice.owner.log.length], ["", 1]);
  assert.equal(call.state, "early");
  void call.end();
  void registration.close();
  await rig.assertNothingLeft();
});

test("a change that nobody wants to be followed is left alone, until it is asked for (RFC 5626 §4.5)", async () => {
  const { rig, alice, registration } = await registered({ followAddress: false });
  const carol = rig.agent("carol");
  const call = alice.core.invite(carol.uri, { handlers: alice.owner });
  await rig.run();
  void carol.call.accept();
  await rig.run(100);
  registration.networkChanged();
  await rig.run(200);
  assert.equal(rig.recorder.count("alice → carol UPDATE"), 0);
  alice.core.retarget();
  await rig.run(200);
  assert.equal(rig.recorder.count("alice → carol UPDATE"), 1);
  void call.end();
  void registration.close();
  await rig.assertNothingLeft();
});

test("a call by a flow that still stands is left alone (RFC 5626 §4.3)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice", { identity: { address: "sip:alice@test", instanceId } });
  const [first, second] = [new Registrar(rig), new Registrar(rig, "carol")];
  for (const one of [first, second]) one.headers = [["Require", "outbound"]];
  const proxies = ["sip:10.0.0.3:8080;transport=ws;lr", "sip:10.0.0.4:8080;transport=ws;lr"];
  const registration = alice.core.register({ registrar: first.uri, outbound: { proxies } });
  const started = registration.start();
  await rig.run(100);
  await started;
  const calls = proxies.map((proxy, at) =>
    alice.core.invite(`sip:x@10.0.0.${3 + at}`, { handlers: alice.owner, route: [proxy] }),
  );
  await rig.run(100);
  for (const { agent } of [first, second]) void agent.call.accept();
  await rig.run(100);
  registration.flows[0]!.flow!.close();
  await rig.run(200);
  assert.equal(first.requests.length, 2);
  assert.equal(rig.recorder.count("alice → bob UPDATE"), 1);
  assert.equal(rig.recorder.count("alice → carol UPDATE"), 0);
  for (const call of calls) void call.end();
  await rig.run(100);
  void registration.close();
  await rig.assertNothingLeft();
});

test("a call that waits for its ACK tells where we are behind it (RFC 3261 §14.1)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const dave = new Hand(rig, alice);
  await dave.ask("INVITE", { body: "offer", headers: [["Allow", "INVITE, ACK, BYE, UPDATE"]] });
  void alice.call.accept();
  await rig.run();
  alice.core.retarget();
  await rig.run();
  assert.equal(dave.requests("UPDATE").length, 0);
  await dave.ask("ACK", { within: alice.call.leg! });
  await rig.run();
  assert.equal(dave.request("UPDATE").body, "alice offer 2");
  await dave.answer(dave.request("UPDATE"), 200, { body: "answer" });
  void alice.call.end();
  await rig.run();
  await dave.answer(dave.request("BYE"), 200);
  await rig.assertNothingLeft();
});

test("a call of another identity is none that has moved (RFC 5626 §4.3)", async () => {
  const { rig, alice, registrar, registration } = await registered();
  const other = alice.core.addIdentity({ address: "sip:other@test" });
  const carol = rig.agent("carol");
  const call = alice.core.invite(carol.uri, { handlers: alice.owner, identity: other });
  await rig.run();
  void carol.call.accept();
  await rig.run(100);
  registration.networkChanged();
  await rig.run(200);
  assert.equal(registrar.requests.length, 2);
  assert.equal(rig.recorder.count("alice → carol UPDATE"), 0);
  void call.end();
  void registration.close();
  await rig.assertNothingLeft();
});

test("a GRUU hides the new address from callers, media goes there all the same (RFC 5627 §4.4)", async () => {
  const { rig, alice, registration } = await registered();
  const contacts: unknown[] = [];
  registration.events.on("contactChanged", (contact) => contacts.push(contact));
  alice.core.identity.publicGruu = { ...alice.core.identity.address.uri } as never;
  const carol = rig.agent("carol");
  const call = alice.core.invite(carol.uri, { handlers: alice.owner });
  await rig.run();
  void carol.call.accept();
  await rig.run(100);
  registration.networkChanged();
  await rig.run(200);
  assert.deepEqual(contacts, []);
  assert.equal(rig.recorder.count("alice → carol UPDATE"), 1);
  assert.match(alice.owner.log.at(-1) ?? "", /^change UPDATE: takes/);
  void carol.call.end();
  void call.end();
  void registration.close();
  await rig.assertNothingLeft();
});

test("subscriptions of either side tell where they are now: SUBSCRIBE and NOTIFY at once (RFC 6665 §4.1.2.2, §4.2.2)", async () => {
  const subscriptions: NotifierSubscription[] = [];
  const presence: Partial<UserAgentOptions> = {
    eventPackages: ["presence"],
    handlers: { onSubscribe: (one) => void subscriptions.push(one.confirm({ current: () => undefined })) },
  };
  const { rig, alice, registration } = await registered(presence);
  const carol = rig.agent("carol", presence);
  const heard: unknown[] = [];
  const options = { event: "presence", accept: [], onNotify: () => void heard.push(1) };
  const mine = alice.core.subscribe(carol.uri, options);
  const theirs = carol.core.subscribe(alice.uri, options);
  await rig.run(100);
  rig.recorder.clear();
  registration.networkChanged();
  await rig.run(200);
  assert.equal(rig.recorder.count("alice → carol SUBSCRIBE"), 1);
  assert.equal(rig.recorder.count("alice → carol NOTIFY"), 1);
  assert.equal(subscriptions.length, 2);
  void mine.close();
  void theirs.close();
  await rig.run(100);
  void registration.close();
  await rig.assertNothingLeft();
});
