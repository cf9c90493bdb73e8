import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeHash } from "@trapezoid/sip/auth/node";
import { createAccount, ensureFirstAccount, withPassword } from "./account.ts";
import { createMemoryAccountStore } from "./memory/memory-account-store.ts";

const alice = { user: "alice", domain: "example.com", address: "alice@example.com" };

test("an account holds HA1s for `alice` and `alice@example.com`, in the realm of its domain, and no password", () => {
  const account = createAccount(nodeHash, alice, "s3cret", 1);
  assert.equal(account.secrets.md5, nodeHash.md5("alice:example.com:s3cret"));
  assert.equal(account.secrets.sha512_256, nodeHash.sha512_256("alice:example.com:s3cret"));
  assert.equal(account.addressSecrets.sha256, nodeHash.sha256("alice@example.com:example.com:s3cret"));
  assert.ok(!JSON.stringify(account).includes("s3cret"));
});

test("another password changes the secrets and nothing else", () => {
  const account = { ...createAccount(nodeHash, alice, "one", 1), algorithms: ["MD5"] };
  const changed = withPassword(nodeHash, account, "two");
  assert.deepEqual(changed, { ...createAccount(nodeHash, alice, "two", 1), algorithms: ["MD5"] });
});

test("a password that no phone could send is refused", () => {
  for (const password of ["", "a\nb", "x".repeat(257)]) {
    assert.throws(() => createAccount(nodeHash, alice, password, 1), { code: "STORE_BAD_PASSWORD" });
  }
});

test("the first account is made once, and only where there is none", async () => {
  const store = createMemoryAccountStore();
  const first = await ensureFirstAccount(store, nodeHash, "trapezoid.internal", 1);
  assert.equal(first?.address, "alice@trapezoid.internal");
  const account = await store.get("alice@trapezoid.internal");
  assert.equal(account?.secrets.md5, nodeHash.md5(`alice:trapezoid.internal:${first?.password}`));
  assert.equal(await ensureFirstAccount(store, nodeHash, "trapezoid.internal", 1), undefined);
});
