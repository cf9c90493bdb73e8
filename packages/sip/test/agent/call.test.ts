/** Calls from INVITE to BYE. RFC 3261 §13 to §15. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Rig } from "./rig.ts";

test("a call: INVITE with an offer, 180, 200 with the answer, ACK, BYE (RFC 3261 §12.1, §13.1, §15.1, §21.1.2)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = rig.agent("bob");
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run();
  assert.equal(call.state, "calling");
  await bob.call.ring();
  await rig.run();
  assert.equal(call.state, "early");
  const accepted = bob.call.accept();
  await rig.run();
  const leg = await call.confirmed;
  assert.equal(leg.state, "confirmed");
  await accepted;
  assert.equal(bob.call.state, "confirmed");
  assert.deepEqual(alice.owner.log, ["initial INVITE: makes alice offer 1", "initial INVITE: takes bob answer 1"]);
  assert.deepEqual(bob.owner.log, ["initial INVITE: to alice offer 1 makes bob answer 1"]);
  const ending = call.end();
  await rig.run();
  assert.equal((await ending).cause, "bye");
  assert.equal((await bob.call.ended).by, "remote");
  rig.recorder.expectExactly([
    "alice → bob INVITE",
    "bob → alice 180 INVITE",
    "bob → alice 200 INVITE",
    "alice → bob ACK",
    "alice → bob BYE",
    "bob → alice 200 BYE",
  ]);
  await rig.assertNothingLeft();
  const { sessions, sessionsOutgoing } = alice.core.counters;
  assert.deepEqual([sessions, sessionsOutgoing, bob.core.counters.sessionsIncoming], [0, 1, 1]);
});
