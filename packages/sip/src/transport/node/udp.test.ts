import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { test } from "node:test";
import { bindingRequest, decodeStun, encodeStun, mappedAddress, readErrorCode } from "@trapezoid/stun";
import { message, TestPeer, within } from "../../../test/transport/test-peer.ts";
import { ownAddresses, SourceAddresses } from "./interfaces.ts";
import { UdpListener } from "./udp-listener.ts";
import type { UdpSocket } from "./udp-socket.ts";
import { UdpSockets } from "./udp-sockets.ts";

const hasIpv6 = ownAddresses(6).includes("::1");

/** A bare socket on 127.0.0.1, as any phone has one. */
async function phone(): Promise<Socket & AsyncDisposable> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  return Object.assign(socket, {
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => socket.close(() => resolve())),
  });
}

async function serverAndPhone() {
  const stack = new AsyncDisposableStack();
  const server = stack.use(new TestPeer());
  const listener = await server.listen("udp");
  const socket = stack.use(await phone());
  const { port } = listener.endpoints[0]!;
  const send = (octets: Uint8Array | string): void => {
    socket.send(typeof octets === "string" ? Buffer.from(octets, "latin1") : octets, port, "127.0.0.1");
  };
  const answer = async (): Promise<Buffer> => (await within(once(socket, "message"), "no answer"))[0] as Buffer;
  return { server, listener, socket, port, send, answer, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Sends and waits until a message sent after it has come: what was before is dealt with. */
async function sendAndSettle(
  rig: Awaited<ReturnType<typeof serverAndPhone>>,
  octets: Uint8Array | string,
): Promise<void> {
  rig.send(octets);
  rig.send(message("settled"));
  assert.match((await rig.server.received.next()).text, /settled/);
  assert.equal(rig.server.received.length, 0);
}

test("a datagram of a source that may not be heard is dropped unread, and counted", async () => {
  await using rig = await serverAndPhone();
  let heard = false;
  await using server = new TestPeer({
    admission: (address, kind) => heard || address !== "127.0.0.1" || kind !== "datagram",
  });
  const { port } = (await server.listen("udp")).endpoints[0]!;
  const send = (text: string): void => void rig.socket.send(Buffer.from(text, "latin1"), port, "127.0.0.1");
  send(message("unheard"));
  send("\0\0garbage");
  while (server.transport.counters.deniedDatagrams < 2) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(server.transport.counters.receivedBytes, 0);
  assert.equal(server.garbage.length, 0);
  heard = true;
  send(message("heard"));
  assert.match((await server.received.next()).text, /heard/);
  assert.equal(server.transport.counters.received, 1);
});

test("a STUN binding request on the SIP port is answered with the address it came from (RFC 5626 §4.4.2, §5.4, §8)", async () => {
  await using rig = await serverAndPhone();
  const id = Uint8Array.from({ length: 12 }, (_, at) => at);
  rig.send(bindingRequest(id, { fingerprint: true }));
  const answer = decodeStun(await rig.answer());
  assert.ok(answer.ok);
  assert.deepEqual(answer.value.transactionId, Buffer.from(id));
  assert.deepEqual(mappedAddress(answer.value), { address: "127.0.0.1", port: rig.socket.address().port });
  assert.equal(rig.server.transport.counters.keepAlives, 1);
});

test("a STUN request with unknown required attributes gets 420 (RFC 8489 §6.3.1)", async () => {
  await using rig = await serverAndPhone();
  const attributes = [{ type: 0x7fff, value: new Uint8Array(4) }];
  rig.send(encodeStun({ class: "request", method: 1, transactionId: new Uint8Array(12), attributes }));
  const answer = decodeStun(await rig.answer());
  assert.ok(answer.ok);
  assert.equal(readErrorCode(answer.value)?.code, 420);
});

test("CRLF, NUL and empty datagrams are keep-alives: counted, not answered, not handed up", async () => {
  await using rig = await serverAndPhone();
  for (const octets of ["\r\n\r\n", "\r\n", "\0\0\0\0", "\0", ""]) await sendAndSettle(rig, octets);
  assert.equal(rig.server.transport.counters.keepAlives, 5);
  assert.equal(rig.server.garbage.length, 0);
});

test("CRLFs before a start line are skipped (RFC 3261 §7.5)", async () => {
  await using rig = await serverAndPhone();
  rig.send(`\r\n\r\n${message("behind")}`);
  assert.equal((await rig.server.received.next()).text, message("behind"));
});

test("a method may begin with any token character (RFC 4475 §3.1.1.2)", async () => {
  await using rig = await serverAndPhone();
  const strange = message("strange").replace("OPTIONS", "!interesting-Method0123456789_*+`.%indeed'~");
  rig.send(strange);
  assert.equal((await rig.server.received.next()).text, strange);
});

test("what is neither SIP nor STUN is counted and told, never answered", async () => {
  await using rig = await serverAndPhone();
  const badStun = bindingRequest(new Uint8Array(12), { fingerprint: true });
  badStun[27] = badStun[27]! ^ 1;
  const all = [Uint8Array.of(0x80, 0, 1, 2), Uint8Array.of(0x16, 0xfe, 0xfd), "{}", " OPTIONS", "\r\n\x01", badStun];
  for (const octets of all) await sendAndSettle(rig, octets);
  assert.equal(rig.server.transport.counters.garbage["not-sip"], all.length);
  const { reason, flow } = await rig.server.garbage.next();
  assert.equal(reason, "not-sip");
  assert.equal(flow.remote.port, rig.socket.address().port);
});

test("a wildcard listener has a socket on every address of its family but IPv6 link-local ones, and never says 0.0.0.0", async () => {
  for (const [wildcard, family] of [
    ["0.0.0.0", 4],
    ["::", 6],
  ] as const) {
    if (family === 6 && !hasIpv6) continue;
    await using server = new TestPeer();
    const listener = await server.listen("udp", wildcard);
    assert.deepEqual(listener.endpoints.map(({ address }) => address).toSorted(), ownAddresses(family).toSorted());
    assert.equal(new Set(listener.endpoints.map(({ port }) => port)).size, 1);
    assert.equal(listener.uri.port, listener.endpoints[0]!.port);
    for (const { address, port } of listener.endpoints) {
      assert.equal(server.transport.isLocal(address, port), true);
      const flow = await server.transport.flowTo({ kind: "udp", address, port });
      assert.equal(flow.local.address, address);
      assert.equal(flow.send(message(address)), true);
      const received = await server.received.next();
      assert.equal(received.flow.local.address, address);
      assert.equal(received.flow.advertised.host.replace(/[[\]]/g, ""), address);
    }
  }
});

test("a reply leaves from the address that its request came to (RFC 3581 §4, RFC 3261 §18.2.2)", async () => {
  await using server = new TestPeer();
  const listener = await server.listen("udp", "0.0.0.0");
  await using client = new TestPeer();
  await client.listen("udp");
  for (const { address, port } of listener.endpoints) {
    if (address.startsWith("127.")) continue;
    await client.listen("udp", address);
    const flow = await client.transport.flowTo({ kind: "udp", address, port });
    flow.send(message("ask"));
    (await server.received.next()).flow.send(message("reply"));
    const { flow: back } = await client.received.next();
    assert.deepEqual([back.remote.address, back.remote.port], [address, port]);
  }
});

test("flowTo() takes the socket on the address that the kernel's routes choose", async () => {
  await using server = new TestPeer();
  await server.listen("udp", "0.0.0.0");
  const flow = await server.transport.flowTo({ kind: "udp", address: "127.0.0.1", port: 9 });
  assert.equal(flow.local.address, "127.0.0.1");
  const outside = ownAddresses(4).find((address) => !address.startsWith("127."));
  if (outside === undefined) return;
  const far = await server.transport.flowTo({ kind: "udp", address: outside, port: 9 });
  assert.equal(far.local.address, outside);
});

test("flowTo() prefers the socket of the flow it is given, unless that one cannot reach the target", async () => {
  await using server = new TestPeer();
  const first = await server.listen("udp");
  const second = await server.listen("udp");
  const target = { kind: "udp", address: "127.0.0.1", port: first.endpoints[0]!.port } as const;
  const from = await server.transport.flowTo({ ...target, port: 9 });
  assert.equal(from.local.port, first.endpoints[0]!.port);
  const other = server.transport.flowById(idOf(second.endpoints[0]!.port))!;
  assert.equal((await server.transport.flowTo(target, other)).local.port, second.endpoints[0]!.port);
  const outside = ownAddresses(4).find((address) => !address.startsWith("127."));
  if (outside === undefined) return;
  const third = await server.listen("udp", outside);
  const far = await server.transport.flowTo({ kind: "udp", address: outside, port: 9 }, other);
  assert.equal(far.local.port, third.endpoints[0]!.port);
});

test("of several interfaces, the one that the routes choose is taken, and asked for once until routes may have changed", () => {
  const asked: string[] = [];
  const routes: Record<string, string> = { "198.51.100.7": "10.0.0.2", "2001:db8::7": "fd00::2" };
  const sources = new SourceAddresses((address) => {
    asked.push(address);
    return routes[address];
  });
  const sockets = new UdpSockets(sources);
  const own = ["127.0.0.1", "10.0.0.1", "10.0.0.2", "::1", "fd00::1", "fd00::2"];
  sockets.update(own.map((address) => ({ local: { address, port: 5060 } }) as UdpSocket));
  const towards = (address: string) => sockets.flowTo({ kind: "udp", address, port: 5060 }, undefined)?.local.address;
  assert.equal(towards("198.51.100.7"), "10.0.0.2");
  assert.equal(towards("198.51.100.7"), "10.0.0.2");
  assert.equal(towards("2001:db8::7"), "fd00::2");
  assert.equal(towards("198.51.100.8"), "10.0.0.1");
  assert.deepEqual(asked, ["198.51.100.7", "2001:db8::7", "198.51.100.8"]);
  routes["198.51.100.7"] = "10.0.0.1";
  sockets.forgetRoutes();
  assert.equal(towards("198.51.100.7"), "10.0.0.1");
});

/** The id of the flow between 127.0.0.1:port and 127.0.0.1:9, spelled out. */
function idOf(port: number): string {
  const octets = Buffer.from([127, 0, 0, 1, port >> 8, port & 255, 127, 0, 0, 1, 0, 9]);
  return `u${octets.toString("base64url")}`;
}

test("a UDP flow's id outlives a restart on the same port", async () => {
  await using client = new TestPeer();
  const own = await client.listen("udp");
  const { port: clientPort } = own.endpoints[0]!;
  const first = new TestPeer();
  const { port } = (await first.listen("udp")).endpoints[0]!;
  const { id } = await first.transport.flowTo({ kind: "udp", address: "127.0.0.1", port: clientPort });
  await first.transport.close();
  assert.equal(first.transport.flowById(id), undefined);
  await using second = new TestPeer();
  assert.equal(second.transport.flowById(id), undefined);
  await second.listen("udp", "127.0.0.1", port);
  const flow = second.transport.flowById(id);
  assert.ok(flow?.send(message("after the restart")));
  assert.equal((await client.received.next()).flow.remote.port, port);
});

test("without a socket of the target's family, flowTo() says which listener is missing", async () => {
  await using server = new TestPeer();
  await server.listen("udp");
  await assert.rejects(async () => server.transport.flowTo({ kind: "udp", address: "2001:db8::1", port: 5060 }), {
    code: "SIP_TP_NO_UDP_SOCKET",
    message: /IPv6 .*udp:\/\/\[::\]:5060/,
  });
});

test("a message beyond a datagram is refused and told to onSendError", async () => {
  await using server = new TestPeer();
  await server.listen("udp");
  const flow = await server.transport.flowTo({ kind: "udp", address: "127.0.0.1", port: 9 });
  assert.equal(flow.send("x".repeat(65_508)), false);
  const { error } = await server.errors.next();
  assert.equal((error as Error & { code?: string }).code, "SIP_TP_DATAGRAM_TOO_LONG");
  assert.equal(server.transport.counters.sendErrors, 1);
});

test("a send that the kernel refuses is told to onSendError", async () => {
  await using server = new TestPeer();
  await server.listen("udp");
  // A loopback socket has no way out of this host.
  const flow = await server.transport.flowTo({ kind: "udp", address: "192.0.2.99", port: 5060 });
  assert.equal(flow.send(message("nowhere")), true);
  const { error, flow: failed } = await server.errors.next();
  assert.equal((error as Error & { code?: string }).code, "SIP_TP_SEND_FAILED");
  assert.match(error.message, /192\.0\.2\.99:5060/);
  assert.equal(failed, flow);
});

test("tracing publishes each message with its flow while somebody listens", async () => {
  await using rig = await serverAndPhone();
  const seen: string[] = [];
  const onSent = (event: unknown): void => void seen.push(`sent ${(event as { message: string }).message.slice(0, 7)}`);
  const onReceived = (event: unknown): void =>
    void seen.push(`received ${(event as { message: string }).message.slice(0, 7)}`);
  subscribe("sip:transport:sent", onSent);
  subscribe("sip:transport:received", onReceived);
  rig.send(message("traced"));
  (await rig.server.received.next()).flow.send(message("back"));
  unsubscribe("sip:transport:sent", onSent);
  unsubscribe("sip:transport:received", onReceived);
  rig.send(message("untraced"));
  await rig.server.received.next();
  assert.deepEqual(seen, ["received OPTIONS", "sent OPTIONS"]);
});

test("reusePort lets two transports share a port", async () => {
  await using first = new TestPeer();
  await using second = new TestPeer();
  for (const kind of ["udp", "tcp"] as const) {
    const listener = await first.transport.listen({ kind, host: "127.0.0.1", port: 0 }, { reusePort: true });
    const { port } = listener.endpoints[0]!;
    const other = await second.transport.listen({ kind, host: "127.0.0.1", port }, { reusePort: true });
    assert.equal(other.endpoints[0]!.port, port);
  }
});

test("advertise is what flows say, but never a wildcard, and never to loopback peers of a wildcard listener", async () => {
  await using server = new TestPeer();
  const uri = { kind: "udp", host: "127.0.0.1", port: 0 } as const;
  const named = await server.transport.listen(uri, { advertise: "sip.example.com:5070" });
  const { port } = named.endpoints[0]!;
  const flow = await server.transport.flowTo({ kind: "udp", address: "127.0.0.1", port });
  assert.deepEqual(flow.advertised, { host: "sip.example.com", port: 5070 });
  assert.equal(server.transport.isLocal("SIP.example.com.", 5070), true);
  assert.equal(server.transport.isLocal("sip.example.com", undefined), true);
  await assert.rejects(server.transport.listen(uri, { advertise: "0.0.0.0" }), TypeError);
  await named.close();
  await server.transport.listen({ ...uri, host: "0.0.0.0" }, { advertise: "203.0.113.5" });
  const loopback = await server.transport.flowTo({ kind: "udp", address: "127.0.0.1", port: 9 });
  assert.equal(loopback.advertised.host, "127.0.0.1");
  const outside = ownAddresses(4).find((address) => !address.startsWith("127."));
  if (outside === undefined) return;
  const out = await server.transport.flowTo({ kind: "udp", address: outside, port: 9 });
  assert.equal(out.advertised.host, "203.0.113.5");
  assert.equal(server.transport.isLocal("203.0.113.5", out.local.port), true);
});

test("aliases and host names mean us; a port that is not ours does not", async () => {
  await using server = new TestPeer({ aliases: ["example.com", "pbx.example.com:5099"] });
  const { port } = (await server.listen("udp")).endpoints[0]!;
  const { transport } = server;
  assert.equal(transport.isLocal("EXAMPLE.com", undefined), true);
  assert.equal(transport.isLocal("example.com", port), true);
  assert.equal(transport.isLocal("example.com", 1), false);
  assert.equal(transport.isLocal("pbx.example.com", 5099), true);
  assert.equal(transport.isLocal("pbx.example.com", port), false);
  assert.equal(transport.isLocal("127.0.0.1", undefined), false);
  assert.equal(transport.isLocal("example.net", undefined), false);
  assert.throws(() => new TestPeer({ aliases: ["sip:example.com"] }), TypeError);
});

test("a wildcard listener follows the addresses of the host, and one that cannot be bound yet is tried again", async () => {
  const open = new Map<string, number>();
  const tentative = new Set(["10.0.0.3"]);
  let addresses = ["127.0.0.1", "10.0.0.1"];
  let changes = 0;
  const fakeSocket = (address: string, port: number): UdpSocket => {
    open.set(address, port);
    const close = async (): Promise<void> => void open.delete(address);
    return { local: { address, port }, close } as unknown as UdpSocket;
  };
  const listener = new UdpListener({ kind: "udp", host: "0.0.0.0", port: 5060 }, undefined, {
    open: async (address, port) => {
      if (tentative.has(address)) throw Object.assign(new Error("tentative"), { code: "EADDRNOTAVAIL" });
      return fakeSocket(address, port);
    },
    addresses: () => addresses,
    onChange: () => changes++,
  });
  await listener.start();
  assert.deepEqual([...open.keys()], ["127.0.0.1", "10.0.0.1"]);
  addresses = ["127.0.0.1", "10.0.0.2", "10.0.0.3"];
  await listener.refresh();
  assert.deepEqual([...open.keys()], ["127.0.0.1", "10.0.0.2"]);
  assert.equal(changes, 1);
  tentative.clear();
  await listener.refresh();
  assert.deepEqual([...open.entries()].at(-1), ["10.0.0.3", 5060]);
  assert.equal(changes, 2);
  await listener.refresh();
  assert.equal(changes, 2);
  await listener.close();
  assert.equal(open.size, 0);
});
