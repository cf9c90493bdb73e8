import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeRtp, encodeRtp, type RtpFields } from "./packet.ts";

const packet: RtpFields = {
  marker: true,
  payloadType: 8,
  sequence: 65_535,
  timestamp: 0xfffffff0,
  ssrc: 0xdeadbeef,
  csrcs: [1, 0xffffffff],
  extension: { profile: 0xbede, data: Uint8Array.of(0x10, 0xff, 0, 0) },
  payload: Uint8Array.of(1, 2, 3),
};

test("a packet with everything comes back as it was (RFC 3550 §5.1)", () => {
  assert.deepEqual(decodeRtp(encodeRtp(packet)), { ok: true, value: packet });
});

test("padding is no payload (RFC 3550 §5.1)", () => {
  const octets = Uint8Array.of(...encodeRtp({ ...packet, payload: Uint8Array.of(7) }), 0, 0, 3);
  octets[0]! |= 0x20;
  const decoded = decodeRtp(octets);
  assert.ok(decoded.ok);
  assert.deepEqual([...decoded.value.payload], [7]);
});

test("what is cut off or padded with too much is a fault, at every length (RFC 3550 §A.1)", () => {
  const whole = encodeRtp({ ...packet, payload: new Uint8Array(0) });
  for (let length = 0; length < whole.length; length++) assert.equal(decodeRtp(whole.subarray(0, length)).ok, false);
  for (const padding of [0, 200]) {
    const octets = Uint8Array.of(...whole, padding);
    octets[0]! |= 0x20;
    assert.equal(decodeRtp(octets).ok, false);
  }
  const version = Uint8Array.from(whole);
  version[0] = 0x40;
  assert.equal(decodeRtp(version).ok, false);
});
