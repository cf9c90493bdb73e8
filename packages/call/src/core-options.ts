/** What the user agent of SIP is made from: our settings, the platform's parts. */

import type { UserAgentOptions } from "@trapezoid/sip/agent";
import { parseNameAddr, userOf } from "@trapezoid/sip/message";
import type { UserAgentSettings } from "./contract.ts";
import type { UserAgentParts } from "./user-agent-parts.ts";

const defaultSessionSeconds = 1_800;

export function corePartsOf({
  transport,
  locator,
  hash,
  wheel,
  timers,
  transactions,
  isTrusted,
}: UserAgentParts): Pick<
  UserAgentOptions,
  "transport" | "locator" | "hash" | "wheel" | "timers" | "transactions" | "isTrusted"
> {
  return {
    transport,
    locator,
    hash,
    wheel,
    ...(timers === undefined ? {} : { timers }),
    ...(transactions === undefined ? {} : { transactions }),
    ...(isTrusted === undefined ? {} : { isTrusted }),
  };
}

export function coreSettingsOf(settings: UserAgentSettings, maxCalls: number): Partial<UserAgentOptions> {
  const { product, sessionSeconds = defaultSessionSeconds, reliableProvisional, notifies } = settings;
  return {
    limits: { sessions: maxCalls },
    sessionTimer: { expiresSeconds: sessionSeconds },
    ...(product === undefined ? {} : { product }),
    ...(reliableProvisional === undefined ? {} : { reliableProvisional }),
    ...(notifies === undefined ? {} : { eventPackages: notifies.events }),
  };
}

/** Throws `TypeError` for what is no address. */
export function identityOf(settings: UserAgentSettings, instanceId: string | undefined): UserAgentOptions["identity"] {
  const address = parseNameAddr(settings.address);
  if (!address.ok) throw new TypeError(`not an address: ${JSON.stringify(settings.address)}: ${address.error.message}`);
  const { password, user = userOf(address.value) ?? "", proxy } = settings;
  return {
    address: address.value,
    ...(password === undefined ? {} : { account: { user, password } }),
    ...(proxy === undefined ? {} : { route: [proxy] }),
    ...(instanceId === undefined ? {} : { instanceId }),
  };
}
