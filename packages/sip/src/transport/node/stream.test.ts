/** What streams add: framing, deadlines, hostile peers. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { createFakeClock } from "@trapezoid/testkit";
import { closed, message, TestPeer, within } from "../../../test/transport/test-peer.ts";
import type { TransportOptions } from "./options.ts";

/** A server and a bare TCP socket to it. */
async function rigged(options: Partial<TransportOptions> = {}) {
  const stack = new AsyncDisposableStack();
  const server = stack.use(new TestPeer(options));
  const listener = await server.listen("tcp");
  const { port } = listener.endpoints[0]!;
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  socket.on("error", () => {});
  stack.defer(() => void socket.destroy());
  await once(socket, "connect");
  return { server, socket, port, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Everything that the server sends until it ends the connection. */
async function untilEnd(socket: Socket): Promise<string> {
  let text = "";
  socket.setEncoding("latin1").on("data", (piece: string) => {
    text += piece;
  });
  await within(once(socket, "close"), "the server did not close");
  return text;
}

test("a message dribbled octet by octet arrives whole, and the next one too", async () => {
  await using rig = await rigged();
  const sent = message("dribble", 20);
  for (const octet of Buffer.from(sent, "latin1")) {
    await new Promise<void>((resolve) => void rig.socket.write(Uint8Array.of(octet), () => resolve()));
  }
  assert.equal((await rig.server.received.next()).text, sent);
  rig.socket.write(sent, "latin1");
  assert.equal((await rig.server.received.next()).text, sent);
});

test("many messages, keep-alives between them and half of another in one segment are told apart", async () => {
  await using rig = await rigged();
  const [a, b, c] = [message("a", 3), message("b"), message("c", 100)];
  rig.socket.write(`\r\n${a}\r\n\r\n\r\n${b}${c.slice(0, 50)}`, "latin1");
  assert.deepEqual(
    (await rig.server.received.take(2)).map(({ text }) => text),
    [a, b],
  );
  rig.socket.write(c.slice(50), "latin1");
  assert.equal((await rig.server.received.next()).text, c);
});

test("octets that are no SIP end the connection, with a counter", async () => {
  await using rig = await rigged();
  rig.socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await untilEnd(rig.socket);
  assert.equal((await rig.server.garbage.next()).reason, "bad-framing");
  assert.equal(rig.server.transport.counters.garbage["bad-framing"], 1);
  assert.equal(rig.server.transport.counters.connections, 0);
});

test("a TLS client on a TCP port is turned away at its first octet", async () => {
  await using rig = await rigged();
  rig.socket.write(Uint8Array.of(0x16, 3, 1, 2, 0));
  await untilEnd(rig.socket);
  assert.equal((await rig.server.garbage.next()).reason, "not-sip");
});

test("a message without Content-Length is told with its head, and an answer to it leaves before the end (RFC 3261 §18.3)", async () => {
  await using rig = await rigged();
  const handled = rig.server.garbage.next().then(({ reason, flow, head }) => ({ reason, head, flow }));
  const sent = message("no length").replace("Content-Length: 0\r\n", "");
  rig.socket.write(sent);
  await untilEnd(rig.socket);
  const { reason, head } = await handled;
  assert.equal(reason, "bad-framing");
  assert.equal(head, sent);
});

test("what a handler sends for a framing fault still leaves", async () => {
  const server = new TestPeer();
  server.garbage.push = ({ flow }) => void flow.send("SIP/2.0 400 Bad Request\r\n\r\n");
  const { port } = (await server.listen("tcp")).endpoints[0]!;
  const socket = connect(port, "127.0.0.1");
  socket.write("OPTIONS sip:a SIP/2.0\r\nContent-Length: x\r\n\r\n");
  assert.equal(await untilEnd(socket), "SIP/2.0 400 Bad Request\r\n\r\n");
  await server.transport.close();
});

test("who sent sound requests before gets their answers, though the stream cannot be followed further (RFC 3261 §18.3)", async () => {
  const clock = createFakeClock();
  await using rig = await rigged({ clock, timeouts: { closeMs: 1_000 } });
  rig.socket.write(`${message("sound")}C\r\n\r\n${message("never read")}`, "latin1");
  const { flow } = await rig.server.received.next();
  assert.equal((await rig.server.garbage.next()).reason, "bad-framing");
  assert.equal(flow.send("SIP/2.0 200 OK\r\n\r\n"), true);
  rig.socket.write(message("never read"), "latin1");
  await clock.advanceAsync(1_100);
  assert.equal(await untilEnd(rig.socket), "SIP/2.0 200 OK\r\n\r\n");
  assert.equal(flow.send("SIP/2.0 486 Busy Here\r\n\r\n"), false);
  assert.equal(rig.server.transport.counters.received, 1);
});

test("a body beyond the limit and endless header fields are too large", async () => {
  const limits = { headerBytes: 1000, bodyBytes: 1000 };
  await using rig = await rigged({ limits });
  rig.socket.write(message("large", 1001), "latin1");
  await untilEnd(rig.socket);
  await using other = await rigged({ limits });
  other.socket.write("OPTIONS sip:a SIP/2.0\r\nX: ".padEnd(2000, "x"));
  await untilEnd(other.socket);
  for (const { server } of [rig, other]) assert.equal((await server.garbage.next()).reason, "too-large");
});

test("a peer that leaves in the middle of a message is incomplete", async () => {
  await using rig = await rigged();
  rig.socket.end(message("half", 100).slice(0, 200), "latin1");
  assert.equal((await rig.server.garbage.next()).reason, "incomplete");
  await untilEnd(rig.socket);
});

test("answers that are queued still leave when the peer has ended its side", async () => {
  await using rig = await rigged();
  rig.server.onMessage = (text, flow) => void flow.send(text);
  const sent = message("and gone", 50_000);
  rig.socket.end(sent, "latin1");
  assert.equal(await untilEnd(rig.socket), sent);
});

test("a message that is not complete in time ends the connection, counted from its first octet", async () => {
  const clock = createFakeClock();
  await using rig = await rigged({ clock, timeouts: { messageMs: 5_000 } });
  rig.socket.write(`${message("whole")}OPTIONS`);
  await rig.server.received.next();
  await clock.advanceAsync(4_000);
  rig.socket.write(" sip:a");
  // The server has read it when a second connection's message, sent after it, is there.
  await using other = await rigged();
  other.socket.write(message("later"));
  await other.server.received.next();
  assert.equal(rig.server.transport.counters.connections, 1);
  await clock.advanceAsync(1_200);
  await untilEnd(rig.socket);
  assert.equal((await rig.server.garbage.next()).reason, "incomplete");
});

test("a stream that is never without a message under way goes on, as long as each is complete in time", async () => {
  const clock = createFakeClock();
  await using rig = await rigged({ clock, timeouts: { messageMs: 5_000 } });
  const sent = message("rolling", 40);
  rig.socket.write(sent.slice(0, 100), "latin1");
  for (let count = 0; count < 5; count++) {
    rig.socket.write(sent.slice(100) + sent.slice(0, 100), "latin1");
    await rig.server.received.next();
    await clock.advanceAsync(3_000);
  }
  assert.equal(rig.server.transport.counters.connections, 1);
});

test("a peer that connects and says nothing is closed", async () => {
  const clock = createFakeClock();
  await using rig = await rigged({ clock, timeouts: { firstMessageMs: 5_000 } });
  // Accepted once another connection of the same listener has been served.
  const other = connect(rig.port, "127.0.0.1");
  other.write(message("hello"));
  await rig.server.received.next();
  await clock.advanceAsync(5_200);
  await untilEnd(rig.socket);
  assert.equal(rig.server.transport.counters.connections, 1);
  other.destroy();
});

test("an idle connection is closed: an inbound one later than one that we opened", async () => {
  const clock = createFakeClock();
  const timeouts = { inboundIdleMs: 60_000, outboundIdleMs: 10_000 };
  await using rig = await rigged({ clock, timeouts });
  rig.socket.write(message("hello"));
  const { flow: inbound } = await rig.server.received.next();
  const outbound = await rig.server.transport.flowTo({ kind: "tcp", address: "127.0.0.1", port: rig.port });
  outbound.send(message("to ourselves"));
  const { flow: other } = await rig.server.received.next();
  await clock.advanceAsync(9_000);
  outbound.send(message("still used"));
  await rig.server.received.next();
  await clock.advanceAsync(9_000);
  assert.equal(outbound.closed, false);
  await clock.advanceAsync(2_000);
  assert.equal(outbound.closed, true);
  await closed(other);
  assert.equal(inbound.closed, false);
  await clock.advanceAsync(41_000);
  assert.equal(inbound.closed, true);
});

test("a peer that takes nothing is closed, and what it did not take is told", async () => {
  const clock = createFakeClock();
  await using rig = await rigged({ clock, timeouts: { stalledMs: 5_000 } });
  rig.socket.pause();
  rig.socket.write(message("hello"));
  const { flow } = await rig.server.received.next();
  while (flow.send(message("flood", 60_000)));
  assert.equal(rig.server.transport.counters.queueFull, 1);
  // What the kernel's buffers take, it takes at once; then nothing moves.
  for (let step = 0; step < 20 && !flow.closed; step++) {
    await clock.advanceAsync(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(flow.closed, true);
  assert.equal((await rig.server.errors.next()).flow, flow);
});

test("a connection that is not made in time is given up", async () => {
  const clock = createFakeClock();
  // Accepts and never answers: TCP is there, TLS never is.
  const silent = createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as { port: number };
  await using client = new TestPeer({ clock, timeouts: { connectMs: 5_000 } });
  for (const kind of ["tls", "ws"] as const) {
    const opening = client.transport.flowTo({ kind, address: "127.0.0.1", port }) as Promise<unknown>;
    const [socket] = (await once(silent, "connection")) as [Socket];
    const refused = assert.rejects(opening, {
      code: "SIP_TP_CONNECT_TIMEOUT",
      message: /127\.0\.0\.1:\d+ within 5000 ms/,
    });
    await clock.advanceAsync(5_200);
    await refused;
    socket.destroy();
  }
  silent.close();
});

test("closing the transport gives up connections under way", async () => {
  const silent = createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as { port: number };
  const client = new TestPeer();
  const opening = client.transport.flowTo({ kind: "tls", address: "127.0.0.1", port }) as Promise<unknown>;
  const refused = assert.rejects(opening, { code: "SIP_TP_CLOSED" });
  await client.transport.close();
  await refused;
  silent.close();
});

test("a connection that we open advertises our listener of its kind", async () => {
  await using server = new TestPeer();
  await using client = new TestPeer();
  const { port } = (await server.listen("tcp")).endpoints[0]!;
  const own = await client.transport.listen({ kind: "tcp", host: "0.0.0.0", port: 0 });
  const flow = await client.transport.flowTo({ kind: "tcp", address: "127.0.0.1", port });
  assert.deepEqual(flow.advertised, { host: "127.0.0.1", port: own.uri.port });
  assert.notEqual(flow.local.port, own.uri.port);
});

test("a host name stands for its first address", async () => {
  await using server = new TestPeer();
  const listener = await server.listen("tcp", "localhost");
  assert.deepEqual(listener.endpoints[0]!.address, "127.0.0.1");
  await assert.rejects(server.listen("tcp", "192.0.2.254"), { code: "SIP_TP_ADDRESS_NOT_OURS" });
});
