import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeHash } from "@trapezoid/sip/auth/node";
import { createFakeClock } from "@trapezoid/testkit";
import { createAccount } from "../account.ts";
import { sampleAccount, sampleBinding, sampleUpdate } from "../contract-suite.ts";
import { type DataFolder, openDataFolder } from "../data-folder.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { BindingWriter } from "../thread/binding-writer.ts";
import { AS_ASKED, decodeUpdates, encodeUpdates } from "../thread/protocol.ts";
import { createVersions } from "../versions.ts";
import { BindingRows } from "./binding-rows.ts";
import { openLocationIndex } from "./location-index.ts";

const aor = "alice@example.com";

/** An index over a folder, with the store thread's writer at hand. */
async function openIndex() {
  const temporary = temporaryFolder();
  const clock = createFakeClock();
  const folder: DataFolder = await openDataFolder(temporary.path, { clock });
  const versions = createVersions();
  const writer = new BindingWriter({ rows: new BindingRows(folder.database), versions, onChanged: () => {} });
  const index = openLocationIndex({ file: folder.file, versions, clock, cacheSize: 8 });
  const set = (given: Parameters<typeof sampleBinding>[0], seconds = 60): void => {
    const at = clock.now();
    const binding = sampleBinding({
      expiresAt: at + seconds * 1000,
      updatedAt: at,
      callId: `${Math.random()}`,
      ...given,
    });
    const [outcome] = writer.apply(decodeUpdates(encodeUpdates([sampleUpdate([binding], { at })])));
    assert.ok(outcome === AS_ASKED || outcome?.ok);
  };
  const close = (): void => {
    index.close();
    folder.close();
    temporary[Symbol.dispose]();
  };
  return { folder, clock, index, set, [Symbol.dispose]: close };
}

test("a binding is seen as soon as it is committed, and its refresh too", async () => {
  using opened = await openIndex();
  const { index, set } = opened;
  assert.deepEqual(index.lookup(aor), []);
  set({ aor, flowId: "u1" });
  assert.equal(index.lookup(aor)[0]?.flowId, "u1");
  set({ aor, flowId: "u2" });
  assert.equal(index.lookup(aor)[0]?.flowId, "u2");
});

test("what has not changed is not read again", async () => {
  using opened = await openIndex();
  const { index, set, folder } = opened;
  set({ aor });
  const first = index.lookup(aor);
  folder.database.exec("DELETE FROM bindings");
  assert.equal(index.lookup(aor), first);
});

test("a binding ends when it expires, with no commit at all", async () => {
  using opened = await openIndex();
  const { index, set, clock } = opened;
  set({ aor, contact: "sip:long@192.0.2.1" }, 60);
  set({ aor, contact: "sip:short@192.0.2.2" }, 10);
  assert.equal(index.lookup(aor).length, 2);
  clock.advance(10_000);
  assert.deepEqual(
    index.lookup(aor).map((binding) => binding.contact),
    ["sip:long@192.0.2.1"],
  );
  clock.advance(50_000);
  assert.deepEqual(index.lookup(aor), []);
});

test("bindings come by q, of equal q the last refreshed first", async () => {
  using opened = await openIndex();
  const { index, set, clock } = opened;
  for (const [user, q] of [
    ["low", 100],
    ["old", 1000],
    ["new", 1000],
  ] as const) {
    set({ aor, contact: `sip:${user}@192.0.2.1`, q });
    clock.advance(1);
  }
  assert.deepEqual(
    index.lookup(aor).map((binding) => binding.contact.slice(4, 7)),
    ["new", "old", "low"],
  );
});

test("an account is read whole", async () => {
  using opened = await openIndex();
  const account = createAccount(
    nodeHash,
    { user: "al.ice", domain: "example.com", address: "al.ice@example.com" },
    "s",
    7,
  );
  const limited = { ...account, algorithms: ["SHA-256", "MD5"] };
  await opened.folder.accounts.addMany([limited, sampleAccount(aor)]);
  assert.deepEqual(opened.index.account("al.ice@example.com"), limited);
  assert.deepEqual(opened.index.account(aor), sampleAccount(aor));
});

test("accounts changed by another process are seen within half a second", async () => {
  using opened = await openIndex();
  const { index, folder, clock } = opened;
  await folder.accounts.add(sampleAccount(aor, "1"));
  assert.equal(index.account(aor)?.secrets.md5, "1".repeat(32));
  assert.equal(index.account("bob@example.com"), undefined);
  await folder.accounts.update(sampleAccount(aor, "2"));
  await folder.accounts.add(sampleAccount("bob@example.com"));
  assert.equal(index.account("bob@example.com")?.user, "bob", "what is new is seen at once");
  clock.advance(500);
  assert.equal(index.account(aor)?.secrets.md5, "2".repeat(32));
  await folder.accounts.remove(aor);
  clock.advance(500);
  assert.equal(index.account(aor), undefined);
});

test("the bindings of a removed account are gone within half a second", async () => {
  using opened = await openIndex();
  const { index, folder, clock, set } = opened;
  await folder.accounts.add(sampleAccount(aor));
  set({ aor });
  assert.equal(index.lookup(aor).length, 1);
  await folder.accounts.remove(aor);
  clock.advance(500);
  assert.deepEqual(index.lookup(aor), []);
});

test("thousands of addresses are looked up right with a cache of eight", async () => {
  using opened = await openIndex();
  const { index, set } = opened;
  for (let i = 0; i < 300; i++) set({ aor: `user${i}@example.com`, flowId: `u${i}` });
  for (let i = 0; i < 900; i++) {
    const n = (i * 7919) % 300;
    assert.equal(index.lookup(`user${n}@example.com`)[0]?.flowId, `u${n}`);
  }
});

test("with evenOut(), an account that is there, one that is kept and one that nobody has take the same reads", async () => {
  using opened = await openIndex();
  const { index, folder, clock } = opened;
  await folder.accounts.add(sampleAccount("alice@example.com"));
  await folder.accounts.add(sampleAccount("bob@example.com"));
  const readsOf = (address: string): number => {
    const before = index.accountReads;
    index.account(address);
    index.evenOut();
    return index.accountReads - before;
  };
  const addresses = [
    "nobody@example.com",
    "alice@example.com",
    "alice@example.com",
    "nobody@example.com",
    "bob@example.com",
  ];
  assert.deepEqual(addresses.map(readsOf), [2, 2, 2, 2, 2]);
  await folder.accounts.remove("bob@example.com");
  clock.advance(1_000);
  assert.equal(readsOf("bob@example.com"), 2);
  await folder.accounts.remove("alice@example.com");
  clock.advance(1_000);
  assert.equal(readsOf("alice@example.com"), 1, "where nobody is, there is nothing to hide");
});
