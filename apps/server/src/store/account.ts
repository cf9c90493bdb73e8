/** Making accounts: secrets instead of passwords. */

import { digestSecrets, type Hash } from "@trapezoid/sip/auth";
import type { Address } from "./address.ts";
import type { Account, AccountStore, DigestSecrets } from "./contract.ts";
import { badPassword } from "./errors.ts";
import { generatePassword } from "./password.ts";

/** Throws `STORE_BAD_PASSWORD` for one that no phone could send back. */
export function createAccount(hash: Hash, { user, domain, address }: Address, password: string, now: number): Account {
  return { address, user, domain, ...secretsOf(hash, { user, domain, address }, password), createdAt: now };
}

/** The account with another password. */
export function withPassword(hash: Hash, account: Account, password: string): Account {
  return { ...account, ...secretsOf(hash, account, password) };
}

function secretsOf(
  hash: Hash,
  { user, domain, address }: Address,
  password: string,
): { readonly secrets: DigestSecrets; readonly addressSecrets: DigestSecrets } {
  if (password === "") throw badPassword("it is empty");
  if (password.length > 256) throw badPassword("it has more than 256 characters");
  if (/[\p{Cc}]/u.test(password)) throw badPassword("it holds a control character");
  return {
    secrets: digestSecrets(hash, user, domain, password),
    addressSecrets: digestSecrets(hash, address, domain, password),
  };
}

/** The one account that a new server begins with; `undefined` when there are accounts already. */
export async function ensureFirstAccount(
  store: AccountStore,
  hash: Hash,
  domain: string,
  now: number,
): Promise<{ readonly address: string; readonly password: string } | undefined> {
  if ((await store.count()) > 0) return undefined;
  const password = generatePassword((length) => hash.random(length));
  const address = `alice@${domain}`;
  await store.add(createAccount(hash, { user: "alice", domain, address }, password, now));
  return { address, password };
}
