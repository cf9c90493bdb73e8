/** Requests within a call: texts, INFO, who is there. RFC 3428, RFC 6086, RFC 2976, RFC 3325. */

import assert from "node:assert/strict";
import { beforeEach, suite, test } from "node:test";
import type { Call } from "@trapezoid/call";
import { CallRig, type Phone } from "./rig.ts";

suite("within a call", () => {
  let rig: CallRig;
  let alice: Phone;
  let bob: Phone;
  let from: Call;
  let to: Call;

  beforeEach(async () => {
    rig = new CallRig();
    alice = rig.phone("alice");
    bob = rig.phone("bob");
    ({ from, to } = await rig.connect(alice, bob));
  });

  const end = async (): Promise<void> => {
    void from.hangUp();
    await rig.assertNothingLeft();
  };

  test("message(): any text, in both directions, with its type", async () => {
    const told: unknown[] = [];
    for (const call of [from, to]) call.events.on("message", (...args) => told.push(args));
    await rig.outcome(from.message("Grüße, 世界 🙂"));
    await rig.outcome(to.message("<p>hi</p>", { contentType: "text/html" }));
    assert.deepEqual(told, [
      ["Grüße, 世界 🙂", "text/plain"],
      ["<p>hi</p>", "text/html"],
    ]);
    const line = rig.recorder.request("alice → bob MESSAGE").header("Content-Type");
    assert.equal(line, "text/plain;charset=utf-8");
    await end();
  });

  test("a text that nobody reads is refused by a status that leaves the call alone (RFC 5057 §5.1)", async () => {
    await rig.fails(from.message("hello"), { status: 488 });
    assert.equal(from.state, "active");
    await end();
  });

  test("INFO without a body asks whether we are there: 200 (RFC 2976 §2.2); with one that nobody knows: 415", async () => {
    assert.ok(!((await rig.outcome(from.session.request("INFO"))) instanceof Error));
    await rig.fails(from.info({ contentType: "application/x-weather", body: "rain" }), { status: 415 });
    const accepts = rig.recorder.response("415 INFO").header("Accept");
    assert.equal(accepts, "application/dtmf-relay, application/dtmf");
    await end();
  });

  test("INFO of a package that the other side does not take is not sent (RFC 6086 §4.2.1)", async () => {
    await rig.fails(from.info({ contentType: "application/x-weather", body: "rain" }, "weather"));
    assert.equal(rig.recorder.count("INFO"), 0);
    await end();
  });

  test("INFO with digits as phones write them", async () => {
    const bodies: readonly (readonly [type: string, body: string, digit: string])[] = [
      ["application/dtmf-relay", "Signal=1\r\nDuration=250\r\n", "1"],
      ["application/dtmf-relay", "signal= 2 \n", "2"],
      ["APPLICATION/DTMF", "3", "3"],
      ["application/dtmf", " 11\r\n", "#"],
      ["application/dtmf-relay", "Signal=a", "A"],
      ["application/dtmf-relay", "Signal=16", "!"],
    ];
    for (const [contentType, body, digit] of bodies) {
      assert.equal(await rig.outcome(from.info({ contentType, body })), undefined);
      assert.equal(await rig.outcome(to.collectDigits()), digit);
    }
    for (const body of ["Signal=", "Duration=100", "Signal=99", "\u0000"]) {
      await rig.fails(from.info({ contentType: "application/dtmf-relay", body }), { status: 415 });
    }
    await end();
  });

  test("OPTIONS within a call is answered with what we can", async () => {
    const answer = await rig.outcome(from.session.request("OPTIONS"));
    assert.ok(!(answer instanceof Error));
    assert.equal(answer.response.status, 200);
    await end();
  });
});
