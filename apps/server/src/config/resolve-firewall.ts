/** `firewall` of the configuration, with its defaults. */

import type { Config } from "./config.ts";
import { defaultFirewall } from "./defaults.ts";
import { defined } from "./defined.ts";
import type { FirewallSettings } from "./types.ts";

export function resolveFirewall({ firewall = {} }: Config): FirewallSettings {
  const defaults = defaultFirewall;
  if (firewall === false) return { ...defaults, enabled: false };
  const { scanners = {}, bans = {}, alarms = {}, ...given } = firewall;
  return {
    ...defaults,
    ...defined(given),
    scanners: { drop: scanners !== false, userAgents: (scanners !== false && scanners.userAgents) || [] },
    alarms: alarms === false ? { ...defaults.alarms, enabled: false } : { ...defaults.alarms, ...defined(alarms) },
    bans: bans === false ? { ...defaults.bans, enabled: false } : { ...defaults.bans, ...defined(bans) },
  };
}
