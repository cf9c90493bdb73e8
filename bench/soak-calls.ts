/**
 * Ten thousand short calls between two user agents over loopback, with real sockets and real media: answered, refused, given up, held, encrypted,
 * with digits, video, transfers. Garbage is collected after the first thousand and at the end, each time when the last transaction is over. Ends
 * with 1 when a call, dialog, timer, socket, file, thread or memory is left. `--calls N`, `--at-once N`, `--media-threads N`.
 */

import { readdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type NodeUserAgent, openUserAgent } from "@trapezoid/call/node";
import { makeCalls, takeCourses } from "../packages/call/test/call-courses.ts";
import { round, table } from "./rig/report.ts";

const { values } = parseArgs({
  options: {
    calls: { type: "string", default: "10000" },
    "at-once": { type: "string", default: "20" },
    "media-threads": { type: "string", default: "0" },
  },
});
const calls = Number(values.calls);
const atOnce = Number(values["at-once"]);
const mediaThreads = Number(values["media-threads"]);
/** Until compilers, caches and pools have what they want. */
const warmCalls = Math.min(1_000, calls / 2);
/** 64·T1 and a little: after that nothing of a call has a right to be there. */
const quietMs = 40_000;
/** The collector's swing, whatever the number of calls. */
const allowedHeapBytes = 2_000_000;

const faults: string[] = [];
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

interface Look {
  readonly heapBytes: number;
  readonly residentBytes: number;
  readonly files: number;
}

async function look(): Promise<Look> {
  await pause(quietMs);
  for (let turn = 0; turn < 5; turn++) {
    collect();
    await pause(10);
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heapBytes: heapUsed + external, residentBytes: rss, files: openFiles() };
}

function openFiles(): number {
  return process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0;
}

/** What keeps a process alive. */
function handles(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((kind) => /UDP|TCP|Worker|MessagePort|Timeout|Immediate|FS/.test(kind));
}

async function countLeft(name: string, { core, calls: open, mediaEngine }: NodeUserAgent): Promise<void> {
  const { serverTransactions, clientTransactions } = core.transactions.counters;
  const { sessions, portsInUse } = await mediaEngine.stats();
  const left = {
    calls: open.size,
    sessions: core.sessions.size,
    dialogs: core.dialogs.size,
    transactions: serverTransactions + clientTransactions,
    "media sessions": sessions,
    "media ports": portsInUse,
  };
  for (const [what, count] of Object.entries(left)) if (count > 0) faults.push(`${name}: ${count} ${what}`);
}

async function open(name: string): Promise<NodeUserAgent> {
  return await openUserAgent({
    address: `sip:${name}@127.0.0.1`,
    listen: [{ kind: "udp", host: "127.0.0.1", port: 0 }],
    media: { codecs: ["PCMU"] },
    mediaThreads,
    onError: (error) => faults.push(`${name}: ${String(error)}`),
  });
}

/** Both ends, for a while. */
async function withAgents<T>(run: (alice: NodeUserAgent, bob: NodeUserAgent) => Promise<T>): Promise<T> {
  const [alice, bob] = [await open("alice"), await open("bob")];
  using _taking = takeCourses(bob, pause, (error) => faults.push(`callee: ${String(error)}`));
  try {
    return await run(alice, bob);
  } finally {
    await Promise.all([alice.close(), bob.close()]);
    await pause(200);
  }
}

// What libraries open once, they have opened now.
await withAgents((alice, bob) => makeCalls(alice, bob.contact, { calls: 20, atOnce: 2, pause }));
const handlesBefore = handles();
const filesBefore = openFiles();
const { warm, worn, cpuMs, seconds } = await withAgents(soak);

async function soak(
  alice: NodeUserAgent,
  bob: NodeUserAgent,
): Promise<{ readonly warm: Look; readonly worn: Look; readonly cpuMs: number; readonly seconds: number }> {
  await makeCalls(alice, bob.contact, { calls: warmCalls, atOnce, pause });
  const warm = await look();
  const [startedAt, cpuBefore] = [performance.now(), process.cpuUsage()];
  await makeCalls(alice, bob.contact, { calls: calls - warmCalls, atOnce, pause });
  const { user, system } = process.cpuUsage(cpuBefore);
  const seconds = (performance.now() - startedAt) / 1_000;
  const worn = await look();
  await countLeft("caller", alice);
  await countLeft("callee", bob);
  return { warm, worn, cpuMs: (user + system) / 1_000, seconds };
}

const heapBytes = worn.heapBytes - warm.heapBytes;
if (heapBytes > allowedHeapBytes) faults.push(`${heapBytes} octets of heap, of which ${allowedHeapBytes} may be`);
if (worn.files > warm.files) faults.push(`${worn.files - warm.files} files`);
if (openFiles() > filesBefore) faults.push(`${openFiles() - filesBefore} files after both were closed`);
const handlesLeft = handles();
if (handlesLeft.length > handlesBefore.length) faults.push(`after both were closed: ${handlesLeft.join(", ")}`);

const measured = calls - warmCalls;
const ours = {
  calls,
  mediaThreads,
  callsPerSecond: round(measured / seconds, 1),
  cpuMsPerCall: round(cpuMs / measured, 2),
  heapBytesPerCall: round(heapBytes / measured, 1),
  residentBytesPerCall: round((worn.residentBytes - warm.residentBytes) / measured, 1),
};
console.log(
  table(
    ["", `after ${warmCalls}`, `after ${calls}`],
    [
      ["heap, octets", warm.heapBytes, worn.heapBytes],
      ["resident, octets", warm.residentBytes, worn.residentBytes],
      ["files", warm.files, worn.files],
    ],
  ),
);
for (const fault of faults) console.log(`left over: ${fault}`);
console.log(JSON.stringify({ bench: "soak-calls", passed: faults.length === 0, faults, ours }));
process.exitCode = faults.length === 0 ? 0 : 1;
