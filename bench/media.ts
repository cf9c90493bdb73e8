/**
 * What media costs: SRTP per packet beside werift's; CPU of 20 ms of a stream by codec and protection, at 100, 300 and 600 streams in one
 * thread, with the share of frames that are sent late; what sockets alone cost at that rate; memory of a call. Ends with one line of
 * JSON; `ratio` is what a packet costs to protect and to open beside werift, by the suite that every SRTP has (RFC 3711 §8.2) and calls offer first; `ratios` has
 * each suite's. `--quick` is a short run for looking.
 */

import { availableParallelism, loadavg } from "node:os";
import { bareSocketUs } from "./media/bare-sockets.ts";
import { srtpCosts } from "./media/srtp-cost.ts";
import { type Load, measureLoad, measureMemory, opus, pcmu, protections } from "./media/streams.ts";
import { round, table } from "./rig/report.ts";

const quick = process.argv.includes("--quick");
const [warmMs, measureMs] = quick ? [1_500, 2_000] : [5_000, 10_000];
const calls = quick ? 10 : 40;

const [load] = loadavg() as [number, number, number];
if (load > availableParallelism() / 2) {
  console.log(
    `load average ${load.toFixed(1)}: what is sent late now says more about the machine than about the code\n`,
  );
}

const costs = srtpCosts(quick ? 5 : 15, quick ? 2_000 : 10_000);
console.log("µs of CPU a packet of 172 octets\n");
console.log(
  table(
    ["suite", "protect", "werift", "open", "werift"],
    costs.map(({ suite, ours, peer }) => [suite, ours.protectUs, peer.protectUs, ours.openUs, peer.openUs]),
  ),
);

const floorStreams = quick ? 100 : 600;
const floorUs = await bareSocketUs(floorStreams, measureMs);
console.log(`\nsockets alone, ${floorStreams} streams: ${floorUs} µs of CPU a packet sent and received\n`);

const series = [
  ["G.711", pcmu, quick ? [100] : [100, 300, 600]],
  ["Opus", opus, [quick ? 10 : 20]],
] as const;
const loads: Record<string, Load> = {};
const kilobytes: Record<string, number> = {};
const rows: (string | number)[][] = [];
for (const [name, codec, counts] of series) {
  for (const [protection, sdes] of Object.entries(protections)) {
    for (const streams of counts) {
      const one = await measureLoad({ streams, codec, sdes, warmMs, measureMs });
      loads[`${name} ${protection} ${streams}`] = one;
      rows.push([
        `${name} ${protection}`,
        streams,
        one.frameUs,
        round(one.corePercent / streams, 3),
        one.corePercent,
        one.latePercent,
        one.lostPercent,
      ]);
    }
    kilobytes[`${name} ${protection}`] = await measureMemory(codec, sdes, calls);
  }
}
console.log(table(["", "streams", "µs/frame", "% of a core each", "% all", "% sent > 5 ms late", "% lost"], rows));
console.log(`\n${table(["KB of heap and buffers a call", ""], Object.entries(kilobytes))}\n`);

const ratios = Object.fromEntries(
  costs.map(({ suite, ours, peer }) => [
    suite,
    round((ours.protectUs + ours.openUs) / (peer.protectUs + peer.openUs), 3),
  ]),
);
const ratio = ratios.AES_CM_128_HMAC_SHA1_80;
const ours = { srtp: costs.map((one) => ({ suite: one.suite, ...one.ours })), floorUs, loads, kilobytes };
const peer = costs.map((one) => ({ suite: one.suite, ...one.peer }));
console.log(JSON.stringify({ bench: "media", ratio, ratios, unit: "µs", load: round(load, 1), ours, peer }));
