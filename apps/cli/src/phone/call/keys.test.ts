import assert from "node:assert/strict";
import { test } from "node:test";
import { CallError } from "@trapezoid/call";
import { parseUri } from "@trapezoid/sip/message";
import type { FakeCall } from "../../../test/fake-call.ts";
import { type Bench, benchPhone } from "../../../test/phone-bench.ts";
import { runCall } from "../run-call.ts";

interface TalkBench extends Bench {
  readonly call: FakeCall;
  /** What stayed on the screen since the call was answered. */
  said(): readonly string[];
}

/** A call to bob that is up. */
async function talking(): Promise<TalkBench> {
  const target = parseUri("sip:bob@example.com");
  assert.ok(target.ok);
  const activities = {
    play: undefined,
    loop: false,
    record: undefined,
    dual: false,
    echo: false,
    digits: undefined,
    digitsBy: "auto",
    hangUpAfter: undefined,
  } as const;
  const bench = await benchPhone((phone) =>
    runCall(phone, { target: target.value, timeoutSeconds: undefined, video: false, activities }),
  );
  const call = bench.agent.dialled[0]!;
  await call.up();
  call.packets = 50;
  await bench.settle();
  return Object.assign(bench, { call, said: () => bench.terminal.shown().slice(2, -1) });
}

test("h holds and takes back; a mute outlives it", async () => {
  const { call, terminal, settle, said } = await talking();
  for (const key of ["m", "h", "h"]) {
    terminal.press(key);
    await settle();
  }
  assert.deepEqual(call.asked, ["mute", "hold", "resume", "mute"]);
  assert.deepEqual(said(), [
    "muted: bob@example.com hears nothing; m again ends it",
    "bob@example.com is on hold; h takes them back",
    "back with bob@example.com",
  ]);
  assert.match(terminal.shown().at(-1)!, / · muted · /);
});

test("digits are pressed, in the order of the keys", async () => {
  const { call, terminal, settle } = await talking();
  terminal.type("1*#x");
  await settle();
  assert.deepEqual(call.asked, ["digits 1", "digits *", "digits #"]);
});

test("t asks for the target and transfers; progress of the line stands still meanwhile", async () => {
  const { call, terminal, settle, said, done } = await talking();
  terminal.press("t");
  await settle();
  terminal.type("carolx");
  terminal.press("backspace");
  assert.equal(terminal.shown().at(-1), "transfer bob@example.com to: carol");
  await settle(3_000);
  assert.equal(terminal.shown().at(-1), "transfer bob@example.com to: carol");
  terminal.press("enter");
  await done;
  assert.deepEqual(call.asked, ["transfer"]);
  assert.equal(said()[0], "transferring bob@example.com to carol@example.com");
});

test("a question is given up by Escape, and a target that is none is told", async () => {
  const { call, terminal, settle, said } = await talking();
  terminal.press("t", "escape");
  await settle();
  terminal.press("t");
  terminal.type("sip:@");
  terminal.press("enter");
  await settle();
  assert.deepEqual(call.asked, []);
  assert.match(said()[0]!, /^"sip:@" is no address/);
});

test("a transfer that fails is told, and the call goes on", async () => {
  const { call, terminal, settle, said } = await talking();
  call.failure = new CallError("CALL_TRANSFER_FAILED", "the transfer to carol failed: 603 Decline; the call goes on", {
    status: 603,
  });
  terminal.press("t");
  terminal.type("carol");
  terminal.press("enter");
  await settle();
  assert.equal(said().at(-1), "the transfer to carol failed: 603 Decline; the call goes on");
  assert.equal(call.state, "active");
});

test("T holds, calls somebody else, and T again joins the two", async () => {
  const { call, agent, terminal, settle, said, done } = await talking();
  terminal.press("T");
  await settle();
  terminal.type("carol");
  terminal.press("enter");
  await settle();
  assert.deepEqual(call.asked, ["hold"]);
  assert.deepEqual(agent.dialledTo, ["sip:bob@example.com", "sip:carol@example.com"]);
  const second = agent.dialled[1]!;
  await second.up();
  await settle(1_000);
  assert.match(terminal.shown().at(-1)!, /talking to carol@example\.com/);
  terminal.press("T");
  await done;
  assert.ok(!said().some((line) => /still on hold/.test(line)), "nobody has to be taken back");
  assert.deepEqual(call.asked, ["hold", "join"]);
  assert.ok(said().includes("bob@example.com and carol@example.com talk to each other"));
});

test("whom one wanted to speak to first does not answer: back to the first", async () => {
  const { call, agent, terminal, settle, said } = await talking();
  terminal.press("T");
  await settle();
  terminal.type("carol");
  terminal.press("enter");
  await settle();
  agent.dialled[1]!.over({
    cause: "rejected",
    status: 486,
    reason: "Busy Here",
    text: "the other side refused the call: 486 Busy Here",
  });
  await settle();
  assert.deepEqual(call.asked, ["hold", "resume"]);
  assert.match(said().at(-1)!, /486 Busy Here/);
  assert.match(terminal.shown().at(-1)!, /talking to bob/);
});

test("what the other side refuses is told", async () => {
  const { call, terminal, settle, said } = await talking();
  call.failure = new CallError("CALL_VIDEO_REFUSED", "the other side takes no video; the call goes on as it was", {
    status: 488,
  });
  terminal.press("v");
  await settle();
  assert.deepEqual(said(), ["the other side takes no video; the call goes on as it was"]);
});

test("s shows the numbers, ? the keys, q hangs up", async () => {
  const { call, terminal, settle, said, done } = await talking();
  terminal.press("s");
  await settle();
  assert.match(said().join("\n"), /heard {2}50 packets/);
  terminal.press("?");
  await settle();
  for (const key of ["h ", "m ", "t ", "T ", "0-9 * #", "v ", "s ", "q ", "Ctrl-C"]) {
    assert.ok(
      said().some((line) => line.startsWith(`  ${key}`)),
      key,
    );
  }
  terminal.press("q");
  await done;
  assert.deepEqual(call.asked, ["hang up"]);
});
