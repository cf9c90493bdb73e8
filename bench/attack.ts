/**
 * What attackers can do to those who only want to call: 200 authenticated calls a second run through a server with its default
 * limits, while one attack after the other comes from addresses of its own. Printed is, for each, what became of the calls, what
 * the attacker was told, and what the server kept of it. Ends with 1 when a call failed, a newcomer was not served, memory stayed
 * taken, or strangers can tell who exists. `--quick` is a short run, `--only TEXT` picks attacks, `--seconds N`.
 */

import { parseArgs } from "node:util";
import { PeerProcess } from "../interop/rig/peer-process.ts";
import { notInstalled } from "../interop/rig/programs.ts";
import type { Sipp } from "../interop/rig/sipp.ts";
import { startTrapezoid, type Trapezoid } from "../interop/rig/trapezoid.ts";
import { pause, waitUntil } from "../interop/rig/wait.ts";
import type { Report, Target } from "./attack/attack.ts";
import { callee, caller, domain, password, startCallee, startCallers } from "./attack/callers.ts";
import { chooseAttacks } from "./attack/choose.ts";
import { datagramAttacks } from "./attack/datagrams.ts";
import { enumerationTable, measureEnumeration } from "./attack/enumeration.ts";
import { startNewcomers } from "./attack/newcomers.ts";
import { scanners } from "./attack/scanners.ts";
import { streamAttacks } from "./attack/streams.ts";
import { countTurnedAway } from "./attack/turned-away.ts";
import { cpuOf, residentOf } from "./rig/process-tree.ts";
import { round, table } from "./rig/report.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    seconds: { type: "string" },
    rate: { type: "string", default: "200" },
    workers: { type: "string", default: "1" },
  },
});
const rate = Number(values.rate);
const seconds = Number(values.seconds ?? (values.quick ? 8 : 20));
/** A shorter T1 makes transactions end sooner: the server is the same. */
const timers = values.quick ? "timers: { t1: 100 }," : "";
const quietMs = values.quick ? 15_000 : 45_000;
/** What a heap may be larger than before: the collector's swing, not a leak per attack. */
const heapSwingBytes = 4_000_000;

interface Row {
  readonly name: string;
  readonly calls: number;
  readonly failed: number;
  /** Of the failed ones. */
  readonly turnedAway: number;
  readonly retransmissions: number;
  readonly newcomers: string;
  readonly report: Report;
  readonly cpuPercent: number;
  readonly peakMb: number;
  readonly heapGrowthMb: number;
  readonly left: number;
  readonly sound: boolean;
}

interface Held {
  readonly heapBytes: number;
  /** Transactions, contexts, connections. */
  readonly things: number;
}

async function held(server: Trapezoid): Promise<Held> {
  const { body } = await server.api("POST", "process/collect");
  const { total } = body as { total: Record<string, number> };
  const value = (name: string): number => total[name] ?? 0;
  return {
    heapBytes: value("heap.usedBytes") + value("heap.externalBytes"),
    things:
      value("transactions.serverTransactions") +
      value("transactions.clientTransactions") +
      value("proxy.contexts") +
      value("transport.connections"),
  };
}

/** Waits for the last timers; what is there then has stayed. */
async function settled(server: Trapezoid): Promise<Held> {
  let last = await held(server);
  const isEmpty = async (): Promise<boolean> => {
    last = await held(server);
    return last.things === 0;
  };
  await waitUntil(isEmpty, { what: "the end of every transaction", timeoutMs: quietMs, everyMs: 500 }).catch(() => {});
  return last;
}

async function attack(name: string, target: Target): Promise<Report> {
  const scanner = scanners[name as keyof typeof scanners];
  if (scanner !== undefined) return scanner(target);
  const peer = new PeerProcess({
    name,
    command: process.execPath,
    args: ["-C", "dev", `${import.meta.dirname}/attack/attacker.ts`, name, JSON.stringify(target)],
  });
  await peer.exited;
  const line = peer.stdout.trim().split("\n").at(-1) ?? "";
  try {
    return JSON.parse(line) as Report;
  } catch {
    throw new Error(`the attacker failed:\n${peer.tail()}`);
  }
}

async function measure(server: Trapezoid, name: string, source: string): Promise<Row> {
  const target: Target = {
    host: "127.0.0.1",
    udp: server.port("udp"),
    tcp: server.port("tcp"),
    tls: server.port("tls"),
    ws: server.port("ws"),
    domain,
    user: callee,
    seconds,
    source,
  };
  const before = await settled(server);
  await using calls: Sipp = await startCallers(server, rate);
  await pause(2_000);
  const newcomers = startNewcomers(target);
  const pid = server.process.pid;
  let peak = 0;
  const watch = setInterval(() => (peak = Math.max(peak, residentOf(pid))), 500);
  const cpuBefore = cpuOf(pid);
  const startedAt = performance.now();
  const report = name === "no attack" ? await pause(seconds * 1_000).then(() => nothing) : await attack(name, target);
  const elapsedMs = performance.now() - startedAt;
  const cpuAfter = cpuOf(pid);
  const { came, served } = await newcomers.stop();
  clearInterval(watch);
  await pause(1_000);
  const counts = await calls.quit(40_000);
  const after = await settled(server);
  const cpuMs = cpuAfter.userMs + cpuAfter.systemMs - cpuBefore.userMs - cpuBefore.systemMs;
  const heapGrowth = after.heapBytes - before.heapBytes;
  if (counts.failed > 0) console.log(counts.errors.split("\n").slice(0, 8).join("\n"));
  return {
    name,
    calls: counts.created,
    failed: counts.failed,
    turnedAway: countTurnedAway(counts.errors),
    retransmissions: counts.retransmissions,
    newcomers: `${served}/${came}`,
    report,
    cpuPercent: round((cpuMs * 100) / elapsedMs),
    peakMb: round(peak / 1e6),
    heapGrowthMb: round(heapGrowth / 1e6, 1),
    left: after.things,
    sound:
      counts.failed === 0 && counts.created > 0 && served === came && heapGrowth < heapSwingBytes && after.things === 0,
  };
}

function cannotBegin(why: string): never {
  console.error(why);
  process.exit(1);
}

const nothing: Report = { sent: 0, answered: 0 };
const names = ["no attack", ...Object.keys(scanners), ...Object.keys(datagramAttacks), ...Object.keys(streamAttacks)];
const choice = chooseAttacks(names, values.only);
if (!choice.ok) cannotBegin(choice.error);
const chosen = choice.value;
const absent = notInstalled("sipp", ...chosen.filter((name) => name in scanners).map((name) => name.split(" ")[0]!));
if (absent !== false) cannotBegin(absent);
await using server = await startTrapezoid({
  domains: [domain],
  accounts: { [`${caller}@${domain}`]: password, [`${callee}@${domain}`]: password },
  config: `import { defineConfig } from "trapezoid";\nexport default defineConfig({ domains: ["${domain}"], ${timers} });\n`,
  args: ["--workers", values.workers],
});
await using _callee = await startCallee(server);
// Compilers and caches settle before anything is compared with anything.
{
  await using warm = await startCallers(server, rate);
  await pause(values.quick ? 4_000 : 10_000);
  await warm.quit();
}
const rows: Row[] = [];
for (const [index, name] of chosen.entries()) {
  const row = await measure(server, name, `127.0.1.${index + 1}`);
  rows.push(row);
  const { calls, failed, cpuPercent } = row;
  console.log(
    `${row.sound ? "ok  " : "FAIL"} ${name}: ${calls} calls, ${failed} failed, ${cpuPercent} % of a processor`,
  );
}
const head = [
  "attack",
  "sent",
  "answered",
  "calls",
  "failed",
  "repeated",
  "newcomers",
  "CPU %",
  "peak MB",
  "heap +MB",
  "left",
  "note",
];
console.log(
  `\n${table(
    head,
    rows.map((row) => [
      row.name,
      row.report.sent,
      row.report.answered,
      row.calls,
      row.failed,
      row.retransmissions,
      row.newcomers,
      row.cpuPercent,
      row.peakMb,
      row.heapGrowthMb,
      row.left,
      row.report.note ?? "",
    ]),
  )}`,
);
const turnedAway = rows.reduce((sum, row) => sum + row.turnedAway, 0);
if (turnedAway > 0)
  console.log(`\n${turnedAway} calls were turned away as overload; the machine may be busy with other things`);
const { stdout } = await server.command(["bans", "list"]);
console.log(`\nbans:\n${stdout}`);
let checked = rows.length;
let unsound = rows.filter((row) => !row.sound).length;
if (values.only === undefined) {
  const enumeration = await measureEnumeration(500);
  console.log(`what strangers are told of users that exist, and of others:\n${enumerationTable(enumeration)}\n`);
  checked++;
  if (!enumeration.isBlind) unsound++;
}
console.log(`${checked - unsound} passed, ${unsound} failed`);
process.exitCode = unsound === 0 ? 0 : 1;
