/** Route information pre-processing, and strict routers. RFC 3261 §16.4, §16.6 step 6, §16.12.1. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Routed } from "@trapezoid/sip/proxy";
import { binding, House, type Phone } from "./house.ts";

/** What `route` made of a request with these lines. */
function routed(
  uri: string,
  lines: readonly string[],
  options: { own?: string[] } = {},
): { routed: Routed; house: House; bob: Phone } {
  const house = new House({ proxy: { isOwnDomain: (host) => (options.own ?? []).includes(host) } });
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  house.options = { groups: [[binding(bob)]] };
  const route = house.proxy.route.bind(house.proxy);
  const seen: Routed[] = [];
  house.proxy.route = (request, flow) => {
    const result = route(request, flow);
    seen.push(result);
    return result;
  };
  alice.send("MESSAGE", uri, { lines });
  house.run();
  assert.equal(seen.length, 1);
  return { routed: seen[0]!, house, bob };
}

test("our own topmost Route values are taken off, by address, alias or domain (RFC 3261 §16.4)", () => {
  for (const own of ["sip:10.0.0.1;lr", "sip:10.0.0.1:5060;lr", "sip:proxy.test;lr", "sip:outbound@mine.example;lr"]) {
    const { routed: result, bob } = routed("sip:bob@10.0.0.1", [`Route: <${own}>`], { own: ["mine.example"] });
    assert.equal(result.ownRoutes, 1, own);
    assert.equal(result.hasRoute, false);
    assert.equal(bob.request("MESSAGE").headers("Route").length, 0);
  }
});

test("the address with a port that is not ours is another element's (RFC 3261 §16.4)", () => {
  assert.equal(routed("sip:bob@10.0.0.1", ["Route: <sip:10.0.0.1:5070;lr>"]).routed.ownRoutes, 0);
});

test("what follows on the same line stays as it is (RFC 3261 §16.6 step 1)", () => {
  const {
    routed: result,
    bob,
    house,
  } = routed("sip:x@far.example", [
    'Route: <sip:10.0.0.1;lr> ,  "Next, hop" <sip:10.0.0.3;lr>;x=1, <sip:later.example;lr>',
    "Route: <sip:last.example>",
  ]);
  assert.deepEqual([result.ownRoutes, result.hasRoute], [1, true]);
  assert.deepEqual(bob.request("MESSAGE").headers("Route"), [
    '"Next, hop" <sip:10.0.0.3;lr>;x=1, <sip:later.example;lr>',
    "<sip:last.example>",
  ]);
  assert.equal(bob.request("MESSAGE").requestUri, "sip:x@far.example");
  assert.deepEqual(house.errors, []);
});

test("a Route value that only looks like ours opens no way in: no dialog without our token (RFC 3261 §16.4)", () => {
  const { routed: result } = routed("sip:bob@10.0.0.1", ["Route: <sip:07abcdZk3v0s8Qd1AZ@10.0.0.1;lr>"]);
  assert.equal(result.ownRoutes, 1);
  assert.equal(result.dialog, undefined);
});

test("maddr that is ours is stripped, with a port and transport that are not the default ones (RFC 3261 §16.4)", () => {
  const cases = [
    ["sip:bob@far.example;maddr=10.0.0.1", "sip:bob@far.example"],
    ["sip:bob@far.example;transport=udp;maddr=10.0.0.1;x=1", "sip:bob@far.example;transport=udp;x=1"],
    ["sip:bob@far.example:5060;maddr=10.0.0.1", "sip:bob@far.example:5060"],
    // Meant for another of our ports or transports, or for another element.
    ["sip:bob@far.example:5080;maddr=10.0.0.1", "sip:bob@far.example:5080;maddr=10.0.0.1"],
    ["sip:bob@far.example;transport=tcp;maddr=10.0.0.1", "sip:bob@far.example;transport=tcp;maddr=10.0.0.1"],
    ["sip:bob@far.example;maddr=10.9.9.9", "sip:bob@far.example;maddr=10.9.9.9"],
  ] as const;
  for (const [uri, expected] of cases) assert.equal(routed(uri, []).routed.requestUri, expected);
});

/** A call from alice to bob; returns what each of them knows. */
function call(house: House, alice: Phone, bob: Phone) {
  house.options = { groups: [[binding(bob)]] };
  alice.send("INVITE", "sip:bob@10.0.0.1", { callId: "dialog" });
  house.run();
  const invite = bob.request("INVITE");
  bob.answer(invite, 200, { tag: "bt" });
  house.run();
  const ok = alice.response(200);
  return { invite, ok, aliceRoutes: alice.routeSet(ok), bobRoutes: bob.routeSet(invite) };
}

test("a strict router before us: our value in the Request-URI is replaced by the last Route value (RFC 3261 §16.4, §16.12.1.2)", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  const { aliceRoutes } = call(house, alice, bob);
  const own = aliceRoutes[0]!.slice(1, -1);
  alice.send("BYE", own, {
    callId: "dialog",
    toTag: "bt",
    lines: ["Route: <sip:u3@10.0.0.3:5060>"],
  });
  house.run();
  const bye = bob.request("BYE");
  assert.equal(bye.requestUri, "sip:u3@10.0.0.3:5060");
  assert.equal(bye.headers("Route").length, 0);
});

test("a strict router before us, and others behind: their values stay (RFC 3261 §16.4)", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  const { aliceRoutes } = call(house, alice, bob);
  alice.send("BYE", aliceRoutes[0]!.slice(1, -1), {
    callId: "dialog",
    toTag: "bt",
    lines: ["Route: <sip:10.0.0.3;lr>, <sip:u3@far.example>"],
  });
  house.run();
  const bye = bob.request("BYE");
  assert.equal(bye.requestUri, "sip:u3@far.example");
  assert.deepEqual(bye.headers("Route"), ["<sip:10.0.0.3;lr>"]);
});

test("a Route value that is no URI gets into no request line: it stays where it is (RFC 3261 §16.6 step 6)", () => {
  const house = new House({ decidesRoutes: true });
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  // Over a flow, what else Route says is not looked up.
  const flow = house.transport.udpFlow({ address: "10.0.0.3", port: 5060 });
  house.options = { groups: [[binding(bob, { flow })]] };
  alice.send("MESSAGE", "sip:bob@far.example", { lines: ["Route: not\r\n a URI"] });
  house.run();
  const request = bob.request("MESSAGE");
  assert.equal(request.requestUri, "sip:u3@10.0.0.3:5060");
  assert.deepEqual(request.headers("Route"), ["not a URI"]);
});

test("a strict router before us whose last Route value is no URI names nobody: it is not forwarded (RFC 3261 §16.4)", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  const { aliceRoutes } = call(house, alice, bob);
  alice.send("BYE", aliceRoutes[0]!.slice(1, -1), { callId: "dialog", toTag: "bt", lines: ["Route: not\r\n a URI"] });
  house.run();
  assert.equal(
    bob.requests.some(({ method }) => method === "BYE"),
    false,
  );
});

test("a strict router behind us gets its own URI as the Request-URI, and the true one as the last Route (RFC 3261 §16.6 step 6)", () => {
  const { bob } = routed("sip:x@far.example", [
    "Route: <sip:10.0.0.1;lr>, <sip:strict@10.0.0.3>, <sip:more.example;lr>",
  ]);
  const request = bob.request("MESSAGE");
  assert.equal(request.requestUri, "sip:strict@10.0.0.3");
  assert.deepEqual(request.headers("Route"), ["<sip:more.example;lr>", "<sip:x@far.example>"]);
});

test("a strict router as the only Route value (RFC 3261 §16.6 step 6)", () => {
  const { bob } = routed("sip:x@far.example", ["Route: <sip:strict@10.0.0.3>"]);
  const request = bob.request("MESSAGE");
  assert.equal(request.requestUri, "sip:strict@10.0.0.3");
  assert.deepEqual(request.headers("Route"), ["<sip:x@far.example>"]);
});

test("a target's routes go on top of what is left (RFC 3327 §5.4, RFC 3261 §16.6 step 6)", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const edge = house.phone("10.0.0.3");
  house.options = {
    groups: [[{ uri: "sip:bob@192.0.2.9", routes: ["<sip:10.0.0.3;lr;ob>", "<sip:inner.example;lr>"] }]],
  };
  alice.send("MESSAGE", "sip:bob@10.0.0.1");
  house.run();
  const request = edge.request("MESSAGE");
  assert.equal(request.requestUri, "sip:bob@192.0.2.9");
  assert.deepEqual(request.headers("Route"), ["<sip:10.0.0.3;lr;ob>, <sip:inner.example;lr>"]);
});

test("a target's route that is a strict router's (RFC 3261 §16.6 step 6)", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const edge = house.phone("10.0.0.3");
  house.options = { groups: [[{ uri: "sip:bob@192.0.2.9", routes: ["<sip:10.0.0.3>", "<sip:inner.example;lr>"] }]] };
  alice.send("MESSAGE", "sip:bob@10.0.0.1");
  house.run();
  const request = edge.request("MESSAGE");
  assert.equal(request.requestUri, "sip:10.0.0.3");
  assert.deepEqual(request.headers("Route"), ["<sip:inner.example;lr>", "<sip:bob@192.0.2.9>"]);
});

test("what may not stand in a Request-URI is left out of a target's URI (RFC 3261 §16.6 step 2, §19.1.1)", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  house.options = { groups: [[{ uri: "sip:b?b@10.0.0.3;method=INVITE;x=1?Subject=hi&Priority=urgent" }]] };
  alice.send("MESSAGE", "sip:bob@10.0.0.1");
  house.run();
  assert.equal(bob.request("MESSAGE").requestUri, "sip:b?b@10.0.0.3;x=1");
});
