/** Accounts whose domain is none of the configuration's: their users cannot register any more, and nobody would know why. */

import type { Logger } from "../observe/logger.ts";

/** `accounts`: how many each domain has. */
export function warnOfStrandedAccounts(
  accounts: ReadonlyMap<string, number>,
  domains: ReadonlyMap<string, unknown>,
  log: Pick<Logger, "warn">,
): void {
  const stranded = [...accounts].filter(([domain]) => !domains.has(domain));
  if (stranded.length === 0) return;
  log.warn("accounts outside the configured domains cannot register; add their domains, or the accounts anew", {
    domains: [...domains.keys()],
    accounts: Object.fromEntries(stranded),
  });
}
