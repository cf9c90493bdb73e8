/** Attended transfer between three user agents: whoever is sent takes the place of whoever sends. RFC 5589 §7. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Call, IncomingCall } from "@trapezoid/call";
import { CallRig } from "./rig.ts";

test("the new INVITE says whose place it takes, and by whose word; the target joins without asking (RFC 3891 §6.1, RFC 3892 §3)", async () => {
  const rig = new CallRig();
  const alice = rig.phone("alice");
  const bob = rig.phone("bob", { onTransfer: "follow" });
  const carol = rig.phone("carol");
  const { from: first, to: atBob } = await rig.connect(alice, bob);
  const { from: second, to: atCarol } = await rig.connect(alice, carol);
  let replacing: IncomingCall | undefined;
  let sent: Call | undefined;
  atCarol.events.on("replaced", (call) => {
    replacing = call;
  });
  atBob.events.on("transferred", (call) => {
    sent = call;
  });
  const transfer = first.transfer(second);
  await rig.run(500);
  await transfer;
  assert.equal(replacing?.state, "active");
  assert.equal(sent?.state, "active");
  assert.equal(replacing.id, sent.id);
  assert.match(replacing.header("Replaces")[0] ?? "", new RegExp(`^${atCarol.id};`));
  assert.match(replacing.header("Referred-By")[0] ?? "", /sip:alice@test/);
  assert.deepEqual([first.state, atBob.state, second.state, atCarol.state], ["ended", "ended", "ended", "ended"]);
  void sent.hangUp();
  await rig.run();
  await rig.assertNothingLeft();
});
