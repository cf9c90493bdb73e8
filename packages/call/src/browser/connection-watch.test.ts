import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeClock, type FakeClock } from "@trapezoid/testkit";
import { ConnectionWatch, type WatchOptions } from "./connection-watch.ts";

class FakeConnection extends EventTarget {
  connectionState: RTCPeerConnectionState = "new";
  turn(state: RTCPeerConnectionState): void {
    this.connectionState = state;
    this.dispatchEvent(new Event("connectionstatechange"));
  }
}

interface Scene {
  readonly clock: FakeClock;
  readonly connection: FakeConnection;
  readonly watch: ConnectionWatch;
  readonly told: string[];
  packets: number | undefined;
}

function scene(options: Partial<WatchOptions> = {}): Scene {
  const clock = createFakeClock();
  const connection = new FakeConnection();
  const told: string[] = [];
  const all: Scene = {
    clock,
    connection,
    told,
    packets: undefined,
    watch: new ConnectionWatch({
      clock,
      connectMs: 15_000,
      mediaTimeoutMs: 30_000,
      packets: async () => all.packets,
      onBroken: () => told.push("broken"),
      onTimeout: () => told.push("timeout"),
      ...options,
    }),
  };
  all.watch.begin(connection as unknown as RTCPeerConnection);
  return all;
}

test("a way that does not come up in time is asked for once more, and given up when that fails, too", async () => {
  const { clock, told, watch } = scene();
  await clock.advanceAsync(14_990);
  assert.deepEqual(told, []);
  await clock.advanceAsync(10);
  assert.deepEqual(told, ["broken"]);
  await clock.advanceAsync(15_000);
  assert.deepEqual(told, ["broken", "timeout"]);
  watch.stop();
  assert.equal(clock.pending, 0);
});

test("a way that is away for a moment comes back by itself (RFC 7675 §5.1)", async () => {
  const { clock, connection, told } = scene();
  connection.turn("connected");
  connection.turn("disconnected");
  await clock.advanceAsync(4_000);
  connection.turn("connected");
  await clock.advanceAsync(60_000);
  assert.deepEqual(told, []);
});

test("a way that is away for longer, or has failed, asks for an ICE restart, each time that it happens (RFC 8445 §9)", async () => {
  const { clock, connection, told } = scene();
  connection.turn("connected");
  connection.turn("disconnected");
  await clock.advanceAsync(5_000);
  assert.deepEqual(told, ["broken"]);
  connection.turn("connected");
  connection.turn("failed");
  assert.deepEqual(told, ["broken", "broken"]);
  connection.turn("connected");
  await clock.advanceAsync(60_000);
  assert.deepEqual(told, ["broken", "broken"]);
});

test("silence for longer than the limit ends it, while something is to come", async () => {
  const all = scene();
  all.connection.turn("connected");
  all.packets = 1;
  await all.clock.advanceAsync(10_000);
  // On hold nothing is to come.
  all.packets = undefined;
  await all.clock.advanceAsync(120_000);
  assert.deepEqual(all.told, []);
  all.packets = 7;
  await all.clock.advanceAsync(28_000);
  assert.deepEqual(all.told, []);
  await all.clock.advanceAsync(6_000);
  assert.deepEqual(all.told, ["timeout"]);
  assert.equal(all.clock.pending, 0);
});

test("packets that keep coming are no silence, and with the limit 0 nothing is", async () => {
  const all = scene();
  all.connection.turn("connected");
  for (let second = 0; second < 120; second++) {
    all.packets = second * 50;
    await all.clock.advanceAsync(1_000);
  }
  const carefree = scene({ mediaTimeoutMs: 0 });
  carefree.connection.turn("connected");
  carefree.packets = 1;
  await carefree.clock.advanceAsync(120_000);
  assert.deepEqual([...all.told, ...carefree.told], []);
});

test("nothing is told and nothing armed after the end", async () => {
  const { clock, connection, told, watch } = scene();
  watch.stop();
  connection.turn("failed");
  await clock.advanceAsync(60_000);
  assert.deepEqual(told, []);
  assert.equal(clock.pending, 0);
});
