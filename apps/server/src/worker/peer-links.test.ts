import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import type { Flow } from "@trapezoid/sip/transport";
import type { FlowDescriptor, PeerMessage } from "./contract.ts";
import { PeerLinks } from "./peer-links.ts";
import { costOf } from "./thread-queue.ts";

function open(t: TestContext, maxFlows = 100, own: Flow | undefined = undefined) {
  const main = new MessageChannel();
  const other = new MessageChannel();
  const links = new PeerLinks({
    workerId: 1,
    peers: new Map([
      [0, main.port1],
      [2, other.port1],
    ]),
    onInbound() {},
    flowById: () => own,
    threadQueueBytes: () => 10_000,
    maxFlows: () => maxFlows,
  });
  t.after(() => links.close());
  /** Resolves when what was sent before has arrived. */
  const tell = async (message: PeerMessage): Promise<void> => {
    const arrived = once(other.port1, "message");
    other.port2.postMessage(message);
    await arrived;
  };
  return { links, tell, other: other.port2, main: main.port2 };
}

const descriptor = (id: string): FlowDescriptor => ({
  id,
  owner: 2,
  kind: "tcp",
  localAddress: "192.0.2.1",
  localPort: 5060,
  remoteAddress: "192.0.2.7",
  remotePort: 49152,
  advertisedHost: "192.0.2.1",
  advertisedPort: 5060,
  peerNames: [],
  indirect: true,
});

test("a message is handed to the worker that it belongs to, never to the main thread", async (t) => {
  const { links, other } = open(t);
  const received = once(other, "message");
  const flow = { kind: "tcp", id: "01a", local: {}, remote: {}, advertised: {}, peerNames: [] } as unknown as Flow;
  assert.equal(links.handOver(0, "SIP/2.0 200 OK", flow), false);
  assert.equal(links.handOver(3, "SIP/2.0 200 OK", flow), false);
  assert.equal(links.handOver(2, "SIP/2.0 200 OK", flow), true);
  const [message] = (await received) as [PeerMessage];
  assert.ok(message.type === "inbound" && message.text === "SIP/2.0 200 OK");
});

test("no more is handed to a worker than may wait for it, until it has taken some", async (t) => {
  const { links, tell } = open(t);
  const flow = { kind: "udp", id: "u", local: {}, remote: {}, advertised: {}, peerNames: [] } as unknown as Flow;
  const text = "SIP/2.0 200 OK".padEnd(1_000);
  const handed = Array.from({ length: 100 }, () => links.handOver(2, text, flow)).filter(Boolean).length;
  assert.equal(handed, Math.floor(10_000 / costOf(text)) + 1);
  assert.deepEqual(links.counters, { waitingBytes: handed * costOf(text), refused: 100 - handed });
  await tell({ type: "taken", bytes: 5 * costOf(text) });
  assert.equal(links.handOver(2, text, flow), true);
  assert.equal(links.counters.waitingBytes, (handed - 4) * costOf(text));
});

test("a flow of another thread is known until its owner says that it has ended", async (t) => {
  const { links, tell } = open(t);
  await tell({ type: "flow-opened", flow: descriptor("02a") });
  const flow = links.remoteFlow("02a");
  assert.equal(flow?.indirect, true);
  let ends = 0;
  flow?.onClose(() => ends++);
  await tell({ type: "flow-closed", flowId: "02a" });
  assert.equal(links.remoteFlow("02a"), undefined);
  assert.deepEqual([ends, flow?.closed, flow?.send("x")], [1, true, false]);
});

test("as many flows are remembered as all other threads may have", async (t) => {
  const { links, tell } = open(t, 50);
  for (let i = 0; i < 100; i++) await tell({ type: "flow-opened", flow: descriptor(`02-${i}`) });
  assert.ok(links.remoteFlow("02-0") !== undefined);
  await tell({ type: "flow-opened", flow: descriptor("02-100") });
  assert.equal(links.remoteFlow("02-0"), undefined);
});

test("a flow that is forgotten for others is told that it has ended", async (t) => {
  const { links, tell } = open(t, 1);
  await tell({ type: "flow-opened", flow: descriptor("02a") });
  const oldest = links.remoteFlow("02a");
  let ends = 0;
  oldest?.onClose(() => ends++);
  await tell({ type: "flow-opened", flow: descriptor("02b") });
  await tell({ type: "flow-opened", flow: descriptor("02c") });
  assert.deepEqual([ends, oldest?.closed, links.remoteFlow("02a")], [1, true, undefined]);
  assert.ok(links.remoteFlow("02b") !== undefined && links.remoteFlow("02c") !== undefined);
});

test("a peer that is known here is known to the thread that owns its connection, once", async (t) => {
  let vouched = 0;
  const { links, tell, other } = open(t, undefined, { vouch: () => vouched++ } as unknown as Flow);
  const told: PeerMessage[] = [];
  other.on("message", (message: PeerMessage) => told.push(message));
  await tell({ type: "flow-opened", flow: descriptor("02a") });
  const flow = links.remoteFlow("02a");
  flow?.vouch?.();
  flow?.vouch?.();
  flow?.send("after both");
  while (told.at(-1)?.type !== "send") await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(told[0], { type: "vouched", flowId: "02a" });
  assert.equal(told.length, 2);
  await tell({ type: "vouched", flowId: "01own" });
  assert.equal(vouched, 1);
});

test("the main thread is told how much of its messages has been handled, now and then", async (t) => {
  const { main } = open(t);
  const taken = once(main, "message");
  let cost = 0;
  for (let count = 0; cost < 65_536; count++) {
    const text = "x".repeat(count * 100);
    cost += costOf(text);
    main.postMessage({ type: "inbound", text, flow: { ...descriptor("00a"), owner: 0 } } satisfies PeerMessage);
  }
  assert.deepEqual((await taken)[0], { type: "taken", bytes: cost });
});
