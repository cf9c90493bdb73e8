/** Peers that speak WebSocket and mean ill: bombs of fragments, floods of pings, frames that never end. RFC 6455 §5, §7.4.1, RFC 7118. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { createFakeClock } from "@trapezoid/testkit";
import { gone, message, TestPeer, within } from "../../../test/transport/test-peer.ts";
import type { TransportOptions } from "./options.ts";

const [continuation, text, binary, close, ping, pong] = [0, 1, 2, 8, 9, 10];

/** A frame of a client, with a mask that changes nothing. */
function frame(
  opcode: number,
  payload: string | Buffer,
  { fin = true, announced = -1, bits = 0, mask = true } = {},
): Buffer {
  const octets = typeof payload === "string" ? Buffer.from(payload, "latin1") : payload;
  const size = announced === -1 ? octets.length : announced;
  const length = Buffer.alloc(size < 126 ? 1 : size < 65_536 ? 3 : 9);
  if (size < 126) length[0] = size;
  else if (size < 65_536) length.writeUIntBE((126 << 16) | size, 0, 3);
  else {
    length[0] = 127;
    length.writeBigUInt64BE(BigInt(size), 1);
  }
  if (mask) length[0]! |= 0x80;
  return Buffer.concat([Buffer.of((fin ? 0x80 : 0) | bits | opcode), length, Buffer.alloc(mask ? 4 : 0), octets]);
}

async function rigged(options: Partial<TransportOptions> = {}) {
  const stack = new AsyncDisposableStack();
  const server = stack.use(new TestPeer(options));
  const { port } = (await server.listen("ws")).endpoints[0]!;
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  socket.on("error", () => {});
  stack.defer(() => void socket.destroy());
  const key = "dGhlIHNhbXBsZSBub25jZQ==";
  socket.write(
    `GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
      `Sec-WebSocket-Protocol: sip\r\nSec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  const [head] = (await within(once(socket, "data"), "no upgrade")) as [Buffer];
  assert.match(head.toString(), /^HTTP\/1\.1 101 /);
  return {
    server,
    counters: server.transport.counters,
    socket,
    head,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** The status of the close frame that ends the connection (RFC 6455 §7.4.1). */
async function closedWith(socket: Socket): Promise<number | undefined> {
  const pieces: Buffer[] = [];
  socket.on("data", (piece: Buffer) => pieces.push(piece));
  await gone(socket);
  const last = Buffer.concat(pieces);
  const at = last.indexOf(0x80 | close);
  return at === -1 ? undefined : last.readUInt16BE(at + 2);
}

test("compression is not agreed to, and a compressed frame ends the connection (1002)", async () => {
  await using rig = await rigged();
  assert.doesNotMatch(rig.head.toString(), /Sec-WebSocket-Extensions/i);
  rig.socket.write(frame(text, message("compressed"), { bits: 0x40 }));
  assert.equal(await closedWith(rig.socket), 1002);
  assert.equal(rig.counters.garbage["bad-framing"], 1);
});

for (const [what, octets, status] of [
  ["that is not masked", frame(text, message("bare"), { mask: false }), 1002],
  ["with a reserved opcode", frame(3, "x"), 1002],
  ["with a reserved bit", frame(text, "x", { bits: 0x10 }), 1002],
  ["that continues nothing", frame(continuation, "x"), 1002],
  ["of text that is no UTF-8", frame(text, message("latin", 30)), 1007],
  ["of control that is too long", frame(ping, "x".repeat(126)), 1002],
  ["of control in fragments", frame(ping, "x", { fin: false }), 1002],
  ["of 2^53 octets", frame(text, "x", { announced: 2 ** 53 }), 1009],
  ["of 1 TB", frame(binary, "x", { announced: 2 ** 40 }), 1009],
  ["of one octet too many", frame(text, "x", { announced: 98_305 }), 1009],
] as const) {
  test(`a frame ${what} ends the connection (${status}) and delivers nothing`, async () => {
    await using rig = await rigged();
    rig.socket.write(octets);
    assert.equal(await closedWith(rig.socket), status);
    assert.equal(rig.counters.received, 0);
    assert.equal(rig.counters.garbage["bad-framing"] + rig.counters.garbage["too-large"], 1);
  });
}

test("a second message that begins inside a fragmented one ends the connection (RFC 6455 §5.4)", async () => {
  await using rig = await rigged();
  rig.socket.write(Buffer.concat([frame(text, "OPT", { fin: false }), frame(text, "OPT")]));
  assert.equal(await closedWith(rig.socket), 1002);
});

test("a message in some fragments arrives whole, with a ping in between (RFC 6455 §5.4)", async () => {
  await using rig = await rigged();
  const sent = message("in parts");
  rig.socket.write(
    Buffer.concat([
      frame(text, sent.slice(0, 40), { fin: false }),
      frame(ping, "there?"),
      frame(continuation, "", { fin: false }),
      frame(continuation, sent.slice(40)),
    ]),
  );
  assert.equal((await rig.server.received.next()).text, sent);
});

test("fragments without end are counted, empty ones too, however little they hold (1008)", async () => {
  for (const crumb of ["a", ""]) {
    await using rig = await rigged({ limits: { webSocketPieces: 50 } });
    const more = frame(continuation, crumb, { fin: false });
    rig.socket.write(Buffer.concat([frame(text, "O", { fin: false }), ...Array.from({ length: 60 }, () => more)]));
    assert.equal(await closedWith(rig.socket), 1008);
    assert.equal(rig.counters.connectionsCut.webSocketPieces, 1);
  }
});

test("fragments that together are too large end the connection (1009)", async () => {
  await using rig = await rigged({ limits: { headerBytes: 1_000, bodyBytes: 1_000 } });
  const part = frame(continuation, "x".repeat(999), { fin: false });
  rig.socket.write(Buffer.concat([frame(text, "x".repeat(999), { fin: false }), part, part]));
  assert.equal(await closedWith(rig.socket), 1009);
});

test("a frame that comes in more pieces than may be kept ends the connection", async () => {
  await using rig = await rigged({ limits: { webSocketPieces: 20 } });
  const octets = frame(text, message("dribbled"));
  const ended = closedWith(rig.socket);
  for (const octet of octets) {
    if (rig.socket.destroyed) break;
    const { receivedBytes } = rig.counters;
    rig.socket.write(Uint8Array.of(octet));
    // Each octet is read by itself.
    for (let turns = 0; turns < 4 && rig.counters.receivedBytes === receivedBytes; turns++) await turn();
  }
  assert.equal(await ended, 1008);
  assert.equal(rig.counters.connectionsCut.webSocketPieces, 1);
});

for (const [what, opcode] of [
  ["pings", ping],
  ["pongs that nobody asked for", pong],
] as const) {
  test(`a flood of ${what} ends`, async () => {
    await using rig = await rigged({ limits: { keepAlivesPerMinute: 10 } });
    const flood = frame(opcode, "x".repeat(125));
    let answered = 0;
    rig.socket.on("data", (piece) => {
      answered += piece.length;
    });
    const ended = gone(rig.socket);
    rig.socket.write(Buffer.concat(Array.from({ length: 2_000 }, () => flood)));
    await ended;
    assert.equal(rig.counters.connectionsCut.keepAlivesPerMinute, 1);
    assert.ok(answered <= 11 * 127, `${answered} octets in answer`);
  });
}

for (const [what, first, more] of [
  ["frame", frame(text, "OPTIONS", { announced: 500 }), Buffer.from("x")],
  ["message in fragments", frame(text, "OPTIONS", { fin: false }), frame(continuation, "x", { fin: false })],
  ["message in fragments, with pings between", frame(text, "OPTIONS", { fin: false }), frame(ping, "x")],
] as const) {
  test(`a ${what} that never ends has its time from its first octet`, async () => {
    const clock = createFakeClock();
    await using rig = await rigged({ clock, timeouts: { messageMs: 10_000, webSocketPingMs: 60_000 } });
    rig.socket.write(frame(text, message("proven")));
    await rig.server.received.next();
    const ended = gone(rig.socket);
    rig.socket.write(first);
    for (let second = 0; second < 9; second++) {
      const { bytesRead } = rig.socket;
      rig.socket.write(more);
      for (let turns = 0; turns < 20 && bytesRead === rig.socket.bytesRead; turns++) await turn();
      await clock.advanceAsync(1_000);
    }
    assert.equal(rig.counters.connections, 1);
    await clock.advanceAsync(1_500);
    await ended;
    assert.equal(rig.counters.connectionsCut.messageMs, 1);
    assert.equal(rig.counters.garbage.incomplete, 1);
  });
}

test("messages one after the other, each under way when the last ends, go on as long as each is whole in time", async () => {
  const clock = createFakeClock();
  await using rig = await rigged({ clock, timeouts: { messageMs: 5_000 } });
  const octets = frame(text, message("rolling"));
  rig.socket.write(octets.subarray(0, 100));
  for (let count = 0; count < 5; count++) {
    rig.socket.write(Buffer.concat([octets.subarray(100), octets.subarray(0, 100)]));
    await rig.server.received.next();
    await clock.advanceAsync(3_000);
  }
  assert.equal(rig.counters.connections, 1);
});

test("a peer that asks and never reads is not read either", async () => {
  await using rig = await rigged();
  rig.server.onMessage = (_text, flow) => void flow.send(message("answer").padEnd(10_000, "x"));
  rig.socket.pause();
  const question = frame(text, message("question"));
  const questions = Buffer.concat(Array.from({ length: 20 }, () => question));
  for (let count = 0; rig.counters.readsPaused === 0; count++) {
    if (rig.socket.writableLength === 0) rig.socket.write(questions);
    await turn();
    assert.ok(count < 10_000, "never paused");
  }
  const { received } = rig.counters;
  rig.socket.write(Buffer.concat(Array.from({ length: 20 }, () => questions)));
  for (let turns = 0; turns < 50; turns++) await turn();
  assert.ok(rig.counters.received - received < 400, "still read");
  const before = rig.counters.received;
  rig.socket.resume();
  for (let turns = 0; turns < 10_000 && rig.counters.received === before; turns++) await turn();
  assert.ok(rig.counters.received > before, "never read again");
});
