import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { test } from "node:test";
import { TimerWheel } from "@trapezoid/base";
import { createFakeClock } from "@trapezoid/testkit";
import { createCounters } from "../counters.ts";
import { defaultLimits, defaultTimeouts, type TransportLimits } from "./options.ts";
import { Places } from "./places.ts";

function rig(limits: Partial<TransportLimits>) {
  const clock = createFakeClock();
  const counters = createCounters();
  const wheel = new TimerWheel({ clock, tickMs: 100 });
  const places = new Places(
    {
      handler: { onMessage() {} },
      admission: undefined,
      counters,
      limits: { ...defaultLimits, ...limits },
      timeouts: { ...defaultTimeouts, handshakeMs: 5_000 },
      wheel,
    },
    false,
  );
  let port = 0;
  const from = (remoteAddress: string): Socket => {
    const socket = Object.assign(new EventEmitter(), { remoteAddress, remotePort: ++port, localPort: 5060 });
    return Object.assign(socket, { destroy: () => void socket.emit("close") }) as unknown as Socket;
  };
  return { places, counters, clock, wheel, from };
}

const owner = {};

test("an IPv6 network of 64 bits has the share of one address, and so has an IPv4 peer however it is written", () => {
  const { places, counters, from } = rig({ connectionsPerAddress: 1 });
  places.prove(places.take(from("2001:db8:1:2::1"), owner, false)!);
  assert.equal(places.take(from("2001:db8:1:2:ffff::9"), owner, false), undefined);
  assert.notEqual(places.take(from("2001:db8:1:3::1"), owner, false), undefined);
  places.prove(places.take(from("192.0.2.1"), owner, false)!);
  assert.equal(places.take(from("::ffff:192.0.2.1"), owner, false), undefined);
  assert.equal(counters.connectionsRefused.connectionsPerAddress, 2);
});

test("of the handshakes under way the oldest goes first, and what follows a handshake is not one", () => {
  const { places, counters, from } = rig({ handshakes: 2 });
  const sockets = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"].map(from);
  const [first, second] = sockets.slice(0, 2).map((socket) => places.take(socket, owner, true)!);
  places.settle(sockets[0]!);
  places.take(sockets[2]!, owner, true);
  assert.deepEqual([first!.released, second!.released, counters.handshakes], [false, false, 2]);
  places.take(sockets[3]!, owner, true);
  assert.deepEqual([first!.released, second!.released, counters.handshakes], [false, true, 2]);
  assert.equal(counters.connectionsCut.handshakes, 1);
});

test("a handshake that takes too long is ended and counted, once", () => {
  const { places, counters, clock, wheel, from } = rig({});
  const [late, left] = [from("192.0.2.1"), from("192.0.2.2")];
  places.take(late, owner, true);
  places.take(left, owner, true);
  left.emit("close");
  clock.advance(5_100);
  assert.equal(counters.connectionsCut.handshakeMs, 1);
  assert.equal(counters.connectionsRefused.handshake, 1);
  assert.deepEqual([counters.handshakes, counters.unproven, wheel.size], [0, 0, 0]);
});

test("everything is empty when every socket is closed, not when its place is given away", async () => {
  const { places, from } = rig({ connections: 1 });
  const socket = from("192.0.2.1");
  let closing = false;
  socket.destroy = () => {
    closing = true;
    return socket;
  };
  places.take(socket, owner, false);
  assert.equal(places.takeOurs(), true);
  assert.equal(closing, true);
  let isEmpty = false;
  const empty = places.whenEmpty().then(() => {
    isEmpty = true;
  });
  places.releaseOurs();
  await Promise.resolve();
  assert.equal(isEmpty, false);
  socket.emit("close");
  await empty;
});
