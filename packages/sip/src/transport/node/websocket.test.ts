/** SIP over WebSocket: the handshake, frames, pings, a shared HTTP server, and the browser's side. RFC 7118. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, get, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import { createFakeClock } from "@trapezoid/testkit";
import { WebSocket } from "ws";
import { closed, message, TestPeer, within } from "../../../test/transport/test-peer.ts";
import { openWebSocketTransport } from "../browser/index.ts";
import { frameToText } from "../octets.ts";
import type { TransportOptions } from "./options.ts";

async function listening(options: Partial<TransportOptions> = {}) {
  const server = new TestPeer(options);
  const { port } = (await server.listen("ws")).endpoints[0]!;
  return { server, port, url: `ws://127.0.0.1:${port}/`, [Symbol.asyncDispose]: () => server.transport.close() };
}

/** The status that refuses a WebSocket handshake. */
async function refusal(
  url: string,
  protocols: string[],
  headers: Record<string, string> = {},
): Promise<number | undefined> {
  const ws = new WebSocket(url, protocols, { headers });
  ws.on("error", () => {});
  const [, response] = (await within(once(ws, "unexpected-response"), "not refused")) as [unknown, IncomingMessage];
  ws.terminate();
  return response.statusCode;
}

async function opened(url: string, options: object = {}): Promise<WebSocket> {
  const ws = new WebSocket(url, ["sip"], options);
  await within(once(ws, "open"), "not open");
  return ws;
}

async function nextFrame(ws: WebSocket): Promise<{ octets: Buffer; isBinary: boolean }> {
  const [octets, isBinary] = (await within(once(ws, "message"), "no frame")) as [Buffer, boolean];
  return { octets, isBinary };
}

test("a client that does not offer the subprotocol sip is refused with 400 (RFC 7118 §4.1)", async () => {
  await using rig = await listening();
  assert.equal(await refusal(rig.url, []), 400);
  assert.equal(await refusal(rig.url, ["chat", "xsip"]), 400);
  assert.equal(rig.server.transport.counters.connectionsRefused.upgrade, 2);
  const ws = new WebSocket(rig.url, ["chat", "sip"]);
  await within(once(ws, "open"), "not open");
  assert.equal(ws.protocol, "sip");
  ws.terminate();
});

test("allowOrigin decides which pages may connect (RFC 7118 §7)", async () => {
  const seen: (string | undefined)[] = [];
  const allowOrigin = (origin: string | undefined): boolean => {
    seen.push(origin);
    return origin === "https://phone.example";
  };
  await using rig = await listening({ webSocket: { allowOrigin } });
  assert.equal(await refusal(rig.url, ["sip"], { Origin: "https://evil.example" }), 403);
  assert.equal(await refusal(rig.url, ["sip"]), 403);
  (await opened(rig.url, { headers: { Origin: "https://phone.example" } })).terminate();
  assert.deepEqual(seen, ["https://evil.example", undefined, "https://phone.example"]);
});

test("a connection that a page opened, or that a proxy passed on, says so", async () => {
  await using rig = await listening();
  for (const [headers, indirect] of [
    [{}, false],
    [{ Origin: "http://evil.example" }, true],
    [{ "X-Forwarded-For": "192.0.2.1" }, true],
    [{ Forwarded: "for=192.0.2.1" }, true],
  ] as const) {
    const ws = await opened(rig.url, { headers });
    ws.send(message("who"));
    assert.equal((await rig.server.received.next()).flow.indirect, indirect, JSON.stringify(headers));
    ws.terminate();
  }
});

test("a plain HTTP request is told to upgrade (426)", async () => {
  await using rig = await listening();
  const [response] = (await once(get(`http://127.0.0.1:${rig.port}/`), "response")) as [IncomingMessage];
  response.resume();
  assert.equal(response.statusCode, 426);
  assert.equal(response.headers.upgrade, "websocket");
});

test("a text frame carries UTF-8, and what is no UTF-8 goes in a binary frame; both arrive as octets (RFC 7118 §4.2)", async () => {
  await using rig = await listening();
  const ws = await opened(rig.url);
  ws.send(message("text").replace("alice", "Zoë"));
  const { text, flow } = await rig.server.received.next();
  assert.equal(text, frameToText(message("text").replace("alice", "Zoë")));
  assert.ok(text.includes("Zo\xc3\xab"));
  ws.send(Buffer.from(message("binary", 30), "latin1"));
  assert.equal((await rig.server.received.next()).text, message("binary", 30));
  flow.send(text);
  assert.deepEqual(await nextFrame(ws), { octets: Buffer.from(text, "latin1"), isBinary: false });
  flow.send(message("back", 30));
  assert.deepEqual(await nextFrame(ws), { octets: Buffer.from(message("back", 30), "latin1"), isBinary: true });
  ws.terminate();
});

test("garbage in a frame is counted and the connection goes on; a frame that is too large ends it", async () => {
  await using rig = await listening({ limits: { headerBytes: 1000, bodyBytes: 1000 } });
  const ws = await opened(rig.url);
  ws.send("{}");
  assert.equal((await rig.server.garbage.next()).reason, "not-sip");
  ws.send(message("fine"));
  await rig.server.received.next();
  ws.send("x".repeat(2001));
  assert.equal((await rig.server.garbage.next()).reason, "too-large");
  const [code] = (await within(once(ws, "close"), "not closed")) as [number];
  assert.equal(code, 1009);
});

test("a silent peer is pinged, lives on when it answers, and is ended when it does not (RFC 7118 §6)", async () => {
  const clock = createFakeClock();
  await using rig = await listening({ clock, timeouts: { webSocketPingMs: 10_000 } });
  const mute = await opened(rig.url, { autoPong: false });
  mute.send(message("mute"));
  const { flow: muted } = await rig.server.received.next();
  const live = await opened(rig.url);
  live.send(message("live"));
  const { flow: alive } = await rig.server.received.next();
  const pinged = within(once(mute, "ping"), "no ping");
  await clock.advanceAsync(10_200);
  await pinged;
  // The pong of the one that answers is in when what it sends after it is.
  live.send(message("after the pong"));
  await rig.server.received.next();
  await clock.advanceAsync(10_200);
  assert.equal(muted.closed, true);
  assert.equal(alive.closed, false);
  live.terminate();
});

test("a peer that never asks for an upgrade is ended", async () => {
  const clock = createFakeClock();
  await using rig = await listening({ clock, timeouts: { handshakeMs: 5_000 } });
  const silent = connect(rig.port, "127.0.0.1");
  await once(silent, "connect");
  const ws = await opened(rig.url);
  await clock.advanceAsync(5_200);
  await within(once(silent, "close"), "not ended");
  ws.send(message("upgraded in time"));
  await rig.server.received.next();
  ws.terminate();
});

test("attachWebSocket() serves one path of an HTTP server and makes its port ours", async () => {
  const http = createServer((_request, response) => response.end("console")).listen(0, "127.0.0.1");
  await once(http, "listening");
  await using stack = new AsyncDisposableStack();
  stack.defer(() => {
    http.closeAllConnections();
    http.close();
  });
  const { port } = http.address() as { port: number };
  await using server = new TestPeer();
  assert.equal(server.transport.isLocal("127.0.0.1", port), false);
  const attached = server.transport.attachWebSocket(http, "/sip");
  assert.equal(server.transport.isLocal("127.0.0.1", port), true);
  const ws = await opened(`ws://127.0.0.1:${port}/sip?x=1`);
  ws.send(message("over http"));
  const { flow } = await server.received.next();
  assert.equal(flow.kind, "ws");
  assert.deepEqual(flow.local, { address: "127.0.0.1", port });
  assert.equal(await refusal(`ws://127.0.0.1:${port}/other`, ["sip"]), 404);
  const [response] = (await once(get(`http://127.0.0.1:${port}/`), "response")) as [IncomingMessage];
  response.resume();
  assert.equal(response.statusCode, 200);
  attached[Symbol.dispose]();
  assert.equal(server.transport.isLocal("127.0.0.1", port), false);
  ws.send(message("still open"));
  await server.received.next();
  const gone = once(ws, "close");
  await server.transport.close();
  await within(gone, "not closed");
});

test("the browser's transport and ours understand each other", async () => {
  await using rig = await listening();
  const client = new TestPeer();
  const received = client.received;
  await client.transport.close();
  await using browser = openWebSocketTransport({
    url: rig.url,
    handler: { onMessage: (text, flow) => received.push({ text, flow }) },
  });
  const target = { kind: "ws", address: "ignored", port: 1 } as const;
  const flow = await browser.flowTo(target);
  assert.equal(browser.flowTo(target), flow);
  assert.equal(browser.flowById(flow.id), flow);
  assert.match(flow.advertised.host, /^[a-z0-9]{12}\.invalid$/);
  assert.equal(browser.isLocal(flow.advertised.host), true);
  for (const sent of [message("text").replace("alice", "Zo\xc3\xab"), message("binary", 300)]) {
    flow.send(sent);
    const { text, flow: back } = await rig.server.received.next();
    assert.equal(text, sent);
    back.send(sent);
    assert.equal((await received.next()).text, sent);
  }
  flow.send("\r\n\r\n");
  flow.send(message("after the ping"));
  const { flow: back } = await rig.server.received.next();
  back.send(message("after the pong"));
  await received.next();
  assert.equal(browser.counters.keepAlives, 1);
  back.close();
  await closed(flow);
  assert.notEqual(await browser.flowTo(target), flow);
  await assert.rejects(browser.listen({ kind: "ws", host: "127.0.0.1", port: 0 }), { code: "SIP_TP_UNSUPPORTED" });
});

test("the browser's transport says when a server is not there", async () => {
  const rig = await listening();
  await rig.server.transport.close();
  await using browser = openWebSocketTransport({ url: rig.url, handler: { onMessage: () => {} } });
  await assert.rejects(async () => browser.flowTo(), { code: "SIP_TP_CONNECT_FAILED" });
});
