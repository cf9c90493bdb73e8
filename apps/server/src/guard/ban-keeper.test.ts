import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeClock } from "@trapezoid/testkit";
import { defaultFirewall } from "../config/defaults.ts";
import type { BanSettings } from "../config/types.ts";
import type { BanStore } from "../store/contract.ts";
import { createMemoryBanStore } from "../store/memory/memory-ban-store.ts";
import { BanKeeper } from "./ban-keeper.ts";
import type { BanChange } from "./ban-table.ts";

const minute = 60_000;
const hour = 60 * minute;
const start = 1_700_000_000_000;

async function open(given: Partial<BanSettings> = {}, store: BanStore = createMemoryBanStore()) {
  const clock = createFakeClock({ startAt: start });
  const told: BanChange[] = [];
  const logged: { readonly level: string; readonly fields: Record<string, unknown> }[] = [];
  const lines: string[] = [];
  const log =
    (level: string) =>
    (message: string, fields: object = {}) => {
      logged.push({ level, fields: fields as Record<string, unknown> });
      lines.push(`${level} ${message.split(":")[0]}`);
    };
  const settings = { ...defaultFirewall.bans, ...given };
  const keeper = await BanKeeper.open({
    store,
    settings,
    clock,
    tell: (change) => told.push(change),
    log: { warn: log("warn"), error: log("error"), info: log("info") },
  });
  const offend = (subject = "192.0.2.7") => keeper.offence({ subject, reason: "garbage", detail: "too much of it" });
  /** Lets what was begun come to its end. */
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { keeper, clock, store, told, logged, lines, offend, settle };
}

test("an offence is a ban that every thread is told of, and one line that says who, why, until when and what to do", async () => {
  const { keeper, told, logged, offend } = await open();
  await offend();
  await offend();
  const until = start + 10 * minute;
  assert.deepEqual(told, [{ set: [{ subject: "192.0.2.7", until }], lifted: [] }]);
  assert.equal(keeper.all.length, 1);
  assert.deepEqual(keeper.counters, { bans: 1, bansMade: 1 });
  assert.deepEqual(logged, [
    {
      level: "warn",
      fields: {
        source: "192.0.2.7",
        reason: "garbage",
        why: "too much of it",
        until: new Date(until).toISOString(),
        times: 1,
        lift: "trapezoid bans remove 192.0.2.7",
      },
    },
  ]);
  await keeper.close();
});

test("each further ban is longer, up to the longest, and a source that behaves begins anew", async () => {
  const { keeper, clock, offend } = await open({ growth: 4, maxDurationMs: 3 * hour, forgetMs: 24 * hour });
  const lengths: number[] = [];
  for (let i = 0; i < 4; i++) {
    await offend();
    const [ban] = keeper.all;
    lengths.push((ban!.until! - ban!.since) / minute);
    clock.advance(ban!.until! - clock.now() + minute);
  }
  assert.deepEqual(lengths, [10, 40, 160, 180]);
  clock.advance(25 * hour);
  await offend();
  assert.equal(keeper.all[0]?.times, 1);
  await keeper.close();
});

test("bans survive a restart, with how often it happened", async () => {
  const first = await open();
  await first.offend();
  await first.keeper.close();
  const second = await open({}, first.store);
  assert.deepEqual(
    second.keeper.all.map(({ subject, until, times }) => ({ subject, until, times })),
    [{ subject: "192.0.2.7", until: start + 10 * minute, times: 1 }],
  );
  second.clock.advance(11 * minute);
  await second.offend();
  assert.equal(second.keeper.all[0]?.times, 2);
  await second.keeper.close();
});

test("many bans go into one commit", async () => {
  const { keeper, clock, store, offend, settle } = await open();
  let commits = 0;
  using _watching = store.watch(() => commits++);
  for (let i = 0; i < 100; i++) await offend(`192.0.2.${i}`);
  clock.advance(200);
  await settle();
  assert.equal(commits, 1);
  assert.equal((await store.list({ at: start })).length, 100);
  await keeper.close();
});

test("a ban that has ended is lifted from the threads", async () => {
  const { keeper, clock, told, offend } = await open();
  await offend();
  clock.advance(11 * minute);
  assert.deepEqual(told.at(-1), { set: [], lifted: ["192.0.2.7"] });
  assert.deepEqual(keeper.all, []);
  await keeper.close();
});

test("what a command does to the store is in force at once, and threads are told the difference alone", async () => {
  const { keeper, store, told, settle, offend, clock } = await open();
  await offend();
  clock.advance(200);
  await settle();
  const now = clock.now();
  const manual = { reason: "manual", detail: "", since: now, until: undefined, times: 0 } as const;
  await store.put([{ ...manual, subject: "10.0.0.0/8" }]);
  await settle();
  assert.deepEqual(told.at(-1), { set: [{ ...manual, subject: "10.0.0.0/8" }], lifted: [] });
  await store.remove("192.0.2.7");
  await settle();
  assert.deepEqual(told.at(-1), { set: [], lifted: ["192.0.2.7"] });
  assert.deepEqual(
    keeper.all.map(({ subject }) => subject),
    ["10.0.0.0/8"],
  );
  await keeper.close();
});

test("a ban by hand, and its removal, are stored before they are answered", async () => {
  const { keeper, store, told } = await open();
  const ban = await keeper.add("198.51.100.0/24", 5 * minute, "a bad neighbourhood");
  assert.deepEqual(await store.get("198.51.100.0/24"), ban);
  assert.equal(ban.until, start + 5 * minute);
  assert.equal(told.length, 1);
  assert.equal(await keeper.remove("198.51.100.0/24"), true);
  assert.equal(await keeper.remove("198.51.100.0/24"), false);
  assert.equal(await store.get("198.51.100.0/24"), undefined);
  await keeper.close();
});

test("there are never more than so many; the one that ends first gives way, one by hand never does", async () => {
  const { keeper, clock, offend } = await open({ maxBans: 3 });
  await keeper.add("203.0.113.1", 1_000, "");
  for (const subject of ["192.0.2.1", "192.0.2.2", "192.0.2.3"]) {
    clock.advance(100);
    await offend(subject);
  }
  assert.deepEqual(
    keeper.all.map(({ subject }) => subject),
    ["203.0.113.1", "192.0.2.2", "192.0.2.3"],
  );
  await keeper.close();
});

test("a store that fails keeps no ban from being in force, is told about once, and tried again", async () => {
  const store = createMemoryBanStore();
  let broken = true;
  const flaky: BanStore = {
    ...store,
    put: (bans) => (broken ? Promise.reject(new TypeError("the disk is full")) : store.put(bans)),
  };
  const { keeper, clock, told, logged, offend, settle } = await open({}, flaky);
  await offend();
  clock.advance(200);
  await settle();
  assert.equal(told.length, 1);
  assert.equal(logged.filter(({ level }) => level === "error").length, 1);
  await assert.rejects(keeper.add("192.0.2.9", undefined, ""), /the disk is full/);
  broken = false;
  clock.advance(30_000);
  await settle();
  assert.equal((await store.get("192.0.2.7"))?.times, 1);
  await keeper.close();
});

test("without bans nothing comes of an offence", async () => {
  const { keeper, told, offend } = await open({ enabled: false });
  await offend();
  assert.deepEqual(told, []);
  await keeper.close();
});

test("what is done by hand is one line in the log each time: who, until when, why and which way", async () => {
  const { keeper, store, clock, logged, lines, settle } = await open();
  await keeper.add("198.51.100.0/24", 5 * minute, "a bad neighbourhood");
  await keeper.remove("198.51.100.0/24");
  await keeper.remove("198.51.100.0/24");
  const ban = { subject: "192.0.2.9", reason: "manual", detail: "", since: start, until: undefined, times: 0 } as const;
  await store.put([ban]);
  await settle();
  await store.put([{ ...ban, detail: "calls at night" }]);
  await settle();
  await store.remove("192.0.2.9");
  await settle();
  const network = { source: "198.51.100.0/24", reason: "manual", why: "a bad neighbourhood" };
  const byApi = { ...network, until: new Date(clock.now() + 5 * minute).toISOString(), by: "the API" };
  const byCommand = { source: "192.0.2.9", reason: "manual", until: "it is lifted", by: "a command" };
  const noted = { ...byCommand, why: "calls at night" };
  assert.deepEqual(
    logged.map(({ fields }) => fields),
    [byApi, byApi, byCommand, noted, noted],
  );
  const [banned, lifted] = ["info a source is banned by hand", "info a ban is lifted by hand"];
  assert.deepEqual(lines, [banned, lifted, banned, banned, lifted]);
  await keeper.close();
});

test("bans that are there at the start, or end by themselves, were not made or lifted by hand", async () => {
  const store = createMemoryBanStore();
  const ban = {
    subject: "192.0.2.9",
    reason: "manual",
    detail: "",
    since: start,
    until: start + 100,
    times: 0,
  } as const;
  await store.put([ban]);
  const { keeper, clock, logged, told, settle } = await open({}, store);
  clock.advance(200);
  await store.put([{ ...ban, subject: "192.0.2.10", reason: "garbage", until: start + hour }]);
  await settle();
  assert.deepEqual(told.at(-1)?.lifted, ["192.0.2.9"]);
  assert.deepEqual(logged, []);
  await keeper.close();
});

test("a ban by hand of who was banned a moment ago keeps why, and is not overwritten by what was still to be stored", async () => {
  const { keeper, clock, store, offend, settle } = await open();
  await offend();
  const ban = await keeper.add("192.0.2.7", undefined, undefined);
  assert.deepEqual([ban.detail, ban.times, ban.until], ["too much of it", 1, undefined]);
  clock.advance(200);
  await settle();
  assert.deepEqual(await store.get("192.0.2.7"), ban);
  await keeper.close();
});
