/** Groups in turn, ringing times, Timer C, and what comes after. RFC 3261 §16.6 step 11, §16.7 step 2, §16.8. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ForwardOptions, ProxyTarget } from "@trapezoid/sip/proxy";
import { binding, House, type Phone } from "./house.ts";

function call(options: (phones: Phone[]) => ForwardOptions, count = 3) {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const phones = Array.from({ length: count }, (_, at) => house.phone(`10.0.0.${at + 3}`));
  house.options = options(phones);
  const text = alice.send("INVITE", "sip:bob@10.0.0.1");
  house.run();
  return { house, alice, phones, text };
}

function answer(phone: Phone, status: number): void {
  phone.answer(phone.request("INVITE"), status);
}

const inTurn = (phones: Phone[]): ForwardOptions["groups"] => phones.map((phone) => [binding(phone)]);

test("targets are tried one after the other; the best of all failures goes up (RFC 3261 §16.6)", () => {
  const { house, alice, phones } = call((all) => ({ groups: inTurn(all) }));
  answer(phones[0]!, 486);
  house.run();
  assert.deepEqual(phones[2]!.seen, []);
  answer(phones[1]!, 500);
  house.run();
  answer(phones[2]!, 480);
  house.run();
  assert.deepEqual(alice.seen, [100, 486]);
});

test("a group that has rung long enough is cancelled, and the next one begins", () => {
  const { house, alice, phones } = call((all) => ({ groups: inTurn(all), ringMs: 5000 }));
  answer(phones[0]!, 180);
  house.run(4900);
  assert.deepEqual(phones[1]!.seen, []);
  house.run(200);
  assert.deepEqual(phones[0]!.seen, ["INVITE", "CANCEL"]);
  assert.equal(phones[0]!.request("CANCEL").has("Reason"), false);
  assert.deepEqual(phones[1]!.seen, ["INVITE"]);
  answer(phones[0]!, 487);
  answer(phones[1]!, 200);
  house.run();
  assert.deepEqual(alice.seen, [100, 180, 200]);
});

test("the first phone answers as the second begins to ring: it gets the call, the second the CANCEL", () => {
  const { house, alice, phones } = call((all) => ({ groups: inTurn(all), ringMs: 5000 }));
  answer(phones[0]!, 180);
  house.run(5020);
  answer(phones[1]!, 180);
  answer(phones[0]!, 200);
  house.run();
  assert.equal(alice.responses.at(-1)?.status, 200);
  assert.equal(alice.responses.at(-1)?.toTag, "tt-u3");
  assert.equal(phones[1]!.request("CANCEL").header("Reason"), 'SIP;cause=200;text="Call completed elsewhere"');
});

test("the last group has rung long enough: 408 when the CANCEL has done its work", () => {
  const { house, alice, phones, text } = call((all) => ({
    groups: [all.map((phone) => binding(phone))],
    ringMs: 5000,
  }));
  for (const phone of phones) answer(phone, 180);
  house.run(5100);
  assert.ok(!alice.seen.includes(408));
  for (const phone of phones) answer(phone, 487);
  house.run();
  assert.equal(alice.responses.at(-1)?.status, 408);
  alice.ackFailure(text, alice.response(408));
  for (const phone of phones) phone.answer(phone.request("CANCEL"), 200);
  house.run(100_000);
  house.assertEmpty();
});

test("a phone that never said anything when its time is over is not waited for", () => {
  const { house, alice } = call((all) => ({ groups: [[binding(all[0]!)]], ringMs: 5000 }));
  house.run(5100);
  assert.deepEqual(alice.seen, [100, 408]);
});

test("otherwise: more groups when all have failed, asked again when those fail, too", () => {
  const asked: (number | undefined)[] = [];
  const { house, alice, phones } = call((all) => {
    const rest = [[[binding(all[1]!)]], [[binding(all[2]!)]]];
    return {
      groups: [[binding(all[0]!)]],
      otherwise: (best, status) => {
        asked.push(status, best?.status);
        const groups = rest.shift();
        return groups && { groups };
      },
    };
  });
  answer(phones[0]!, 486);
  house.run();
  answer(phones[1]!, 500);
  house.run();
  answer(phones[2]!, 404);
  house.run();
  assert.deepEqual(asked, [486, 486, 486, 486, 486, 486]);
  assert.deepEqual(alice.seen, [100, 486]);
});

test("otherwise: a response of our own", () => {
  const { house, alice, phones } = call((all) => ({
    groups: [[binding(all[0]!)]],
    otherwise: () => ({ status: 302, reason: "Try There", headers: [["Contact", "<sip:there@far.example>"]] }),
  }));
  answer(phones[0]!, 486);
  house.run();
  assert.equal(alice.response(302).header("Contact"), "<sip:there@far.example>");
  assert.equal(alice.response(302).reason, "Try There");
});

test("otherwise that always finds the same targets ends, and one that throws counts as none", () => {
  const { house, alice, phones } = call((all) => ({
    groups: [[binding(all[0]!)]],
    otherwise: () => ({ groups: [[binding(all[0]!)], []] }),
  }));
  answer(phones[0]!, 486);
  house.run();
  assert.deepEqual(alice.seen, [100, 486]);
  const other = call((all) => ({
    groups: [[binding(all[0]!)]],
    otherwise: () => {
      throw new TypeError("a mistake in the plan");
    },
  }));
  answer(other.phones[0]!, 486);
  other.house.run();
  assert.deepEqual(other.alice.seen, [100, 486]);
  assert.equal(other.house.errors.length, 1);
});

test("the limit on branches holds for all groups together", () => {
  const house = new House({ proxy: { limits: { branches: 2 } } });
  const alice = house.phone("10.0.0.2");
  const phones = ["10.0.0.3", "10.0.0.4", "10.0.0.5"].map((address) => house.phone(address));
  house.options = { groups: [phones.map((phone) => binding(phone))] };
  alice.send("MESSAGE", "sip:bob@10.0.0.1");
  house.run();
  assert.deepEqual(
    phones.map((phone) => phone.seen.length),
    [1, 1, 0],
  );
});

test("Timer C: a phone that rings for more than 3 minutes gets CANCEL, the caller 408 (RFC 3261 §16.8, §16.6 step 11)", () => {
  const { house, alice, phones, text } = call((all) => ({ groups: [[binding(all[0]!)]] }), 1);
  const [bob] = phones;
  answer(bob!, 180);
  house.run(180_500);
  assert.deepEqual(bob!.seen, ["INVITE"]);
  house.run(1000);
  assert.deepEqual(bob!.seen, ["INVITE", "CANCEL"]);
  assert.equal(house.proxy.counters.timerC, 1);
  bob!.answer(bob!.request("CANCEL"), 200);
  answer(bob!, 487);
  house.run();
  assert.equal(alice.responses.at(-1)?.status, 408);
  alice.ackFailure(text, alice.response(408));
  house.run(100_000);
  house.assertEmpty();
});

test("Timer C starts again with each provisional response but 100 (RFC 3261 §16.7 step 2)", () => {
  const { house, phones } = call((all) => ({ groups: [[binding(all[0]!)]] }), 1);
  const [bob] = phones;
  answer(bob!, 100);
  house.run(100_000);
  answer(bob!, 180);
  house.run(100_000);
  assert.deepEqual(bob!.seen, ["INVITE"]);
  house.run(81_500);
  assert.deepEqual(bob!.seen, ["INVITE", "CANCEL"]);
});

test("Timer C runs for a branch that only said 100, and a dead phone is given up 64·T1 after its CANCEL (RFC 3261 §16.8, §9.1)", () => {
  const { house, alice, phones, text } = call((all) => ({ groups: [[binding(all[0]!)]], timerCMs: 190_000 }), 1);
  const [bob] = phones;
  answer(bob!, 100);
  house.run(189_900);
  assert.deepEqual(bob!.seen, ["INVITE"]);
  house.network.cut(bob!.address);
  house.run(200);
  assert.equal(house.proxy.counters.cancelled, 1);
  house.run(32_200);
  assert.deepEqual(alice.seen, [100, 408]);
  alice.ackFailure(text, alice.response(408));
  house.run(100_000);
  house.assertEmpty();
});

test("a 180 that comes after the CANCEL does not put off its end (RFC 3261 §9.1)", () => {
  const { house, alice, phones } = call((all) => ({ groups: [[binding(all[0]!)]], ringMs: 1000 }), 1);
  answer(phones[0]!, 180);
  house.run(1020);
  assert.deepEqual(phones[0]!.seen, ["INVITE", "CANCEL"]);
  for (let i = 0; i < 7; i++) {
    answer(phones[0]!, 180);
    house.run(5000);
  }
  assert.equal(alice.response(408).status, 408);
});

test("an empty sequence with an otherwise goes there at once", () => {
  const { phones } = call((all): ForwardOptions => {
    const targets: ProxyTarget[] = [binding(all[1]!)];
    return {
      groups: [],
      otherwise: (best, status) => (best === undefined && status === 480 ? { groups: [targets] } : undefined),
    };
  });
  assert.deepEqual(phones[1]!.seen, ["INVITE"]);
});

test("the ringing time of a group is not that of the next one, which has none", () => {
  const { house, alice, phones } = call((all) => ({
    groups: [[binding(all[0]!)]],
    ringMs: 5000,
    otherwise: (_best, status) => (status === 486 ? { groups: [[binding(all[1]!)]] } : undefined),
  }));
  answer(phones[0]!, 486);
  house.run();
  answer(phones[1]!, 180);
  house.run(60_000);
  assert.deepEqual(phones[1]!.seen, ["INVITE"]);
  answer(phones[1]!, 200);
  house.run();
  assert.equal(alice.responses.at(-1)?.status, 200);
});

test("a phone that rings only after its time is over and the caller was told gets its CANCEL then (RFC 3261 §9.1)", () => {
  for (const answers of [true, false]) {
    const { house, alice, phones, text } = call((all) => ({ groups: [[binding(all[0]!)]], ringMs: 5000 }), 1);
    house.run(5100);
    alice.ackFailure(text, alice.response(408));
    answer(phones[0]!, 180);
    house.run();
    assert.equal(phones[0]!.requests.filter((request) => request.method === "CANCEL").length, 1);
    assert.deepEqual(alice.seen, [100, 408]);
    phones[0]!.answer(phones[0]!.request("CANCEL"), 200);
    if (answers) answer(phones[0]!, 487);
    house.run(100_000);
    house.assertEmpty();
  }
});

test("a phone given up unheard that answers while others are still being cancelled gets the call (RFC 3261 §16.7 step 5)", () => {
  const { house, alice, phones } = call((all) => ({
    groups: [[binding(all[0]!), binding(all[1]!)]],
    ringMs: 5000,
  }));
  answer(phones[1]!, 180);
  house.run(5100);
  assert.deepEqual(alice.seen, [100, 180]);
  answer(phones[0]!, 200);
  house.run();
  assert.equal(alice.responses.at(-1)?.toTag, "tt-u3");
  answer(phones[1]!, 487);
  house.run();
  assert.equal(phones[1]!.seen.at(-1), "ACK");
});

test("closing the proxy ends a branch that was given up and heard of later", () => {
  const { house, alice, phones, text } = call((all) => ({ groups: [[binding(all[0]!)]], ringMs: 5000 }), 1);
  house.run(5100);
  alice.ackFailure(text, alice.response(408));
  answer(phones[0]!, 180);
  house.run();
  house.proxy.close();
  assert.equal(house.proxy.counters.contexts, 0);
  house.layer.close();
  assert.equal(house.wheel.size, 0);
});
