/** Small facts that the server leaves for its commands: the primary domain. */

import type { Database } from "./driver.ts";

export interface Settings {
  get(name: SettingName): string | undefined;
  set(name: SettingName, value: string): void;
}

export type SettingName = "primaryDomain";

export function openSettings(database: Database): Settings {
  const select = database.prepare("SELECT value FROM settings WHERE name = ?");
  const upsert = database.prepare(
    "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
  );
  return {
    get: (name) => select.get(name)?.value as string | undefined,
    set: (name, value) => {
      // No commit, and no wait for a lock, when it says so already.
      if (select.get(name)?.value !== value) upsert.run(name, value);
    },
  };
}
