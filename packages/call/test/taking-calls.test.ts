/** Calls to us, as they are taken: by listeners, iterations, handlers. */

import assert from "node:assert/strict";
import { beforeEach, suite, test } from "node:test";
import { CallError, type IncomingCall } from "@trapezoid/call";
import { CallRig, type Phone } from "./rig.ts";

suite("taking calls", () => {
  let rig: CallRig;
  let alice: Phone;

  beforeEach(() => {
    rig = new CallRig();
    alice = rig.phone("alice");
  });

  test("incoming(): from the moment it is asked for, one after the other, until the user agent is closed", async () => {
    const bob = rig.phone("bob", { listens: false });
    const incoming = bob.agent.incoming();
    const calls = [alice.agent.dial(bob.uri), alice.agent.dial(bob.uri)];
    await rig.run(100);
    const taken: (IncomingCall | undefined)[] = [];
    const reading = (async () => {
      for await (const call of incoming) taken.push(call);
    })();
    await rig.run();
    assert.deepEqual(
      taken.map((call) => call?.id),
      calls.map(({ id }) => id),
    );
    const closing = bob.agent.close();
    await rig.run(3_000);
    await Promise.all([closing, reading]);
    assert.deepEqual(
      (await Promise.all(calls.map(({ ended }) => ended))).map(({ status }) => status),
      [480, 480],
    );
    assert.throws(() => bob.agent.incoming(), { code: "CALL_CLOSED" });
    await rig.assertNothingLeft();
  });

  test("a call that nobody answers is 480 in the end, though its caller says nothing more; an answered one stays", async () => {
    const bob = rig.phone("bob", { maxWaitingSeconds: 60 });
    const forgotten = alice.agent.dial(bob.uri, { ringSeconds: 3_600 });
    await rig.run(100);
    void bob.call.ring();
    const unanswered = bob.call;
    const { from } = await rig.connect(alice, bob);
    await rig.run(59_000);
    assert.equal(unanswered.state, "ringing");
    await rig.run(2_000);
    const end = await unanswered.ended;
    assert.deepEqual([end.cause, end.status, end.text], ["timeout", 480, "nobody took the call within 60 seconds"]);
    assert.equal((await forgotten.ended).status, 480);
    assert.equal(from.state, "active");
    void from.hangUp();
    await rig.assertNothingLeft();
  });

  test("incoming(): who gave up while nobody took the call is passed over", async () => {
    const bob = rig.phone("bob", { listens: false });
    const incoming = bob.agent.incoming();
    const first = alice.agent.dial(bob.uri);
    const second = alice.agent.dial(bob.uri);
    await rig.run(300);
    void first.hangUp();
    await rig.run(300);
    assert.equal((await incoming.next()).value?.id, second.id);
    await incoming.return?.();
    void second.hangUp();
    await rig.assertNothingLeft();
  });

  test("incoming(): calls that wait when the iteration ends are 480, and so are later ones", async () => {
    const bob = rig.phone("bob", { listens: false });
    const giveUp = new AbortController();
    const incoming = bob.agent.incoming({ signal: giveUp.signal });
    const waiting = alice.agent.dial(bob.uri);
    await rig.run(100);
    giveUp.abort();
    assert.deepEqual(await incoming.next(), { value: undefined, done: true });
    await rig.run(100);
    assert.equal((await waiting.ended).status, 480);
    await rig.fails(alice.agent.call(bob.uri), { status: 480 });
    await rig.assertNothingLeft();
  });

  test("onCall: when the handler is done the call is hung up", async () => {
    const bob = rig.phone("bob", {
      listens: false,
      onCall: async (call) => {
        await call.answer();
        assert.equal(await call.collectDigits(), "1");
      },
    });
    const call = alice.agent.dial(bob.uri);
    await rig.run(100);
    assert.equal(call.state, "active");
    bob.lastMedia.events.emit("digit", "1", "event");
    await rig.run(100);
    assert.partialDeepStrictEqual(await call.ended, { cause: "bye", by: "remote" });
    await rig.assertNothingLeft();
  });

  test("onCall: a handler that does not answer refuses with 480", async () => {
    const bob = rig.phone("bob", { listens: false, onCall: () => {} });
    await rig.fails(alice.agent.call(bob.uri), { status: 480 });
    await rig.assertNothingLeft();
  });

  test("onCall: what fails because the caller has gone is no error; what fails otherwise is, and ends the call", async () => {
    const over = Promise.withResolvers<unknown>();
    const bob = rig.phone("bob", {
      listens: false,
      onCall: async (call) => {
        await call.answer();
        await call.collectDigits({ firstMs: 60_000 }).catch((error) => {
          over.resolve(error);
          throw error;
        });
      },
    });
    const fault = new TypeError("mine");
    const carol = rig.phone("carol", {
      listens: false,
      onCall: async (call) => {
        await call.answer();
        throw fault;
      },
    });
    const first = alice.agent.dial(bob.uri);
    await rig.run(100);
    void first.hangUp();
    await rig.run(100);
    assert.ok((await over.promise) instanceof CallError);
    assert.deepEqual(rig.errors, []);
    const second = alice.agent.dial(carol.uri);
    await rig.run(100);
    assert.equal((await second.ended).by, "remote");
    assert.deepEqual(rig.errors.splice(0), [fault]);
    await rig.assertNothingLeft();
  });

  test("onCall: what comes to nothing in a call ends that call, and is told where somebody wants to know", async () => {
    const told: unknown[] = [];
    const onCall = async (call: IncomingCall): Promise<void> => {
      await call.answer();
      await call.transfer("sip:nobody@10.0.0.3");
    };
    const bob = rig.phone("bob", { listens: false, onCall, onError: (error) => told.push(error) });
    const silent = rig.phone("carol", { listens: false, onCall, onError: undefined });
    for (const phone of [bob, silent]) {
      const call = alice.agent.dial(phone.uri);
      await rig.run(200);
      assert.deepEqual([call.state, (await call.ended).by], ["ended", "remote"]);
    }
    assert.equal(told.length, 1);
    assert.equal((told[0] as CallError).code, "CALL_TRANSFER_FAILED");
    assert.deepEqual(bob.warnings, []);
    assert.deepEqual(silent.warnings, [
      "the call from sip:alice@test was hung up, because onCall came to nothing: the other side refused to be transferred to sip:nobody@10.0.0.3: 603 Decline (onError takes such failures)",
    ]);
    await rig.assertNothingLeft();
  });

  test("onCall: an error of its own is told even when the call is over", async () => {
    const fault = new TypeError("mine");
    const bob = rig.phone("bob", {
      listens: false,
      onCall: async (call) => {
        await call.answer();
        await call.ended;
        throw fault;
      },
    });
    const call = alice.agent.dial(bob.uri);
    await rig.run(100);
    void call.hangUp();
    await rig.run(100);
    assert.deepEqual(rig.errors.splice(0), [fault]);
    await rig.assertNothingLeft();
  });
});
