/** Transfers: blind and attended, asked for and followed. RFC 3515, RFC 4488, RFC 5589. */

import assert from "node:assert/strict";
import { beforeEach, suite, test } from "node:test";
import type { Call, OutgoingCall, TransferRequest, UserAgentSettings } from "@trapezoid/call";
import { formatUri, userOf } from "@trapezoid/sip/message";
import { CallRig, type Phone } from "./rig.ts";

suite("transfers", () => {
  let rig: CallRig;
  let alice: Phone;
  let bob: Phone;
  let carol: Phone;
  let from: Call;
  let to: Call;
  let followed: OutgoingCall[];

  /** Alice talks to Bob, whom she sends to Carol. */
  const connect = async (onTransfer: NonNullable<UserAgentSettings["onTransfer"]> = "follow"): Promise<void> => {
    rig = new CallRig();
    alice = rig.phone("alice");
    bob = rig.phone("bob", { onTransfer });
    carol = rig.phone("carol");
    ({ from, to } = await rig.connect(alice, bob));
    followed = [];
    to.events.on("transferred", (call) => followed.push(call));
  };

  beforeEach(() => connect());

  const end = async (): Promise<void> => {
    for (const phone of rig.phones) for (const call of phone.agent.calls) void call.hangUp();
    await rig.assertNothingLeft();
  };

  suite("blind", () => {
    test("the other side reaches the target: progress is told, and this call is hung up", async () => {
      const told: string[] = [];
      const transfer = from.transfer(carol.uri, { onProgress: (status, reason) => told.push(`${status} ${reason}`) });
      await rig.run(100);
      await carol.call.ring();
      await rig.run(100);
      void carol.call.answer();
      assert.equal(await rig.outcome(transfer, 500), undefined);
      assert.deepEqual(told, ["100 Trying", "180 Ringing", "200 OK"]);
      assert.deepEqual(
        [from.state, to.state, followed[0]?.state, carol.call.state],
        ["ended", "ended", "active", "active"],
      );
      assert.equal(userOf(followed[0]!.remote), "carol");
      assert.match(carol.call.header("Referred-By")[0]!, /sip:alice@/);
      await end();
    });

    test("the target refuses: it rejects with its status, and this call goes on (RFC 5589 §6.2)", async () => {
      const transfer = from.transfer(carol.uri);
      await rig.run(100);
      carol.call.reject(486);
      await rig.fails(transfer, { code: "CALL_TRANSFER_FAILED", status: 486 }, 500);
      assert.deepEqual([from.state, to.state], ["active", "active"]);
      await end();
    });

    test("the other side will not: it rejects, nobody is called", async () => {
      await connect("refuse");
      await rig.fails(from.transfer(carol.uri), { code: "CALL_TRANSFER_FAILED", status: 603 });
      assert.deepEqual([from.state, carol.calls.length], ["active", 0]);
      await end();
    });

    test("the other side hangs up before it has told the outcome: it has gone where it was sent", async () => {
      const transfer = from.transfer(carol.uri);
      await rig.run(100);
      void to.hangUp();
      assert.equal(await rig.outcome(transfer, 500), undefined);
      assert.equal((await from.ended).by, "remote");
      await end();
    });

    test("we hang up before the outcome is told: it rejects", async () => {
      const transfer = from.transfer(carol.uri);
      await rig.run(100);
      void from.hangUp();
      await rig.fails(transfer, { code: "CALL_OVER" }, 500);
      await end();
    });

    test("reports that end without an outcome: it rejects, and this call goes on", async () => {
      const transfer = from.transfer(carol.uri);
      await rig.run(100);
      // Nobody answers at Carol's, and the reports get lost on their way.
      rig.network.lose = ({ text }) => text.startsWith("NOTIFY ");
      await rig.run(150_000);
      carol.call.reject(486);
      await rig.fails(transfer, { code: "CALL_TRANSFER_FAILED", status: 0 }, 60_000);
      rig.network.lose = undefined;
      await end();
    });

    test("without a subscription: resolves when the other side agrees to try (RFC 4488 §4)", async () => {
      assert.equal(await rig.outcome(from.transfer(carol.uri, { withoutSubscription: true })), undefined);
      assert.equal(from.state, "ended");
      assert.equal(rig.recorder.count("NOTIFY"), 0);
      void carol.call.answer();
      await rig.run(100);
      assert.equal(followed[0]?.state, "active");
      await end();
    });

    test("given up by its signal: CALL_ABORTED, no more reports, the call goes on", async () => {
      const giveUp = new AbortController();
      const transfer = from.transfer(carol.uri, { signal: giveUp.signal });
      await rig.run(100);
      giveUp.abort();
      await rig.fails(transfer, { code: "CALL_ABORTED" });
      assert.equal(from.state, "active");
      const signal = AbortSignal.abort();
      await rig.fails(from.transfer(carol.uri, { signal }));
      await end();
    });

    test("an address that cannot be sent to is refused by whoever is sent (RFC 3261 §21.4.14)", async () => {
      const warnings: string[] = [];
      to.events.on("warning", (text) => warnings.push(text));
      await rig.fails(from.transfer("mailto:carol@example.com"), { code: "CALL_TRANSFER_FAILED" });
      assert.deepEqual([from.state, to.state], ["active", "active"]);
      await end();
    });
  });

  suite("attended", () => {
    test("the two others are joined, and both of our calls end (RFC 5589 §7.3)", async () => {
      const { from: consultation } = await rig.connect(alice, carol);
      const atCarol = carol.call;
      const replaced: Call[] = [];
      atCarol.events.on("replaced", (call) => replaced.push(call));
      await rig.outcome(from.hold());
      assert.equal(await rig.outcome(from.transfer(consultation), 1_000), undefined);
      assert.deepEqual([from.state, to.state], ["ended", "ended"]);
      assert.deepEqual([(await consultation.ended).by, (await atCarol.ended).cause], ["remote", "replaced"]);
      const [joined] = replaced;
      assert.ok(joined);
      assert.deepEqual([joined.state, followed[0]?.state, userOf(joined.remote)], ["active", "active", "bob"]);
      assert.equal(carol.calls.length, 1, "nobody is asked whether a call goes on");
      await end();
    });

    test("the target knows nothing of the call to be replaced: it rejects, and both calls go on", async () => {
      const { from: consultation, to: atCarol } = await rig.connect(alice, carol);
      await rig.outcome(atCarol.hangUp(), 10);
      const transfer = from.transfer(consultation);
      await rig.fails(transfer, {}, 2_000);
      assert.deepEqual([from.state, to.state], ["active", "active"]);
      await end();
    });
  });

  suite("being sent elsewhere", () => {
    test("a function decides, knowing who asks and where to", async () => {
      const asked: TransferRequest[] = [];
      const verdict = Promise.withResolvers<boolean>();
      await connect((request) => {
        asked.push(request);
        return verdict.promise;
      });
      const transfer = from.transfer(carol.uri);
      await rig.run(100);
      assert.equal(asked.length, 1);
      assert.equal(asked[0]!.call, to);
      assert.equal(asked[0]!.replaces, undefined);
      assert.equal(formatUri(asked[0]!.target), carol.uri);
      verdict.resolve(true);
      await rig.run(100);
      void carol.call.answer();
      assert.equal(await rig.outcome(transfer, 500), undefined);
      await end();
    });

    test("a function that throws is an error of its own, and the answer is no", async () => {
      const fault = new TypeError("mine");
      await connect(() => Promise.reject(fault));
      await rig.fails(from.transfer(carol.uri), { code: "CALL_TRANSFER_FAILED" });
      assert.deepEqual(rig.errors.splice(0), [fault]);
      await end();
    });

    test("who hangs up while it is decided is not followed", async () => {
      const verdict = Promise.withResolvers<boolean>();
      await connect(() => verdict.promise);
      const transfer = from.transfer(carol.uri);
      await rig.run(100);
      void from.hangUp();
      await rig.run(100);
      verdict.resolve(true);
      await rig.fails(transfer, {}, 2_000);
      assert.deepEqual([followed.length, carol.calls.length], [0, 0]);
      await end();
    });

    test("what the call had to be encrypted with, the new one has, too; and video stays", async () => {
      const calling = bob.agent.dial(alice.uri, { media: { srtp: "required" }, video: true });
      await rig.run();
      void alice.call.answer({ video: true });
      await rig.run(100);
      const transfer = alice.call.transfer(carol.uri);
      await rig.run(100);
      assert.equal(bob.lastMedia.options.profile.srtp, "required");
      assert.equal(bob.lastMedia.log[0], "offer sendrecv video sendrecv");
      void carol.call.answer({ video: true });
      assert.equal(await rig.outcome(transfer, 500), undefined);
      assert.equal(calling.state, "ended");
      await end();
    });

    test("a REFER for another method than INVITE is refused", async () => {
      const refer = from.session.refer("sip:carol@10.0.0.4", { method: "BYE" });
      await rig.fails(refer, { status: 501 });
      await end();
    });
  });
});
