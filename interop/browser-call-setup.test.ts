/** Our own user agent in Chromium: how calls come about and come to nothing, and how people are passed on. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Call, CallError } from "@trapezoid/call/browser";
import { type Chromium, startChromium } from "./rig/chromium.ts";
import { startHouse } from "./rig/house.ts";
import { missing } from "./rig/programs.ts";
import type { Trapezoid } from "./rig/trapezoid.ts";
import { openWebPhone, type WebPhone, type WebPhoneOptions } from "./rig/web-phone.ts";

const nothing = { connections: 0, tracks: 0, contexts: 0, recorders: 0 };

describe("calls between browsers come about", { skip: missing("chromium") }, () => {
  let server: Trapezoid;
  let chromium: Chromium;

  before(async () => {
    server = await startHouse({ users: ["alice", "bob", "carol"] });
    chromium = await startChromium({ script: "call-page.ts" });
  });

  after(async () => {
    await chromium?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  const open = (user: string, hz: number, options: Partial<WebPhoneOptions> = {}): Promise<WebPhone> =>
    openWebPhone(chromium, server, { user, hz, ...options });
  /** Media of a call that is over. */
  const left = async (phone: WebPhone): Promise<object> => {
    const { connections, tracks, contexts, recorders } = await phone.leftovers();
    return { connections, tracks, contexts, recorders };
  };
  const dial = (phone: WebPhone, address: string): Promise<void> =>
    phone.page.evaluate((uri) => globalThis.page.keep(kept.agent.dial(uri)), address);
  const failure = (phone: WebPhone): Promise<{ status: number; message: string }> =>
    phone.page.evaluate(() =>
      kept.call.answered.then(
        () => ({ status: 0, message: "answered" }),
        ({ status, message }: CallError) => ({ status, message }),
      ),
    );

  test("it rings, and the caller gives up: CANCEL", async () => {
    await using alice = await open("alice", 440);
    await using bob = await open("bob", 880, { incoming: "keep" });
    await dial(alice, bob.address);
    await bob.noted("call");
    await bob.page.evaluate(() => kept.incoming.ring());
    await alice.noted("progress 180");
    await alice.hangUp();
    assert.match(await bob.ended(), /the caller gave up/);
    assert.equal((await failure(alice)).status, 487);
    assert.deepEqual(await left(alice), nothing);
    assert.deepEqual(await left(bob), nothing);
  });

  test("busy, declined, nobody there: each is an error with its status, and opens nothing at the callee", async () => {
    await using alice = await open("alice", 440);
    await using bob = await open("bob", 880, { incoming: "keep" });
    for (const status of [486, 603]) {
      await dial(alice, bob.address);
      await bob.page.evaluate(async (refusal) => {
        while (kept.incoming === undefined) await globalThis.page.wait(20);
        kept.incoming.reject(refusal);
        await kept.incoming.ended;
        Object.assign(kept, { incoming: undefined });
      }, status);
      assert.equal((await failure(alice)).status, status);
      assert.deepEqual(await left(bob), nothing);
    }
    await dial(alice, "sip:carol@house.test");
    assert.equal((await failure(alice)).status, 480);
    assert.deepEqual(await left(alice), nothing);
  });

  test("an INVITE without an offer: the callee offers, the caller answers in its ACK (RFC 3261 §13.2.1)", async () => {
    await using alice = await open("alice", 440);
    await using bob = await open("bob", 880);
    await alice.page.evaluate(async (uri) => {
      const call = kept.agent.dial(uri, { withoutOffer: true });
      globalThis.page.keep(call);
      await call.answered;
    }, bob.address);
    await Promise.all([alice.hearing(880), bob.hearing(440)]);
    await alice.page.evaluate(() => kept.call.hold());
    await bob.silent();
    await alice.page.evaluate(() => kept.call.resume());
    await Promise.all([alice.hearing(880), bob.hearing(440)]);
    await bob.hangUp();
    await alice.ended();
    assert.deepEqual(await left(alice), nothing);
  });

  test("what the callee plays is heard before the answer, and its microphone is not", async () => {
    await using alice = await open("alice", 440);
    await using bob = await open("bob", 880, { incoming: "keep" });
    await dial(alice, bob.address);
    await bob.noted("call");
    await bob.page.evaluate(() => kept.incoming.earlyMedia());
    await alice.noted("progress 183");
    await bob.hearing(440);
    await alice.silent();
    await bob.page.evaluate(() => {
      const stop = new AbortController();
      Object.assign(kept, { stop });
      kept.incoming.play({ kind: "sine", hz: 1_300 }, { signal: stop.signal }).catch(() => {});
    });
    await alice.hearing(1_300);
    assert.equal(await alice.page.evaluate(() => kept.call.state), "ringing");
    await bob.page.evaluate(async () => {
      await kept.incoming.answer();
      (kept as unknown as { readonly stop: AbortController }).stop.abort();
    });
    await Promise.all([alice.hearing(880), bob.hearing(440)]);
    await alice.hangUp();
  });

  test("two browsers of one person ring, one plays something before the answer, the other one answers: it is heard", async () => {
    await using alice = await open("alice", 440);
    await using desk = await open("bob", 880, { incoming: "keep" });
    await using sofa = await open("bob", 1_100, { incoming: "keep" });
    await dial(alice, desk.address);
    await Promise.all([desk.noted("call"), sofa.noted("call")]);
    await desk.page.evaluate(async () => {
      await kept.incoming.earlyMedia();
      kept.incoming.play({ kind: "sine", hz: 1_300 }).catch(() => {});
    });
    await alice.hearing(1_300);
    await sofa.page.evaluate(() => kept.incoming.answer());
    await Promise.all([alice.hearing(1_100), sofa.hearing(440)]);
    assert.match(await desk.ended(), /gave up/);
    assert.deepEqual(await left(desk), nothing);
    await alice.hangUp();
    assert.equal(await sofa.ended(), "the other side hung up");
  });

  test("no microphone: the caller is told what to do, the callee's caller gets 480", async () => {
    await using alice = await open("alice", 440);
    await using bob = await open("bob", 880);
    // What getUserMedia says where there is none like it.
    for (const phone of [alice, bob]) {
      await phone.page.evaluate(async () => {
        const { agent } = kept;
        await agent.close();
        kept.agent = await library.openUserAgent({
          ...kept.settings,
          microphone: { deviceId: { exact: "none of this name" } },
        });
        kept.agent.events.on("call", (call) => {
          globalThis.page.keep(call);
          call.answer().catch((error: CallError) => kept.notes.push(error.message));
        });
        await kept.agent.register();
      });
    }
    await dial(alice, bob.address);
    const { message } = await failure(alice);
    assert.match(message, /the microphone was not found/);
    assert.deepEqual(await left(alice), nothing);
    await using carol = await open("carol", 660);
    await dial(carol, bob.address);
    assert.equal((await failure(carol)).status, 480);
    assert.ok((await bob.notes()).some((note) => note.includes("the microphone was not found")));
  });

  test("blind transfer: the transferred talks to the target, who transferred is out (RFC 5589 §6)", async () => {
    await using alice = await open("alice", 440);
    await using bob = await open("bob", 880, { onTransfer: "follow" });
    await using carol = await open("carol", 660);
    await alice.call(bob.address);
    await Promise.all([alice.hearing(880), bob.hearing(440)]);
    await alice.page.evaluate((uri) => kept.call.transfer(uri), carol.address);
    assert.match(await alice.ended(), /hung up/);
    await Promise.all([bob.hearing(660), carol.hearing(880)]);
    assert.deepEqual(await left(alice), nothing);
    await bob.hangUp();
    await carol.ended();
  });

  test("a transfer that fails leaves the call as it was", async () => {
    await using alice = await open("alice", 440);
    await using bob = await open("bob", 880, { onTransfer: "follow" });
    await alice.call(bob.address);
    const code = alice.page.evaluate(() =>
      kept.call.transfer("sip:carol@house.test").then(String, (error: CallError) => `${error.code} ${error.status}`),
    );
    assert.equal(await code, "CALL_TRANSFER_FAILED 480");
    await Promise.all([alice.hearing(880), bob.hearing(440)]);
    await alice.hangUp();
  });

  test("attended transfer: two calls become one between the two others (RFC 5589 §7, RFC 3891)", async () => {
    await using alice = await open("alice", 440);
    await using bob = await open("bob", 880, { onTransfer: "follow" });
    await using carol = await open("carol", 660);
    await alice.call(bob.address);
    await alice.page.evaluate(() => kept.call.hold());
    await alice.call(carol.address);
    await alice.hearing(660);
    await alice.page.evaluate(async () => {
      const [first, second] = kept.calls as [Call, Call];
      await first.transfer(second);
      await second.ended;
    });
    await Promise.all([bob.hearing(660), carol.hearing(880)]);
    await carol.noted("replaced");
    assert.deepEqual(await left(alice), nothing);
    assert.equal((await carol.leftovers()).connections, 1);
    await carol.hangUp();
    await bob.ended();
  });
});
