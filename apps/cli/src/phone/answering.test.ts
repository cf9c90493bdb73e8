import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Emitter } from "@trapezoid/base";
import { addressOf, alice, type Bench, type BenchOptions, benchPhone, type FakeAgent } from "../../test/phone-bench.ts";
import type { AnsweringOptions } from "./answering.ts";
import { type Activities, freePath } from "./call/activities.ts";
import { runAwait } from "./run-call.ts";
import { runRegister } from "./run-register.ts";

const nothing: Activities = {
  play: undefined,
  loop: false,
  record: undefined,
  dual: false,
  echo: false,
  digits: undefined,
  digitsBy: "auto",
  hangUpAfter: undefined,
};

function answering(over: Partial<AnsweringOptions> = {}): AnsweringOptions {
  return { answers: true, ringSeconds: 0, video: false, activities: nothing, ...over };
}

/** What a registration comes back with. */
function registration() {
  return {
    events: new Emitter(),
    flows: [{ contact: addressOf("<sip:alice@192.0.2.2:5070>"), expiresAt: 1_700_000_600_000 }],
    bindings: [addressOf("<sip:alice@192.0.2.2:5070>"), addressOf("<sip:alice@192.0.2.9:5060>")],
  };
}

interface RegisterBenchOptions extends BenchOptions {
  readonly answering?: Partial<AnsweringOptions>;
  readonly once?: boolean;
  readonly timeoutSeconds?: number;
}

/** Registered already, unless `register` says otherwise. */
async function registering(options: RegisterBenchOptions = {}, register?: () => Promise<unknown>): Promise<Bench> {
  return benchPhone((phone) => {
    (phone.agent as unknown as FakeAgent).register = register ?? (async () => registration());
    return runRegister(phone, {
      as: alice,
      expiresSeconds: undefined,
      once: options.once ?? false,
      timeoutSeconds: options.timeoutSeconds,
      answering: answering(options.answering),
    });
  }, options);
}

test("registered is one line: contact, time, other contacts, the registrar's own words", async () => {
  const { promise: ready, resolve } = Promise.withResolvers<Bench>();
  const bench = await registering({ once: true }, async () => {
    const { wire } = await ready;
    wire.sends("REGISTER");
    wire.hears("200 Welcome", { headers: ["Server: Example/1.0"] });
    return registration();
  });
  resolve(bench);
  await bench.done;
  assert.deepEqual(bench.terminal.shown(), [
    "registered alice@example.com at alice@192.0.2.2:5070 for 10 min (200 Welcome, Example/1.0); also registered: alice@192.0.2.9:5060",
  ]);
});

test("it stays until Ctrl-C, and is then unregistered", async () => {
  const { agent, terminal, done, interrupt, settle, wire } = await registering();
  await settle(60_000);
  assert.equal(
    terminal.shown().at(-1),
    "alice@example.com is registered; calls are answered; c calls somebody, Ctrl-C ends it",
  );
  wire.sends("REGISTER");
  wire.hears("200 OK");
  interrupt();
  await done;
  assert.ok(agent.isUnregistered);
  assert.equal(terminal.shown().at(-1), "unregistered alice@example.com");
});

test("it stays as long as it was told to", async () => {
  const { done, settle, agent } = await registering({ timeoutSeconds: 5 });
  await settle(4_999);
  assert.ok(!agent.isUnregistered);
  await settle(1);
  await done;
});

test("who does not register at the first attempt is told why, and not tried again", async () => {
  const { agent, done, settle } = await registering({}, () => new Promise(() => {}));
  agent.events.emit("registrationFailed", new TypeError("no way out"), 30_000);
  await settle();
  await assert.rejects(done, /no way out/);
  assert.ok(agent.isClosed);
});

test("no registration in time is a failure", async () => {
  const { done, settle } = await registering({ timeoutSeconds: 3 }, () => new Promise(() => {}));
  await settle(3_000);
  await assert.rejects(done, /alice@example\.com was not registered within 3 s; wait longer with --timeout/);
});

test("calls are answered one after the other, the second at the same time is told busy", async () => {
  const { agent, settle, terminal } = await registering();
  const first = agent.rings("sip:bob@example.com");
  await settle();
  const second = agent.rings("sip:carol@example.com");
  await settle();
  assert.deepEqual([first.asked, second.asked], [["answer"], ["reject 486"]]);
  first.over();
  await settle();
  const third = agent.rings("sip:dave@example.com");
  await settle();
  assert.deepEqual(third.asked, ["answer"]);
  assert.deepEqual(terminal.shown().slice(1, -1), [
    "bob@example.com calls",
    "talking to bob@example.com: opus, encrypted by SDES",
    "carol@example.com called and was told 486 (busy)",
    "bob@example.com hung up after 0:42",
    "dave@example.com calls",
    "talking to dave@example.com: opus, encrypted by SDES",
  ]);
});

test("it rings before it is answered, if it is to", async () => {
  const { agent, settle } = await registering({ answering: { ringSeconds: 3 } });
  const call = agent.rings();
  await settle(2_999);
  assert.deepEqual(call.asked, ["ring"]);
  await settle(1);
  assert.deepEqual(call.asked, ["ring", "answer"]);
});

test("without --answer a call rings until a key answers or declines it", async () => {
  const { agent, settle, terminal } = await registering({ answering: { answers: false } });
  const first = agent.rings();
  await settle();
  assert.ok(terminal.shown().includes("bob@example.com calls; a answers, q declines"));
  terminal.press("a");
  await settle();
  assert.deepEqual(first.asked, ["ring", "answer"]);
  first.over();
  await settle();
  const second = agent.rings();
  await settle();
  terminal.press("q");
  await settle();
  assert.deepEqual(second.asked, ["ring", "hang up 603"]);
});

test("a call that nobody answers by key is refused in the end", async () => {
  const { agent, settle } = await registering({ answering: { answers: false } });
  const call = agent.rings();
  await settle(180_000);
  assert.deepEqual(call.asked, ["ring", "reject 480"]);
});

test("without --answer and without keys nobody would ever answer: refused at once", async () => {
  const { agent, settle, terminal } = await registering({ answering: { answers: false }, isLive: false });
  const call = agent.rings();
  await settle();
  assert.deepEqual(call.asked, ["reject 480"]);
  assert.match(terminal.written, /bob@example\.com called and was told 480 \(start with --answer to take calls\)/);
});

test("c calls somebody from a phone that waits; a refusal is told, and it waits again", async () => {
  const { agent, settle, terminal } = await registering();
  terminal.press("c");
  await settle();
  terminal.type("carol");
  terminal.press("enter");
  await settle();
  assert.deepEqual(agent.dialledTo, ["sip:carol@example.com"]);
  agent.dialled[0]!.over({
    cause: "rejected",
    status: 600,
    text: "the other side refused the call: 600 Busy Everywhere",
  });
  await settle();
  assert.ok(terminal.shown().includes("the other side refused the call: 600 Busy Everywhere"));
  assert.equal(
    terminal.shown().at(-1),
    "alice@example.com is registered; calls are answered; c calls somebody, Ctrl-C ends it",
  );
});

test("who no longer reads cannot insist: calls are hung up in peace", async () => {
  const { agent, settle, interrupt, done, exits } = await registering();
  const call = agent.rings();
  await settle();
  interrupt(true);
  interrupt(true);
  await done;
  assert.deepEqual([call.asked, exits], [["answer", "hang up 480"], []]);
});

test("Ctrl-C hangs up what goes on", async () => {
  const { agent, settle, interrupt, done } = await registering();
  const call = agent.rings();
  await settle();
  interrupt();
  await done;
  assert.deepEqual(call.asked, ["answer", "hang up 480"]);
});

async function temporary(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "trapezoid-phone-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test("each call is recorded to a file of its own", async (t) => {
  const folder = await temporary(t);
  const said = join(folder, "said.wav");
  const { agent, settle } = await registering({ answering: { activities: { ...nothing, record: said } } });
  const asked: string[] = [];
  for (let n = 0; n < 3; n++) {
    const call = agent.rings();
    await settle();
    asked.push(...call.asked.filter((what) => what.startsWith("record")));
    writeFileSync(asked.at(-1)!.slice("record ".length), "");
    call.over();
    await settle();
  }
  assert.deepEqual(asked, [
    `record ${said}`,
    `record ${join(folder, "said-2.wav")}`,
    `record ${join(folder, "said-3.wav")}`,
  ]);
  assert.equal(freePath(join(folder, "none")), join(folder, "none"));
});

test("a text is shown, and commands no terminal", async () => {
  const { agent, terminal, settle } = await registering();
  agent.events.emit("message", {
    from: addressOf('"Bob" <sip:bob@example.com>'),
    contentType: "text/plain",
    text: "on my way\u001b[2J",
  });
  await settle();
  assert.equal(terminal.shown().at(-2), "Bob <bob@example.com> writes: on my way\ufffd[2J");
});

async function awaiting(options: BenchOptions & { readonly timeoutSeconds?: number } = {}): Promise<Bench> {
  return benchPhone(
    (phone) =>
      runAwait(phone, {
        as: undefined,
        expiresSeconds: undefined,
        timeoutSeconds: options.timeoutSeconds,
        answering: answering(),
      }),
    options,
  );
}

test("call --answer says where it can be called, takes one call, and ends with it", async () => {
  const { agent, settle, done, terminal } = await awaiting({ timeoutSeconds: 10 });
  assert.equal(terminal.shown()[0], "waiting for a call to sip:192.0.2.2:5070");
  const call = agent.rings();
  // The limit is for the waiting.
  await settle(20_000);
  assert.equal(call.state, "active");
  call.over();
  await done;
});

test("call --answer: nobody calls", async () => {
  const { done, settle } = await awaiting({ timeoutSeconds: 10 });
  await settle(10_000);
  await assert.rejects(done, /nobody called within 10 s; wait longer with --timeout/);
});

test("call --answer: Ctrl-C ends the waiting, and the call that goes on", async () => {
  const waiting = await awaiting();
  waiting.interrupt();
  await assert.rejects(waiting.done, { kind: "given-up" });
  const talking = await awaiting();
  const call = talking.agent.rings();
  await talking.settle();
  talking.interrupt();
  await talking.done;
  assert.deepEqual(call.asked, ["answer", "hang up 480"]);
});

test("call --answer: a caller who gives up is no call", async () => {
  const bench = await benchPhone((phone) =>
    runAwait(phone, {
      as: undefined,
      expiresSeconds: undefined,
      timeoutSeconds: undefined,
      answering: answering({ ringSeconds: 5 }),
    }),
  );
  const call = bench.agent.rings();
  await bench.settle();
  call.over({ cause: "cancelled", by: "remote", text: "the caller gave up" });
  await assert.rejects(bench.done, { kind: "not-answered", message: "bob@example.com called, but the caller gave up" });
});
