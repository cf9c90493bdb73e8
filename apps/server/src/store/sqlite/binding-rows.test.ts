import assert from "node:assert/strict";
import { test } from "node:test";
import { sampleBinding } from "../contract-suite.ts";
import { openDataFolder } from "../data-folder.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { BindingRows } from "./binding-rows.ts";

async function openRows() {
  const temporary = temporaryFolder();
  const folder = await openDataFolder(temporary.path);
  const rows = new BindingRows(folder.database);
  const put = (user: string, ...expiries: number[]): void => {
    const aor = `${user}@example.com`;
    const bindings = expiries.map((expiresAt, n) => sampleBinding({ aor, contact: `sip:${n}@192.0.2.1`, expiresAt }));
    rows.begin();
    rows.write(aor, rows.read(aor), bindings);
    rows.commit();
  };
  const due = (): unknown[] =>
    folder.database
      .prepare("SELECT aor, due_at FROM bindings ORDER BY aor")
      .all()
      .map((row) => `${String(row.aor).split("@")[0]} ${row.due_at}`);
  const close = (): void => {
    folder.close();
    temporary[Symbol.dispose]();
  };
  return { folder, rows, put, due, [Symbol.dispose]: close };
}

test("a refresh leaves the expiry index alone, an earlier expiry moves it", async () => {
  using opened = await openRows();
  const { put, due } = opened;
  put("alice", 1_000);
  put("alice", 5_000);
  assert.deepEqual(due(), ["alice 1000"]);
  put("alice", 700);
  assert.deepEqual(due(), ["alice 700"]);
  put("alice");
  assert.deepEqual(due(), []);
});

test("a sweep deletes what has expired and moves on what was refreshed", async () => {
  using opened = await openRows();
  const { rows, put, due } = opened;
  put("alice", 1_000);
  put("bob", 1_000);
  put("bob", 9_000);
  put("carol", 1_000, 4_000);
  put("dave", 8_000);
  assert.deepEqual(rows.sweep(2_000, 10), { expired: ["alice@example.com", "carol@example.com"], more: false });
  assert.deepEqual(due(), ["bob 9000", "carol 4000", "dave 8000"]);
  assert.equal(rows.live("carol@example.com", 0).length, 1);
  assert.deepEqual(rows.sweep(2_000, 10), { expired: [], more: false });
});

test("one sweep is bounded, and says that there is more", async () => {
  using opened = await openRows();
  const { rows, put, due } = opened;
  for (let i = 0; i < 5; i++) put(`user${i}`, 1_000 + i);
  assert.deepEqual(rows.sweep(2_000, 2), { expired: ["user0@example.com", "user1@example.com"], more: true });
  assert.equal(rows.sweep(2_000, 2).more, true);
  assert.deepEqual(rows.sweep(2_000, 2), { expired: ["user4@example.com"], more: false });
  assert.deepEqual(due(), []);
});

test("bindings are counted exactly, swept or not", async () => {
  using opened = await openRows();
  const { rows, put } = opened;
  assert.equal(rows.count(0), 0);
  put("alice", 1_000, 5_000);
  put("bob", 9_000);
  put("bob", 9_000, 9_000, 9_000);
  put("carol", 1_000);
  for (const [now, count] of [
    [500, 6],
    [1_000, 4],
    [5_000, 3],
    [9_000, 0],
  ] as const)
    assert.equal(rows.count(now), count);
  rows.sweep(5_000, 10);
  assert.equal(rows.count(5_000), 3);
});

test("the sweep and each look-up go through an index", async () => {
  using opened = await openRows();
  const { folder } = opened;
  const plan = (sql: string): string =>
    folder.database
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map((row) => row.detail)
      .join();
  assert.match(plan("SELECT id FROM bindings WHERE due_at <= 1 ORDER BY due_at LIMIT 5"), /bindings_due_at/);
  assert.match(plan("SELECT total(contacts) FROM bindings"), /COVERING INDEX bindings_due_at/);
  assert.match(plan("SELECT records FROM bindings WHERE aor = 'a'"), /SEARCH .*autoindex/);
});
