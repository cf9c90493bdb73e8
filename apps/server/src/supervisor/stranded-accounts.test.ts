import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeHash } from "@trapezoid/sip/auth/node";
import { accountDomains, createAccount, openDataFolder } from "../store/index.ts";
import { temporaryFolder } from "../store/temporary-folder.ts";
import { warnOfStrandedAccounts } from "./stranded-accounts.ts";

test("accounts outside the configured domains are told of, with how many", async () => {
  using temporary = temporaryFolder();
  using folder = await openDataFolder(temporary.path);
  for (const [user, domain] of [
    ["alice", "one.example"],
    ["bob", "one.example"],
    ["carol", "two.example"],
  ] as const) {
    const address = `${user}@${domain}`;
    await folder.accounts.add(createAccount(nodeHash, { user, domain, address }, "secret", 0));
  }
  const accounts = accountDomains(folder.database);
  const warned: unknown[] = [];
  const log = { warn: (_message: string, fields?: object) => warned.push(fields) };
  const domains = (...names: string[]) => new Map(names.map((name) => [name, {}]));
  warnOfStrandedAccounts(accounts, domains("one.example", "two.example", "three.example"), log);
  assert.deepEqual(warned, []);
  warnOfStrandedAccounts(accounts, domains("two.example"), log);
  assert.deepEqual(warned, [{ domains: ["two.example"], accounts: { "one.example": 2 } }]);
});
