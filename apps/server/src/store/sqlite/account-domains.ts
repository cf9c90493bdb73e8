/** How many accounts each domain has: for the warning about those that no configuration serves. */

import type { Database } from "./driver.ts";

export function accountDomains(database: Database): ReadonlyMap<string, number> {
  const rows = database.prepare("SELECT domain, count(*) AS n FROM accounts GROUP BY domain ORDER BY domain").all();
  return new Map(rows.map((row) => [String(row.domain), Number(row.n)]));
}
