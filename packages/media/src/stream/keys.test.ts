import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeRtp } from "@trapezoid/rtp";
import type { SdesKeys } from "../config.ts";
import { SdesKeyring } from "./keys.ts";

const suite = "AES_CM_128_HMAC_SHA1_80";
const key = (octet: number): string => Buffer.alloc(30, octet).toString("base64");
const keysOf = (local: number, remote: number): SdesKeys => ({
  suite,
  localKeySalt: key(local),
  remoteKeySalt: key(remote),
});
const rtp = (sequence: number): Uint8Array =>
  encodeRtp({ payloadType: 0, sequence, timestamp: 0, ssrc: 7, payload: new Uint8Array(20) });

test("a key of ours that stays goes on where it was when the other side changes its own (RFC 3711 §3.3.1, §9.1)", () => {
  const ring = new SdesKeyring();
  const first = ring.protection(keysOf(1, 2));
  const early = first.sender.protect(rtp(10)).slice();
  for (const sequence of [20_000, 40_000, 65_535, 5]) first.sender.protect(rtp(sequence));
  const second = ring.protection(keysOf(1, 3));
  assert.notDeepEqual(second.sender.protect(rtp(10)), early, "the number has wrapped: another stretch of key stream");

  const listener = new SdesKeyring().protection(keysOf(9, 1)).receiver;
  const original = new SdesKeyring().protection(keysOf(1, 2)).sender;
  for (const sequence of [40_000, 65_535]) assert.ok(listener.open(original.protect(rtp(sequence))));
  assert.ok(listener.open(second.sender.protect(rtp(11))), "who listens has counted on");
});

test("a key that comes back after none, or after another, goes on", () => {
  const ring = new SdesKeyring();
  const { sender } = ring.protection(keysOf(1, 2));
  assert.notEqual(ring.protection(keysOf(4, 2)).sender, sender);
  assert.equal(ring.protection(keysOf(1, 2)).sender, sender);
});

test("what was heard under a key of theirs is not heard twice because ours has changed (RFC 3711 §3.3.2)", () => {
  const ring = new SdesKeyring();
  const theirs = new SdesKeyring().protection(keysOf(2, 1)).sender;
  const packet = theirs.protect(rtp(10)).slice();
  assert.ok(ring.protection(keysOf(1, 2)).receiver.open(packet));
  assert.equal(ring.protection(keysOf(4, 2)).receiver.open(packet), undefined);
});

test("a key of theirs that is none changes nothing", () => {
  const ring = new SdesKeyring();
  const { receiver } = ring.protection(keysOf(1, 2));
  assert.throws(() => ring.protection({ ...keysOf(1, 2), remoteKeySalt: "AAAA" }), { code: "MEDIA_BAD_KEY" });
  assert.equal(ring.protection(keysOf(1, 2)).receiver, receiver);
});
