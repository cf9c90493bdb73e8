/** The main thread's part of the firewall: the memory that all threads share, the bans that all of them are told of, the alarms. */

import { systemClock } from "@trapezoid/base";
import { nodeHash } from "@trapezoid/sip/auth/node";
import type { ResolvedConfig } from "../config/types.ts";
import {
  AlarmLog,
  type BanChange,
  BanKeeper,
  createGuardMemory,
  type Guard,
  type GuardMemory,
  openGuard,
  rememberBindings,
} from "../guard/index.ts";
import type { Logger } from "../observe/logger.ts";
import type { BanStore, BindingStore } from "../store/contract.ts";
import { Trust } from "../worker/trust.ts";

/** What it needs of the configuration. */
export type FirewallConfig = Pick<ResolvedConfig, "firewall" | "auth" | "trust">;

export interface FirewallOptions {
  readonly config: FirewallConfig;
  readonly bans: BanStore;
  readonly bindings: Pick<BindingStore, "listAll">;
  readonly log: Logger;
}

/** Who must know of bans: whatever has sockets. */
export interface BanAudience {
  applyBans(change: BanChange): void;
}

export class Firewall {
  readonly memory: GuardMemory;
  readonly bans: BanKeeper;
  readonly alarms: AlarmLog;
  /** For the sockets of this thread: SIP over WebSocket on the HTTP server. */
  readonly guard: Guard;
  readonly #audience: Set<BanAudience>;
  #trust: Trust;

  static async open({ config, bans: store, bindings, log }: FirewallOptions): Promise<Firewall> {
    const settings = config.firewall;
    const memory = createGuardMemory(settings.maxSources, nodeHash.random);
    await rememberBindings(bindings, memory, settings.alarms.rememberMs, systemClock.now());
    const audience = new Set<BanAudience>();
    const bans = await BanKeeper.open({
      store,
      settings: settings.bans,
      clock: systemClock,
      tell: (change) => {
        for (const one of audience) one.applyBans(change);
      },
      log,
    });
    return new Firewall(memory, bans, config, audience, log);
  }

  private constructor(
    memory: GuardMemory,
    bans: BanKeeper,
    config: FirewallConfig,
    audience: Set<BanAudience>,
    log: Logger,
  ) {
    this.memory = memory;
    this.bans = bans;
    this.alarms = new AlarmLog(config.firewall.alarms.kept, log);
    this.#audience = audience;
    // Trunks are known by their addresses to those who call them: no trunk comes by WebSocket.
    this.#trust = new Trust(config.trust);
    this.guard = openGuard({
      settings: { guardMemory: memory, bans: bans.all },
      config,
      isTrusted: (flow) => this.#trust.trusts(flow),
      now: () => systemClock.now(),
      report: (offence) => void bans.offence(offence),
    });
  }

  /** For `/metrics`. */
  get counters(): object {
    return { ...this.guard.counters, ...this.bans.counters, ...this.alarms.counters };
  }

  /** From now on. What was decided since they began is told at once. */
  tell(...audience: readonly BanAudience[]): void {
    for (const one of audience) {
      this.#audience.add(one);
      one.applyBans({ set: this.bans.all, lifted: [] });
    }
  }

  configure({ firewall, trust }: FirewallConfig): void {
    this.#trust = new Trust(trust);
    this.guard.configure(firewall);
    this.bans.configure(firewall.bans);
    this.alarms.configure(firewall.alarms.kept);
  }

  close(): Promise<void> {
    this.#audience.clear();
    return this.bans.close();
  }
}
