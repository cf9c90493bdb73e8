/** Staying in the dialog: Record-Route, what its token remembers, and where requests of the dialog go. RFC 3261 §16.6 step 4, §16.12; RFC 5658; RFC 5626 §5.3. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Routed } from "@trapezoid/sip/proxy";
import type { Flow, TransportKind } from "@trapezoid/sip/transport";
import { binding, type ComposeOptions, House, type Phone } from "./house.ts";

interface Call {
  readonly aliceRoutes: string[];
  readonly bobRoutes: string[];
}

/** A call from alice to bob that was answered. */
function answered(house: House, alice: Phone, bob: Phone, options: ComposeOptions = {}, aliceFlow?: Flow): Call {
  alice.send("INVITE", "sip:bob@10.0.0.1", { callId: "dialog", fromTag: "at", ...options }, aliceFlow);
  house.run();
  const invite = bob.request("INVITE");
  bob.answer(invite, 200, { tag: "bt" });
  house.run();
  return { aliceRoutes: alice.routeSet(alice.response(200)), bobRoutes: bob.routeSet(invite) };
}

const routeLines = (routes: readonly string[]): string[] => routes.map((value) => `Route: ${value}`);

function inDialog(from: "alice" | "bob", call: Call): ComposeOptions {
  return from === "alice"
    ? { callId: "dialog", fromTag: "at", toTag: "bt", cseq: 2, lines: routeLines(call.aliceRoutes) }
    : { callId: "dialog", fromTag: "bt", toTag: "at", lines: routeLines(call.bobRoutes) };
}

function twoPhones(bobFlow?: (house: House, bob: Phone) => Flow) {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  const flow = bobFlow?.(house, bob);
  house.options = { groups: [[binding(bob, flow === undefined ? {} : { flow })]] };
  return { house, alice, bob };
}

/** Bob's connection as the proxy sees it. */
const connected =
  (kind: TransportKind = "tcp", port = 5060) =>
  (house: House, bob: Phone): Flow => {
    bob.connect(kind, port);
    return house.transport.connections.at(-1)!;
  };

test("Record-Route: one value, a sip URI with lr and our address, before all others (RFC 3261 §16.6 step 4)", () => {
  const { house, alice, bob } = twoPhones();
  const lines = ["Record-Route: <sip:earlier.example;lr>"];
  alice.send("INVITE", "sip:bob@10.0.0.1", { lines });
  house.run();
  const values = bob.request("INVITE").headers("Record-Route");
  assert.match(values[0]!, /^<sip:07[A-Za-z0-9_-]{30}@10\.0\.0\.1:5060;lr>$/);
  assert.deepEqual(values.slice(1), ["<sip:earlier.example;lr>"]);
});

test("Record-Route goes into what may make a dialog, unknown methods included, and nothing else (RFC 3261 §16.6 step 4)", () => {
  for (const [method, expected] of [
    ["SUBSCRIBE", 1],
    ["REFER", 1],
    ["NOTIFY", 1],
    ["FROBNICATE", 1],
    ["MESSAGE", 0],
    ["OPTIONS", 0],
    ["PUBLISH", 0],
  ] as const) {
    const { house, alice, bob } = twoPhones();
    alice.send(method, "sip:bob@10.0.0.1");
    house.run();
    assert.equal(bob.request(method).headers("Record-Route").length, expected, method);
  }
});

test("the engine may keep us out of a dialog (RFC 3261 §16.6 step 4)", () => {
  const { house, alice, bob } = twoPhones();
  house.options = { ...house.options, recordRoute: false };
  alice.send("INVITE", "sip:bob@10.0.0.1");
  house.run();
  assert.equal(bob.request("INVITE").has("Record-Route"), false);
});

test("two values where the transport changes, each side's own address facing it (RFC 5658 §5)", () => {
  const { house, alice, bob } = twoPhones(connected());
  const { aliceRoutes, bobRoutes } = answered(house, alice, bob);
  assert.equal(bobRoutes.length, 2);
  assert.match(bobRoutes[0]!, /@10\.0\.0\.1:5060;transport=tcp;lr>$/);
  assert.match(bobRoutes[1]!, /@10\.0\.0\.1:5060;lr>$/);
  assert.deepEqual(aliceRoutes, [...bobRoutes].reverse());
});

test("both of a double Record-Route are taken off a request of the dialog, from either side (RFC 5658 §5)", () => {
  const { house, alice, bob } = twoPhones(connected());
  const call = answered(house, alice, bob);
  alice.send("INFO", "sip:u3@10.0.0.3:5060", inDialog("alice", call));
  house.run();
  assert.deepEqual(bob.request("INFO").headers("Route"), []);
  assert.equal(bob.flows.at(-1)?.kind, "tcp");
  bob.transport
    .connectNow({ kind: "tcp", address: "10.0.0.1", port: 5060 })!
    .send(bob.compose("BYE", "sip:u2@10.0.0.2:5060", { ...inDialog("bob", call), transport: "TCP" }));
  house.run();
  assert.deepEqual(alice.request("BYE").headers("Route"), []);
  assert.equal(alice.flows.at(-1)?.kind, "udp");
});

test("transport parameters of our address: tcp, tls, ws; sips where a sips resource is asked for (RFC 3261 §16.6 step 4, §26.2.2, RFC 5658 §6.2, RFC 7118 §5.2)", () => {
  for (const [kind, port, uri, expected] of [
    ["tls", 5061, "sip:bob@10.0.0.1", "<sip:TOKEN@10.0.0.1:5061;transport=tls;lr>"],
    ["ws", 8080, "sip:bob@10.0.0.1", "<sip:TOKEN@10.0.0.1:8080;transport=ws;lr>"],
    ["tls", 5061, "sips:bob@10.0.0.1", "<sips:TOKEN@10.0.0.1:5061;lr>"],
  ] as const) {
    const house = new House();
    const alice = house.phone("10.0.0.2");
    const bob = house.phone("10.0.0.3");
    const flow = connected(kind, port)(house, bob);
    house.options = { groups: [[{ uri: `${uri.split(":")[0]}:u3@10.0.0.3`, flow }]] };
    alice.send("INVITE", uri, { transport: kind.toUpperCase() }, alice.connect(kind, port));
    house.run();
    const values = bob.request("INVITE").headers("Record-Route");
    assert.deepEqual(
      values.map((value) => value.replace(/07[^@]*/, "TOKEN")),
      [expected],
    );
  }
});

test("where TLS ends or begins we must stay in the dialog, whatever the engine says (RFC 3261 §16.6 step 4)", () => {
  const { house, alice, bob } = twoPhones();
  house.options = { ...house.options, recordRoute: false };
  alice.send("INVITE", "sip:bob@10.0.0.1", { transport: "TLS" }, alice.connect("tls", 5061));
  house.run();
  const values = bob.request("INVITE").headers("Record-Route");
  assert.equal(values.length, 2);
  assert.ok(values.every((value) => value.startsWith("<sip:")));
});

test("a request to a phone on a connection leaves by it, whatever the Request-URI says (RFC 5626 §5.3.1, RFC 3261 §26.3.2.1)", () => {
  const { house, alice, bob } = twoPhones(connected("ws", 8080));
  const call = answered(house, alice, bob);
  alice.send("BYE", "sip:x@dfjhasd.invalid;transport=ws", inDialog("alice", call));
  house.run();
  assert.equal(bob.request("BYE").requestUri, "sip:x@dfjhasd.invalid;transport=ws");
  assert.equal(bob.flows.at(-1)?.kind, "ws");
});

test("likewise to the caller, where it is directly attached (RFC 5626 §5.3.2)", () => {
  const { house, alice, bob } = twoPhones();
  const connection = alice.connect("ws", 8080);
  const call = answered(house, alice, bob, { transport: "WS", sentBy: "abc.invalid" }, connection);
  bob.send("BYE", "sip:alice@abc.invalid;transport=ws", inDialog("bob", call));
  house.run();
  assert.equal(alice.flows.at(-1), connection);
  assert.equal(alice.request("BYE").requestUri, "sip:alice@abc.invalid;transport=ws");
});

test("a caller behind another proxy is reached by its Contact and Route, not by the proxy's flow", () => {
  const { house, alice, bob } = twoPhones();
  const connection = alice.connect();
  const call = answered(
    house,
    alice,
    bob,
    { transport: "TCP", lines: ["Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx"] },
    connection,
  );
  bob.send("BYE", "sip:u2@10.0.0.2:5060", inDialog("bob", call));
  house.run();
  assert.equal(alice.flows.at(-1)?.kind, "udp");
});

test("a caller behind NAT is reached where its packets come from (RFC 3581, RFC 5626 §5.3.2)", () => {
  const { house, alice, bob } = twoPhones();
  const call = answered(house, alice, bob, { sentBy: "192.168.7.7:5060;rport" });
  bob.send("BYE", "sip:alice@192.168.7.7", inDialog("bob", call));
  house.run();
  assert.equal(alice.request("BYE").requestUri, "sip:alice@192.168.7.7");
});

test("a caller that sends from another port than it listens on, and says so, is reached by its Contact (RFC 3581 §4)", () => {
  const { house, alice, bob } = twoPhones();
  alice.transport.listenNow("udp", 40_000);
  const odd = alice.transport.udpFlow({ address: "10.0.0.1", port: 5060 }, { local: { port: 40_000 } } as Flow);
  assert.equal(odd.local.port, 40_000);
  alice.send("INVITE", "sip:bob@10.0.0.1", { callId: "dialog", fromTag: "at" }, odd);
  house.run();
  const invite = bob.request("INVITE");
  bob.answer(invite, 200, { tag: "bt" });
  house.run();
  bob.send("BYE", "sip:u2@10.0.0.2:5060", {
    callId: "dialog",
    fromTag: "bt",
    toTag: "at",
    lines: routeLines(bob.routeSet(invite)),
  });
  house.run();
  assert.equal(alice.flows.at(-1)?.local.port, 5060);
});

test("a binding behind NAT: requests to the callee go to where it registered from, not to its private Contact (RFC 5626 §5.3.1)", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  const flow = house.transport.udpFlow({ address: "10.0.0.3", port: 5060 });
  house.options = { groups: [[{ uri: "sip:bob@192.168.1.9:5060", flow }]] };
  const call = answered(house, alice, bob);
  alice.send("BYE", "sip:bob@192.168.1.9:5060", inDialog("alice", call));
  house.run();
  assert.deepEqual(bob.seen, ["INVITE", "BYE"]);
});

test("a callee that is not behind NAT is reached by its Contact, which may be elsewhere (RFC 3261 §12.2.1.1)", () => {
  const { house, alice, bob } = twoPhones((the, phone) =>
    the.transport.udpFlow({ address: phone.address, port: 5060 }),
  );
  house.options = { ...house.options, callerMayLeave: true };
  const other = house.phone("10.0.0.4");
  const call = answered(house, alice, bob);
  alice.send("BYE", "sip:media@10.0.0.4:5060", inDialog("alice", call));
  house.run();
  assert.deepEqual(other.seen, ["BYE"]);
});

test("requests of a dialog leave by the socket that the caller called, which is the one that both ends know", () => {
  const { house, alice, bob } = twoPhones();
  house.transport.listenNow("udp", 5090);
  const other = house.transport.udpFlow({ address: bob.address, port: 5060 }, { local: { port: 5090 } } as Flow);
  house.options = { groups: [[binding(bob, { flow: other })]] };
  const call = answered(house, alice, bob, {}, alice.transport.udpFlow({ address: "10.0.0.1", port: 5090 }));
  assert.equal(call.bobRoutes.length, 1);
  bob.send(
    "BYE",
    "sip:u2@10.0.0.2:5060",
    inDialog("bob", call),
    bob.transport.udpFlow({ address: "10.0.0.1", port: 5090 }),
  );
  house.run();
  assert.equal(alice.flows.at(-1)?.remote.port, 5090);
});

test("the direction is told by the tags, not by the source: a caller with a new connection (RFC 5626 §5.3)", () => {
  const { house, alice, bob } = twoPhones(connected());
  const connection = alice.connect();
  const call = answered(house, alice, bob, { transport: "TCP" }, connection);
  connection.close();
  house.run();
  alice.send("BYE", "sip:u3@10.0.0.3:5060", { ...inDialog("alice", call), transport: "TCP" }, alice.connect());
  house.run();
  assert.deepEqual(bob.seen, ["INVITE", "BYE"]);
  assert.ok(!alice.seen.includes("BYE"));
});

test("the phone's connection is gone: 430 within the dialog (RFC 5626 §5.3.1)", () => {
  const { house, alice, bob } = twoPhones(connected());
  const call = answered(house, alice, bob);
  for (const connection of bob.transport.connections) connection.close();
  house.run();
  alice.send("BYE", "sip:u3@10.0.0.3:5060", inDialog("alice", call));
  house.run();
  assert.equal(alice.responses.at(-1)?.status, 430);
});

function routedOf(house: House, alice: Phone, options: ComposeOptions): Routed {
  let seen: Routed | undefined;
  const route = house.proxy.route.bind(house.proxy);
  house.proxy.route = (request, flow) => {
    seen = route(request, flow);
    return seen;
  };
  alice.send("INFO", "sip:u3@10.0.0.3:5060", options);
  house.run();
  house.proxy.route = route;
  assert.ok(seen);
  return seen;
}

test("only a token of ours for this very dialog proves that a request belongs to one (design: who may do what)", () => {
  const { house, alice, bob } = twoPhones();
  const good = inDialog("alice", answered(house, alice, bob));
  assert.deepEqual(routedOf(house, alice, good).dialog?.flow, undefined);
  assert.ok(routedOf(house, alice, good).dialog);
  const { toTag: _, ...withoutToTag } = good;
  const token = /sip:(.*)@/.exec(good.lines![0]!)![1]!;
  const changed = token.slice(0, -1) + (token.endsWith("A") ? "B" : "A");
  for (const bad of [
    // To tag alone.
    { ...good, lines: [] },
    { ...good, lines: ["Route: <sip:10.0.0.1;lr>"] },
    // Another call's.
    { ...good, callId: "another" },
    // Neither end is the one that the token was made for.
    { ...good, fromTag: "someone" },
    // No dialog yet.
    withoutToTag,
    // Tampered with.
    { ...good, lines: [good.lines![0]!.replace(token, changed)] },
    { ...good, lines: [good.lines![0]!.replace("sip:07", "sip:08")] },
  ]) {
    assert.equal(routedOf(house, alice, bad).dialog, undefined, JSON.stringify(bad));
  }
});

test("further Route values lead on where no flow is remembered (RFC 3261 §16.6 step 7)", () => {
  const { house, alice, bob } = twoPhones();
  house.options = { ...house.options, callerMayLeave: true };
  const carol = house.phone("10.0.0.4");
  const good = inDialog("alice", answered(house, alice, bob));
  alice.send("BYE", "sip:u3@10.0.0.3:5060", { ...good, lines: [...good.lines!, "Route: <sip:10.0.0.4;lr>"] });
  house.run();
  assert.deepEqual(carol.request("BYE").headers("Route"), ["<sip:10.0.0.4;lr>"]);
});

test("a remembered flow is left by whatever Route values follow: they are for who is there (RFC 5626 §5.3)", () => {
  const { house, alice, bob } = twoPhones(connected());
  house.options = { ...house.options, callerMayLeave: true };
  const carol = house.phone("10.0.0.4");
  const good = inDialog("alice", answered(house, alice, bob));
  alice.send("BYE", "sip:u3@10.0.0.3:5060", { ...good, lines: [...good.lines!, "Route: <sip:10.0.0.4;lr>"] });
  house.run();
  assert.deepEqual(bob.request("BYE").headers("Route"), ["<sip:10.0.0.4;lr>"]);
  assert.deepEqual(carol.seen, []);
});

test("the phone's connection is gone: an address in the Request-URI is tried for who may leave (RFC 5626 §5.3.1)", async () => {
  const { house, alice, bob } = twoPhones(connected());
  house.options = { ...house.options, callerMayLeave: true };
  const call = answered(house, alice, bob);
  for (const connection of bob.transport.connections) connection.close();
  house.run();
  alice.send("INFO", "sip:x@dfjhasd.invalid;transport=tcp", inDialog("alice", call));
  await house.runAsync();
  assert.equal(alice.responses.at(-1)?.status, 430);
  alice.send("BYE", "sip:u3@10.0.0.3:5060;transport=tcp", inDialog("alice", call));
  await house.runAsync();
  await house.runAsync();
  assert.equal(bob.flows.at(-1)?.kind, "tcp");
  assert.equal(bob.requests.at(-1)?.method, "BYE");
});

test("a request that passes us twice in a row: the last of our values leads on (RFC 3261 §16.12.1)", () => {
  const house = new House({
    engine: (transaction, routed, { proxy }) => {
      // First to another name of ours, then to the phone.
      const first = transaction.request.requestUri.startsWith("sip:first@");
      const target = first
        ? { uri: "sip:second@10.0.0.1:5060" }
        : { uri: "sip:u3@10.0.0.3:5060", flow: house.transport.connections[0]! };
      proxy.forward(transaction, routed, { groups: [[target]] });
    },
  });
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  bob.connect();
  const connection = alice.connect();
  alice.send("INVITE", "sip:first@10.0.0.1", { callId: "dialog", fromTag: "at", transport: "TCP" }, connection);
  // The proxy's own datagrams reach itself.
  house.run(50);
  const invite = bob.request("INVITE");
  bob.answer(invite, 200, { tag: "bt" });
  house.run(50);
  const call = { aliceRoutes: alice.routeSet(alice.response(200)), bobRoutes: bob.routeSet(invite) };
  assert.equal(call.bobRoutes.length, 4);
  alice.send("INFO", "sip:u3@10.0.0.3:5060", { ...inDialog("alice", call), transport: "TCP" }, connection);
  house.run(50);
  assert.equal(bob.flows.at(-1)?.kind, "tcp");
  assert.equal(bob.request("INFO").headers("Via").length, 2);
  bob.send("BYE", "sip:u2@10.0.0.2:5060", inDialog("bob", call));
  house.run(50);
  assert.equal(alice.request("BYE").headers("Route").length, 0);
});

test("ACK to 2xx goes without state, by the token; without one it is dropped, unless trusted (RFC 3261 §16.11, §13.2.2.4)", () => {
  const { house, alice, bob } = twoPhones(connected());
  const call = answered(house, alice, bob);
  alice.send("ACK", "sip:u3@10.0.0.3:5060", inDialog("alice", call));
  house.run();
  assert.equal(bob.flows.at(-1)?.kind, "tcp");
  assert.equal(bob.seen.filter((seen) => seen === "ACK").length, 1);
  const { lines: _, ...bare } = inDialog("alice", call);
  alice.send("ACK", "sip:u3@10.0.0.3:5060", bare);
  house.run();
  assert.equal(house.proxy.counters.droppedAcks, 1);
  house.trusted = true;
  alice.send("ACK", "sip:u3@10.0.0.3:5060", bare);
  alice.send("ACK", "sip:us@10.0.0.1", bare);
  alice.send("ACK", "sip:u3@10.0.0.3:5060", { ...bare, maxForwards: "Max-Forwards: 0\r\n" });
  house.run();
  assert.equal(bob.seen.filter((seen) => seen === "ACK").length, 2);
  assert.equal(house.proxy.counters.droppedAcks, 3);
  house.run(100_000);
  house.assertEmpty();
});

test("an INVITE within a dialog is told 100 in time for §17.2.1, and not at all when the other side answers before that", () => {
  const { house, alice, bob } = twoPhones();
  const call = answered(house, alice, bob);
  const again = (cseq: number): void => {
    alice.received.length = 0;
    alice.send("INVITE", "sip:u3@10.0.0.3:5060", { ...inDialog("alice", call), cseq });
  };
  again(2);
  house.run(100);
  assert.deepEqual(alice.seen, []);
  house.run(100);
  assert.deepEqual(alice.seen, [100]);
  bob.answer(bob.request("INVITE"), 200, { tag: "bt" });
  house.run();
  assert.deepEqual(alice.seen, [100, 200]);
  again(3);
  house.run(100);
  bob.answer(bob.request("INVITE"), 200, { tag: "bt" });
  house.run(400);
  assert.deepEqual(alice.seen, [200]);
});
