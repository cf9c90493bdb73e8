import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { Flow } from "@trapezoid/sip/transport";
import { WebSocket } from "ws";
import type { PeerMessage } from "../worker/contract.ts";
import { costOf } from "../worker/thread-queue.ts";
import { openWebSocketEdge, type WebSocketEdgeOptions } from "./websocket-edge.ts";

const options = [
  "OPTIONS sip:example.com SIP/2.0",
  "Via: SIP/2.0/WS df7jal23ls0d.invalid;branch=z9hG4bK56sdasks",
  "From: <sip:alice@example.com>;tag=1",
  "To: <sip:example.com>",
  "Call-ID: asidkj3ss",
  "CSeq: 1 OPTIONS",
  "Max-Forwards: 70",
  "Content-Length: 0",
  "",
  "",
].join("\r\n");

/** What a signalling thread would get, in order. */
class Inbox {
  readonly #messages: PeerMessage[] = [];
  #wake: (() => void) | undefined;

  constructor(port: MessagePort) {
    port.on("message", (message: PeerMessage) => {
      this.#messages.push(message);
      this.#wake?.();
    });
  }

  async next(): Promise<PeerMessage> {
    while (this.#messages.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#messages.shift()!;
  }
}

async function setUp(
  t: TestContext,
  workers: number,
  limits: Pick<WebSocketEdgeOptions, "threadQueueBytes" | "guard"> = {},
) {
  const channels = Array.from({ length: workers }, () => new MessageChannel());
  const edge = openWebSocketEdge({ ...limits, ports: new Map(channels.map(({ port1 }, index) => [index + 1, port1])) });
  const server = createServer();
  server.on("upgrade", edge.accept);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(async () => {
    await edge.close();
    server.close();
    for (const { port1, port2 } of channels) {
      port1.close();
      port2.close();
    }
  });
  const { port } = server.address() as AddressInfo;
  const connect = async (headers: Record<string, string> = {}): Promise<WebSocket> => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/sip`, ["sip"], { headers });
    await once(socket, "open");
    return socket;
  };
  return {
    edge,
    connect,
    ports: channels.map(({ port2 }) => port2),
    inboxes: channels.map(({ port2 }) => new Inbox(port2)),
  };
}

test("a message over WebSocket reaches a signalling thread, and its answer the client (RFC 7118 §5)", async (t) => {
  const { edge, connect, ports, inboxes } = await setUp(t, 1);
  const client = await connect();
  client.send(options);
  const opened = await inboxes[0]!.next();
  const inbound = await inboxes[0]!.next();
  assert.ok(opened.type === "flow-opened" && inbound.type === "inbound");
  assert.equal(inbound.text, options);
  assert.equal(inbound.flow.kind, "ws");
  assert.equal(inbound.flow.owner, 0);
  assert.equal(inbound.flow.id, opened.flow.id);
  assert.equal(inbound.flow.remoteAddress, "127.0.0.1");
  assert.equal(edge.counters.received, 1);

  const received = once(client, "message");
  ports[0]!.postMessage({
    type: "send",
    flowId: inbound.flow.id,
    text: "SIP/2.0 200 OK\r\n\r\n",
  } satisfies PeerMessage);
  assert.equal(String((await received)[0]), "SIP/2.0 200 OK\r\n\r\n");
});

test("a page's connection reaches the signalling thread as such: its address is not the page's", async (t) => {
  const { connect, inboxes } = await setUp(t, 1);
  const client = await connect({ Origin: "http://evil.example" });
  client.send(options);
  const opened = await inboxes[0]!.next();
  assert.ok(opened.type === "flow-opened");
  assert.equal(opened.flow.indirect, true);
});

test("all messages of a connection go to one thread, and every thread knows the connection", async (t) => {
  const { connect, inboxes } = await setUp(t, 2);
  const client = await connect();
  client.send(options);
  client.send(options);
  assert.equal((await inboxes[0]!.next()).type, "flow-opened");
  assert.equal((await inboxes[1]!.next()).type, "flow-opened");
  client.terminate();
  const types: string[][] = [];
  for (const inbox of inboxes) {
    const seen: string[] = [];
    while (seen.at(-1) !== "flow-closed") seen.push((await inbox.next()).type);
    types.push(seen);
  }
  types.sort((a, b) => b.length - a.length);
  assert.deepEqual(types, [["inbound", "inbound", "flow-closed"], ["flow-closed"]]);
});

test("a thread that sends on a connection that is gone is told so", async (t) => {
  const { ports, inboxes } = await setUp(t, 1);
  ports[0]!.postMessage({ type: "send", flowId: "00gone", text: options } satisfies PeerMessage);
  assert.deepEqual(await inboxes[0]!.next(), { type: "flow-closed", flowId: "00gone" });
});

test("a thread that is behind gets no more: requests are answered 503, until it has caught up", async (t) => {
  const { edge, connect, ports, inboxes } = await setUp(t, 1, { threadQueueBytes: costOf(options) });
  const client = await connect();
  client.send(options);
  client.send(options);
  await inboxes[0]!.next();
  for (let count = 0; count < 2; count++) assert.equal((await inboxes[0]!.next()).type, "inbound");
  assert.equal(edge.queueCounters.waitingBytes, 2 * costOf(options));
  const refused = once(client, "message");
  client.send(options);
  const answer = String((await refused)[0]);
  assert.match(answer, /^SIP\/2\.0 503 [\s\S]*\r\nRetry-After: 10\r\n/);
  const again = once(client, "message");
  client.send(options);
  assert.equal(String((await again)[0]), answer, "a repetition gets the same");
  client.send(options.replaceAll("OPTIONS", "ACK"));
  while (edge.queueCounters.refused < 3) await new Promise((resolve) => setImmediate(resolve));
  ports[0]!.postMessage({ type: "taken", bytes: 2 * costOf(options) } satisfies PeerMessage);
  while (edge.queueCounters.waitingBytes > 0) await new Promise((resolve) => setImmediate(resolve));
  client.send(options);
  assert.equal((await inboxes[0]!.next()).type, "inbound");
});

test("a source that may not be heard gets no answer to its upgrade, and its connections end when that is decided later", async (t) => {
  let heard = true;
  const guard = { admission: (address: string) => heard || address !== "127.0.0.1", garbage() {} };
  const { edge, connect } = await setUp(t, 1, { guard });
  const client = await connect();
  heard = false;
  edge.closeDenied();
  await once(client, "close");
  // Closed without a word: an HTTP error would be "unexpected server response".
  await assert.rejects(connect(), { code: "ECONNRESET" });
  assert.equal(edge.counters.deniedConnections, 1);
});

test("the firewall is told where a frame came from that is no message", async (t) => {
  const told: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const guard = {
    admission: () => true,
    garbage(flow: Flow) {
      told.push(flow.remote.address);
      resolve();
    },
  };
  const { connect } = await setUp(t, 1, { guard });
  const client = await connect();
  client.send(Buffer.from([0, 1, 2, 3]));
  await promise;
  assert.deepEqual(told, ["127.0.0.1"]);
});
