import assert from "node:assert/strict";
import { test } from "node:test";
import { createMediaEngine, openMediaPool } from "../src/index.ts";
import { wearOut } from "./session-wear.ts";

/** A session that stays holds more than twice of this. Ten thousand of them are `npm run soak:media`. */
const allowedBytesEach = 5_000;

const engines = {
  "in this thread": async () => createMediaEngine({ address: "127.0.0.1", ports: [45_000, 45_999] }),
  "in a thread of its own": () => openMediaPool({ address: "127.0.0.1", ports: [46_000, 46_999], threads: 1 }),
};

for (const [name, open] of Object.entries(engines)) {
  test(`${name}: 300 sessions over sockets leave no socket, port, timer, thread or memory`, async () => {
    const { heapBytesEach, threadHeapBytesEach, packetsSeen, ...left } = await wearOut(open, 300);
    assert.deepEqual(left, { sessions: 300, sessionsLeft: 0, portsLeft: 0, resourcesLeft: [] });
    assert.ok(packetsSeen > 0, "nothing was in use");
    assert.ok(heapBytesEach < allowedBytesEach, `${heapBytesEach} octets of each session stay`);
    assert.ok(threadHeapBytesEach < allowedBytesEach, `${threadHeapBytesEach} octets of each stay in its thread`);
  });
}
