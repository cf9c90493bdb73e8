/** The tables, as Kysely types. What they are for is said in `migrations.ts`. */

export interface AccountTable {
  address: string;
  username: string;
  domain: string;
  md5: string;
  sha256: string;
  sha512_256: string;
  address_md5: string;
  address_sha256: string;
  address_sha512_256: string;
  algorithms: string | null;
  created_at: number;
}

export interface BindingTable {
  id: number;
  aor: string;
  due_at: number;
  contacts: number;
  records: string;
}

export interface SettingTable {
  name: string;
  value: string;
}

export interface ChangeTable {
  name: string;
  version: number;
}

export interface BanRow {
  subject: string;
  reason: string;
  detail: string;
  since: number;
  until: number | null;
  times: number;
}

export interface Schema {
  bans: BanRow;
  accounts: AccountTable;
  bindings: BindingTable;
  settings: SettingTable;
  changes: ChangeTable;
}
