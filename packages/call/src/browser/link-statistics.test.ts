import assert from "node:assert/strict";
import { test } from "node:test";
import { packetsHeard, readStatistics } from "./link-statistics.ts";

type Entry = Record<string, unknown> & { readonly id: string; readonly type: string };

function report(...entries: Entry[]): RTCStatsReport {
  return new Map(entries.map((entry) => [entry.id, entry])) as unknown as RTCStatsReport;
}

const inbound = {
  ...{ id: "in", type: "inbound-rtp", kind: "audio", codecId: "codec" },
  ...{ packetsReceived: 990, bytesReceived: 80_000, packetsLost: 10, jitter: 0.004 },
  ...{ jitterBufferDelay: 40, jitterBufferEmittedCount: 1_000 },
};
const codec = { id: "codec", type: "codec", mimeType: "audio/opus" };
const outbound = { id: "out", type: "outbound-rtp", kind: "audio", packetsSent: 1_000, bytesSent: 90_000 };
const theirs = {
  ...{ id: "theirs", type: "remote-inbound-rtp", kind: "audio" },
  ...{ roundTripTime: 0.08, fractionLost: 0.02, jitter: 0.01 },
};
const pair = { id: "pair", type: "candidate-pair", nominated: true, state: "succeeded", remoteCandidateId: "peer" };
const peer = { id: "peer", type: "remote-candidate", address: "2001:db8::1", port: 40_000 };

test("seconds become milliseconds, losses a share, and what is heard an opinion (G.107)", () => {
  const transport = { id: "way", type: "transport", selectedCandidatePairId: "pair" };
  const { mos, remoteMos, ...numbers } = readStatistics(
    report(inbound, codec, outbound, theirs, transport, pair, peer),
  );
  assert.deepEqual(numbers, {
    codec: "opus",
    security: "dtls",
    remote: "[2001:db8::1]:40000",
    sent: { packets: 1_000, octets: 90_000 },
    received: { packets: 990, octets: 80_000, lost: 10, lossShare: 0.01, jitterMs: 4 },
    roundTripMs: 80,
  });
  // One per cent lost, and two of what we send.
  assert.ok(mos !== undefined && mos > 4 && mos < 4.4, `${mos}`);
  assert.ok(remoteMos !== undefined && remoteMos < mos, `${remoteMos}`);
});

test("Firefox names no selected pair: the nominated one that works is it", () => {
  const failed = { ...pair, id: "failed", state: "failed", remoteCandidateId: "" };
  assert.equal(readStatistics(report(failed, pair, peer)).remote, "[2001:db8::1]:40000");
});

test("before anything has come there are zeros, and no opinion", () => {
  const numbers = readStatistics(report());
  assert.deepEqual(
    [numbers.mos, numbers.remoteMos, numbers.codec, numbers.remote],
    [undefined, undefined, undefined, undefined],
  );
  assert.deepEqual(numbers.received, { packets: 0, octets: 0, lost: 0, lossShare: 0, jitterMs: 0 });
});

test("video is no sound, and duplicates are no gain (RFC 3550 §6.4.1)", () => {
  const video = { ...inbound, id: "video", kind: "video", packetsReceived: 5_000 };
  const duplicated = { ...inbound, packetsLost: -3 };
  const numbers = readStatistics(report(video, duplicated, codec));
  assert.deepEqual([numbers.received.packets, numbers.received.lost, numbers.received.lossShare], [990, 0, 0]);
  assert.equal(packetsHeard(report(video, inbound)), 990);
});
