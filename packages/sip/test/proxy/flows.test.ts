/** Several flows of one phone: one at a time. RFC 5626 §7. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProxyTarget } from "@trapezoid/sip/proxy";
import { binding, House, type Phone } from "./house.ts";

/** A phone with two flows, the better one first. */
function called(first: (house: House, bob: Phone) => Partial<ProxyTarget>) {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  const carol = house.phone("10.0.0.4");
  bob.connect("tcp");
  const instead = binding(bob, { flow: house.transport.connections[0]! });
  house.options = { groups: [[binding(bob, { ...first(house, bob), instead }), binding(carol)]] };
  const invite = alice.send("INVITE", "sip:bob@10.0.0.1");
  house.run();
  return { house, alice, bob, carol, invite };
}

test("while the first flow works the others are left alone, and an answer is the phone's last word (RFC 5626 §7)", () => {
  for (const status of [486, 404, 500]) {
    const { house, alice, bob, carol, invite } = called((from) => ({
      flow: from.transport.udpFlow({ address: "10.0.0.3", port: 5060 }),
    }));
    assert.equal(bob.requests.length, 1);
    bob.answer(bob.request("INVITE"), status);
    carol.answer(carol.request("INVITE"), status);
    house.run();
    assert.deepEqual(bob.seen, ["INVITE", "ACK"]);
    assert.deepEqual(alice.seen, [100, status]);
    alice.ackFailure(invite, alice.response(status));
    house.run(70_000);
    house.assertEmpty();
  }
});

test("a flow that is gone is replaced by the phone's next one, beside whoever else rings (RFC 5626 §7)", () => {
  const { house, alice, bob } = called(() => ({ flow: null }));
  assert.deepEqual(bob.seen, ["INVITE"]);
  assert.equal(bob.flows[0]?.kind, "tcp");
  bob.answer(bob.request("INVITE"), 200);
  house.run();
  assert.deepEqual(alice.seen, [100, 200]);
});

test("a 430 from an edge proxy leads to the next flow, and is not what the caller hears (RFC 5626 §7)", () => {
  const { house, alice, bob, carol } = called((from) => ({
    flow: from.transport.udpFlow({ address: "10.0.0.3", port: 5060 }),
  }));
  bob.answer(bob.request("INVITE"), 430);
  house.run();
  assert.deepEqual(bob.seen, ["INVITE", "ACK", "INVITE"]);
  bob.answer(bob.request("INVITE"), 486);
  carol.answer(carol.request("INVITE"), 480);
  house.run();
  assert.deepEqual(alice.seen, [100, 486]);
});

test("a flow over which nobody answers is replaced, one over which the phone has rung is not (RFC 5626 §7)", () => {
  const { house, bob, carol } = called((from) => ({
    flow: from.transport.udpFlow({ address: "10.0.0.3", port: 5099 }),
  }));
  carol.answer(carol.request("INVITE"), 180);
  house.run();
  // Nobody listens on that port: the flow is broken.
  assert.deepEqual(bob.seen, ["INVITE"]);
  assert.equal(bob.flows[0]?.kind, "tcp");
  const silent = called((from) => {
    from.network.lose = ({ kind, to }) => kind === "udp" && to.address === "10.0.0.3";
    return { flow: from.transport.udpFlow({ address: "10.0.0.3", port: 5060 }) };
  });
  assert.deepEqual(silent.bob.seen, []);
  silent.house.run(33_000);
  assert.deepEqual(silent.bob.seen, ["INVITE"]);
  const rang = called((from) => ({ flow: from.transport.udpFlow({ address: "10.0.0.3", port: 5060 }) }));
  rang.bob.answer(rang.bob.request("INVITE"), 180);
  rang.house.run(240_000);
  assert.equal(rang.bob.requests.filter(({ method }) => method === "INVITE").length, 1);
});

test("a caller who hangs up, and a phone that has rung long enough, end the others' turn as well (RFC 5626 §7)", () => {
  const { house, alice, bob, carol, invite } = called((from) => ({
    flow: from.transport.udpFlow({ address: "10.0.0.3", port: 5060 }),
  }));
  bob.answer(bob.request("INVITE"), 180);
  carol.answer(carol.request("INVITE"), 180);
  house.run();
  alice.cancel(invite);
  house.run();
  bob.answer(bob.request("CANCEL"), 200);
  bob.answer(bob.request("INVITE"), 430);
  carol.answer(carol.request("CANCEL"), 200);
  carol.answer(carol.request("INVITE"), 487);
  house.run();
  assert.equal(bob.requests.filter(({ method }) => method === "INVITE").length, 1);
  assert.equal(alice.responses.at(-1)?.status, 487);
});
