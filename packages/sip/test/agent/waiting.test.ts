/** What a caller is told while nobody answers, so that no proxy gives up. RFC 3261 §13.3.1.1, §17.2.1; RFC 3262 §3. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Rig } from "./rig.ts";

test("100 after 200 ms of silence, and each minute the last response again (RFC 3261 §13.3.1.1, §17.2.1)", async () => {
  const rig = new Rig();
  const [alice, bob] = [rig.agent("alice"), rig.agent("bob")];
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run(190);
  assert.equal(rig.recorder.count("100 INVITE"), 0);
  await rig.run(50);
  assert.equal(rig.recorder.count("100 INVITE"), 1);
  void bob.call.ring();
  await rig.run(59_000);
  assert.equal(rig.recorder.count("180 INVITE"), 1);
  await rig.run(120_000);
  assert.equal(rig.recorder.count("180 INVITE"), 3);
  void bob.call.accept();
  await rig.run(200_000);
  assert.equal(rig.recorder.count("180 INVITE"), 3);
  void call.end();
  await rig.assertNothingLeft();
});

test("reliable ones are renewed after two and a half minutes, each with the next number (RFC 3262 §3)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice", { reliableProvisional: "required" });
  const bob = rig.agent("bob");
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run();
  void bob.call.ring();
  await rig.run(149_000);
  assert.equal(rig.recorder.count("180 INVITE"), 1);
  await rig.run(152_000);
  const numbers = rig.recorder.all("180 INVITE").map(({ message }) => Number(message!.header("RSeq")));
  assert.deepEqual(numbers, [numbers[0]!, numbers[0]! + 1, numbers[0]! + 2]);
  assert.equal(rig.recorder.count("PRACK") - rig.recorder.count("200 PRACK"), 3);
  void bob.call.accept();
  await rig.run(200_000);
  assert.equal(call.state, "confirmed");
  assert.equal(rig.recorder.count("180 INVITE"), 3);
  void call.end();
  await rig.assertNothingLeft();
});
