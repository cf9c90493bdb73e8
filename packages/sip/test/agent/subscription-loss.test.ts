/** Subscriptions that are lost, late or asked for in the wrong place. RFC 6665, RFC 3515 §2.4.4. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Notification, SubscriptionOptions } from "@trapezoid/sip/agent";
import { type HeaderLine, parseUri, type SipRequest } from "@trapezoid/sip/message";
import { Hand } from "./hand.ts";
import { type Agent, Rig } from "./rig.ts";

interface Scene {
  readonly rig: Rig;
  readonly alice: Agent;
  readonly dave: Hand;
  readonly heard: Notification[];
  readonly subscription: ReturnType<Agent["core"]["subscribe"]>;
  /** A NOTIFY of dave's, or of another notifier with a tag of its own. */
  notify(
    state: string,
    options?: {
      readonly tag?: string;
      readonly event?: string;
      readonly cseq?: number;
      readonly contact?: boolean;
    },
  ): Promise<void>;
}

async function subscribing(options: Partial<SubscriptionOptions> = {}): Promise<Scene> {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const dave = new Hand(rig, alice);
  const heard: Notification[] = [];
  const subscription = alice.core.subscribe(dave.uri, {
    event: "presence",
    accept: ["application/pidf+xml"],
    expiresSeconds: 100,
    onNotify: (notification) => {
      heard.push(notification);
    },
    ...options,
  });
  await rig.run();
  let sequence = 0;
  const notify: Scene["notify"] = (
    state,
    { tag = "dave", event = "presence", cseq = ++sequence, contact = true } = {},
  ) => {
    const { callId = "", fromTag = "" } = dave.request("SUBSCRIBE");
    return dave.ask("NOTIFY", {
      within: { callId, localTag: fromTag, remoteTag: tag },
      cseq,
      contact,
      headers: [
        ["Event", event],
        ["Subscription-State", state],
      ],
    });
  };
  return { rig, alice, dave, heard, subscription, notify };
}

function accept(dave: Hand, request: SipRequest, seconds = 100): Promise<void> {
  return dave.answer(request, 200, { headers: [["Expires", `${seconds}`]] });
}

async function end({ rig, dave, subscription, notify }: Scene): Promise<void> {
  void subscription.close();
  await rig.run();
  const last = dave.requests("SUBSCRIBE").at(-1)!;
  if (last.header("Expires") === "0") {
    await accept(dave, last, 0);
    await notify("terminated;reason=timeout");
  }
  await rig.assertNothingLeft();
}

test("a NOTIFY that comes before the 200 makes the dialog, with its Record-Route (RFC 6665 §4.1.2.4, §4.4.1)", async () => {
  const scene = await subscribing();
  const { dave, heard, subscription, notify } = scene;
  await notify("active;expires=100");
  assert.equal(dave.response("NOTIFY").status, 200);
  assert.equal(subscription.state, "active");
  await accept(dave, dave.request("SUBSCRIBE"));
  assert.equal(heard.length, 1);
  await end(scene);
});

test("a NOTIFY without Contact makes the dialog, too: later requests go where the 200 said, or where we subscribed", async () => {
  for (const order of ["200 first", "NOTIFY first"] as const) {
    const scene = await subscribing();
    const { rig, dave, notify } = scene;
    const elsewhere = "sip:dave@10.0.0.5;x=1";
    const answer = (): Promise<void> =>
      dave.answer(dave.request("SUBSCRIBE"), 200, {
        headers: [
          ["Contact", `<${elsewhere}>`],
          ["Expires", "100"],
        ],
      });
    if (order === "200 first") await answer();
    await notify("active;expires=100", { contact: false });
    assert.equal(dave.response("NOTIFY").status, 200);
    if (order === "NOTIFY first") await answer();
    await rig.run(50_000);
    const refresh = dave.requests("SUBSCRIBE").at(-1)!;
    assert.equal(refresh.toTag, "dave");
    assert.equal(refresh.text.split(" ")[1], order === "200 first" ? elsewhere : dave.uri);
    await accept(dave, refresh);
    await end(scene);
  }
});

test("a refresh that is refused for a while leaves the subscription until it expires (RFC 6665 §4.1.2.2)", async () => {
  for (const status of [408, 500, 503]) {
    const scene = await subscribing();
    const { rig, dave, subscription, notify } = scene;
    await accept(dave, dave.request("SUBSCRIBE"));
    await notify("active;expires=100");
    await rig.run(50_000);
    const refresh = dave.request("SUBSCRIBE");
    assert.equal(refresh.toTag, "dave");
    await dave.answer(refresh, status);
    assert.equal(subscription.state, "active");
    // It is tried again before the end.
    await rig.run(30_000);
    const again = dave.request("SUBSCRIBE");
    assert.ok(again.cseq!.sequence > refresh.cseq!.sequence);
    await accept(dave, again);
    await notify("active;expires=100");
    assert.equal(subscription.state, "active");
    await end(scene);
  }
});

test("a refresh that nobody answers ends it: no NOTIFY has come in 64·T1 (Timer N, RFC 6665 §4.1.2.2)", async () => {
  const { rig, dave, subscription, notify } = await subscribing({ resubscribe: false });
  await accept(dave, dave.request("SUBSCRIBE"));
  await notify("active;expires=100");
  await rig.run(50_000 + 31_000);
  assert.equal(subscription.state, "active");
  await rig.run(2_000);
  assert.equal((await subscription.ended).reason, "no-notify");
  await rig.assertNothingLeft();
});

test("what ends a subscription when it is said to a refresh (RFC 6665 §4.1.2.2)", async () => {
  for (const status of [404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604]) {
    const scene = await subscribing({ resubscribe: false });
    const { rig, dave, subscription, notify } = scene;
    await accept(dave, dave.request("SUBSCRIBE"));
    await notify("active;expires=100");
    await rig.run(50_000);
    await dave.answer(dave.request("SUBSCRIBE"), status);
    assert.equal(subscription.state, "ended", `${status}`);
    assert.equal((await subscription.ended).reason, "dialog-lost");
    await notify("active;expires=100");
    assert.equal(dave.response("NOTIFY").status, 481);
    await rig.assertNothingLeft();
  }
});

test("the notifier knows how long: expires of Subscription-State counts, for the next refresh, too (RFC 6665 §4.1.3)", async () => {
  const scene = await subscribing();
  const { rig, dave, notify } = scene;
  await accept(dave, dave.request("SUBSCRIBE"));
  await notify("active;expires=40");
  await rig.run(19_500);
  assert.equal(dave.requests("SUBSCRIBE").length, 1);
  await rig.run(600);
  const refresh = dave.request("SUBSCRIBE");
  assert.equal(refresh.toTag, "dave");
  await accept(dave, refresh, 40);
  await notify("active;expires=40");
  await end(scene);
});

test("no reason, or an unknown one: again, but not before retry-after; with a Call-ID, a tag and a CSeq of its own (RFC 6665 §4.1.3, §4.4.1)", async () => {
  for (const [state, afterMs] of [
    ["terminated;reason=whim;retry-after=70", 70_000],
    ["terminated", 30_000],
  ] as const) {
    const { rig, dave, subscription, notify } = await subscribing();
    const first = dave.request("SUBSCRIBE");
    await accept(dave, first);
    await notify(state);
    await rig.run(afterMs - 500);
    assert.equal(dave.requests("SUBSCRIBE").length, 1);
    await rig.run(600);
    const second = dave.request("SUBSCRIBE");
    assert.notEqual(second.callId, first.callId);
    assert.notEqual(second.fromTag, first.fromTag);
    assert.equal(second.cseq?.sequence, 1);
    await dave.answer(second, 403);
    await subscription.ended;
    await rig.assertNothingLeft();
  }
});

test("more subscriptions than there may be are 503 with Retry-After (RFC 3261 §21.5.4)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice", {
    eventPackages: ["presence"],
    limits: { subscriptions: 1 },
    handlers: { onSubscribe: (one) => void one.confirm({ current: () => undefined }) },
  });
  const dave = new Hand(rig, alice);
  const headers: HeaderLine[] = [
    ["Event", "presence"],
    ["Expires", "60"],
  ];
  await dave.ask("SUBSCRIBE", { headers });
  await dave.answer(dave.request("NOTIFY"), 200);
  await dave.ask("SUBSCRIBE", { cseq: 2, headers });
  assert.equal(dave.response("SUBSCRIBE").status, 503);
  assert.ok(dave.response("SUBSCRIBE").header("Retry-After"));
  await rig.run(60_500);
  await dave.answer(dave.request("NOTIFY"), 200);
  assert.equal(alice.core.counters.subscriptions, 0);
  await dave.ask("SUBSCRIBE", {
    cseq: 3,
    headers: [
      ["Event", "presence"],
      ["Expires", "0"],
    ],
  });
  assert.equal(dave.response("SUBSCRIBE").status, 200);
  await dave.answer(dave.request("NOTIFY"), 200);
  await rig.assertNothingLeft();
});

test("204 to a refresh: no NOTIFY follows, and none is waited for (RFC 6665 §4.1.2.2)", async () => {
  const scene = await subscribing();
  const { rig, dave, subscription, notify } = scene;
  await accept(dave, dave.request("SUBSCRIBE"));
  await notify("active;expires=100");
  await rig.run(50_000);
  await dave.answer(dave.request("SUBSCRIBE"), 204, { headers: [["Expires", "100"]] });
  await rig.run(45_000);
  assert.equal(subscription.state, "active");
  // A 200 without its NOTIFY is another matter.
  await rig.run(6_000);
  await accept(dave, dave.request("SUBSCRIBE"));
  await rig.run(33_000);
  assert.equal(subscription.state, "waiting");
  void subscription.close();
  await rig.assertNothingLeft();
});

test("other notifiers of a fork may come until 64·T1 after the SUBSCRIBE, then they are 481 (RFC 6665 §4.1.2.4)", async () => {
  const scene = await subscribing({ expiresSeconds: 3_600 });
  const { rig, dave, heard, notify } = scene;
  await accept(dave, dave.request("SUBSCRIBE"), 3_600);
  await notify("active;expires=3600");
  await rig.run(31_000);
  await notify("active;expires=3600", { tag: "second" });
  assert.equal(dave.response("NOTIFY").status, 200);
  await rig.run(1_500);
  await notify("active;expires=3600", { tag: "third" });
  assert.equal(dave.response("NOTIFY").status, 481);
  assert.equal(new Set(heard.map(({ notifier }) => notifier)).size, 2);
  await notify("terminated;reason=noresource", { tag: "second" });
  await end(scene);
});

test("a NOTIFY for another event, or without a state, is not taken (RFC 6665 §4.1.3, §8.2.1)", async () => {
  const scene = await subscribing();
  const { dave, heard, notify } = scene;
  await notify("active", { event: "dialog" });
  assert.equal(dave.response("NOTIFY").status, 481);
  await accept(dave, dave.request("SUBSCRIBE"));
  await notify("active;expires=100", { cseq: 2 });
  await notify("active", { event: "presence;id=7", cseq: 3 });
  assert.equal(dave.response("NOTIFY").status, 481);
  const { callId = "", fromTag = "" } = dave.request("SUBSCRIBE");
  const within = { callId, localTag: fromTag, remoteTag: "dave" };
  await dave.ask("NOTIFY", { within, cseq: 4, headers: [["Event", "presence"]] });
  assert.equal(dave.response("NOTIFY").status, 400);
  assert.equal(heard.length, 1);
  void scene.subscription.close();
  await scene.rig.run();
  await accept(dave, dave.request("SUBSCRIBE"), 0);
  await notify("terminated;reason=timeout", { cseq: 5 });
  await scene.rig.assertNothingLeft();
});

test("what was there once is asked for again while its notifier is away, later each time; a refusal is final (RFC 6665 §4.1.2.2, §4.1.3)", async () => {
  const { rig, dave, subscription, notify } = await subscribing();
  await accept(dave, dave.request("SUBSCRIBE"));
  await notify("active;expires=100");
  await notify("terminated;reason=deactivated");
  await rig.run(100);
  const asked = () => new Set(dave.requests("SUBSCRIBE").map(({ text }) => text)).size;
  assert.equal(asked(), 2);
  await dave.answer(dave.request("SUBSCRIBE"), 503);
  assert.equal(subscription.state, "waiting");
  await rig.run(29_000);
  assert.equal(asked(), 2);
  await rig.run(2_000);
  assert.equal(asked(), 3);
  await dave.answer(dave.request("SUBSCRIBE"), 503, { headers: [["Retry-After", "200"]] });
  await rig.run(199_000);
  assert.equal(asked(), 3);
  await rig.run(2_000);
  assert.equal(asked(), 4);
  await dave.answer(dave.request("SUBSCRIBE"), 403);
  assert.equal((await subscription.ended).status, 403);
  await rig.assertNothingLeft();
});

test("a first SUBSCRIBE that fails is not tried again by itself (RFC 6665 §4.1.2.1)", async () => {
  const { rig, dave, subscription } = await subscribing();
  await dave.answer(dave.request("SUBSCRIBE"), 503);
  await assert.rejects(subscription.established, { status: 503 });
  await rig.assertNothingLeft();
});

test("no new subscription in a dialog that is there, and none to refer: 403 (RFC 6665 §4.5.2, RFC 3515 §2.4.4)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice", {
    eventPackages: ["presence"],
    handlers: { onSubscribe: (one) => one.refuse(603) },
  });
  const dave = new Hand(rig, alice);
  await dave.ask("SUBSCRIBE", { headers: [["Event", "refer"]] });
  assert.equal(dave.response("SUBSCRIBE").status, 403);
  const call = alice.core.invite(dave.uri, { handlers: alice.owner });
  await rig.run();
  await dave.answer(dave.request("INVITE"), 200, { body: "answer" });
  for (const [at, event] of ["presence", "refer;id=1"].entries()) {
    await dave.ask("SUBSCRIBE", { within: call.leg!, cseq: at + 1, headers: [["Event", event]] });
    assert.equal(dave.response("SUBSCRIBE").status, 403);
  }
  assert.equal(call.state, "confirmed");
  void call.end();
  await rig.run();
  await dave.answer(dave.request("BYE"), 200);
  await rig.assertNothingLeft();
});

test("a subscription lasts no longer than was asked for, at first and when it is refreshed (RFC 6665 §3.1.1, §4.2.1.4)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice", {
    eventPackages: ["presence"],
    handlers: { onSubscribe: (one) => void one.confirm({ expiresSeconds: 7_200, current: () => undefined }) },
  });
  const dave = new Hand(rig, alice);
  const headers = (expires: string): HeaderLine[] => [
    ["Event", "presence"],
    ["Expires", expires],
  ];
  await dave.ask("SUBSCRIBE", { headers: headers("60") });
  assert.equal(dave.response("SUBSCRIBE").header("Expires"), "60");
  await dave.answer(dave.request("NOTIFY"), 200);
  const within = { callId: "by-hand", localTag: dave.response("SUBSCRIBE").toTag!, remoteTag: "dave" };
  for (const [at, [asked, granted]] of [
    ["30", "30"],
    ["9000", "60"],
    ["60", "60"],
    ["0", "0"],
  ].entries()) {
    await dave.ask("SUBSCRIBE", { within, cseq: at + 2, headers: headers(asked!) });
    assert.equal(dave.response("SUBSCRIBE").header("Expires"), granted);
    // §4.2.1.2: the state, behind each of them.
    assert.equal(dave.requests("NOTIFY").length, at + 2);
    await dave.answer(dave.request("NOTIFY"), 200);
  }
  assert.equal(dave.request("NOTIFY").header("Subscription-State"), "terminated;reason=timeout");
  await rig.assertNothingLeft();
});

test("a subscriber is challenged by 401; SUBSCRIBE without Event is 489 (RFC 6665 §4.2.1.3, §4.2.3)", async () => {
  const rig = new Rig();
  let isOpen = false;
  const alice = rig.agent("alice", {
    eventPackages: ["presence"],
    handlers: {
      admit: () =>
        isOpen ? undefined : { status: 401, headers: [["WWW-Authenticate", 'Digest realm="a", nonce="n"']] },
      onSubscribe: (one) => one.refuse(603),
    },
  });
  const dave = new Hand(rig, alice);
  await dave.ask("SUBSCRIBE", { headers: [["Event", "presence"]] });
  assert.equal(dave.response("SUBSCRIBE").status, 401);
  isOpen = true;
  await dave.ask("SUBSCRIBE", { cseq: 2 });
  assert.deepEqual(
    [dave.response("SUBSCRIBE").status, dave.response("SUBSCRIBE").header("Allow-Events")],
    [489, "presence"],
  );
  await dave.ask("SUBSCRIBE", { cseq: 3, headers: [["Event", "presence"]] });
  assert.equal(dave.response("SUBSCRIBE").status, 603);
  await rig.assertNothingLeft();
});

test("a notifier's Contact is its GRUU where it has one (RFC 6665 §4.5.1)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice", {
    eventPackages: ["presence"],
    handlers: { onSubscribe: (one) => void one.confirm({ current: () => undefined }) },
  });
  const parsed = parseUri("sip:alice@test;gr=urn:uuid:1");
  assert.ok(parsed.ok);
  alice.core.identity.publicGruu = parsed.value;
  const dave = new Hand(rig, alice);
  await dave.ask("SUBSCRIBE", {
    headers: [
      ["Event", "presence"],
      ["Expires", "0"],
    ],
  });
  for (const message of [dave.response("SUBSCRIBE"), dave.request("NOTIFY")]) {
    assert.equal(message.header("Contact"), "<sip:alice@test;gr=urn:uuid:1>");
  }
  await dave.answer(dave.request("NOTIFY"), 200);
  await rig.assertNothingLeft();
});

test("nobody cancels a SUBSCRIBE: who gives up hears no more of it (RFC 6665 §4.6)", async () => {
  const abort = new AbortController();
  const { rig, dave, subscription } = await subscribing({ signal: abort.signal });
  await dave.answer(dave.request("SUBSCRIBE"), 100);
  abort.abort();
  await rig.run(1_000);
  assert.equal((await subscription.ended).reason, "unsubscribed");
  assert.equal(dave.requests("CANCEL").length, 0);
  await dave.answer(dave.request("SUBSCRIBE"), 200);
  await rig.assertNothingLeft();
});

test("202 to a SUBSCRIBE is as good as 200 (RFC 6665 §8.3.1)", async () => {
  const scene = await subscribing();
  const { dave, subscription, notify } = scene;
  await dave.answer(dave.request("SUBSCRIBE"), 202, { headers: [["Expires", "100"]] });
  await notify("pending;expires=100");
  await subscription.established;
  assert.equal(subscription.state, "pending");
  await end(scene);
});

test("a notifier gives up who cannot be told, or says so; other failures it bears (RFC 6665 §4.2.2)", async () => {
  for (const [status, stays] of [
    [481, false],
    [489, false],
    [500, true],
  ] as const) {
    const rig = new Rig();
    const ends: string[] = [];
    const alice = rig.agent("alice", {
      eventPackages: ["presence"],
      handlers: {
        onSubscribe: (one) => {
          one.confirm({ current: () => undefined, onEnd: (reason) => ends.push(reason) });
        },
      },
    });
    const dave = new Hand(rig, alice);
    await dave.ask("SUBSCRIBE", {
      headers: [
        ["Event", "presence"],
        ["Expires", "60"],
      ],
    });
    const ok = dave.response("SUBSCRIBE");
    assert.equal(ok.header("Expires"), "60");
    const notify = dave.request("NOTIFY");
    assert.match(notify.header("Subscription-State") ?? "", /^active;expires=(?:60|59)$/);
    assert.equal(notify.header("Event"), "presence");
    await dave.answer(notify, status);
    assert.deepEqual(ends, stays ? [] : ["unreachable"]);
    assert.equal(alice.core.dialogs.size, stays ? 1 : 0);
    await rig.run(61_000);
    if (stays) {
      assert.equal(dave.request("NOTIFY").header("Subscription-State"), "terminated;reason=timeout");
      await dave.answer(dave.request("NOTIFY"), 200);
    }
    await rig.assertNothingLeft();
  }
});
