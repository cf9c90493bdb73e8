/** Subscribers and notifiers. RFC 6665. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type IncomingSubscribe,
  type Notification,
  type NotifierSubscription,
  SipError,
  type SubscriptionOptions,
  type UserAgentOptions,
} from "@trapezoid/sip/agent";
import { type Agent, Rig } from "./rig.ts";

/** An agent that takes subscriptions to `presence`. */
class Notifier {
  readonly agent: Agent;
  readonly subscriptions: NotifierSubscription[] = [];
  readonly ends: string[] = [];
  state = "closed";
  decide: (subscribe: IncomingSubscribe) => void;

  constructor(rig: Rig, name: string, options: Partial<UserAgentOptions> = {}) {
    this.decide = (subscribe) => {
      this.subscriptions.push(
        subscribe.confirm({
          current: () => ({ contentType: "application/pidf+xml", body: this.state }),
          onEnd: (reason) => this.ends.push(reason),
        }),
      );
    };
    this.agent = rig.agent(name, {
      eventPackages: ["presence"],
      handlers: { onSubscribe: (subscribe) => this.decide(subscribe) },
      ...options,
    });
  }
}

function options(heard: Notification[], more: Partial<SubscriptionOptions> = {}): SubscriptionOptions {
  return {
    event: "presence",
    accept: ["application/pidf+xml"],
    onNotify: (notification) => {
      heard.push(notification);
    },
    ...more,
  };
}

test("SUBSCRIBE, 200, NOTIFY with the present state, one for each change, and the end (RFC 6665 §3.1.2, §3.1.3, §3.2.1, §4.1.2, §4.1.2.3, §4.2.1, §4.2.1.2, §4.2.2)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = new Notifier(rig, "bob");
  const heard: Notification[] = [];
  const subscription = alice.core.subscribe(bob.agent.uri, options(heard));
  await rig.run(50);
  await subscription.established;
  assert.equal(subscription.state, "active");
  bob.state = "open";
  bob.subscriptions[0]!.notify();
  await rig.run(50);
  assert.deepEqual(
    heard.map(({ body }) => body),
    ["closed", "open"],
  );
  const closing = subscription.close();
  await rig.run(50);
  await closing;
  assert.deepEqual(bob.ends, ["timeout"]);
  rig.recorder.expectExactly([
    "alice → bob SUBSCRIBE",
    "bob → alice 200 SUBSCRIBE",
    "bob → alice NOTIFY",
    "alice → bob 200 NOTIFY",
    "bob → alice NOTIFY",
    "alice → bob 200 NOTIFY",
    "alice → bob SUBSCRIBE",
    "bob → alice 200 SUBSCRIBE",
    "bob → alice NOTIFY",
    "alice → bob 200 NOTIFY",
  ]);
  const [first] = rig.recorder.all("alice → bob SUBSCRIBE").map(({ message }) => message!);
  assert.deepEqual(
    ["Event", "Accept", "Expires"].map((name) => first!.headers(name)),
    [["presence"], ["application/pidf+xml"], ["3600"]],
  );
  assert.equal(rig.recorder.request("alice → bob SUBSCRIBE").header("Expires"), "0");
  assert.equal(rig.recorder.request("bob → alice NOTIFY").header("Event"), "presence");
  await rig.assertNothingLeft();
});

test("a subscription is refreshed before it expires (RFC 6665 §4.1.2.2)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = new Notifier(rig, "bob");
  const heard: Notification[] = [];
  const subscription = alice.core.subscribe(bob.agent.uri, options(heard, { expiresSeconds: 100 }));
  await rig.run(49_000);
  assert.equal(rig.recorder.count("alice → bob SUBSCRIBE"), 1);
  await rig.run(2_000);
  assert.equal(rig.recorder.count("alice → bob SUBSCRIBE"), 2);
  await rig.run(500_000);
  assert.equal(subscription.state, "active");
  assert.equal(bob.subscriptions.length, 1);
  void subscription.close();
  await rig.assertNothingLeft();
});

test("a notifier that is not refreshed ends it with timeout, its subscriber gone ends it without a word (RFC 6665 §4.2.1.4, §4.2.2)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = new Notifier(rig, "bob");
  alice.core.subscribe(bob.agent.uri, options([], { expiresSeconds: 100, resubscribe: false }));
  await rig.run(100);
  rig.network.cut(alice.address);
  await rig.run(101_000);
  assert.equal(rig.recorder.request("bob → alice NOTIFY").header("Subscription-State"), "terminated;reason=timeout");
  await rig.run(40_000);
  assert.deepEqual(bob.ends, ["unreachable"]);
  await rig.assertNothingLeft();
});

test("without a NOTIFY in 64·T1 there is no subscription (Timer N, RFC 6665 §4.1.2.4)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = new Notifier(rig, "bob");
  rig.network.lose = ({ text }) => text.startsWith("NOTIFY ");
  const subscription = alice.core.subscribe(bob.agent.uri, options([]));
  await rig.run(33_000);
  await assert.rejects(subscription.established, { code: "SIP_UA_NO_NOTIFY" });
  assert.equal((await subscription.ended).reason, "no-notify");
  await rig.assertNothingLeft();
});

test("an unknown package is 489 with those that are known; no NOTIFY without its state; 481 to what is not expected (RFC 6665 §4.2.1.1, §4.1.3, §8.3.2)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = new Notifier(rig, "bob");
  const subscription = alice.core.subscribe(bob.agent.uri, options([], { event: "weather" }));
  await rig.run(50);
  const error: unknown = await subscription.established.catch((reason) => reason);
  assert.ok(error instanceof SipError && error.status === 489);
  assert.equal(rig.recorder.response("489 SUBSCRIBE").header("Allow-Events"), "presence");
  const unasked = bob.agent.core.request("NOTIFY", alice.uri, { headers: [["Event", "presence"]] });
  await rig.run(50);
  await assert.rejects(unasked, { status: 481 });
  await rig.assertNothingLeft();
});

test("423 is heeded: the same SUBSCRIBE with the interval that the notifier wants (RFC 6665 §4.1.2.1)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = new Notifier(rig, "bob");
  const { decide } = bob;
  bob.decide = (subscribe) => {
    if (subscribe.expiresSeconds < 600) subscribe.refuse(423, undefined, [["Min-Expires", "600"]]);
    else decide(subscribe);
  };
  const subscription = alice.core.subscribe(bob.agent.uri, options([], { expiresSeconds: 60 }));
  await rig.run(50);
  await subscription.established;
  assert.equal(rig.recorder.request("alice → bob SUBSCRIBE").header("Expires"), "600");
  void subscription.close();
  await rig.assertNothingLeft();
});

test("a forked SUBSCRIBE: each NOTIFY makes a dialog of its own (RFC 6665 §4.1.4, §4.4.1)", async () => {
  const rig = new Rig();
  rig.proxy(() => ["sip:bob@10.0.0.3", "sip:carol@10.0.0.4"]);
  const alice = rig.agent("alice");
  const bob = new Notifier(rig, "bob");
  const carol = new Notifier(rig, "carol");
  const heard: Notification[] = [];
  const subscription = alice.core.subscribe("sip:all@10.0.0.1", options(heard));
  await rig.run(100);
  assert.equal(new Set(heard.map(({ notifier }) => notifier)).size, 2);
  assert.equal(alice.core.dialogs.size, 2);
  carol.subscriptions[0]!.terminate("noresource");
  await rig.run(100);
  assert.equal(alice.core.dialogs.size, 1);
  assert.equal(subscription.state, "active");
  void subscription.close();
  await rig.run(100);
  assert.equal(bob.ends.length, 1);
  await rig.assertNothingLeft();
});

const reasons: readonly { reason: string; retryAfterSeconds?: number; againAfterMs: number | undefined }[] = [
  { reason: "deactivated", againAfterMs: 0 },
  { reason: "probation", retryAfterSeconds: 120, againAfterMs: 120_000 },
  { reason: "giveup", retryAfterSeconds: 90, againAfterMs: 90_000 },
  { reason: "timeout", againAfterMs: 0 },
  { reason: "rejected", againAfterMs: undefined },
  { reason: "noresource", againAfterMs: undefined },
  { reason: "invariant", retryAfterSeconds: 31_536_000, againAfterMs: undefined },
];
for (const { reason, retryAfterSeconds, againAfterMs } of reasons) {
  const what = againAfterMs === undefined ? "is final" : `is followed by a new one after ${againAfterMs} ms`;
  test(`an end for ${reason} ${what} (RFC 6665 §4.1.3, §4.4.2)`, async () => {
    const rig = new Rig();
    const alice = rig.agent("alice");
    const bob = new Notifier(rig, "bob");
    const subscription = alice.core.subscribe(bob.agent.uri, options([]));
    await rig.run(100);
    const first = rig.recorder.request("alice → bob SUBSCRIBE").callId;
    rig.recorder.clear();
    bob.subscriptions[0]!.terminate(reason, retryAfterSeconds === undefined ? {} : { retryAfterSeconds });
    await rig.run(50);
    if (againAfterMs === undefined) {
      assert.equal((await subscription.ended).reason, reason);
      await rig.run(300_000);
      assert.equal(rig.recorder.count("SUBSCRIBE"), 0);
    } else {
      if (againAfterMs > 0) {
        await rig.run(againAfterMs - 1_000);
        assert.equal(rig.recorder.count("SUBSCRIBE"), 0);
        assert.equal(subscription.state, "waiting");
      }
      await rig.run(2_000);
      assert.equal(subscription.state, "active");
      assert.notEqual(rig.recorder.request("alice → bob SUBSCRIBE").callId, first);
    }
    void subscription.close();
    await rig.assertNothingLeft();
  });
}

test("481 to a refresh: a new subscription with a new Call-ID (RFC 6665 §4.1.2.2)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = new Notifier(rig, "bob");
  const subscription = alice.core.subscribe(bob.agent.uri, options([], { expiresSeconds: 100 }));
  await rig.run(100);
  for (const dialog of bob.agent.core.dialogs.all()) dialog.lose(481);
  await rig.run(90_000);
  assert.equal(rig.recorder.count("481 SUBSCRIBE"), 1);
  assert.equal(subscription.state, "active");
  assert.equal(bob.subscriptions.length, 2);
  void subscription.close();
  await rig.assertNothingLeft();
});

test("a fetch: Expires 0, one NOTIFY, and it is over (RFC 6665 §4.4.3)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = new Notifier(rig, "bob");
  const heard: Notification[] = [];
  const subscription = alice.core.subscribe(bob.agent.uri, options(heard, { expiresSeconds: 0 }));
  await rig.run(50);
  await subscription.ended;
  assert.deepEqual(
    heard.map(({ body, state }) => [body, state]),
    [["closed", "terminated"]],
  );
  await rig.assertNothingLeft();
});

test("pending until somebody allows it; changes meanwhile wait for the NOTIFY before them (RFC 6665 §4.2.2)", async () => {
  const rig = new Rig({ delayMs: 20 });
  const alice = rig.agent("alice");
  const bob = new Notifier(rig, "bob");
  bob.decide = (subscribe) => {
    const current = () => ({ contentType: "application/pidf+xml", body: bob.state });
    bob.subscriptions.push(subscribe.confirm({ state: "pending", current }));
  };
  const heard: Notification[] = [];
  const subscription = alice.core.subscribe(bob.agent.uri, options(heard));
  await rig.run(100);
  assert.equal(subscription.state, "pending");
  bob.subscriptions[0]!.activate();
  for (const state of ["one", "two", "three"]) {
    bob.state = state;
    bob.subscriptions[0]!.notify();
  }
  await rig.run(200);
  assert.deepEqual(
    heard.map(({ body }) => body),
    ["closed", "closed", "three"],
  );
  void subscription.close();
  await rig.assertNothingLeft();
});
