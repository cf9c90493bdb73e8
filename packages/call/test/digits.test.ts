/** Digits: by three ways, each once, waiting for a reader, collected. RFC 4733, RFC 6086. */

import assert from "node:assert/strict";
import { beforeEach, suite, test } from "node:test";
import type { Call, CollectOptions } from "@trapezoid/call";
import { CallRig, type Phone } from "./rig.ts";

suite("digits", () => {
  let rig: CallRig;
  let alice: Phone;
  let bob: Phone;
  let from: Call;
  let to: Call;

  beforeEach(async () => {
    rig = new CallRig();
    alice = rig.phone("alice");
    bob = rig.phone("bob", { maxWaitingDigits: 4 });
    ({ from, to } = await rig.connect(alice, bob));
  });

  const end = async (): Promise<void> => {
    void from.hangUp();
    await rig.assertNothingLeft();
  };
  /** Bob hears keys. */
  const press = (digits: string, by: "event" | "tones" = "event"): void => {
    for (const digit of digits) bob.lastMedia.events.emit("digit", digit, by);
  };
  const collect = (options: CollectOptions, ms: number): Promise<string | Error> =>
    rig.outcome(to.collectDigits(options), ms);

  suite("sent", () => {
    test("as events or tones in the media, one after the other, or one INFO each", async () => {
      await rig.outcome(from.sendDigits("1a#"));
      await rig.outcome(from.sendDigits("2", { by: "tones", toneMs: 100 }));
      await rig.outcome(from.sendDigits("*", { by: "event" }));
      assert.deepEqual(
        alice.lastMedia.log.filter((line) => line.startsWith("dial")),
        ["dial 1 160 events", "dial A 160 events", "dial # 160 events", "dial 2 100 tones", "dial * 160 events"],
      );
      await rig.outcome(from.sendDigits("45", { by: "info", toneMs: 200 }));
      const bodies = rig.recorder.all("alice → bob INFO").map(({ message }) => message?.body);
      assert.deepEqual(bodies, ["Signal=4\r\nDuration=200\r\n", "Signal=5\r\nDuration=200\r\n"]);
      assert.equal(await collect({ max: 2 }, 10), "45");
      await end();
    });

    test("what is no digit is refused before anything is sent", async () => {
      for (const digits of ["", "12E", " 1"]) await rig.fails(from.sendDigits(digits), { code: "CALL_BAD_DIGITS" });
      assert.equal(
        alice.lastMedia.log.some((line) => line.startsWith("dial")),
        false,
      );
      await end();
    });

    test("stop with the signal, and with the call", async () => {
      await rig.fails(from.sendDigits("1", { signal: AbortSignal.abort() }), { code: "CALL_ABORTED" });
      const giveUp = new AbortController();
      rig.network.conditions = { ...rig.network.conditions, delayMs: 50 };
      const sending = from.sendDigits("123", { by: "info", signal: giveUp.signal });
      await rig.run(120);
      giveUp.abort();
      await rig.fails(sending);
      const second = from.sendDigits("789", { by: "info" });
      void from.hangUp();
      await rig.fails(second, {}, 1_000);
      await rig.run(500);
      assert.ok(rig.recorder.count("alice → bob INFO") <= 3);
      await rig.assertNothingLeft();
    });

    test("INFO that is refused rejects with its status", async () => {
      const raw = rig.agent("carol");
      raw.onInvite = () => ({
        answer: () => ({ contentType: "application/sdp", body: '{"audio":"sendrecv"}' }),
        offer: () => ({ contentType: "application/sdp", body: '{"audio":"sendrecv"}' }),
        accepted: () => {},
        onInfo: () => ({ status: 415 }),
      });
      const call = alice.agent.dial(raw.uri);
      await rig.run();
      void raw.call.accept();
      await rig.run();
      await rig.fails(call.sendDigits("1", { by: "info" }), { status: 415 });
      void call.hangUp();
      await end();
    });
  });

  suite("received", () => {
    test("by whichever way they come, told as they are pressed", async () => {
      const told: string[] = [];
      to.events.on("digit", ({ digit, by }) => told.push(`${digit} ${by}`));
      press("1");
      press("2", "tones");
      await rig.outcome(from.sendDigits("3", { by: "info" }));
      assert.deepEqual(told, ["1 event", "2 tones", "3 info"]);
      await end();
    });

    test("a key that comes by two ways at once is one", async () => {
      press("5");
      press("5", "tones");
      await rig.outcome(from.sendDigits("5", { by: "info" }), 50);
      press("5");
      assert.equal(await collect({ max: 4 }, 9_000), "55");
      await end();
    });

    test("wait for a reader; the oldest of too many are forgotten (maxWaitingDigits)", async () => {
      press("123456");
      assert.equal(await collect({ max: 9 }, 9_000), "3456");
      await end();
    });

    test("are read once each, by iterations that end with the call or by their signal", async () => {
      const giveUp = new AbortController();
      const first: string[] = [];
      const reading = (async () => {
        for await (const digit of to.digits({ signal: giveUp.signal })) first.push(digit);
      })();
      press("12");
      await rig.run();
      giveUp.abort();
      await rig.outcome(reading);
      press("34");
      const second: string[] = [];
      const again = (async () => {
        for await (const digit of to.digits()) second.push(digit);
      })();
      await rig.run();
      void from.hangUp();
      await rig.outcome(again);
      assert.deepEqual(
        [first, second],
        [
          ["1", "2"],
          ["3", "4"],
        ],
      );
      await rig.assertNothingLeft();
    });
  });

  suite("collected", () => {
    test("one by default; `max`, the terminator or a silence ends the input", async () => {
      press("7");
      assert.equal(await collect({}, 10), "7");
      press("12#9");
      assert.equal(await collect({ max: 4, terminator: "#" }, 10), "12");
      assert.equal(await collect({ max: 2, betweenMs: 500 }, 600), "9");
      assert.equal(await collect({ firstMs: 2_000 }, 1_900).catch(() => "not yet"), "not yet");
      await rig.run(200);
      press("*");
      assert.equal(await collect({ max: 3, terminator: "*" }, 10), "");
      await end();
    });

    test("the prompt is played until the first digit, which counts; the time begins when it ends", async () => {
      const collecting = to.collectDigits({ max: 2, prompt: "menu.wav", firstMs: 1_000 });
      await rig.run(30_000);
      assert.equal(bob.lastMedia.isPlaying, true);
      press("4");
      await rig.run();
      assert.equal(bob.lastMedia.isPlaying, false);
      press("2");
      assert.equal(await rig.outcome(collecting), "42");

      const silent = to.collectDigits({ prompt: "menu.wav", firstMs: 1_000 });
      await rig.run();
      bob.lastMedia.endPlaying();
      assert.equal(await rig.outcome(silent, 1_100), "");
      await end();
    });

    test("who has typed ahead hears no prompt", async () => {
      press("1");
      assert.equal(await collect({ prompt: "menu.wav" }, 10), "1");
      assert.equal(bob.lastMedia.log.includes("play menu.wav"), false);
      await end();
    });

    test("a signal ends it with what was pressed, the prompt too", async () => {
      const giveUp = new AbortController();
      const collecting = to.collectDigits({ max: 5, prompt: "menu.wav", signal: giveUp.signal });
      await rig.run();
      press("12");
      await rig.run();
      giveUp.abort();
      assert.equal(await rig.outcome(collecting, 0), "12");
      const other = new AbortController();
      const prompted = to.collectDigits({ prompt: "menu.wav", signal: other.signal });
      await rig.run();
      other.abort();
      assert.equal(await rig.outcome(prompted, 0), "");
      assert.equal(bob.lastMedia.isPlaying, false);
      assert.equal(await collect({ prompt: "menu.wav", signal: AbortSignal.abort() }, 0), "");
      await end();
    });

    test("a prompt that cannot be played rejects, and digits can still be collected", async () => {
      bob.lastMedia.playFault = new TypeError("no such file");
      await rig.fails(to.collectDigits({ prompt: "none.wav" }), { message: "no such file" });
      bob.lastMedia.playFault = undefined;
      press("1");
      assert.equal(await collect({}, 10), "1");
      await end();
    });

    test("the end of the call returns what was pressed; where nothing was it rejects, so that a loop ends", async () => {
      press("12");
      const some = to.collectDigits({ max: 5 });
      await rig.run();
      void from.hangUp();
      assert.equal(await rig.outcome(some), "12");
      await rig.fails(to.collectDigits(), { code: "CALL_OVER" });

      const second = await rig.connect(alice, bob);
      const none = second.to.collectDigits({ prompt: "menu.wav" });
      const waiting = second.to.collectDigits();
      await rig.run();
      void second.from.hangUp();
      await Promise.all([none, waiting].map((one) => rig.fails(one, { code: "CALL_OVER" })));
      await rig.assertNothingLeft();
    });
  });
});
