/** The main thread's part of the firewall: the memory that all threads share, the bans that all of them are told of, the alarms. */

import { systemClock } from "@trapezoid/base";
import { nodeHash } from "@trapezoid/sip/auth/node";
import type { FirewallSettings } from "../config/types.ts";
import {
  AlarmLog,
  type BanChange,
  BanKeeper,
  createGuardMemory,
  type GuardMemory,
  rememberBindings,
} from "../guard/index.ts";
import type { Logger } from "../observe/logger.ts";
import type { BanStore, BindingStore } from "../store/contract.ts";

export interface FirewallOptions {
  readonly settings: FirewallSettings;
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
  readonly #audience: Set<BanAudience>;

  static async open({ settings, bans: store, bindings, log }: FirewallOptions): Promise<Firewall> {
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
    return new Firewall(memory, bans, new AlarmLog(settings.alarms.kept, log), audience);
  }

  private constructor(memory: GuardMemory, bans: BanKeeper, alarms: AlarmLog, audience: Set<BanAudience>) {
    this.memory = memory;
    this.bans = bans;
    this.alarms = alarms;
    this.#audience = audience;
  }

  /** For `/metrics`. */
  get counters(): object {
    return { ...this.bans.counters, ...this.alarms.counters };
  }

  /** From now on. What was decided since they began is told at once. */
  tell(...audience: readonly BanAudience[]): void {
    for (const one of audience) {
      this.#audience.add(one);
      one.applyBans({ set: this.bans.all, lifted: [] });
    }
  }

  configure(settings: FirewallSettings): void {
    this.bans.configure(settings.bans);
    this.alarms.configure(settings.alarms.kept);
  }

  close(): Promise<void> {
    this.#audience.clear();
    return this.bans.close();
  }
}
