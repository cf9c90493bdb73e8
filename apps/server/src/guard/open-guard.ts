/** The firewall of a signalling thread, put together over the memory that all threads share. */

import type { Flow } from "@trapezoid/sip/transport";
import type { ResolvedConfig } from "../config/types.ts";
import type { BanMark } from "./ban-table.ts";
import type { Offence } from "./contract.ts";
import { createExpiryMemory, ExpiryTable } from "./expiry-table.ts";
import { Gate } from "./gate.ts";
import { Guard, leakRates } from "./guard.ts";
import { createSourceMemory, SourceTable } from "./source-table.ts";

/** What all threads share of the firewall: sources, which account lives at which of them, and in which networks it was seen. */
export interface GuardMemory {
  readonly sources: SharedArrayBuffer;
  readonly residents: SharedArrayBuffer;
  readonly places: SharedArrayBuffer;
}

export function createGuardMemory(maxSources: number, random: (octets: number) => Uint8Array): GuardMemory {
  return {
    sources: createSourceMemory(maxSources, random),
    residents: createExpiryMemory(maxSources, random),
    places: createExpiryMemory(maxSources, random),
  };
}

export interface OpenGuardOptions {
  readonly settings: { readonly guardMemory: GuardMemory; readonly bans: readonly BanMark[] };
  readonly config: Pick<ResolvedConfig, "firewall" | "auth">;
  readonly isTrusted: (flow: Flow) => boolean;
  readonly now: () => number;
  readonly report: (offence: Offence) => void;
}

export function openGuard({ settings, config, isTrusted, now, report }: OpenGuardOptions): Guard {
  const { firewall, auth } = config;
  const gate = new Gate(firewall, now);
  gate.apply({ set: settings.bans, lifted: [] });
  return new Guard({
    settings: firewall,
    nonceLifetimeMs: auth.nonceLifetimeMs,
    gate,
    sources: new SourceTable(settings.guardMemory.sources, leakRates(firewall)),
    residents: new ExpiryTable(settings.guardMemory.residents),
    isTrusted,
    now,
    report,
  });
}
