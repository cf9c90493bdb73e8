/** Calls from INVITE to answer: rung, answered, refused, redirected, given up by either side. */

import assert from "node:assert/strict";
import { beforeEach, suite, test } from "node:test";
import type { CallError } from "@trapezoid/call";
import { userOf } from "@trapezoid/sip/message";
import { CallRig, type Phone } from "./rig.ts";

suite("making calls", () => {
  let rig: CallRig;
  let alice: Phone;
  let bob: Phone;

  beforeEach(() => {
    rig = new CallRig();
    alice = rig.phone("alice");
    bob = rig.phone("bob");
  });

  test("rings, is answered, is hung up, and tells each step", async () => {
    const call = alice.agent.dial(bob.uri);
    const told: string[] = [];
    call.events.on("progress", (status, reason) => told.push(`${status} ${reason}`));
    call.events.on("answered", () => told.push("answered"));
    call.events.on("ended", ({ text }) => told.push(text));
    assert.equal(call.state, "calling");
    await rig.run();
    assert.deepEqual([bob.call.state, bob.call.direction, bob.call.id], ["calling", "incoming", call.id]);
    await bob.call.ring();
    await rig.run();
    assert.deepEqual([call.state, bob.call.state, await call.ringing], ["ringing", "ringing", 180]);
    void bob.call.answer();
    await rig.run();
    await Promise.all([call.answered, bob.call.answered]);
    assert.deepEqual([call.state, bob.call.state], ["active", "active"]);
    assert.deepEqual([...alice.agent.calls], [call]);
    await rig.run(3_000);
    const end = await rig.outcome(call.hangUp());
    assert.partialDeepStrictEqual(end, { cause: "bye", by: "local", text: "we hung up" });
    const { durationMs } = await call.ended;
    assert.ok(durationMs >= 3_000 && durationMs < 3_100 && Number.isInteger(durationMs), `${durationMs}`);
    assert.partialDeepStrictEqual(await bob.call.ended, { cause: "bye", by: "remote", text: "the other side hung up" });
    assert.equal(call.state, "ended");
    assert.deepEqual(told, ["180 Ringing", "answered", "we hung up"]);
    await rig.assertNothingLeft();
  });

  test("call() resolves when the call is answered, and ringing with 200 where nothing rang", async () => {
    const answering = alice.agent.call(bob.uri);
    await rig.run();
    void bob.call.answer();
    await rig.run();
    const call = await answering;
    assert.equal(await call.ringing, 200);
    void bob.call.hangUp({ reason: "dinner" });
    await rig.run();
    assert.partialDeepStrictEqual(await call.ended, { by: "remote", text: "the other side hung up (dinner)" });
    await rig.assertNothingLeft();
  });

  test("a refusal rejects call(), answered and ringing with status, reason and end", async () => {
    const call = alice.agent.dial(bob.uri);
    await rig.run();
    bob.call.reject(486);
    await rig.run();
    for (const promise of [call.answered, call.ringing]) {
      await assert.rejects(promise, (error: CallError) => {
        assert.deepEqual([error.code, error.status, error.reason], ["CALL_FAILED", 486, "Busy Here"]);
        assert.partialDeepStrictEqual(error.end, { cause: "rejected", by: "remote", durationMs: 0 });
        return true;
      });
    }
    assert.partialDeepStrictEqual(await bob.call.ended, { cause: "rejected", by: "local", status: 486 });
    assert.equal((await call.ended).text, "the other side refused the call: 486 Busy Here");
    await rig.assertNothingLeft();
  });

  test("reject() without a status is 603, and once is enough", async () => {
    const call = alice.agent.dial(bob.uri);
    await rig.run();
    bob.call.reject();
    bob.call.reject(500);
    assert.equal(((await rig.outcome(call.ended)) as { status: number }).status, 603);
    await rig.assertNothingLeft();
  });

  test("redirect() sends the caller elsewhere, who follows (RFC 3261 §8.1.3.4)", async () => {
    const carol = rig.phone("carol");
    const call = alice.agent.dial(bob.uri);
    await rig.run();
    bob.call.redirect([carol.uri]);
    await rig.run();
    assert.partialDeepStrictEqual(await bob.call.ended, { cause: "rejected", status: 302 });
    void carol.call.answer();
    await rig.run();
    await call.answered;
    void call.hangUp();
    await rig.assertNothingLeft();
  });

  test("a call that nobody listens for is 480; one listener, an iteration or a handler is enough to be asked", async () => {
    const carol = rig.phone("carol", { listens: false });
    const call = alice.agent.dial(carol.uri);
    assert.equal(((await rig.outcome(call.ended)) as { status: number }).status, 480);
    assert.equal(carol.agent.calls.size, 0);
    await rig.assertNothingLeft();
  });

  test("more calls than maxCalls are 486", async () => {
    const carol = rig.phone("carol", { maxCalls: 1 });
    const first = await rig.connect(alice, carol);
    const second = bob.agent.dial(carol.uri);
    assert.equal(((await rig.outcome(second.ended)) as { status: number }).status, 486);
    void first.from.hangUp();
    await rig.run();
    const third = await rig.connect(bob, carol);
    void third.from.hangUp();
    await rig.assertNothingLeft();
  });

  test("what is in the INVITE can be read, and who calls is told", async () => {
    const call = alice.agent.dial(bob.uri, {
      headers: [
        ["X-Ticket", "17"],
        ["X-Ticket", "18"],
      ],
    });
    await rig.run();
    assert.deepEqual(bob.call.header("X-Ticket"), ["17", "18"]);
    assert.deepEqual(bob.call.header("X-None"), []);
    assert.equal(userOf(bob.call.remote), "alice");
    void call.hangUp();
    await rig.assertNothingLeft();
  });

  test("the callee gives up while it rings: hangUp() refuses with the status it is given", async () => {
    const call = alice.agent.dial(bob.uri);
    await rig.run();
    await bob.call.ring();
    await rig.run();
    void bob.call.hangUp({ status: 480, reason: "away" });
    assert.partialDeepStrictEqual(await rig.outcome(call.ended), { status: 480, cause: "rejected" });
    await rig.assertNothingLeft();
  });

  test("what is asked of a call that is over, or not up yet, is refused", async () => {
    const call = alice.agent.dial(bob.uri);
    await rig.run();
    for (const early of [
      () => call.hold(),
      () => call.transfer(bob.uri),
      () => call.message("a"),
      () => call.setVideo(true),
    ]) {
      await assert.rejects(early, { code: "CALL_STATE" });
    }
    void call.hangUp();
    await rig.run(300);
    assert.equal(call.state, "ended");
    const late = [
      () => call.hold(),
      () => call.resume(),
      () => call.refresh(),
      () => call.setVideo(true),
      () => call.transfer(bob.uri),
      () => call.sendDigits("1"),
      () => call.collectDigits(),
      () => call.play("a.wav"),
      () => call.record("a.wav"),
      () => call.audio(),
      () => call.video(),
      () => call.mute(true),
      () => call.message("a"),
      () => call.info({ contentType: "text/plain", body: "a" }),
    ];
    for (const ask of late) await assert.rejects(ask, { code: "CALL_OVER" }, `${ask}`);
    assert.partialDeepStrictEqual(await call.hangUp(), { cause: "cancelled" });
    await call.statistics();
    for await (const digit of call.digits()) assert.fail(`a digit ${digit}`);
    await rig.assertNothingLeft();
  });

  test("`await using` hangs up", async () => {
    let call: { readonly state: string } | undefined;
    const scope = (async () => {
      await using own = alice.agent.dial(bob.uri);
      call = own;
      void own;
    })();
    await rig.run(100);
    await scope;
    assert.equal(call?.state, "ended");
    await rig.assertNothingLeft();
  });

  test("a listener that throws is an error of its own; the call and the other listeners go on", async () => {
    const call = alice.agent.dial(bob.uri);
    const fault = new TypeError("mine");
    let heard = 0;
    for (const event of ["progress", "answered", "ended"] as const) {
      call.events.on(event, () => {
        throw fault;
      });
      call.events.on(event, () => heard++);
    }
    await rig.run();
    await bob.call.ring();
    void bob.call.answer();
    await rig.run();
    await call.answered;
    void call.hangUp();
    await rig.run();
    await call.ended;
    assert.equal(heard, 3);
    assert.deepEqual(rig.errors.splice(0), [fault, fault, fault]);
    await rig.assertNothingLeft();
  });
});
