/** Whoever has seen a dialog's token holds no key to the house: where requests with it may go, and who may send them. RFC 3261 §16.6 step 4, §26. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ForwardOptions, ProxyTarget } from "@trapezoid/sip/proxy";
import type { Flow } from "@trapezoid/sip/transport";
import { binding, type ComposeOptions, House, type Phone } from "./house.ts";

interface Scene {
  readonly house: House;
  readonly alice: Phone;
  readonly bob: Phone;
  readonly victim: Phone;
  readonly aliceRoutes: readonly string[];
  readonly bobRoutes: readonly string[];
  /** Sends, and tells where the request came out: a phone's name, `"challenged"`, or `undefined`. */
  send(from: Phone, method: string, uri: string, options?: ComposeOptions, flow?: Flow): string | undefined;
}

interface SceneOptions extends Partial<ForwardOptions> {
  readonly target?: (house: House, bob: Phone) => ProxyTarget;
  readonly call?: ComposeOptions;
}

const registered = (_house: House, bob: Phone): ProxyTarget => binding(bob, { label: "registered" });
const onConnection = (house: House, bob: Phone): ProxyTarget => {
  bob.connect();
  return binding(bob, { flow: house.transport.connections.at(-1)! });
};

/** Alice has called bob, 10.0.0.2 to 10.0.0.3; the engine lets nothing but dialogs and calls for bob through. */
function scene({ target = registered, call = {}, ...options }: SceneOptions = {}): Scene {
  const house = new House({
    decidesRoutes: true,
    engine: (transaction, routed, { proxy, options: forward }) => {
      if (transaction.request.requestUri === "sip:bob@10.0.0.1") proxy.forward(transaction, routed, forward);
      else proxy.reply(transaction, 407);
    },
  });
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  const victim = house.phone("10.0.0.9");
  house.options = { groups: [[target(house, bob)]], ...options };
  alice.send("INVITE", "sip:bob@10.0.0.1", { callId: "dialog", fromTag: "at", ...call });
  house.run();
  const invite = bob.request("INVITE");
  bob.answer(invite, 200, { tag: "bt" });
  house.run();
  let cseq = 10;
  return {
    house,
    alice,
    bob,
    victim,
    aliceRoutes: alice.routeSet(alice.response(200)),
    bobRoutes: bob.routeSet(invite),
    send(from, method, uri, sent = {}, flow) {
      cseq++;
      for (const phone of house.phones) phone.received.length = 0;
      for (const phone of house.phones) phone.flows.length = 0;
      from.send(method, uri, { callId: "dialog", cseq, ...sent }, flow);
      house.run();
      const reached = house.phones.find((phone) => phone.requests.some((request) => request.method === method));
      if (reached !== undefined) return reached.name;
      return from.responses.at(-1)?.status === 407 ? "challenged" : undefined;
    },
  };
}

const routes = (values: readonly string[], ...further: string[]): string[] =>
  [...values, ...further].map((value) => `Route: ${value}`);
const fromCaller = { fromTag: "at", toTag: "bt" };
const fromCallee = { fromTag: "bt", toTag: "at" };
const away = "<sip:10.0.0.9;lr>";

test("a stranger who called in reaches the callee with the token, and nobody else", () => {
  const { send, alice, aliceRoutes } = scene();
  const lines = routes(aliceRoutes);
  assert.equal(send(alice, "BYE", "sip:u3@10.0.0.3:5060", { ...fromCaller, lines }), "u3");
  for (const method of ["INVITE", "MESSAGE", "BYE", "FROBNICATE"]) {
    assert.equal(send(alice, method, "sip:+1900@10.0.0.9", { ...fromCaller, lines }), "challenged", method);
    const further = routes(aliceRoutes, away);
    assert.equal(send(alice, method, "sip:u3@10.0.0.3:5060", { ...fromCaller, lines: further }), "challenged", method);
  }
  // Nor another program on the callee's machine.
  assert.equal(send(alice, "MESSAGE", "sip:+1900@10.0.0.3:5080", { ...fromCaller, lines }), "challenged");
  // maddr is where it would go.
  assert.equal(send(alice, "MESSAGE", "sip:u3@10.0.0.3;maddr=10.0.0.9", { ...fromCaller, lines }), "challenged");
  // With the tags swapped it goes towards the caller's side, that is back.
  const swapped = { fromTag: "zz", toTag: "at", lines };
  assert.equal(send(alice, "MESSAGE", "sip:victim@10.0.0.9", swapped), "challenged");
  assert.equal(send(alice, "MESSAGE", "sip:u2@10.0.0.2:5060", swapped), "u2");
});

test("nor does a stranger whose own Contact names a third host", () => {
  const { send, alice, bobRoutes, victim } = scene({ call: { lines: ["Record-Route: <sip:10.0.0.9;lr>"] } });
  const lines = routes(bobRoutes.slice(0, 1));
  assert.equal(send(alice, "MESSAGE", "sip:v@10.0.0.9", { fromTag: "zz", toTag: "at", lines }), "challenged");
  assert.deepEqual(victim.seen, []);
});

test("a stranger's target refresh brings no better token", () => {
  for (const target of [registered, onConnection]) {
    const { send, house, alice, bob, aliceRoutes } = scene({ target });
    const lines = routes(aliceRoutes);
    send(alice, "INVITE", "sip:u3@10.0.0.3:5060", { ...fromCaller, lines });
    bob.answer(bob.request("INVITE"), 200, { tag: "bt" });
    house.run();
    const refreshed = routes(alice.routeSet(alice.response(200)));
    assert.equal(send(alice, "BYE", "sip:u3@10.0.0.3:5060", { ...fromCaller, lines: refreshed }), "u3");
    assert.notEqual(send(alice, "MESSAGE", "sip:v@10.0.0.9", { ...fromCaller, lines: refreshed }), "u9");
    const swapped = { fromTag: "zz", toTag: "at", lines: refreshed };
    assert.equal(send(alice, "MESSAGE", "sip:v@10.0.0.9", swapped), "challenged");
  }
});

test("a caller who may leave is known by its source: it follows the callee's new Contact and further Routes", () => {
  const { send, house, alice, victim, aliceRoutes } = scene({ callerMayLeave: true });
  const lines = routes(aliceRoutes, away);
  assert.equal(send(alice, "BYE", "sip:u3@10.0.0.3:5060", { ...fromCaller, lines }), "u9");
  assert.equal(send(alice, "BYE", "sip:u3@10.0.0.9", { ...fromCaller, lines: routes(aliceRoutes) }), "u9");
  // Somebody who has only seen the token does not.
  const thief = house.phone("10.0.0.66");
  assert.equal(send(thief, "BYE", "sip:u3@10.0.0.9", { ...fromCaller, lines: routes(aliceRoutes) }), "challenged");
  assert.equal(send(victim, "BYE", "sip:u3@10.0.0.3:5060", { ...fromCaller, lines: routes(aliceRoutes) }), "u3");
});

test("on a connection the caller is known by it, not by its address", () => {
  const { house, alice, bob } = scene({ callerMayLeave: true });
  const tcp = alice.connect();
  alice.send("INVITE", "sip:bob@10.0.0.1", { callId: "other", fromTag: "at", transport: "TCP" }, tcp);
  house.run();
  bob.answer(bob.request("INVITE"), 200, { tag: "bt" });
  house.run();
  const lines = routes(alice.routeSet(alice.response(200)));
  const away = { ...fromCaller, callId: "other", lines };
  alice.send("INFO", "sip:u3@10.0.0.9", { ...away, transport: "TCP" }, tcp);
  house.run();
  assert.equal(house.phones[2]!.request("INFO").callId, "other");
  alice.send("BYE", "sip:u3@10.0.0.9", away);
  house.run();
  assert.equal(alice.response(407).cseq?.method, "BYE");
});

test("the Contact and Record-Route of a caller who may leave are reached from the callee's side (RFC 3261 §12.1.1)", () => {
  const { send, house, bobRoutes } = scene({
    callerMayLeave: true,
    target: (_house, bob) => binding(bob),
    call: { lines: ["Record-Route: <sip:10.0.0.9;lr>"] },
  });
  // From a machine that we do not know.
  const gateway = house.phone("10.0.0.66");
  const lines = routes(bobRoutes);
  assert.equal(send(gateway, "BYE", "sip:u2@192.0.2.2", { ...fromCallee, lines }), "u9");
});

test("a registered callee is known by its source, or by its connection, and may leave; a foreign one may not", () => {
  const away = "sip:elsewhere@10.0.0.9";
  const home = scene();
  assert.equal(home.send(home.bob, "BYE", away, { ...fromCallee, lines: routes(home.bobRoutes) }), "u9");
  const foreign = scene({ target: (_house, bob) => binding(bob, { label: "foreign" }) });
  assert.equal(
    foreign.send(foreign.bob, "BYE", away, { ...fromCallee, lines: routes(foreign.bobRoutes) }),
    "challenged",
  );
  const connected = scene({ target: onConnection });
  const { bob, bobRoutes } = connected;
  const sent = { ...fromCallee, lines: routes(bobRoutes), transport: "TCP" };
  assert.equal(connected.send(bob, "BYE", away, sent, bob.transport.connections[0]), "u9");
  assert.equal(connected.send(bob, "BYE", away, { ...sent, transport: "UDP" }), "challenged");
});

test("a phone attached by UDP is told by its port from others that share its address", () => {
  const attached = (house: House, bob: Phone): ProxyTarget =>
    binding(bob, { flow: house.transport.udpFlow({ address: bob.address, port: 5060 }) });
  for (const caller of [true, false]) {
    const { send, alice, bob, aliceRoutes, bobRoutes } = scene({ target: attached, callerMayLeave: true });
    const phone = caller ? alice : bob;
    const sent = { ...(caller ? fromCaller : fromCallee), lines: routes(caller ? aliceRoutes : bobRoutes) };
    phone.transport.listenNow("udp", 40_000);
    const neighbour = phone.transport.udpFlow({ address: "10.0.0.1", port: 5060 }, { local: { port: 40_000 } } as Flow);
    const stream = phone.connect();
    assert.equal(send(phone, "INFO", "sip:x@10.0.0.9", sent), "u9");
    assert.equal(
      send(phone, "INFO", "sip:x@10.0.0.9", { ...sent, sentBy: `${phone.address}:40000` }, neighbour),
      "challenged",
    );
    assert.equal(send(phone, "INFO", "sip:x@10.0.0.9", { ...sent, transport: "TCP" }, stream), "challenged");
  }
});

test("REGISTER and PUBLISH belong to no dialog, whatever they carry", () => {
  const { send, alice, aliceRoutes } = scene();
  for (const method of ["REGISTER", "PUBLISH"]) {
    const lines = routes(aliceRoutes);
    assert.equal(send(alice, method, "sip:u3@10.0.0.3:5060", { ...fromCaller, lines }), "challenged", method);
  }
});

test("ACK follows the same rule, but for a sender who is known: nobody can challenge it (RFC 3261 §13.2.2.4)", () => {
  const { send, house, alice, aliceRoutes } = scene();
  const thief = house.phone("10.0.0.66");
  const lines = routes(aliceRoutes);
  assert.equal(send(alice, "ACK", "sip:u3@10.0.0.9", { ...fromCaller, lines }), "u9");
  assert.equal(send(thief, "ACK", "sip:u3@10.0.0.9", { ...fromCaller, lines }), undefined);
  assert.equal(house.proxy.counters.droppedAcks, 1);
  assert.equal(send(thief, "ACK", "sip:u3@10.0.0.3:5060", { ...fromCaller, lines }), "u3");
});

test("a CANCEL of nothing that is known follows the same rule (RFC 3261 §9.2)", () => {
  const { send, alice, bob, victim, aliceRoutes } = scene();
  const lines = routes(aliceRoutes);
  assert.equal(send(alice, "CANCEL", "sip:u3@10.0.0.9", { ...fromCaller, lines }), undefined);
  assert.equal(alice.responses.at(-1)?.status, 481);
  assert.deepEqual([...victim.seen, ...bob.seen], []);
  assert.equal(send(alice, "CANCEL", "sip:u3@10.0.0.3:5060", { ...fromCaller, lines }), "u3");
});
