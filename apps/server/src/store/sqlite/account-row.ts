/** Accounts and their rows. */

import type { Account } from "../contract.ts";
import type { AccountTable } from "./schema.ts";

export function rowOf(account: Account): AccountTable {
  const { secrets, addressSecrets, algorithms } = account;
  return {
    address: account.address,
    username: account.user,
    domain: account.domain,
    md5: secrets.md5,
    sha256: secrets.sha256,
    sha512_256: secrets.sha512_256,
    address_md5: addressSecrets.md5,
    address_sha256: addressSecrets.sha256,
    address_sha512_256: addressSecrets.sha512_256,
    algorithms: algorithms === undefined ? null : algorithms.join(","),
    created_at: Math.round(account.createdAt),
  };
}

export function accountOf(row: AccountTable): Account {
  return {
    address: row.address,
    user: row.username,
    domain: row.domain,
    secrets: { md5: row.md5, sha256: row.sha256, sha512_256: row.sha512_256 },
    addressSecrets: { md5: row.address_md5, sha256: row.address_sha256, sha512_256: row.address_sha512_256 },
    ...(row.algorithms !== null && { algorithms: row.algorithms.split(",") }),
    // PostgreSQL returns a bigint as text.
    createdAt: Number(row.created_at),
  };
}
