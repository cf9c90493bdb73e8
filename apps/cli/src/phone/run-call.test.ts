import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { CallError } from "@trapezoid/call";
import { parseUri, type Uri } from "@trapezoid/sip/message";
import { agreedOpus, type FakeCall } from "../../test/fake-call.ts";
import { type Bench, type BenchOptions, benchPhone } from "../../test/phone-bench.ts";
import type { Activities } from "./call/activities.ts";
import { runCall } from "./run-call.ts";

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

function uri(text: string): Uri {
  const parsed = parseUri(text);
  assert.ok(parsed.ok);
  return parsed.value;
}

interface CallBench extends Bench {
  readonly call: FakeCall;
}

async function calling(
  activities: Partial<Activities> = {},
  options: BenchOptions & { readonly timeoutSeconds?: number } = {},
): Promise<CallBench> {
  const { timeoutSeconds } = options;
  const bench = await benchPhone(
    (phone) =>
      runCall(phone, {
        target: uri("sip:bob@example.com"),
        timeoutSeconds,
        video: false,
        activities: { ...nothing, ...activities },
      }),
    options,
  );
  return Object.assign(bench, { call: bench.agent.dialled[0]! });
}

test("a call is told from the first ring to the end, with its state in the live line", async () => {
  const { call, terminal, settle, done, agent } = await calling();
  call.rings();
  await settle(2_000);
  assert.deepEqual(terminal.shown(), [
    "calling bob@example.com (? shows the keys)",
    "ringing (180 Ringing)",
    "● ringing bob@example.com 0:02",
  ]);
  await call.up();
  call.packets = 50;
  await settle(1_000);
  assert.deepEqual(terminal.shown().slice(2), [
    "bob@example.com answered: opus, encrypted by SDES",
    "● talking to bob@example.com 0:01 · opus · encrypted by SDES · MOS 4.4 excellent · loss 0.0 %",
  ]);
  call.over();
  await done;
  assert.equal(terminal.shown()[3], "bob@example.com hung up after 0:42");
  assert.ok(!terminal.isReading, "nobody reads keys any more");
  assert.ok(agent.isClosed);
});

test("as JSON each event is a line, and the last is the summary", async () => {
  const { call, settle, done, events } = await calling({}, { json: true });
  call.rings();
  await call.up();
  for (let second = 0; second < 10; second++) {
    call.packets += 50;
    await settle(1_000);
  }
  call.over();
  await done;
  assert.deepEqual(
    events().map(({ event }) => event),
    ["calling", "progress", "answered", "statistics", "ended", "summary"],
  );
  const { ok, cause, by, seconds, statistics } = events().at(-1)!;
  assert.deepEqual([ok, cause, by, seconds], [true, "bye", "remote", 42]);
  assert.equal((statistics as { mos: number }).mos, 4.4);
});

test("where no line can be drawn anew the state is a line every ten seconds", async () => {
  const { call, settle, terminal, done } = await calling({}, { isLive: false });
  await call.up();
  call.packets = 500;
  await settle(25_000);
  call.over();
  await done;
  assert.equal(terminal.written.match(/^● talking to bob@example\.com 0:(10|20) /gm)?.length, 2);
});

test("digits are pressed after the answer, a comma waits, and the call is hung up when all is done", async () => {
  const { call, settle, done } = await calling({ digits: "1,,23#", digitsBy: "tones", hangUpAfter: "done" });
  assert.deepEqual(call.asked, []);
  await call.up();
  await settle();
  assert.deepEqual(call.asked, ["digits 1 by tones"]);
  await settle(2_000);
  await done;
  assert.deepEqual(call.asked, ["digits 1 by tones", "digits 23# by tones", "hang up"]);
});

test("a call is hung up after the seconds that were said", async () => {
  const { call, settle, done } = await calling({ hangUpAfter: 7 });
  await call.up();
  await settle(6_999);
  assert.equal(call.state, "active");
  await settle(1);
  await done;
});

/** In a folder that is there. */
const said = join(import.meta.dirname, "said.wav");

test("what is heard goes back, and is recorded", async () => {
  const { call, settle, done, terminal } = await calling({ echo: true, record: said });
  await call.up();
  await settle();
  assert.deepEqual(call.played[0]?.source, { kind: "echo" });
  assert.deepEqual(call.asked, [`record ${said}`, "play"]);
  await settle(1_000);
  assert.match(terminal.shown().at(-1)!, / · recording · /);
  call.over();
  await done;
  assert.ok(terminal.shown().includes(`recorded 42.0 s to ${said}`));
});

test("a recording that fails is told at once, the call goes on, and in the end it is a failure", async () => {
  const { call, done, terminal, settle } = await calling({ record: said });
  call.failure = new CallError("CALL_NO_PATH", "the disk is full");
  await call.up();
  await settle();
  assert.ok(terminal.shown().includes("the disk is full; the call goes on"));
  assert.equal(call.state, "active");
  call.over();
  await assert.rejects(done, /the disk is full/);
});

test("a file that is not there, or that would be written over, is told before anybody's phone rings", async () => {
  const missing = await calling({ play: "/nowhere/hello.wav" });
  await assert.rejects(missing.done, /cannot read \/nowhere\/hello\.wav: there is no such file; check its name/);
  const there = await calling({ record: import.meta.filename });
  await assert.rejects(there.done, /is there already and is not written over/);
  const folder = await calling({ play: import.meta.dirname });
  await assert.rejects(folder.done, /cannot read .*: it is a folder; check its name/);
  const into = await calling({ record: import.meta.dirname });
  await assert.rejects(into.done, /cannot record to .*: it is a folder; name a file in it/);
  const nowhere = await calling({ record: "/nowhere/at-all/said.wav" });
  await assert.rejects(
    nowhere.done,
    /cannot record to \/nowhere\/at-all\/said\.wav: there is no folder \/nowhere\/at-all; make it first/,
  );
  assert.deepEqual(
    [missing, there, folder, into, nowhere].flatMap(({ agent }) => agent.dialled),
    [],
  );
});

test("whom the other side sends us to is called on the screen, has the keys, and is waited for", async () => {
  const { call, agent, terminal, settle, done } = await calling();
  await call.up();
  const next = agent.dial(uri("sip:carol@example.com"), {});
  call.events.emit("transferred", next as never);
  await next.up();
  call.over();
  await settle(1_000);
  assert.deepEqual(terminal.shown().slice(-4), [
    "bob@example.com sends us to carol@example.com; calling",
    "carol@example.com answered: opus, encrypted by SDES",
    "bob@example.com hung up after 0:42",
    "● talking to carol@example.com 0:01 · opus · encrypted by SDES · round trip 20 ms",
  ]);
  terminal.press("q");
  await done;
  assert.deepEqual(next.asked, ["hang up"]);
});

test("whoever ends it ends the call that a transfer has left behind, too", async () => {
  const { call, agent, settle, done, interrupt } = await calling();
  await call.up();
  const next = agent.dial(uri("sip:carol@example.com"), {});
  call.events.emit("transferred", next as never);
  call.over();
  await settle();
  interrupt();
  await done;
  assert.deepEqual(next.asked, ["hang up"]);
});

test("--hangup-after holds for both", async () => {
  const { call, agent, settle, done } = await calling({ hangUpAfter: 9 });
  await call.up();
  const next = agent.dial(uri("sip:carol@example.com"), {});
  call.events.emit("transferred", next as never);
  await settle(9_000);
  await done;
  assert.deepEqual([call.asked, next.asked], [["hang up"], ["hang up"]]);
});

test("whom the other side sends us to does not answer: that is told, and the call goes on", async () => {
  const { call, agent, terminal, settle, done } = await calling();
  await call.up();
  const next = agent.dial(uri("sip:carol@example.com"), {});
  call.events.emit("transferred", next as never);
  next.over({ cause: "rejected", status: 486, reason: "Busy Here", text: "the other side refused: 486 Busy Here" });
  await settle();
  assert.match(terminal.shown().at(-2)!, /486 Busy Here/);
  assert.match(terminal.shown().at(-1)!, /talking to bob@example\.com/);
  call.over();
  await done;
});

test("a call that takes the place of ours is shown in its stead (RFC 3891)", async () => {
  const { call, agent, terminal, settle, done } = await calling();
  await call.up();
  const next = agent.rings("sip:carol@example.com");
  call.events.emit("replaced", next as never);
  await next.up();
  call.over({ cause: "replaced", text: "another call took its place" });
  await settle(1_000);
  assert.match(terminal.shown().at(-1)!, /talking to carol@example\.com/);
  next.over();
  await done;
});

test("a refusal is explained, and is the outcome for programs too", async () => {
  const { call, done, wire, events } = await calling({}, { json: true });
  wire.sends("INVITE");
  wire.hears("486 Busy Here");
  call.over({ cause: "rejected", status: 486, reason: "Busy Here" });
  await assert.rejects(done, { kind: "busy", message: "bob@example.com is busy (486 Busy Here); try again later" });
  assert.deepEqual(events().at(-1)?.error, {
    code: "busy",
    text: "bob@example.com is busy (486 Busy Here); try again later",
  });
});

test("nobody answers in time: the call is taken back", async () => {
  const { call, done, settle } = await calling({}, { timeoutSeconds: 20 });
  call.rings();
  await settle(20_000);
  assert.deepEqual(call.asked, ["hang up"]);
  await assert.rejects(done, { kind: "nobody-answered", message: /^bob@example\.com did not answer within 20 s/ });
  const silent = await calling({}, { timeoutSeconds: 5 });
  silent.wire.sends("INVITE");
  silent.wire.wait(5_000);
  await silent.settle(5_000);
  await assert.rejects(silent.done, { kind: "no-answer", message: /^no answer from 192\.0\.2\.1:5060 over UDP/ });
});

test("the limit is for the ringing alone", async () => {
  const { call, done, settle } = await calling({}, { timeoutSeconds: 20 });
  await call.up();
  await settle(60_000);
  assert.equal(call.state, "active");
  call.over();
  await done;
});

test("Ctrl-C hangs up, a second one ends at once", async () => {
  const { call, done, terminal, exits, settle } = await calling();
  await call.up();
  terminal.press("interrupt");
  await settle();
  assert.deepEqual([call.asked, exits], [["hang up"], []]);
  terminal.press("interrupt");
  await done;
  const again = await calling();
  again.interrupt();
  again.interrupt();
  assert.deepEqual(again.exits, [1]);
});

test("a call that is given up before its answer is a failure", async () => {
  const stopped = await calling();
  stopped.interrupt();
  await assert.rejects(stopped.done, { kind: "given-up" });
  const byKey = await calling();
  byKey.terminal.press("q");
  await assert.rejects(byKey.done, { kind: "given-up" });
});

test("a call whose media stop for good is a failure", async () => {
  const { call, done } = await calling();
  await call.up();
  call.over({ cause: "media-timeout", by: "local", text: "nothing was heard of the other side any more" });
  await assert.rejects(done, { kind: "media-timeout", message: /nothing was heard from bob@example\.com any more/ });
});

test("nothing heard in a call that is up is warned of, with the addresses of both descriptions", async () => {
  const { call, settle, terminal, wire, done } = await calling();
  wire.sends("INVITE", { sdp: ["m=audio 40000 RTP/AVP 0", "c=IN IP4 192.168.1.5"] });
  wire.hears("200 OK", { sdp: ["m=audio 50000 RTP/AVP 0", "c=IN IP4 10.0.0.7"] });
  await call.up();
  await settle(7_000);
  const warning = terminal.shown().find((line) => line.startsWith("nothing is heard"))!;
  assert.match(warning, /Their description says 10\.0\.0\.7:50000, a private address/);
  assert.match(warning, /Ours told them to send to 192\.168\.1\.5:40000, a private address/);
  call.packets = 50;
  await settle(1_000);
  assert.ok(terminal.shown().includes("bob@example.com is heard again"));
  call.over();
  await done;
});

test("hold, codec and digits of the other side are told; a change of direction alone is not", async () => {
  const { call, terminal, done } = await calling();
  await call.up();
  call.media = { ...agreedOpus, audio: { ...agreedOpus.audio!, direction: "recvonly" } };
  call.events.emit("media", call.media);
  call.events.emit("held", true);
  call.media = { ...agreedOpus, audio: { ...agreedOpus.audio!, codec: "PCMA", security: "none" } };
  call.events.emit("media", call.media);
  call.events.emit("digit", { digit: "5", by: "event" });
  call.events.emit("message", "hi \u001b[2J", "text/plain");
  call.events.emit("secured", "k4dq", false);
  call.over();
  await done;
  assert.deepEqual(terminal.shown().slice(2, 7), [
    "bob@example.com has put the call on hold",
    "now PCMA, not encrypted",
    "bob@example.com pressed 5",
    "bob@example.com writes: hi \ufffd[2J",
    'encrypted end to end by ZRTP, "k4dq": ask bob@example.com to read theirs, and press z',
  ]);
});

test("the ladder is drawn at the end, after a failure too", async () => {
  const { call, done, terminal, wire } = await calling({}, { ladder: true });
  wire.sends("INVITE");
  wire.hears("486 Busy Here");
  call.over({ cause: "rejected", status: 486, reason: "Busy Here" });
  await assert.rejects(done);
  assert.match(terminal.written, /│─ INVITE ─+▶│ {2}CSeq 1\n.*│◀─+ 486 Busy Here ─│/);
});
