/** Calls that are given up: CANCEL at every state, the ring time-out, signals. RFC 3261 §9, §13.3.1. */

import assert from "node:assert/strict";
import { beforeEach, suite, test } from "node:test";
import type { CallEnd, CallError } from "@trapezoid/call";
import { CallRig, type Phone } from "./rig.ts";

suite("giving calls up", () => {
  let rig: CallRig;
  let alice: Phone;
  let bob: Phone;

  beforeEach(() => {
    rig = new CallRig();
    alice = rig.phone("alice");
    bob = rig.phone("bob");
  });

  test("before the INVITE is out nothing is sent", async () => {
    const call = alice.agent.dial(bob.uri);
    void call.hangUp();
    await rig.run(100);
    assert.partialDeepStrictEqual(await call.ended, { cause: "cancelled", by: "local" });
    assert.equal(rig.recorder.count("INVITE"), 0);
    await rig.assertNothingLeft();
  });

  test("a CANCEL waits for a provisional response (RFC 3261 §9.1)", async () => {
    rig.network.conditions = { ...rig.network.conditions, delayMs: 50 };
    const call = alice.agent.dial(bob.uri);
    await rig.run(10);
    void call.hangUp();
    await rig.run(10);
    assert.equal(call.state, "ending");
    assert.equal(rig.recorder.count("CANCEL"), 0);
    await rig.run(1_000);
    assert.partialDeepStrictEqual(await call.ended, { cause: "cancelled", status: 487 });
    assert.partialDeepStrictEqual(await bob.call.ended, {
      cause: "cancelled",
      by: "remote",
      text: "the caller gave up",
    });
    await rig.assertNothingLeft();
  });

  test("while it rings: CANCEL with its reason", async () => {
    const call = alice.agent.dial(bob.uri);
    await rig.run();
    await bob.call.ring();
    await rig.run();
    void call.hangUp({ reason: "wrong number" });
    await rig.run(100);
    const end = await bob.call.ended;
    assert.deepEqual([end.cause, end.text], ["cancelled", "the caller gave up (wrong number)"]);
    await assert.rejects(call.answered, { code: "CALL_FAILED", status: 487 });
    await rig.assertNothingLeft();
  });

  test("with early media, which is let go", async () => {
    const call = alice.agent.dial(bob.uri);
    await rig.run();
    void bob.call.earlyMedia();
    await rig.run(100);
    assert.equal(call.media?.audio?.direction, "sendrecv");
    void call.hangUp();
    await rig.run(100);
    assert.equal((await call.ended).cause, "cancelled");
    await rig.assertNothingLeft();
  });

  test("a CANCEL that crosses the 200: acknowledged and hung up", async () => {
    rig.network.conditions = { ...rig.network.conditions, delayMs: 50 };
    const call = alice.agent.dial(bob.uri);
    await rig.run(60);
    await bob.call.ring();
    await rig.run(60);
    void bob.call.answer();
    void call.hangUp();
    await rig.run(1_000);
    assert.equal((await call.ended).cause, "cancelled");
    assert.equal((await bob.call.ended).cause, "bye");
    rig.recorder.expectInOrder(["CANCEL", "ACK", "BYE"]);
    await assert.rejects(call.answered, { code: "CALL_FAILED" });
    await rig.assertNothingLeft();
  });

  test("nobody answers within ringSeconds: CANCEL, and the end says so", async () => {
    const call = alice.agent.dial(bob.uri, { ringSeconds: 20 });
    await rig.run();
    await bob.call.ring();
    await rig.run(19_900);
    assert.equal(call.state, "ringing");
    await rig.run(300);
    const end = await call.ended;
    assert.deepEqual(
      [end.cause, end.by, end.status, end.text],
      ["timeout", "local", 408, "nobody answered within 20 seconds"],
    );
    assert.equal((await bob.call.ended).cause, "cancelled");
    await assert.rejects(call.answered, (error: CallError) => error.status === 408 && error.message === end.text);
    await rig.assertNothingLeft();
  });

  test("a call that is answered is not ended by ringSeconds", async () => {
    const { from } = await rig.connect(alice, bob, { ringSeconds: 5 });
    await rig.run(60_000);
    assert.equal(from.state, "active");
    void from.hangUp();
    await rig.assertNothingLeft();
  });

  test("nobody is there at all: 408 after 64·T1", async () => {
    const call = alice.agent.dial("sip:nobody@10.0.0.77");
    await rig.run(40_000);
    assert.partialDeepStrictEqual(await call.ended, { by: "local", durationMs: 0 });
    assert.ok(["timeout", "transport"].includes((await call.ended).cause));
    await rig.assertNothingLeft();
  });

  test("an address that cannot be called throws at once and leaves nothing", async () => {
    assert.throws(() => alice.agent.dial("not an address"), TypeError);
    await assert.rejects(alice.agent.call("not an address"), TypeError);
    assert.equal(alice.agent.calls.size, 0);
    await rig.assertNothingLeft();
  });

  test("a signal that is aborted before dial(): nothing is sent", async () => {
    const call = alice.agent.dial(bob.uri, { signal: AbortSignal.abort() });
    await rig.run(100);
    assert.equal((await call.ended).cause, "cancelled");
    assert.equal(rig.recorder.count("INVITE"), 0);
    await rig.assertNothingLeft();
  });

  test("a signal that is aborted while it rings cancels; once the call is up it does nothing", async () => {
    const ringing = new AbortController();
    const call = alice.agent.dial(bob.uri, { signal: ringing.signal });
    await rig.run();
    await bob.call.ring();
    await rig.run();
    ringing.abort();
    await rig.run(100);
    assert.equal((await call.ended).cause, "cancelled");
    const up = new AbortController();
    const { from } = await rig.connect(alice, bob, { signal: up.signal });
    up.abort();
    await rig.run(100);
    assert.equal(from.state, "active");
    void from.hangUp();
    await rig.assertNothingLeft();
  });

  test("answer() is given up by its signal while the ACK is waited for, and at once by one that is aborted", async () => {
    rig.network.lose = ({ text }) => text.startsWith("ACK ");
    const call = alice.agent.dial(bob.uri);
    await rig.run();
    const giveUp = new AbortController();
    const answering = bob.call.answer({ signal: giveUp.signal });
    await rig.run(1_000);
    giveUp.abort();
    rig.network.lose = undefined;
    assert.ok((await rig.outcome(answering, 5_000)) instanceof Error);
    assert.equal(((await rig.outcome(call.ended)) as CallEnd).by, "remote");

    const second = alice.agent.dial(bob.uri);
    await rig.run();
    const refused = bob.call.answer({ signal: AbortSignal.abort() });
    assert.ok((await rig.outcome(refused)) instanceof Error);
    assert.equal((await second.ended).status, 487);
    await rig.assertNothingLeft();
  });

  test("a caller that never acknowledges: answer() rejects, and the end says why (RFC 3261 §13.3.1.4)", async () => {
    rig.network.lose = ({ text }) => text.startsWith("ACK ");
    alice.agent.dial(bob.uri);
    await rig.run();
    const answering = bob.call.answer();
    assert.ok((await rig.outcome(answering, 40_000)) instanceof Error);
    assert.equal((await bob.call.ended).cause, "no-ack");
    await rig.assertNothingLeft();
  });

  test("both hang up at once: each is told that it was itself", async () => {
    const { from, to } = await rig.connect(alice, bob);
    rig.network.conditions = { ...rig.network.conditions, delayMs: 50 };
    void from.hangUp();
    void to.hangUp();
    await rig.run(500);
    assert.deepEqual([(await from.ended).by, (await to.ended).by], ["local", "local"]);
    await rig.assertNothingLeft();
  });

  test("a call whose other side is gone ends all the same when it is hung up", async () => {
    const { from } = await rig.connect(alice, bob);
    rig.network.cut(bob.address);
    void from.hangUp();
    await rig.run(40_000);
    assert.partialDeepStrictEqual(await from.ended, { cause: "bye", by: "local" });
    rig.network.mend(bob.address);
    void bob.call.hangUp();
    await rig.run(40_000);
    assert.equal((await bob.call.ended).by, "local");
    await rig.assertNothingLeft();
  });
});
