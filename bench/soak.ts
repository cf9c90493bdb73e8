/**
 * Hours of moderate load: authenticated calls, calls to somebody who is away, registrations, phones that connect by TCP, TLS and WebSocket and
 * leave again. Each minute, garbage collected, the server is asked what it holds and the kernel what it has open. Ends with 1 when
 * anything grows. `--minutes N` (default 60), `--rate N` calls a second (default 20).
 */

import { readdirSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Sipp } from "../interop/rig/sipp.ts";
import { startSipp } from "../interop/rig/sipp.ts";
import { startTrapezoid, type Trapezoid } from "../interop/rig/trapezoid.ts";
import { pause } from "../interop/rig/wait.ts";
import { callee, caller, domain, password, startCallee, startCallers } from "./attack/callers.ts";
import { startNewcomers } from "./attack/newcomers.ts";
import { residentOf } from "./rig/process-tree.ts";
import { round, table } from "./rig/report.ts";

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "60" }, rate: { type: "string", default: "20" } },
});
const minutes = Number(values.minutes);
const rate = Number(values.rate);
/** 64·T1 and a little: after that nothing of the load has a right to be there. */
const quietMs = 40_000;
/** Until compilers and caches have what they want. */
const warmMinutes = Math.min(5, Math.floor(minutes / 4));
/** Growth in an hour that is no leak: the collector's swing. */
const allowedHeapBytes = 3_000_000;
const allowedResidentBytes = 30_000_000;

interface Look {
  readonly minute: number;
  readonly heapBytes: number;
  readonly residentBytes: number;
  readonly files: number;
  readonly transactions: number;
  readonly contexts: number;
  readonly timers: number;
  readonly connections: number;
}

async function look(server: Trapezoid, minute: number): Promise<Look> {
  const { body } = await server.api("POST", "process/collect");
  const { total } = body as { total: Record<string, number> };
  const value = (name: string): number => total[name] ?? 0;
  const { pid } = server.process;
  return {
    minute,
    heapBytes: value("heap.usedBytes") + value("heap.externalBytes"),
    residentBytes: residentOf(pid),
    files: readdirSync(`/proc/${pid}/fd`).length,
    transactions: value("transactions.serverTransactions") + value("transactions.clientTransactions"),
    contexts: value("proxy.contexts"),
    timers: value("timers"),
    connections: value("transport.connections"),
  };
}

/** Least squares: what is added in an hour. */
function growthPerHour(looks: readonly Look[], of: (look: Look) => number): number {
  const count = looks.length;
  const meanX = looks.reduce((sum, { minute }) => sum + minute, 0) / count;
  const meanY = looks.reduce((sum, one) => sum + of(one), 0) / count;
  const above = looks.reduce((sum, one) => sum + (one.minute - meanX) * (of(one) - meanY), 0);
  const below = looks.reduce((sum, { minute }) => sum + (minute - meanX) ** 2, 0);
  return below === 0 ? 0 : (above / below) * 60;
}

await using server = await startTrapezoid({
  domains: [domain],
  accounts: {
    [`${caller}@${domain}`]: password,
    [`${callee}@${domain}`]: password,
    [`visitor@${domain}`]: password,
    [`absent@${domain}`]: password,
  },
});
await using _callee = await startCallee(server);
const before = await look(server, 0);
const credentials = `[authentication username=visitor password=${password}]`;
const load: Sipp[] = [
  await startCallers(server, rate),
  await startSipp({
    scenario: `${import.meta.dirname}/attack/sipp/register.xml`,
    remote: server.at("udp"),
    rate: Math.max(1, rate / 4),
    args: ["-auth_uri", domain],
    fields: { order: "SEQUENTIAL", lines: [`visitor;${credentials}`] },
  }),
  await startSipp({
    scenario: `${import.meta.dirname}/attack/sipp/caller-absent.xml`,
    remote: server.at("udp"),
    rate: Math.max(1, rate / 4),
    args: ["-auth_uri", `absent@${domain}`],
    fields: {
      order: "SEQUENTIAL",
      lines: [`${caller};absent;[authentication username=${caller} password=${password}]`],
    },
  }),
];
const newcomers = startNewcomers({
  host: "127.0.0.1",
  udp: server.port("udp"),
  tcp: server.port("tcp"),
  tls: server.port("tls"),
  ws: server.port("ws"),
  domain,
  user: callee,
  seconds: 0,
  source: "127.0.0.1",
});
const looks: Look[] = [];
for (let minute = 1; minute <= minutes; minute++) {
  await pause(60_000);
  const now = await look(server, minute);
  looks.push(now);
  const mb = (bytes: number): string => `${round(bytes / 1e6, 1)} MB`;
  console.log(
    `minute ${minute}: heap ${mb(now.heapBytes)}, resident ${mb(now.residentBytes)}, ${now.files} files, ${now.transactions} transactions, ${now.timers} timers`,
  );
}
const { came, served } = await newcomers.stop();
const counts = await Promise.all(load.map((one) => one.quit(40_000)));
for (const one of load) await one[Symbol.asyncDispose]();
await pause(quietMs);
const after = await look(server, minutes + 1);
const steady = looks.filter(({ minute }) => minute > warmMinutes);
const heap = growthPerHour(steady, ({ heapBytes }) => heapBytes);
const resident = growthPerHour(steady, ({ residentBytes }) => residentBytes);
const failed = counts.reduce((sum, one) => sum + one.failed, 0);
for (const one of counts) if (one.failed > 0) console.log(one.errors.split("\n").slice(0, 8).join("\n"));
const checks: readonly (readonly [what: string, value: string, isGood: boolean])[] = [
  ["calls and registrations", `${counts.reduce((sum, one) => sum + one.succeeded, 0)}, ${failed} failed`, failed === 0],
  ["phones that came and went", `${served} of ${came} served`, served === came],
  ["heap, growth per hour", `${round(heap / 1e6, 2)} MB`, heap < allowedHeapBytes],
  ["resident memory, growth per hour", `${round(resident / 1e6, 2)} MB`, resident < allowedResidentBytes],
  ["transactions left", `${after.transactions}`, after.transactions === 0],
  ["contexts left", `${after.contexts}`, after.contexts === 0],
  ["timers left", `${after.timers}, ${before.timers} before`, after.timers <= before.timers],
  ["connections left", `${after.connections}`, after.connections === 0],
  ["open files", `${after.files}, ${before.files} before`, after.files <= before.files + 2],
];
console.log(
  `\n${table(
    ["", "", ""],
    checks.map(([what, value, isGood]) => [what, value, isGood ? "ok" : "FAIL"]),
  )}`,
);
const bad = checks.filter(([, , isGood]) => !isGood);
console.log(`${checks.length - bad.length} passed, ${bad.length} failed`);
process.exitCode = bad.length === 0 ? 0 : 1;
