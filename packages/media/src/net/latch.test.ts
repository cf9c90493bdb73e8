import assert from "node:assert/strict";
import { test } from "node:test";
import { SourceLatch } from "./latch.ts";

const announced = { address: "192.0.2.1", port: 4_000 };
const nat = ["198.51.100.7", 33_000] as const;
const stranger = ["203.0.113.66", 9_999] as const;

function latch(): SourceLatch {
  return new SourceLatch({ announced, windowMs: 10_000 }, 0);
}

test("the announced address is believed at once, and for ever", () => {
  const one = latch();
  assert.ok(one.accepts(announced.address, announced.port, 7, 1, false, 50_000));
  assert.deepEqual(one.remote, announced);
});

test("another source is believed after three packets of one stream, within the window (RFC 7362 §4.2)", () => {
  const one = latch();
  assert.deepEqual(
    [1, 2, 3, 4].map((sequence) => one.accepts(...nat, 7, sequence, false, sequence * 20)),
    [false, false, true, true],
  );
  assert.deepEqual(one.remote, { address: nat[0], port: nat[1] });
  const late = latch();
  assert.equal(
    [1, 2, 3, 4].some((sequence) => late.accepts(...nat, 7, sequence, false, 10_000 + sequence)),
    false,
  );
  assert.deepEqual(late.remote, announced);
});

test("packets of many streams, or from many ports, prove nothing", () => {
  const one = latch();
  for (let packet = 0; packet < 100; packet++) {
    assert.equal(one.accepts(stranger[0], stranger[1], packet, packet, false, packet), false);
    assert.equal(one.accepts(stranger[0], 1_000 + packet, 7, packet, false, packet), false);
  }
});

test("a stranger never takes over from a source in use, however long it sprays (RTP bleed)", () => {
  const one = latch();
  one.accepts(announced.address, announced.port, 7, 1, false, 0);
  for (let packet = 1; packet < 2_000; packet++) {
    assert.equal(one.accepts(...stranger, 0xbad, packet & 0xffff, false, packet * 20), false);
    if (packet < 20) one.accepts(announced.address, announced.port, 7, packet, false, packet * 20);
  }
  assert.deepEqual(one.remote, announced);
});

test("a stranger that was quicker loses to the announced address", () => {
  const one = latch();
  for (const sequence of [1, 2, 3]) one.accepts(...stranger, 0xbad, sequence, false, sequence);
  assert.deepEqual(one.remote.address, stranger[0]);
  assert.ok(one.accepts(announced.address, announced.port, 7, 1, false, 100));
  assert.equal(one.accepts(...stranger, 0xbad, 4, false, 120), false);
  assert.deepEqual(one.remote, announced);
});

test("the same stream may go on from another port after a silence, as a NAT makes it; with other numbers it may not", () => {
  const one = latch();
  one.accepts(announced.address, announced.port, 7, 100, false, 20_000);
  assert.equal(one.accepts(...nat, 7, 101, false, 20_020), false, "the old one was heard a moment ago");
  assert.equal(one.accepts(...nat, 7, 9_000, false, 22_000), false, "far from its number");
  assert.equal(one.accepts(...nat, 8, 150, false, 22_000), false, "another stream");
  assert.equal(one.accepts(...nat, 7, 150, false, 22_000), true);
});

test("what SRTP has proved may come from anywhere", () => {
  const one = latch();
  one.accepts(announced.address, announced.port, 7, 1, true, 0);
  assert.ok(one.accepts(...nat, 7, 2, true, 60_000));
  assert.deepEqual(one.remote.address, nat[0]);
});

test("another announced address is learned anew, the same one changes nothing", () => {
  const one = latch();
  for (const sequence of [1, 2, 3]) one.accepts(...nat, 7, sequence, false, sequence);
  one.announce({ ...announced }, 20_000);
  assert.deepEqual(one.remote.address, nat[0]);
  one.announce({ address: "192.0.2.9", port: 5_000 }, 20_000);
  assert.deepEqual(one.remote, { address: "192.0.2.9", port: 5_000 });
});
