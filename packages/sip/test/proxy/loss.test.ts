/** Calls on a network that loses, repeats and reorders: every transaction ends as §17 says, and nothing is left. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { SipRequest } from "@trapezoid/sip/message";
import { binding, House, type Phone } from "./house.ts";

/** A phone that does its part of RFC 3261 §17 badly but persistently: it repeats its final response until the ACK comes. */
function stubborn(house: House, phone: Phone, status: number, stop: { done: boolean }): void {
  const answered = new Set<string>();
  let at = 0;
  const look = (): void => {
    if (stop.done) return;
    for (; at < phone.received.length; at++) {
      const message = phone.received[at]!;
      if (!(message instanceof SipRequest)) continue;
      if (message.method === "ACK") answered.add(message.callId!);
      else if (message.method === "CANCEL") phone.answer(message, 200);
      else if (message.method === "BYE") phone.answer(message, 200);
    }
    for (const invite of phone.requests) {
      if (invite.method !== "INVITE" || answered.has(invite.callId!)) continue;
      const isCancelled = phone.requests.some((other) => other.method === "CANCEL" && other.callId === invite.callId);
      phone.answer(invite, isCancelled ? 487 : status);
    }
    house.clock.after(500, look);
  };
  house.clock.after(100, look);
}

test("calls with a fifth of all datagrams lost, some repeated and reordered, leave nothing behind (RFC 3261 §17, §16.7)", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const phones = ["10.0.0.3", "10.0.0.4", "10.0.0.5"].map((address) => house.phone(address));
  const stop = { done: false };
  stubborn(house, phones[0]!, 200, stop);
  stubborn(house, phones[1]!, 486, stop);
  stubborn(house, phones[2]!, 200, stop);
  house.options = {
    groups: [phones.slice(0, 2).map((phone) => binding(phone)), [binding(phones[2]!)]],
    ringMs: 20_000,
  };
  house.network.conditions = { lossRate: 0.2, delayMs: 5, jitterMs: 40, duplicateRate: 0.1, reorderRate: 0.1 };
  const texts: string[] = [];
  for (let call = 0; call < 30; call++) {
    const text = alice.compose("INVITE", "sip:bob@10.0.0.1", { callId: `c${call}`, fromTag: `f${call}` });
    texts.push(text);
    for (let repeat = 0; repeat < 6; repeat++)
      house.clock.after(call * 50 + 500 * (2 ** repeat - 1), () => alice.udp().send(text));
    if (call % 3 === 0)
      for (let repeat = 0; repeat < 6; repeat++)
        house.clock.after(3000 + call * 50 + repeat * 900, () => alice.cancel(text));
  }
  // The caller acknowledges whatever it gets.
  let at = 0;
  for (let tick = 0; tick < 1500; tick++) {
    house.run(100);
    for (; at < alice.received.length; at++) {
      const message = alice.received[at]!;
      if (message instanceof SipRequest || message.cseq?.method !== "INVITE" || message.status < 200) continue;
      const index = Number(message.callId!.slice(1));
      if (message.status >= 300) alice.ackFailure(texts[index]!, message);
      else {
        alice.send("ACK", message.header("Contact")!.slice(1, -1), {
          callId: message.callId!,
          fromTag: `f${index}`,
          toTag: message.toTag!,
          lines: alice.routeSet(message).map((value) => `Route: ${value}`),
        });
      }
    }
  }
  stop.done = true;
  const finals = new Map<string, Set<number>>();
  for (const response of alice.responses) {
    if (response.cseq?.method !== "INVITE" || response.status < 200) continue;
    const seen = finals.get(response.callId!) ?? new Set();
    finals.set(response.callId!, seen.add(response.status));
  }
  assert.equal(finals.size, 30);
  // Either one failure or any number of 2xx, never both (§16.7 step 5).
  for (const [callId, statuses] of finals) assert.equal(statuses.size, 1, `${callId}: ${[...statuses]}`);
  house.run(400_000);
  house.assertEmpty();
});

test("closing the proxy ends contexts at once, without a timer left", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  house.options = { groups: [[binding(bob)]] };
  alice.send("INVITE", "sip:bob@10.0.0.1");
  house.run();
  bob.answer(bob.request("INVITE"), 180);
  house.run();
  house.proxy.close();
  alice.send("INVITE", "sip:bob@10.0.0.1", { cseq: 2 });
  house.run();
  assert.equal(alice.responses.at(-1)?.status, 503);
  house.layer.close();
  house.proxy.close();
  house.assertEmpty();
});
