/** A whole call through the proxy. RFC 3261 §16, §24.2. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { binding, House } from "./house.ts";

test("a call: INVITE, 100 at once, 180, 200, ACK and BYE pass, and nothing is left (RFC 3261 §16.2, §16.7, §21.1.1)", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  house.options = { groups: [[binding(bob)]] };

  alice.send("INVITE", "sip:bob@10.0.0.1");
  house.run();
  assert.deepEqual(alice.seen, [100]);
  const invite = bob.request("INVITE");
  assert.equal(invite.requestUri, "sip:u3@10.0.0.3:5060");
  bob.answer(invite, 180);
  house.run();
  bob.answer(invite, 200);
  house.run();
  assert.deepEqual(alice.seen, [100, 180, 200]);
  const ok = alice.response(200);
  assert.equal(ok.headers("Via").length, 1);

  const route = alice.routeSet(ok).map((value) => `Route: ${value}`);
  assert.equal(route.length, 1);
  alice.send("ACK", "sip:u3@10.0.0.3:5060", { toTag: "tt-u3", lines: route });
  house.run();
  assert.equal(bob.request("ACK").headers("Route").length, 0);

  bob.send("BYE", "sip:u2@10.0.0.2:5060", {
    callId: "call-u2",
    fromTag: "tt-u3",
    toTag: "ft-u2",
    lines: bob.routeSet(invite).map((value) => `Route: ${value}`),
  });
  house.run();
  alice.answer(alice.request("BYE"), 200);
  house.run();
  assert.deepEqual(bob.seen, ["INVITE", "ACK", 200]);
  house.run(100_000);
  house.assertEmpty();
  assert.equal(house.proxy.counters.contextsCreated, 2);
});
