/**
 * CPU per registration with MD5 digest (challenge and answer), each binding durable on disk before its 200, beside Kamailio with
 * the same digest: its memory store, and SQLite written through. And bytes of memory per binding at 100,000 bindings.
 * In turn, medians of rounds. `--quick` is a short run, `--rounds N`, `--peer-only` proves the rig.
 */

import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { nodeHash } from "@trapezoid/sip/auth/node";
import { createAccount, openDataFolder } from "../apps/server/src/store/index.ts";
import { expectCommand } from "../interop/rig/command.ts";
import { type Sipp, startSipp } from "../interop/rig/sipp.ts";
import { makeTempFolder, type TempFolder } from "../interop/rig/temp-folder.ts";
import { pause } from "../interop/rig/wait.ts";
import { type Cost, describeCost, measureLoad, medianCost } from "./rig/load.ts";
import { residentOf } from "./rig/process-tree.ts";
import { closingLine, round, table } from "./rig/report.ts";
import { type MeasuredServer, measureKamailio, measureTrapezoid } from "./rig/server.ts";

const options = {
  quick: { type: "boolean", default: false },
  "peer-only": { type: "boolean", default: false },
  rounds: { type: "string" },
} as const;

const { values } = parseArgs({ options });
const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
const rates = values.quick ? [300] : [300, 1_000];
const rampSeconds = values.quick ? 15 : 34;
const windowSeconds = values.quick ? 8 : 20;
const bindings = values.quick ? 20_000 : 100_000;
const password = "bench";
/** Every registration of a window is of a user of its own; a second turn refreshes. */
const users = 20_000;

interface Contestant {
  readonly name: string;
  /** What its 200 promises. */
  readonly durability: string;
  readonly start: () => Promise<MeasuredServer>;
}

const sqliteScripts = "/usr/share/kamailio/db_sqlite";

function startKamailioInMemory(): Promise<MeasuredServer> {
  return measureKamailio("kamailio, memory", "register.cfg", {
    PASSWORD: password,
    STORE: 'modparam("usrloc", "db_mode", 0)',
  });
}

/** Written through: the row is in the database before the 200. WAL spares it the second sync of a rollback journal. */
async function startKamailioWithSqlite(): Promise<MeasuredServer> {
  const folder = await makeTempFolder("kamailio");
  const file = folder.file("kamailio.db");
  const scripts = await Promise.all(
    ["standard", "usrloc"].map((name) => readFile(path.join(sqliteScripts, `${name}-create.sql`), "utf8")),
  );
  await expectCommand("sqlite3", [file], { input: scripts.join("\n") });
  const store = [
    'loadmodule "db_sqlite.so"',
    `modparam("db_sqlite", "db_set_journal_mode", "${file}=WAL")`,
    'modparam("usrloc", "db_mode", 1)',
    `modparam("usrloc", "db_url", "sqlite:///${file}")`,
  ];
  return measureKamailio(
    "kamailio, sqlite",
    "register.cfg",
    { PASSWORD: password, STORE: store.join("\n") },
    { folder },
  );
}

async function startOurs(): Promise<MeasuredServer> {
  const folder = await makeTempFolder("trapezoid");
  await addAccounts(folder, Math.max(users, bindings));
  const ours = await measureTrapezoid("trapezoid", { folder });
  return {
    ...ours,
    [Symbol.asyncDispose]: async () => {
      await ours[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Ours has an account for each user, with secrets of its own; Kamailio is spared the lookup. */
async function addAccounts(folder: TempFolder, count: number): Promise<void> {
  using data = await openDataFolder(folder.file("data"));
  const now = Date.now();
  const account = (_: unknown, index: number): ReturnType<typeof createAccount> => {
    const user = userOf(index);
    return createAccount(nodeHash, { user, domain: "bench.test", address: `${user}@bench.test` }, password, now);
  };
  for (let from = 0; from < count; from += 5_000) {
    await data.accounts.addMany(
      Array.from({ length: Math.min(5_000, count - from) }, (_, index) => account(_, from + index)),
    );
  }
}

function userOf(index: number): string {
  return `user${index}`;
}

const kamailioMemory: Contestant = { name: "kamailio, memory", durability: "none", start: startKamailioInMemory };
const kamailioSqlite: Contestant = {
  name: "kamailio, sqlite",
  durability: "SQLite WAL, synchronous=FULL, one transaction per registration",
  start: startKamailioWithSqlite,
};
const trapezoid: Contestant = {
  name: "trapezoid",
  durability: "SQLite WAL, synchronous=FULL, one transaction per 5 ms or 500 rows, before the 200",
  start: startOurs,
};
const contestants = values["peer-only"]
  ? [kamailioMemory, kamailioSqlite]
  : [kamailioMemory, kamailioSqlite, trapezoid];

/** `count` users from `first` on, each once, then again. */
function startRegistrations(
  server: MeasuredServer,
  first: number,
  count: number,
  more: Partial<Parameters<typeof startSipp>[0]>,
): Promise<Sipp> {
  const line = (_: unknown, index: number): string => {
    const user = userOf(first + index);
    return `${user};[authentication username=${user} password=${password}]`;
  };
  return startSipp({
    scenario: `${import.meta.dirname}/sipp/register-digest.xml`,
    remote: server.address,
    concurrent: 10_000,
    // Or it would answer for the server's address, which is not what the request is for.
    args: ["-auth_uri", "bench.test"],
    fields: { order: "SEQUENTIAL", lines: Array.from({ length: count }, line) },
    ...more,
  });
}

/** Two processes share the users: SIPp's own digest costs more than the server's. */
async function measureRate(server: MeasuredServer, rate: number): Promise<Cost> {
  const half = users / 2;
  const start = (): Promise<readonly Sipp[]> =>
    Promise.all([0, half].map((first) => startRegistrations(server, first, half, { rate: rate / 2 })));
  return measureLoad(server, { rate, rampSeconds, windowSeconds }, start);
}

interface Weight {
  readonly bindings: number;
  readonly bytesPerBinding: number;
}

/** Growth of resident memory between few bindings and all of them, garbage collected before each look. */
async function measureMemory(server: MeasuredServer): Promise<Weight> {
  const few = 2_000;
  await register(server, 0, few);
  const before = await weigh(server);
  await register(server, few, bindings - few);
  const after = await weigh(server);
  return { bindings, bytesPerBinding: (after - before) / (bindings - few) };
}

async function register(server: MeasuredServer, first: number, count: number): Promise<void> {
  await using load = await startRegistrations(server, first, count, { calls: count, rate: 1_500, timeoutSeconds: 600 });
  const { status, succeeded, failed, errors } = await load.finished();
  if (status !== 0)
    throw new Error(`${server.name}: ${succeeded} registered, ${failed} failed\n${errors.slice(0, 1_000)}`);
}

async function weigh(server: MeasuredServer): Promise<number> {
  // Transactions of the last registrations live for 32 s.
  await pause(values.quick ? 6_000 : 34_000);
  await server.collect();
  await pause(1_000);
  await server.collect();
  return residentOf(server.pid);
}

const costs = new Map<string, Cost[]>();
const weights = new Map<string, Weight>();
for (let turn = 0; turn < rounds; turn++) {
  console.log(`round ${turn + 1} of ${rounds}`);
  for (const { name, start } of contestants) {
    await using server = await start();
    for (const rate of rates) {
      const cost = await measureRate(server, rate);
      costs.set(`${name} ${rate}`, [...(costs.get(`${name} ${rate}`) ?? []), cost]);
      console.log(describeCost(name, "registration", cost));
    }
  }
}
for (const { name, start } of contestants) {
  await using server = await start();
  const weight = await measureMemory(server);
  weights.set(name, weight);
  console.log(`${name}: ${round(weight.bytesPerBinding)} bytes per binding at ${weight.bindings}`);
}

function costAt(contestant: Contestant, rate: number): Cost {
  return medianCost(costs.get(`${contestant.name} ${rate}`)!);
}

function summaryOf(contestant: Contestant): object {
  const byRate = rates.map((rate): readonly [string, object] => {
    const cost = costAt(contestant, rate);
    const { units, failed, retransmissions } = cost;
    const figures = { cpuUs: round(cost.cpuUs, 1), userUs: round(cost.userUs, 1), systemUs: round(cost.systemUs, 1) };
    const outcome = { registrationsPerSecond: round(cost.rate, 1), registrations: units, failed, retransmissions };
    return [`${rate}`, { ...figures, ...outcome, othersPercent: round(cost.othersPercent, 1) }];
  });
  const { name, durability } = contestant;
  const weight = weights.get(name)!;
  const memory = { bindings: weight.bindings, bytesPerBinding: round(weight.bytesPerBinding) };
  return { name, durability, ...Object.fromEntries(byRate), ...memory };
}

const rows = contestants.flatMap((contestant) =>
  rates.map((rate) => {
    const { cpuUs, userUs, systemUs, failed, retransmissions } = costAt(contestant, rate);
    const weight = round(weights.get(contestant.name)!.bytesPerBinding);
    return [contestant.name, rate, round(cpuUs), round(userUs), round(systemUs), failed, retransmissions, weight];
  }),
);
const head = ["server", "per second", "µs each", "user", "system", "failed", "retransmitted", "bytes/binding"];
console.log(`\n${table(head, rows)}`);

// The best peer is the cheapest, though its bindings are gone with the process; the durable one is told beside it.
const ours = contestants.at(-1)!;
const ratioTo = (peer: Contestant): number =>
  Math.max(...rates.map((rate) => costAt(ours, rate).cpuUs / costAt(peer, rate).cpuUs));
const peers = contestants.filter((one) => one !== ours).sort((a, b) => ratioTo(b) - ratioTo(a));
const ratios = Object.fromEntries(
  peers.flatMap((peer) =>
    rates.map((rate) => [`${peer.name} at ${rate}`, round(costAt(ours, rate).cpuUs / costAt(peer, rate).cpuUs, 3)]),
  ),
);
const [best] = peers as [Contestant];
const more = { ratios, peers: peers.map(summaryOf), rounds, quick: values.quick };
console.log(closingLine("register", ratioTo(best), summaryOf(ours), summaryOf(best), more));
