import assert from "node:assert/strict";
import { test } from "node:test";
import { FrameFollower } from "./frame-follower.ts";

/** A frame as a client sends it; its masking key is four octets like others here. */
function frame(opcode: number, size: number, { fin = true, masked = true } = {}): Buffer {
  const length = size < 126 ? [size] : size < 65_536 ? [126, size >> 8, size & 255] : [127, 0, 0, 0, 0];
  if (size >= 65_536) length.push((size >>> 24) & 255, (size >> 16) & 255, (size >> 8) & 255, size & 255);
  length[0]! |= masked ? 0x80 : 0;
  const mask = masked ? [0x81, 0x02, 0x89, 0xff] : [];
  return Buffer.concat([Buffer.of((fin ? 0x80 : 0) | opcode, ...length, ...mask), Buffer.alloc(size, 0x81)]);
}

const [continuation, text, ping] = [0, 1, 9];

test("a frame is under way from its first octet to its last, whatever its size and mask (RFC 6455 §5.2)", () => {
  for (const size of [0, 1, 125, 126, 127, 65_535, 65_536, 70_000]) {
    for (const masked of [true, false]) {
      const follower = new FrameFollower();
      const octets = frame(text, size, { masked });
      const step = size > 1000 ? 997 : 1;
      for (let at = 0; at < octets.length; at += step) {
        assert.equal(follower.isPending, at > 0, `${size} at ${at}`);
        const end = Math.min(octets.length, at + step);
        assert.equal(follower.push(octets.subarray(at, end)), end === octets.length, `${size} to ${end}`);
      }
      assert.equal(follower.isPending, false);
    }
  }
});

test("a message in fragments is under way until the last of them (RFC 6455 §5.4)", () => {
  const follower = new FrameFollower();
  assert.equal(follower.push(frame(text, 3, { fin: false })), false);
  assert.equal(follower.push(frame(continuation, 0, { fin: false })), false);
  assert.equal(follower.isPending, true);
  assert.equal(follower.push(frame(continuation, 9)), true);
  assert.equal(follower.isPending, false);
});

test("a ping between fragments ends nothing, one by itself is whole (RFC 6455 §5.5)", () => {
  const follower = new FrameFollower();
  assert.equal(follower.push(frame(ping, 4)), true);
  follower.push(frame(text, 3, { fin: false }));
  assert.equal(follower.push(frame(ping, 4)), false);
  assert.equal(follower.isPending, true);
});

test("a piece with the end of one message and the beginning of another tells both", () => {
  const follower = new FrameFollower();
  const both = Buffer.concat([frame(text, 200), frame(text, 200)]);
  assert.equal(follower.push(both.subarray(0, 100)), false);
  assert.equal(follower.push(both.subarray(100, 300)), true);
  assert.equal(follower.isPending, true);
  assert.equal(follower.push(both.subarray(300)), true);
  assert.equal(follower.isPending, false);
});
