/** Peers that come in crowds and prove nothing: half-open handshakes, silent connections, and the phone that must get in all the same. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { before, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { createFakeClock } from "@trapezoid/testkit";
import { WebSocket } from "ws";
import { createTestAuthority } from "../../../test/transport/certificates.ts";
import { gone, message, TestPeer, within } from "../../../test/transport/test-peer.ts";
import type { TransportOptions } from "./options.ts";
import type { TlsIdentity } from "./tls-settings.ts";

let identity: TlsIdentity;

before(async () => {
  const authority = await createTestAuthority();
  identity = await authority.issue({ names: [["ip", "127.0.0.1"]] });
});

type Kind = "tcp" | "tls" | "ws" | "wss";

/** A server and the sockets of those who do not behave. */
async function besieged(kind: Kind, options: Partial<TransportOptions>) {
  const stack = new AsyncDisposableStack();
  const server = stack.use(new TestPeer({ tls: identity, ...options }));
  const { port } = (await server.listen(kind)).endpoints[0]!;
  const crowd: Socket[] = [];
  stack.defer(() => {
    for (const socket of crowd) socket.destroy();
  });
  /** Connects and says nothing, or `octets`. */
  const intrude = async (count: number, { from = "127.0.0.1", octets = "" } = {}): Promise<void> => {
    for (let left = count; left > 0; left--) {
      const socket = connect({ port, host: "127.0.0.1", localAddress: from });
      crowd.push(socket);
      socket.on("error", () => {});
      await within(once(socket, "connect"), "not connected");
      if (octets !== "") socket.write(octets);
    }
  };
  return {
    server,
    counters: server.transport.counters,
    port,
    crowd,
    intrude,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** A phone that connects, says something and is heard. */
async function phone(kind: Kind, server: TestPeer, port: number, label: string): Promise<{ destroy(): void }> {
  const sent = message(label);
  const socket = dial(kind, port);
  socket.write(sent);
  assert.equal((await server.received.next()).text, sent);
  return socket;
}

function dial(kind: Kind, port: number): { write(text: string): void; destroy(): void } {
  if (kind === "ws" || kind === "wss") {
    const ws = new WebSocket(`${kind}://127.0.0.1:${port}/`, ["sip"], { rejectUnauthorized: false });
    ws.on("error", () => {});
    return { write: (text) => void ws.once("open", () => ws.send(text)), destroy: () => ws.terminate() };
  }
  const socket = kind === "tcp" ? connect(port, "127.0.0.1") : connectTls({ port, rejectUnauthorized: false });
  socket.on("error", () => {});
  return socket;
}

for (const kind of ["tcp", "tls", "ws", "wss"] as const) {
  test(`silent connections of its own address do not keep a phone out (${kind})`, async () => {
    await using siege = await besieged(kind, { limits: { connectionsPerAddress: 20, handshakesPerAddress: 20 } });
    await siege.intrude(60);
    (await phone(kind, siege.server, siege.port, "in")).destroy();
    const { connectionsPerAddress, handshakesPerAddress } = siege.counters.connectionsCut;
    assert.equal(connectionsPerAddress + handshakesPerAddress, 41);
    assert.ok(siege.counters.unproven <= 20);
  });

  test(`silent connections of many addresses do not keep a phone out (${kind})`, async () => {
    await using siege = await besieged(kind, {
      limits: { connections: 20, handshakes: 20, connectionsPerAddress: 10 },
    });
    for (let host = 2; host <= 9; host++) await siege.intrude(5, { from: `127.0.0.${host}` });
    (await phone(kind, siege.server, siege.port, "in")).destroy();
    assert.equal(siege.counters.connectionsCut.connections + siege.counters.connectionsCut.handshakes, 21);
  });

  test(`nothing is left of those who went away (${kind})`, async () => {
    await using siege = await besieged(kind, {});
    await siege.intrude(50);
    const last = await phone(kind, siege.server, siege.port, "after them");
    assert.equal(siege.counters.unproven, 50);
    assert.equal(siege.counters.handshakes, kind === "tcp" ? 0 : 50);
    for (const socket of siege.crowd) socket.destroy();
    last.destroy();
    // Their ends are read before this one's message.
    await phone(kind, siege.server, siege.port, "when they have gone");
    while (siege.counters.unproven > 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(siege.counters.handshakes, 0);
    assert.equal(siege.counters.connections, 1);
  });
}

test("those who have sent a message stay, and where all have, the new one is refused", async () => {
  await using siege = await besieged("tcp", { limits: { connectionsPerAddress: 3 } });
  const first = await phone("tcp", siege.server, siege.port, "first");
  await siege.intrude(1);
  await phone("tcp", siege.server, siege.port, "second");
  await phone("tcp", siege.server, siege.port, "third, for the silent one");
  const late = connect(siege.port, "127.0.0.1");
  await within(once(late, "close"), "not refused");
  assert.equal(siege.counters.connectionsCut.connectionsPerAddress, 1);
  assert.equal(siege.counters.connectionsRefused.connectionsPerAddress, 1);
  assert.equal(siege.counters.connections, 3);
  first.destroy();
});

test("strangers make room for others when nobody is left who has proved nothing; whoever is vouched for stays", async () => {
  await using siege = await besieged("tcp", { vouching: true, limits: { connectionsPerAddress: 3 } });
  const { server, port, counters } = siege;
  server.onMessage = (text, flow) => {
    if (text.includes("Call-ID: known")) flow.vouch?.();
  };
  const known = await phone("tcp", server, port, "known, the first of all");
  const strangers = [await phone("tcp", server, port, "stranger"), await phone("tcp", server, port, "stranger too")];
  const ended = strangers.map((socket) => gone(socket as Socket));
  for (const label of ["known as well", "known at last"]) await phone("tcp", server, port, label);
  assert.equal(counters.connectionsCut.connectionsPerAddress, 2);
  await Promise.all(ended);
  const late = connect(port, "127.0.0.1");
  await gone(late);
  assert.equal(counters.connectionsRefused.connectionsPerAddress, 1);
  (known as Socket).write(message("known still"));
  await server.received.next();
});

test("octets and messages that are not valid prove nothing", async () => {
  await using siege = await besieged("tcp", { limits: { connectionsPerAddress: 2 } });
  await siege.intrude(1, { octets: "\r\n\r\n" });
  await siege.intrude(1, { octets: "OPTIONS sip:a SIP/2.0\r\nBroken\r\nContent-Length: 0\r\n\r\n" });
  await siege.server.received.next();
  assert.equal(siege.counters.unproven, 2);
  await phone("tcp", siege.server, siege.port, "one");
  await phone("tcp", siege.server, siege.port, "two");
  assert.equal(siege.counters.connectionsCut.connectionsPerAddress, 2);
});

test("a connection that we open takes the place of one that has proved nothing", async () => {
  await using siege = await besieged("tcp", { limits: { connections: 2 } });
  await siege.intrude(2);
  await using other = new TestPeer();
  const { port } = (await other.listen("tcp")).endpoints[0]!;
  const flow = await siege.server.transport.flowTo({ kind: "tcp", address: "127.0.0.1", port });
  flow.send(message("out"));
  await other.received.next();
  assert.equal(siege.counters.connectionsCut.connections, 1);
});

test("a message in the handshake's last moment is not cut off by it", async () => {
  const clock = createFakeClock();
  await using siege = await besieged("ws", { clock, timeouts: { handshakeMs: 5_000, firstMessageMs: 60_000 } });
  const ws = new WebSocket(`ws://127.0.0.1:${siege.port}/`, ["sip"]);
  await within(once(ws, "open"), "not open");
  await clock.advanceAsync(10_000);
  ws.send(message("later"));
  await siege.server.received.next();
  assert.equal(siege.counters.connectionsCut.handshakeMs, 0);
  ws.terminate();
});
