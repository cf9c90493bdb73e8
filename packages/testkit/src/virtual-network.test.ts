import assert from "node:assert/strict";
import { test } from "node:test";
import type { Flow, TransportHandler } from "@trapezoid/sip/transport";
import { createFakeClock } from "./fake-clock.ts";
import { createVirtualNetwork, type VirtualNetworkOptions } from "./virtual-network.ts";

class Inbox implements TransportHandler {
  readonly texts: string[] = [];
  readonly flows: Flow[] = [];
  readonly errors: Error[] = [];
  onMessage(text: string, flow: Flow): void {
    this.texts.push(text);
    this.flows.push(flow);
  }
  onSendError(error: Error): void {
    this.errors.push(error);
  }
}

function twoHosts(options: VirtualNetworkOptions = {}) {
  const clock = createFakeClock({ startAt: 0 });
  const network = createVirtualNetwork(clock, options);
  const inboxA = new Inbox();
  const inboxB = new Inbox();
  const a = network.transport({ address: "10.0.0.1", handler: inboxA });
  const b = network.transport({ address: "10.0.0.2", handler: inboxB });
  for (const host of [a, b]) {
    host.listenNow("udp", 5060);
    host.listenNow("tcp", 5060);
  }
  return { clock, network, a, b, inboxA, inboxB };
}

const toB = { kind: "udp", address: "10.0.0.2", port: 5060 } as const;
const toBTcp = { kind: "tcp", address: "10.0.0.2", port: 5060 } as const;

test("a datagram arrives after one delay and can be answered on its flow", () => {
  const { clock, a, inboxA, inboxB } = twoHosts({ delayMs: 20 });
  (a.flowTo(toB) as Flow).send("hello");
  clock.advance(19);
  assert.deepEqual(inboxB.texts, []);
  clock.advance(1);
  assert.deepEqual(inboxB.texts, ["hello"]);
  inboxB.flows[0]!.send("back");
  clock.advance(20);
  assert.deepEqual(inboxA.texts, ["back"]);
  assert.equal(inboxA.flows[0], a.flowTo(toB), "one flow object per socket and peer");
  assert.equal(a.flowById(inboxA.flows[0]!.id), inboxA.flows[0]);
});

test("losses are the same for the same seed and near the rate", () => {
  const run = (seed: number) => {
    const { clock, a, inboxB } = twoHosts({ lossRate: 0.1, seed });
    for (let i = 0; i < 1000; i++) a.udpFlow(toB).send(`${i}`);
    clock.advance(10);
    return inboxB.texts.join();
  };
  assert.equal(run(1), run(1));
  assert.notEqual(run(1), run(2));
  const arrived = run(1).split(",").length;
  assert.ok(arrived > 850 && arrived < 950, `${arrived} of 1000`);
});

test("duplicates and reorders when told to", () => {
  const { clock, a, inboxB } = twoHosts({ duplicateRate: 0.5, reorderRate: 0.5 });
  for (let i = 0; i < 100; i++) {
    a.udpFlow(toB).send(`${i}`);
    clock.advance(1);
  }
  clock.advance(10);
  assert.ok(inboxB.texts.length > 120);
  const numbers = inboxB.texts.map(Number);
  assert.notDeepEqual(
    numbers,
    [...numbers].sort((x, y) => x - y),
  );
});

test("`lose` decides for single datagrams", () => {
  const { clock, network, a, inboxB } = twoHosts();
  network.lose = (packet) => packet.text === "2";
  for (const text of ["1", "2", "3"]) a.udpFlow(toB).send(text);
  clock.advance(1);
  assert.deepEqual(inboxB.texts, ["1", "3"]);
});

test("a port where nobody listens reports a send error later", () => {
  const { clock, a, inboxA } = twoHosts();
  a.udpFlow({ address: "10.0.0.2", port: 9 }).send("x");
  assert.equal(inboxA.errors.length, 0);
  clock.advance(1);
  assert.equal(inboxA.errors.length, 1);
});

test("a connection takes one delay, is reused, keeps order and tells both ends when it closes", async () => {
  const { clock, network, a, b, inboxB } = twoHosts({ delayMs: 5, jitterMs: 50, lossRate: 1 });
  const opening = a.flowTo(toBTcp);
  assert.ok(opening instanceof Promise);
  await clock.advanceAsync(5);
  const flow = await opening;
  assert.equal(a.flowTo(toBTcp), flow, "an open connection is used again, at once");
  assert.equal(a.connectNow(toBTcp), flow);
  assert.equal(flow.reliable, true);
  for (let i = 0; i < 5; i++) flow.send(`${i}`);
  clock.advance(5);
  assert.deepEqual(inboxB.texts, ["0", "1", "2", "3", "4"], "no loss, no reordering on a stream");
  let closed = 0;
  b.connections[0]!.onClose(() => closed++);
  flow.close();
  assert.equal(flow.closed, true);
  assert.equal(flow.send("late"), false);
  clock.advance(5);
  assert.equal(closed, 1);
  assert.equal(b.connections.length, 0);
  assert.equal(b.flowById(inboxB.flows[0]!.id), undefined);
  assert.equal(network.inFlight, 0);
});

test("connecting to a port where nobody listens rejects with a code", async () => {
  const { clock, a } = twoHosts();
  const opening = Promise.resolve(a.flowTo({ ...toBTcp, port: 9 }));
  const rejected = assert.rejects(opening, { code: "SIP_TP_CONNECT_REFUSED" });
  await clock.advanceAsync(10);
  await rejected;
});

test("a cut host hears nothing and its connections hang without closing", () => {
  const { clock, network, a, inboxB } = twoHosts();
  const connection = a.connectNow(toBTcp)!;
  network.cut("10.0.0.2");
  assert.equal(connection.send("x"), true);
  a.udpFlow(toB).send("y");
  clock.advance(10);
  assert.deepEqual(inboxB.texts, []);
  assert.equal(connection.closed, false);
  network.mend("10.0.0.2");
  connection.send("z");
  clock.advance(10);
  assert.deepEqual(inboxB.texts, ["z"]);
});

test("isLocal() knows addresses, advertised names and aliases", async () => {
  const { network } = twoHosts();
  const host = network.transport({ address: "10.0.0.3", aliases: ["example.com"] });
  await host.listen({ kind: "udp", host: "0.0.0.0", port: 5060 }, { advertise: "sip.example.com:5080" });
  assert.equal(host.isLocal("10.0.0.3", undefined), true);
  assert.equal(host.isLocal("10.0.0.3", 5061), false);
  assert.equal(host.isLocal("sip.example.com", 5080), true);
  assert.equal(host.isLocal("example.com", undefined), true);
  assert.equal(host.isLocal("10.0.0.1", undefined), false);
});
