/** A user agent beside its calls: registering, texts, subscriptions, closing. RFC 3261 §10, §11; RFC 3428, 3903, 6665. */

import assert from "node:assert/strict";
import { beforeEach, suite, test } from "node:test";
import { createUserAgent, type ReceivedMessage } from "@trapezoid/call";
import type { CoreHandlers } from "@trapezoid/sip/agent";
import { formatNameAddr } from "@trapezoid/sip/message";
import { Registrar } from "../../sip/test/agent/registrar.ts";
import { CallRig, type Phone } from "./rig.ts";

suite("user agents", () => {
  let rig: CallRig;

  beforeEach(() => {
    rig = new CallRig();
  });

  suite("registering", () => {
    let registrar: Registrar;
    let alice: Phone;

    beforeEach(() => {
      registrar = new Registrar(rig);
      alice = rig.phone("alice", { password: "secret" });
    });
    const registering = (signal?: AbortSignal): ReturnType<Phone["agent"]["register"]> =>
      alice.agent.register({ registrar: registrar.uri, ...(signal === undefined ? {} : { signal }) });

    test("register() and unregister(), with a password, and the event", async () => {
      registrar.password = "secret";
      let told = 0;
      alice.agent.events.on("registered", () => told++);
      const registration = await rig.outcome(registering());
      assert.ok(!(registration instanceof Error));
      assert.equal(alice.agent.registration, registration);
      assert.deepEqual([registrar.bindings.size, told], [1, 1]);
      await rig.outcome(alice.agent.unregister());
      assert.deepEqual([registrar.bindings.size, alice.agent.registration], [0, undefined]);
      await rig.assertNothingLeft();
    });

    test("registering anew takes the one before back", async () => {
      await rig.outcome(registering());
      await rig.outcome(registering());
      assert.equal(registrar.bindings.size, 1);
      assert.equal(rig.recorder.count("alice → bob REGISTER"), 3);
      await rig.outcome(alice.agent.unregister());
      await rig.assertNothingLeft();
    });

    test("two at once: the second counts, the first is given up", async () => {
      const first = registering();
      const second = registering();
      await rig.fails(first);
      assert.ok(!((await rig.outcome(second, 1_000)) instanceof Error));
      assert.equal(alice.agent.registration, await second);
      await rig.outcome(alice.agent.unregister());
      assert.equal(registrar.bindings.size, 0);
      await rig.assertNothingLeft();
    });

    test("refused for good: it rejects, tells so, and goes on with nothing", async () => {
      const told: unknown[] = [];
      alice.agent.events.on("registrationFailed", (error, retryInMs) => told.push([error instanceof Error, retryInMs]));
      registrar.refusals.push({ status: 403 });
      await rig.fails(registering(), { status: 403 });
      assert.deepEqual([told, alice.agent.registration], [[[true, undefined]], undefined]);
      await rig.run(600_000);
      assert.equal(rig.recorder.count("alice → bob REGISTER"), 1);
      await rig.assertNothingLeft();
    });

    test("given up by its signal: it rejects, and nothing stays bound", async () => {
      rig.network.conditions = { ...rig.network.conditions, delayMs: 50 };
      const giveUp = new AbortController();
      const attempt = registering(giveUp.signal);
      await rig.run(60);
      giveUp.abort();
      await rig.fails(attempt, {}, 1_000);
      assert.deepEqual([registrar.bindings.size, alice.agent.registration], [0, undefined]);
      await rig.assertNothingLeft();
    });

    test("close() takes the binding back", async () => {
      await rig.outcome(registering());
      await rig.outcome(alice.agent.close(), 3_000);
      assert.equal(registrar.bindings.size, 0);
      await rig.assertNothingLeft();
    });
  });

  suite("texts outside of calls", () => {
    test("reach listeners and the handler, whose word goes back", async () => {
      const told: ReceivedMessage[] = [];
      const alice = rig.phone("alice", { address: '"Alice" <sip:alice@test>' });
      const bob = rig.phone("bob", { onMessage: ({ text }) => (text === "no" ? { status: 403 } : undefined) });
      bob.agent.events.on("message", (message) => told.push(message));
      assert.equal((await rig.outcome(alice.agent.message(bob.uri, "Grüße"))) instanceof Error, false);
      await rig.fails(alice.agent.message(bob.uri, "no", { contentType: "text/html" }), { status: 403 });
      assert.deepEqual(
        told.map(({ text, contentType, from }) => [text, contentType, formatNameAddr(from).split(";")[0]]),
        [
          ["Grüße", "text/plain", '"Alice" <sip:alice@test>'],
          ["no", "text/html", '"Alice" <sip:alice@test>'],
        ],
      );
      await rig.assertNothingLeft();
    });

    test("that nobody reads are 480; a listener alone is enough", async () => {
      const alice = rig.phone("alice");
      const bob = rig.phone("bob");
      await rig.fails(alice.agent.message(bob.uri, "hello"), { status: 480 });
      bob.agent.events.on("message", () => {});
      assert.equal((await rig.outcome(alice.agent.message(bob.uri, "hello"))) instanceof Error, false);
      await rig.assertNothingLeft();
    });
  });

  test("what it notifies of can be subscribed to, other events are 489, and without any SUBSCRIBE is 405 (RFC 6665 §4.2.1.1)", async () => {
    const alice = rig.phone("alice");
    const bob = rig.phone("bob", {
      notifies: {
        events: ["presence"],
        onSubscribe: (subscribe) => {
          subscribe.confirm({ current: () => ({ contentType: "application/pidf+xml", body: "open" }) });
        },
      },
    });
    const heard: string[] = [];
    const subscribe = (target: string, event: string): Promise<void> => {
      const subscription = alice.agent.subscribe(target, {
        event,
        accept: ["application/pidf+xml"],
        expiresSeconds: 0,
        resubscribe: false,
        onNotify: ({ state, body }) => {
          heard.push(`${state} ${body}`);
        },
      });
      return subscription.established;
    };
    assert.equal((await rig.outcome(subscribe(bob.uri, "presence"))) instanceof Error, false);
    assert.deepEqual(heard, ["terminated open"]);
    await rig.fails(subscribe(bob.uri, "dialog"), { status: 489 });
    await rig.fails(subscribe(rig.phone("carol").uri, "presence"), { status: 405 });
    await rig.assertNothingLeft();
  });

  test("options(), subscribe() and publish() go out as they are", async () => {
    const alice = rig.phone("alice");
    const published: string[] = [];
    const handlers: CoreHandlers = {
      methods: {
        PUBLISH: ({ request }) => {
          published.push(request.body);
          return {
            status: 200,
            headers: [
              ["SIP-ETag", "1"],
              ["Expires", "60"],
            ],
          };
        },
      },
    };
    const bob = rig.agent("bob", { handlers });
    const answer = await rig.outcome(alice.agent.options(bob.uri));
    assert.ok(!(answer instanceof Error) && answer.response.status === 200);
    const publication = alice.agent.publish(bob.uri, {
      event: "presence",
      body: { contentType: "text/plain", body: "open" },
    });
    await rig.run(100);
    assert.deepEqual(published, ["open"]);
    await rig.outcome(publication.close());
    const subscription = alice.agent.subscribe(bob.uri, {
      event: "dialog",
      accept: ["text/plain"],
      resubscribe: false,
      onNotify: () => undefined,
    });
    await rig.fails(subscription.established);
    assert.equal(rig.recorder.request("alice → bob SUBSCRIBE").header("Event"), "dialog");
    await rig.assertNothingLeft();
  });

  suite("closing", () => {
    test("hangs up calls of every state; each says so; what is asked afterwards is refused", async () => {
      const alice = rig.phone("alice");
      const bob = rig.phone("bob");
      const { from } = await rig.connect(alice, bob);
      const ringing = alice.agent.dial(bob.uri);
      const back = bob.agent.dial(alice.uri);
      await rig.run(300);
      const closing = alice.agent.close();
      assert.equal(alice.agent.close(), closing);
      await rig.outcome(closing, 3_000);
      const ends = await Promise.all([from, ringing, back].map(({ ended }) => ended));
      assert.deepEqual(
        ends.map(({ cause }) => cause),
        ["bye", "cancelled", "rejected"],
      );
      assert.equal(ends[2]!.status, 480);
      assert.equal(alice.agent.calls.size, 0);
      assert.throws(() => alice.agent.dial(bob.uri), { code: "CALL_CLOSED" });
      for (const ask of [
        () => alice.agent.call(bob.uri),
        () => alice.agent.register(),
        async () => alice.agent.message(bob.uri, "hello"),
        async () => alice.agent.options(bob.uri),
        async () => alice.agent.subscribe(bob.uri, { event: "dialog", accept: [], onNotify: () => undefined }),
      ]) {
        await rig.fails(ask(), { code: "CALL_CLOSED" });
      }
      await rig.assertNothingLeft();
    });

    test("a call that comes meanwhile is not taken", async () => {
      const alice = rig.phone("alice");
      const bob = rig.phone("bob");
      const { from } = await rig.connect(alice, bob);
      rig.network.lose = ({ text }) => text.startsWith("BYE ");
      const closing = alice.agent.close({ graceMs: 2_000 });
      await rig.run(500);
      const late = bob.agent.dial(alice.uri);
      await rig.run(500);
      assert.equal((await late.ended).status, 480);
      await rig.outcome(closing, 3_000);
      assert.equal(from.state, "ended");
      rig.network.lose = undefined;
      void bob.call.hangUp();
      await rig.run(100_000);
      await rig.assertNothingLeft();
    });

    test("does not wait longer than graceMs for who is gone", async () => {
      const alice = rig.phone("alice");
      const bob = rig.phone("bob");
      const { from, to } = await rig.connect(alice, bob);
      rig.network.cut(bob.address);
      const closing = alice.agent.close({ graceMs: 1_000 });
      assert.equal(await rig.outcome(closing, 1_500), undefined);
      assert.equal(from.state, "ended");
      rig.network.mend(bob.address);
      void to.hangUp();
      await rig.assertNothingLeft();
    });

    test("`await using` closes", async () => {
      const alice = rig.phone("alice");
      const scope = (async () => {
        await using agent = alice.agent;
        void agent;
      })();
      await rig.outcome(scope, 3_000);
      assert.throws(() => alice.agent.dial("sip:bob@10.0.0.3"), { code: "CALL_CLOSED" });
      await rig.assertNothingLeft();
    });
  });

  test("an address that is none is told at once", () => {
    assert.throws(() => createUserAgent({ address: "nobody" }, {} as never), /not an address: "nobody"/);
  });
});
