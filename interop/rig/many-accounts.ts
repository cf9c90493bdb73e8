/** Thousands of accounts in a data folder, in one commit. */

import { nodeHash } from "@trapezoid/sip/auth/node";
import { createAccount, openDataFolder } from "../../apps/server/src/store/index.ts";

export async function addAccounts(
  data: string,
  domain: string,
  users: readonly string[],
  password: string,
): Promise<void> {
  using folder = await openDataFolder(data);
  const accounts = users.map((user) =>
    createAccount(nodeHash, { user, domain, address: `${user}@${domain}` }, password, Date.now()),
  );
  await folder.accounts.addMany(accounts);
}
