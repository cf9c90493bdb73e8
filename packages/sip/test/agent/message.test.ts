/** MESSAGE, both sides, inside and outside of dialogs. RFC 3428. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { IncomingRequest, Reply } from "@trapezoid/sip/agent";
import { type Agent, Rig } from "./rig.ts";

function text(body: string) {
  return { contentType: "text/plain", body };
}

/** Bob, who answers when he is told to. */
function slow(): { rig: Rig; alice: Agent; bob: Agent; got: string[]; answer: (reply?: Reply) => void } {
  const rig = new Rig();
  const got: string[] = [];
  let answer: (reply?: Reply) => void = () => {};
  const onMessage = ({ request }: IncomingRequest): Promise<Reply> => {
    got.push(request.body);
    return new Promise((resolve) => {
      answer = resolve;
    });
  };
  const alice = rig.agent("alice");
  const bob = rig.agent("bob", { handlers: { onMessage } });
  Object.assign(bob.owner, { onMessage });
  return { rig, alice, bob, got, answer: (reply) => answer(reply) };
}

test("of messages to one address each waits for the answer to the one before; other addresses do not (RFC 3428 §8)", async () => {
  const { rig, alice, bob, got, answer } = slow();
  const carol = rig.agent("carol", { handlers: { onMessage: () => {} } });
  const sent = ["one", "two"].map((body) => alice.core.message(bob.uri, text(body)));
  const other = alice.core.message(carol.uri, text("three"));
  await rig.run(50);
  assert.deepEqual(got, ["one"]);
  await other;
  answer({ status: 480 });
  await rig.run(50);
  await assert.rejects(sent[0]!, { status: 480 });
  assert.deepEqual(got, ["one", "two"]);
  answer();
  await rig.run(50);
  await sent[1];
  await rig.assertNothingLeft();
});

test("the same within a dialog, which it does not change (RFC 3428 §8, §4)", async () => {
  const { rig, alice, bob, got, answer } = slow();
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run();
  void bob.call.accept();
  await rig.run(50);
  const sent = ["one", "two"].map((body) => call.request("MESSAGE", { body: text(body) }));
  const asked = call.request("OPTIONS");
  await rig.run(50);
  await asked;
  assert.deepEqual(got, ["one"]);
  assert.equal(rig.recorder.request("alice → bob MESSAGE").header("Contact"), undefined);
  for (const _ of sent) {
    answer();
    await rig.run(50);
  }
  await Promise.all(sent);
  assert.deepEqual(got, ["one", "two"]);
  void call.end();
  await rig.assertNothingLeft();
});

test("a MESSAGE has no Contact, nor has its 2xx, which has no body either; other answers may (RFC 3428 §4, §7)", async () => {
  const { rig, alice, bob, answer } = slow();
  for (const status of [202, 413]) {
    const sent = alice.core.message(bob.uri, text("hello"));
    await rig.run(50);
    answer({ status, contentType: "text/plain", body: "words" });
    await rig.run(50);
    await sent.catch(() => {});
    const response = rig.recorder.response(`${status} MESSAGE`);
    assert.equal(response.body, status === 202 ? "" : "words");
    assert.equal(response.header("Contact"), undefined);
  }
  assert.equal(rig.recorder.request("alice → bob MESSAGE").header("Contact"), undefined);
  await rig.assertNothingLeft();
});

test("what is said in a session to who takes no messages is 405 with Allow, and the session goes on (RFC 3261 §8.2.1, §21.4.6)", async () => {
  const rig = new Rig();
  const [alice, bob] = [rig.agent("alice"), rig.agent("bob")];
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run();
  void bob.call.accept();
  await rig.run(50);
  for (const [method, status] of [
    ["MESSAGE", 405],
    ["DANCE", 501],
  ] as const) {
    const sent = call.request(method);
    await rig.run(50);
    await assert.rejects(sent, { status });
  }
  assert.match(rig.recorder.response("405 MESSAGE").header("Allow") ?? "", /^INVITE, ACK, CANCEL, BYE/);
  assert.equal(call.state, "confirmed");
  void call.end();
  await rig.assertNothingLeft();
});
