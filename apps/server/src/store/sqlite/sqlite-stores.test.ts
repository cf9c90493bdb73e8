import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeClock } from "@trapezoid/testkit";
import {
  accountStoreContract,
  banStoreContract,
  bindingStoreContract,
  sampleAccount,
  sampleBan,
} from "../contract-suite.ts";
import { openDataFolder } from "../data-folder.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { openBindingStore } from "../thread/binding-store.ts";
import { startStoreThread } from "../thread/start-store-thread.ts";

accountStoreContract("accounts in SQLite", async () => {
  const temporary = temporaryFolder();
  const folder = await openDataFolder(temporary.path);
  return {
    store: folder.accounts,
    close() {
      folder.close();
      temporary[Symbol.dispose]();
    },
  };
});

banStoreContract("bans in SQLite", async () => {
  const temporary = temporaryFolder();
  const folder = await openDataFolder(temporary.path);
  return {
    store: folder.bans,
    close() {
      folder.close();
      temporary[Symbol.dispose]();
    },
  };
});

bindingStoreContract("bindings in SQLite, through the store thread", async () => {
  const temporary = temporaryFolder();
  const folder = await openDataFolder(temporary.path);
  const thread = await startStoreThread({ file: folder.file, commitWindowMs: 1 });
  const store = openBindingStore(thread.connect(), { windowMs: 1 });
  return {
    store,
    async close() {
      store.close();
      await thread.close();
      folder.close();
      temporary[Symbol.dispose]();
    },
  };
});

test("watch() notices within half a second what another process did to the accounts", async () => {
  using temporary = temporaryFolder();
  const clock = createFakeClock();
  using mine = await openDataFolder(temporary.path, { clock });
  using theirs = await openDataFolder(temporary.path);
  const seen: (string | undefined)[] = [];
  const watching = mine.accounts.watch((address) => seen.push(address));
  await mine.accounts.add(sampleAccount("alice@example.com"));
  clock.advance(500);
  assert.deepEqual(seen, ["alice@example.com"], "own changes are told once");
  await theirs.accounts.add(sampleAccount("bob@example.com"));
  clock.advance(500);
  clock.advance(500);
  assert.deepEqual(seen, ["alice@example.com", undefined]);
  watching[Symbol.dispose]();
  assert.equal(clock.pending, 0);
});

test("an account takes its bindings with it", async () => {
  using temporary = temporaryFolder();
  using folder = await openDataFolder(temporary.path);
  await folder.accounts.add(sampleAccount("alice@example.com"));
  folder.database.exec("INSERT INTO bindings (aor, due_at, contacts, records) VALUES ('alice@example.com', 1, 0, '')");
  await folder.accounts.remove("alice@example.com");
  assert.equal(folder.database.prepare("SELECT count(*) AS n FROM bindings").get()?.n, 0);
});

test("what another process did to the bans is noticed, even when this one changed them in between", async () => {
  using temporary = temporaryFolder();
  const clock = createFakeClock();
  using mine = await openDataFolder(temporary.path, { clock });
  using theirs = await openDataFolder(temporary.path);
  let told = 0;
  using _watching = mine.bans.watch(() => told++);
  await mine.bans.put([sampleBan("192.0.2.7"), sampleBan("192.0.2.8")]);
  await mine.bans.put([sampleBan("192.0.2.7", { times: 2 })]);
  clock.advance(500);
  assert.equal(told, 2, "own changes are told once");
  await theirs.bans.remove("192.0.2.8");
  await mine.bans.put([sampleBan("192.0.2.9")]);
  assert.equal(told, 3);
  clock.advance(500);
  assert.equal(told, 4);
  clock.advance(500);
  assert.equal(told, 4);
});
