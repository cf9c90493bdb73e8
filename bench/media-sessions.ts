/**
 * Ten thousand media sessions opened, configured, used for a few packets and closed, in this thread and in media threads: audio, video, plain
 * and SRTP, mixes, players, pipes. Ends with 1 when a socket, port, timer, thread or memory is left. `--sessions N`.
 */

import { parseArgs } from "node:util";
import { createMediaEngine, openMediaPool } from "@trapezoid/media";
import { type Wear, wearOut } from "../packages/media/test/session-wear.ts";
import { table } from "./rig/report.ts";

const { values } = parseArgs({ options: { sessions: { type: "string", default: "10000" } } });
const sessions = Number(values.sessions);
/** The collector's swing is a few hundred thousand octets, whatever the number of sessions. */
const allowedBytes = 1_500_000;

function faultsOf({
  sessionsLeft,
  portsLeft,
  packetsSeen,
  resourcesLeft,
  heapBytesEach,
  threadHeapBytesEach,
}: Wear): string[] {
  return [
    ...(sessionsLeft > 0 ? [`${sessionsLeft} sessions`] : []),
    ...(portsLeft > 0 ? [`${portsLeft} ports`] : []),
    ...(packetsSeen === 0 ? ["no packet was seen"] : []),
    ...resourcesLeft,
    ...(heapBytesEach * sessions > allowedBytes ? [`${heapBytesEach} octets of each session`] : []),
    ...(threadHeapBytesEach * sessions > allowedBytes ? [`${threadHeapBytesEach} octets of each in its thread`] : []),
  ];
}

const runs = {
  "in this thread": await wearOut(
    async () => createMediaEngine({ address: "127.0.0.1", ports: [45_000, 45_999] }),
    sessions,
  ),
  "in two threads": await wearOut(
    () => openMediaPool({ address: "127.0.0.1", ports: [46_000, 46_999], threads: 2 }),
    sessions,
  ),
};
const faults = Object.values(runs).flatMap(faultsOf);
console.log(
  table(
    ["", "sessions", "octets of heap each", "in media threads"],
    Object.entries(runs).map(([name, wear]) => [name, sessions, wear.heapBytesEach, wear.threadHeapBytesEach]),
  ),
);
console.log(JSON.stringify({ bench: "media-sessions", passed: faults.length === 0, faults, runs }));
process.exitCode = faults.length === 0 ? 0 : 1;
