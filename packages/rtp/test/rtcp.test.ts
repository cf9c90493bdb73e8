import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { RtcpPacketConverter, RtcpSrPacket } from "werift";
import { decodeRtcp, encodeRtcp, type ReceptionReport, type RtcpPacket } from "../src/index.ts";

const report: ReceptionReport = {
  ssrc: 0xffffffff,
  fractionLost: 255,
  cumulativeLost: -5,
  highestSequence: 0xfffe0001,
  jitter: 77,
  lastSenderReport: 0x80000001,
  delaySinceLast: 65_536,
};
const metrics = {
  ssrc: 9,
  lossRate: 1,
  discardRate: 2,
  burstDensity: 3,
  gapDensity: 4,
  burstDurationMs: 500,
  gapDurationMs: 60_000,
  roundTripMs: 70,
  endSystemDelayMs: 80,
  signalLevel: -20,
  noiseLevel: -60,
  residualEchoReturnLoss: 127,
  minimumGap: 16,
  rFactor: 90,
  externalRFactor: 127,
  mosListening10: 43,
  mosConversational10: 42,
  receiverConfiguration: 0xb4,
  jitterBufferNominalMs: 40,
  jitterBufferMaximumMs: 200,
  jitterBufferAbsoluteMaximumMs: 400,
};

const packets: readonly RtcpPacket[] = [
  {
    type: "sr",
    ssrc: 1,
    sender: { ntpSeconds: 0xe0000000, ntpFraction: 5, rtpTimestamp: 6, packets: 7, octets: 8 },
    reports: [report, { ...report, cumulativeLost: 0x7fffff }],
  },
  { type: "rr", ssrc: 2, reports: [] },
  {
    type: "sdes",
    chunks: [
      { ssrc: 1, items: [{ type: 1, text: "ädäm@example.com" }] },
      { ssrc: 2, items: [] },
      {
        ssrc: 3,
        items: [
          { type: 6, text: "" },
          { type: 2, text: "x" },
        ],
      },
    ],
  },
  { type: "bye", ssrcs: [1, 2], reason: "gone" },
  { type: "bye", ssrcs: [3] },
  { type: "app", subtype: 5, ssrc: 4, name: "test", data: Uint8Array.of(1, 2, 3, 4) },
  { type: "rtpfb", format: 1, ssrc: 1, mediaSsrc: 2, data: Uint8Array.of(0, 5, 0, 1) },
  { type: "psfb", format: 1, ssrc: 1, mediaSsrc: 2, data: new Uint8Array(0) },
  {
    type: "xr",
    ssrc: 1,
    voipMetrics: [metrics],
    referenceTime: { ntpSeconds: 1, ntpFraction: 2 },
    dlrr: [{ ssrc: 1, lastReceiverReport: 2, delay: 3 }],
    others: [{ blockType: 99, data: Uint8Array.of(99, 0, 0, 1, 1, 2, 3, 4) }],
  },
  { type: "unknown", packetType: 210, count: 3, data: Uint8Array.of(1, 2, 3, 4) },
];

for (const packet of packets) {
  test(`${packet.type} comes back as it was (RFC 3550 §6, RFC 3611, RFC 4585)`, () => {
    assert.deepEqual(decodeRtcp(encodeRtcp([packet])), { ok: true, value: [packet] });
  });
}

test("a compound packet is its parts (RFC 3550 §6.1)", () => {
  assert.deepEqual(decodeRtcp(encodeRtcp(packets)), { ok: true, value: packets });
});

test("another implementation reads our sender report the same way", () => {
  const [sr] = RtcpPacketConverter.deSerialize(Buffer.from(encodeRtcp([packets[0]!])));
  assert.ok(sr instanceof RtcpSrPacket);
  assert.equal(sr.ssrc, 1);
  assert.deepEqual([sr.senderInfo.packetCount, sr.senderInfo.octetCount, sr.reports.length], [7, 8, 2]);
  assert.equal(sr.reports[0]!.fractionLost, 255);
});

test("what is cut off anywhere, or is noise, is a fault or left out; nothing throws", () => {
  const whole = encodeRtcp(packets);
  for (let length = 0; length < whole.length; length++) {
    const decoded = decodeRtcp(whole.subarray(0, length));
    if (decoded.ok) assert.ok(decoded.value.length < packets.length);
  }
  for (let turn = 0; turn < 20_000; turn++) {
    const noise = randomBytes(turn % 120);
    if (noise.length > 1) {
      noise[0] = 0x80 | (noise[0]! & 0x3f);
      noise[1] = 200 + (noise[1]! % 10);
      if (noise.length > 3) noise.writeUInt16BE((noise.length >> 2) - 1, 2);
    }
    decodeRtcp(noise);
  }
});
