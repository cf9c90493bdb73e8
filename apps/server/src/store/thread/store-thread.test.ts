import assert from "node:assert/strict";
import { test } from "node:test";
import type { BindingOutcome, BindingStore } from "../contract.ts";
import { sampleBinding, sampleUpdate } from "../contract-suite.ts";
import { openDataFolder } from "../data-folder.ts";
import { openLocationIndex } from "../sqlite/location-index.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { openBindingStore } from "./binding-store.ts";
import { type StartStoreThreadOptions, startStoreThread } from "./start-store-thread.ts";

async function openThread(options: Partial<StartStoreThreadOptions> = {}) {
  const temporary = temporaryFolder();
  const folder = await openDataFolder(temporary.path);
  const thread = await startStoreThread({ file: folder.file, ...options });
  const close = async (): Promise<void> => {
    await thread.close();
    folder.close();
    temporary[Symbol.dispose]();
  };
  return { folder, thread, [Symbol.asyncDispose]: close };
}

const update = (user: string, text = "") =>
  sampleUpdate([sampleBinding({ aor: `${user}@example.com`, params: text === "" ? "" : `;x=${text}` })]);

function reasonOf(outcome: BindingOutcome | undefined): string | undefined {
  return outcome?.ok === false ? outcome.reason : undefined;
}

test("what many threads send within a window is one commit", async () => {
  await using opened = await openThread({ commitWindowMs: 200 });
  const { thread } = opened;
  const stores = [1, 2, 3].map(() => openBindingStore(thread.connect()));
  // The first commit goes out at once and opens the window.
  await stores[0]!.apply([update("first")]);
  const outcomes = await Promise.all(stores.map((store, n) => store.apply([update(`a${n}`), update(`b${n}`)])));
  assert.ok(outcomes.flat().every((outcome) => outcome.ok));
  const stats = await thread.stats();
  assert.equal(stats.updates, 7);
  assert.equal(stats.commits, 2);
  assert.equal(stats.clients, 3);
  for (const store of stores) store.close();
});

test("a binding can be looked up in every thread once its outcome is known", async () => {
  await using opened = await openThread();
  const { thread, folder } = opened;
  const store = openBindingStore(thread.connect());
  const index = openLocationIndex({ file: folder.file, versions: thread.versions });
  for (let cseq = 1; cseq <= 20; cseq++) {
    const binding = sampleBinding({ aor: "alice@example.com", cseq, flowId: `u${cseq}` });
    await store.apply([sampleUpdate([binding])]);
    assert.equal(index.lookup("alice@example.com")[0]?.flowId, `u${cseq}`);
  }
  index.close();
  store.close();
});

test("a commit that fails is `storage` for all of its batch, leaves nothing behind, and the thread goes on", async () => {
  await using opened = await openThread({ maxPages: 30 });
  const { thread } = opened;
  const store = openBindingStore(thread.connect());
  const big = "y".repeat(100_000);
  const failed = await store.apply([update("alice"), update("bob", big), update("carol", big)]);
  assert.deepEqual(failed.map(reasonOf), ["storage", "storage", "storage"]);
  assert.match(failed[0]?.ok === false ? failed[0].message : "", /is full; free some space/);
  assert.equal(await store.count(), 0);
  const [outcome] = await store.apply([update("alice")]);
  assert.equal(outcome?.ok, true);
  assert.equal(await store.count(), 1);
  assert.equal((await thread.stats()).failedCommits, 1);
  store.close();
});

test("the sweep removes what has expired and tells those who watch", async () => {
  await using opened = await openThread({ sweepMs: 5 });
  const { thread, folder } = opened;
  const store = openBindingStore(thread.connect());
  const swept = new Promise<string>((resolve) => {
    let calls = 0;
    store.watch((aor) => {
      if (++calls === 2) resolve(aor);
    });
  });
  const soon = sampleBinding({ aor: "alice@example.com", expiresAt: Date.now() + 30 });
  await store.apply([sampleUpdate([soon])]);
  assert.equal(await swept, "alice@example.com");
  assert.equal(folder.database.prepare("SELECT count(*) AS n FROM bindings").get()?.n, 0);
  assert.equal((await thread.stats()).expired, 1);
  store.close();
});

test("a sweep that fails says why, once for all of a while", async () => {
  const told: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  await using opened = await openThread({
    sweepMs: 1,
    onSweepFailed: (problem) => {
      told.push(problem);
      resolve();
    },
  });
  opened.folder.database.exec("DROP TABLE bindings");
  await promise;
  while ((await opened.thread.stats()).failedCommits < 10);
  assert.equal(told.length, 1);
  assert.match(told[0]!, /trapezoid\.db: no such table/);
});

test("a store that is too far behind refuses at once, and one that is closed refuses everything", async () => {
  await using opened = await openThread();
  const { thread } = opened;
  const store = openBindingStore(thread.connect(), { maxWaiting: 2 });
  const outcomes = await store.apply([update("a"), update("b"), update("c")]);
  assert.deepEqual(outcomes.map(reasonOf), [undefined, undefined, "storage"]);
  assert.equal(await store.count(), 2);
  store.close();
  store.close();
  assert.deepEqual((await store.apply([update("d")])).map(reasonOf), ["storage"]);
  await assert.rejects(store.count(), { code: "STORE_THREAD" });
});

test("when the thread ends, what waits ends with `storage`", async () => {
  await using opened = await openThread();
  const { thread } = opened;
  const store: BindingStore = openBindingStore(thread.connect(), { windowMs: 60_000 });
  await store.count();
  const waiting = store.apply([update("b")]);
  await thread.close();
  assert.deepEqual((await waiting).map(reasonOf), ["storage"]);
  assert.equal(await thread.ended, undefined);
});

test("a database that cannot be opened is an error of the store", async () => {
  using temporary = temporaryFolder();
  await assert.rejects(startStoreThread({ file: `${temporary.path}/no/such/folder.db` }), {
    code: "STORE_FOLDER_UNWRITABLE",
  });
});
