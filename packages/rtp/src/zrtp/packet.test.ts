import assert from "node:assert/strict";
import { test } from "node:test";
import { acknowledgement } from "./message.ts";
import { decodeZrtpPacket, encodeZrtpPacket, isZrtp } from "./packet.ts";

const packet = encodeZrtpPacket(0xfffe, 0xdeadbeef, acknowledgement("HelloACK"));

function changed(at: number, octet: number): Uint8Array {
  const copy = packet.slice();
  copy[at] = octet;
  return copy;
}

/** With a CRC that is right again. */
function resealed(change: (message: Uint8Array) => void): Uint8Array {
  const message = acknowledgement("HelloACK").slice();
  change(message);
  return encodeZrtpPacket(1, 2, message);
}

function codeOf(octets: Uint8Array): string | undefined {
  const decoded = decodeZrtpPacket(octets);
  return decoded.ok ? undefined : decoded.error.code;
}

test("a packet is what RFC 6189 §5 draws: version bits, sequence, cookie, source, message, CRC in RFC 4960's order", () => {
  assert.equal(
    Buffer.from(packet).toString("hex"),
    `1000fffe5a525450deadbeef505a000348656c6c6f41434b${Buffer.from(packet.subarray(24)).toString("hex")}`,
  );
  const decoded = decodeZrtpPacket(packet);
  assert.ok(decoded.ok);
  assert.equal(decoded.value.sequence, 0xfffe);
  assert.equal(decoded.value.ssrc, 0xdeadbeef);
  assert.equal(decoded.value.type, "HelloACK");
  assert.equal(decoded.value.message.length, 12);
});

test("unused header bits are ignored (RFC 6189 §5)", () => {
  const other = encodeZrtpPacket(1, 2, acknowledgement("ErrorACK"));
  other[0] = 0x1f;
  assert.ok(isZrtp(other));
  // The CRC covers them all the same.
  assert.equal(codeOf(other), "ZRTP_BAD_CRC");
});

test("what is changed on its way fails the CRC (RFC 6189 §5)", () => {
  for (const at of [2, 3, 8, 12, 20, 24, 27]) assert.equal(codeOf(changed(at, packet[at]! ^ 1)), "ZRTP_BAD_CRC");
});

test("what is no ZRTP is told from it, and malformed packets name their fault", () => {
  assert.equal(codeOf(new Uint8Array(0)), "ZRTP_NOT_ZRTP");
  assert.equal(codeOf(changed(0, 0x80)), "ZRTP_NOT_ZRTP");
  assert.equal(codeOf(changed(4, 0)), "ZRTP_NOT_ZRTP");
  assert.equal(codeOf(packet.subarray(0, 20)), "ZRTP_SHORT");
  assert.equal(codeOf(resealed((message) => message.fill(0, 0, 2))), "ZRTP_BAD_PREAMBLE");
  assert.equal(codeOf(resealed((message) => message.fill(4, 3, 4))), "ZRTP_BAD_LENGTH");
  assert.equal(codeOf(resealed((message) => message.fill(0x20, 4, 12))), "ZRTP_UNKNOWN_MESSAGE");
});
