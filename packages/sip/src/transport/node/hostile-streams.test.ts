/** Peers that speak on a stream and mean ill: lies about lengths, slow readers, floods of keep-alives. RFC 3261 §18.3, RFC 4475 §3.1.2. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { createFakeClock } from "@trapezoid/testkit";
import { gone, message, TestPeer, within } from "../../../test/transport/test-peer.ts";
import type { TransportOptions } from "./options.ts";

async function rigged(options: Partial<TransportOptions> = {}) {
  const stack = new AsyncDisposableStack();
  const server = stack.use(new TestPeer(options));
  const { port } = (await server.listen("tcp")).endpoints[0]!;
  const dial = async (): Promise<Socket> => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    socket.on("error", () => {});
    stack.defer(() => void socket.destroy());
    await once(socket, "connect");
    return socket;
  };
  return { server, counters: server.transport.counters, dial, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const withLength = (lines: string): string => message("lie").replace("Content-Length: 0", lines);

for (const [lie, lines] of [
  ["negative", "Content-Length: -1"],
  ["negative by 32 bits", "Content-Length: -2147483648"],
  ["beyond 32 bits", "Content-Length: 4294967296"],
  ["beyond 64 bits", "Content-Length: 99999999999999999999999"],
  ["absent", "X-Length: 0"],
  ["empty", "Content-Length:"],
  ["no number", "Content-Length: many"],
  ["hexadecimal", "Content-Length: 0x7f"],
  ["a power", "Content-Length: 1e5"],
  ["signed", "Content-Length: +5"],
  ["a fraction", "Content-Length: 5.0"],
  ["two values", "Content-Length: 1, 2"],
  ["twice, differing", "Content-Length: 0\r\nl: 7"],
] as const) {
  test(`a Content-Length that is ${lie} is answered once and ends the connection (RFC 3261 §18.3)`, async () => {
    await using rig = await rigged();
    rig.server.garbage.push = ({ flow, head }) => void flow.send(`SIP/2.0 400 ${head?.slice(0, 7)}\r\n\r\n`);
    const socket = await rig.dial();
    let answer = "";
    socket.setEncoding("latin1").on("data", (piece: string) => {
      answer += piece;
    });
    const ended = gone(socket);
    // What follows is never taken for a message: smuggled, it would be one that nobody checked.
    socket.write(withLength(lines) + message("smuggled"), "latin1");
    await ended;
    assert.equal(answer, "SIP/2.0 400 OPTIONS\r\n\r\n");
    assert.equal(rig.counters.garbage["bad-framing"], 1);
    assert.equal(rig.counters.received, 0);
  });
}

test("the same Content-Length twice is one; a body of the length that was announced, and no octet more, is the message's", async () => {
  await using rig = await rigged();
  const socket = await rig.dial();
  const sent = withLength("Content-Length: 4\r\nl: 4");
  socket.write(`${sent}abcd${message("next")}`, "latin1");
  const [first, second] = await rig.server.received.take(2);
  assert.equal(first!.text, `${sent}abcd`);
  assert.equal(second!.text, message("next"));
});

test("a body of 1 GB is refused when it is announced: nothing is kept for it", async () => {
  await using rig = await rigged();
  const socket = await rig.dial();
  const before = process.memoryUsage();
  socket.write(withLength("Content-Length: 999999999"), "latin1");
  await gone(socket);
  const { arrayBuffers, external } = process.memoryUsage();
  assert.ok(arrayBuffers - before.arrayBuffers < 10_000_000);
  assert.ok(external - before.external < 10_000_000);
  assert.equal(rig.counters.garbage["too-large"], 1);
});

test("a peer that asks and never reads is not read either, and ended when it has taken nothing in time", async () => {
  const clock = createFakeClock();
  await using rig = await rigged({ clock, timeouts: { stalledMs: 5_000 } });
  // Each question is answered with ten times as much.
  rig.server.onMessage = (_text, flow) => void flow.send(message("answer", 10_000));
  const socket = await rig.dial();
  socket.pause();
  const question = message("question", 600);
  let asked = 0;
  while (rig.counters.readsPaused === 0) {
    if (socket.writableLength === 0) socket.write(question.repeat(20), "latin1", () => asked++);
    await turn();
    assert.ok(asked < 10_000, "never paused");
  }
  const { received } = rig.counters;
  socket.write(question.repeat(200), "latin1");
  for (let turns = 0; turns < 50; turns++) await turn();
  assert.ok(rig.counters.received - received < 200, "still read");
  assert.equal(rig.counters.queueFull, 0);
  const ended = gone(socket);
  for (let step = 0; step < 20 && rig.counters.connections > 0; step++) {
    await clock.advanceAsync(1_000);
    await turn();
  }
  assert.equal(rig.counters.connectionsCut.stalledMs, 1);
  assert.equal(rig.counters.connections, 0);
  socket.resume();
  await ended;
});

test("a slow reader that catches up is read again, and nothing was lost", async () => {
  await using rig = await rigged();
  rig.server.onMessage = (text, flow) => void flow.send(text.replace("question", "answered"));
  const socket = await rig.dial();
  socket.pause();
  const question = message("question", 20_000);
  let asked = 0;
  while (rig.counters.readsPaused === 0) {
    if (socket.writableLength === 0) {
      asked++;
      socket.write(question, "latin1");
    }
    await turn();
    assert.ok(asked < 10_000, "never paused");
  }
  let octets = 0;
  const all = new Promise<void>((resolve) => {
    socket.on("data", (piece) => {
      octets += piece.length;
      if (octets === asked * question.length) resolve();
    });
  });
  socket.resume();
  await within(all, "answers are missing");
  assert.equal(rig.counters.received, asked);
  assert.equal(rig.counters.queueFull, 0);
});

test("a flood of pings is answered as often as a minute allows, and ends (RFC 5626 §4.4.1)", async () => {
  await using rig = await rigged({ limits: { keepAlivesPerMinute: 10 } });
  const socket = await rig.dial();
  let answered = 0;
  socket.on("data", (piece) => {
    answered += piece.length / 2;
  });
  socket.write("\r\n\r\n".repeat(50_000));
  await gone(socket);
  assert.ok(answered <= 10, `${answered} answers`);
  assert.equal(rig.counters.connectionsCut.keepAlivesPerMinute, 1);
  assert.equal(rig.counters.keepAlives, 11);
});

test("keep-alives at their usual rate go on for ever, with a message now and then", async () => {
  const clock = createFakeClock();
  await using rig = await rigged({ clock, timeouts: { firstMessageMs: 30_000 } });
  const socket = await rig.dial();
  for (let beat = 0; beat < 20; beat++) {
    socket.write("\r\n\r\n");
    await within(once(socket, "data"), "no answer");
    await clock.advanceAsync(25_000);
  }
  assert.equal(rig.counters.unproven, 1);
  socket.write(message("at last"), "latin1");
  await rig.server.received.next();
  assert.equal(rig.counters.unproven, 0);
});

test("octets now and then are no keep-alive: who has no message whole in time is ended", async () => {
  const clock = createFakeClock();
  await using rig = await rigged({ clock, timeouts: { firstMessageMs: 30_000, messageMs: 60_000 } });
  const socket = await rig.dial();
  const ended = gone(socket);
  for (let beat = 0; beat < 2; beat++) {
    const { receivedBytes } = rig.counters;
    socket.write("O");
    while (rig.counters.receivedBytes === receivedBytes) await turn();
    await clock.advanceAsync(14_000);
  }
  assert.equal(rig.counters.connections, 1);
  await clock.advanceAsync(3_000);
  await ended;
  assert.equal(rig.counters.connectionsCut.firstMessageMs, 1);
});
