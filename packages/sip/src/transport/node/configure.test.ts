/** What changes about a transport while it runs, and the HTTP servers whose connections it counts. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { createFakeClock } from "@trapezoid/testkit";
import { WebSocket } from "ws";
import { gone, message, TestPeer, within } from "../../../test/transport/test-peer.ts";
import { connectionsWithin } from "./open-files.ts";
import type { TransportOptions } from "./options.ts";

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  await within(once(socket, "connect"), "not connected");
  return socket;
}

test("new limits hold for what begins from then on, those that are left out stay", async () => {
  await using server = new TestPeer({ limits: { connectionsPerAddress: 1, headerBytes: 500, bodyBytes: 50 } });
  const { port } = (await server.listen("tcp")).endpoints[0]!;
  const first = await dial(port);
  first.write(message("first"));
  await server.received.next();
  server.transport.configure({ limits: { connectionsPerAddress: 2, bodyBytes: 500 } });
  const second = await dial(port);
  second.write(message("second", 400), "latin1");
  await server.received.next();
  first.write(message("first again", 400), "latin1");
  assert.equal((await server.garbage.next()).reason, "too-large");
  second.write(`OPTIONS sip:a SIP/2.0\r\nX: ${"x".repeat(500)}`);
  assert.equal((await server.garbage.next()).reason, "too-large");
  assert.equal(server.transport.limits.headerBytes, 500);
  for (const socket of [first, second]) socket.destroy();
});

test("new limits on frames hold for WebSockets that are opened from then on", async () => {
  await using server = new TestPeer({ limits: { headerBytes: 500, bodyBytes: 500 } });
  const { port } = (await server.listen("ws")).endpoints[0]!;
  const open = async (): Promise<WebSocket> => {
    const ws = new WebSocket(`ws://127.0.0.1:${port}/`, ["sip"]);
    await within(once(ws, "open"), "not open");
    return ws;
  };
  const old = await open();
  server.transport.configure({ limits: { bodyBytes: 2_000 } });
  const young = await open();
  young.send(message("large").padEnd(2_000, "x"));
  await server.received.next();
  old.send(message("large").padEnd(2_000, "x"));
  assert.equal((await server.garbage.next()).reason, "too-large");
  young.terminate();
});

test("new deadlines hold for connections that are open, from when they are next looked at", async () => {
  const clock = createFakeClock();
  await using server = new TestPeer({ clock, timeouts: { firstMessageMs: 10_000 } });
  const { port } = (await server.listen("tcp")).endpoints[0]!;
  const socket = await dial(port);
  socket.write("\r\n\r\n");
  await within(once(socket, "data"), "no answer");
  server.transport.configure({ timeouts: { firstMessageMs: 30_000 } });
  await clock.advanceAsync(20_000);
  assert.equal(server.transport.counters.connections, 1);
  await clock.advanceAsync(11_000);
  await gone(socket);
});

test("there are never more connections than descriptors, however many are asked for", () => {
  assert.equal(connectionsWithin(50_000, 1_024), 960);
  assert.equal(connectionsWithin(500, 1_024), 500);
  assert.equal(connectionsWithin(50_000, 10), 1);
  assert.equal(connectionsWithin(50_000, undefined), 50_000);
});

async function watched(options: Partial<TransportOptions>) {
  const stack = new AsyncDisposableStack();
  const http: Server = createServer((_request, response) => response.end("here"));
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  stack.defer(() => {
    http.closeAllConnections();
    http.close();
  });
  const server = stack.use(new TestPeer(options));
  const { port } = http.address() as AddressInfo;
  server.transport.watchHttp(http);
  server.transport.attachWebSocket(http, "/sip");
  return { server, counters: server.transport.counters, port, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Asks on a connection that stays open. */
async function ask(socket: Socket): Promise<void> {
  socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const [answer] = (await within(once(socket, "data"), "no answer")) as [Buffer];
  assert.match(answer.toString(), /^HTTP\/1\.1 200 /);
}

test("a connection to the HTTP server that asks for nothing is a handshake that takes too long", async () => {
  const clock = createFakeClock();
  await using rig = await watched({ clock, timeouts: { handshakeMs: 5_000 } });
  const [silent, slow, asking] = [await dial(rig.port), await dial(rig.port), await dial(rig.port)];
  slow.write("GET /sip HTTP/1.1\r\nHost: ");
  await ask(asking);
  assert.equal(rig.counters.handshakes, 2);
  await clock.advanceAsync(5_200);
  await Promise.all([gone(silent), gone(slow)]);
  assert.equal(rig.counters.connectionsCut.handshakeMs, 2);
  await ask(asking);
  asking.destroy();
});

test("silent connections to the HTTP server make room for one that asks, and for a phone's WebSocket", async () => {
  await using rig = await watched({ limits: { connectionsPerAddress: 10, handshakesPerAddress: 10 } });
  const silent: Socket[] = [];
  while (silent.length < 30) silent.push(await dial(rig.port));
  const asking = await dial(rig.port);
  await ask(asking);
  const ws = new WebSocket(`ws://127.0.0.1:${rig.port}/sip`, ["sip"]);
  await within(once(ws, "open"), "not open");
  ws.send(message("in"));
  await rig.server.received.next();
  assert.equal(
    rig.counters.connectionsCut.handshakesPerAddress + rig.counters.connectionsCut.connectionsPerAddress,
    22,
  );
  await ask(asking);
  for (const socket of [...silent, asking]) socket.destroy();
  ws.terminate();
});

test("a connection counts once, from its HTTP request to its end as a WebSocket", async () => {
  await using rig = await watched({ limits: { connections: 1 } });
  for (let count = 0; count < 3; count++) {
    const ws = new WebSocket(`ws://127.0.0.1:${rig.port}/sip`, ["sip"]);
    await within(once(ws, "open"), "not open");
    ws.send(message("in"));
    await rig.server.received.next();
    assert.equal(rig.counters.unproven, 0);
    ws.close();
    await within(once(ws, "close"), "not closed");
    while (rig.counters.connections > 0) await turn();
  }
  assert.equal(rig.counters.connectionsRefused.connections, 0);
});

test("closing the transport does not wait for HTTP connections, which are not its own", async () => {
  await using rig = await watched({});
  const asking = await dial(rig.port);
  await ask(asking);
  const silent = await dial(rig.port);
  await ask(await dial(rig.port));
  await within(rig.server.transport.close(), "not closed");
  await ask(asking);
  for (const socket of [asking, silent]) socket.destroy();
});
