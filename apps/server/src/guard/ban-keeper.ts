/**
 * Keeps the bans of the whole server, in the main thread: decides how long one is, tells every thread, writes it down for the
 * next start, and takes over what commands do to the store.
 */

import type { Clock } from "@trapezoid/base";
import type { BanSettings } from "../config/types.ts";
import { manualBan } from "../network/manual-ban.ts";
import type { Logger } from "../observe/logger.ts";
import { Sparse } from "../observe/sparse.ts";
import type { Ban, BanStore } from "../store/contract.ts";
import { logBanned, logLifted } from "./ban-log.ts";
import type { BanChange } from "./ban-table.ts";
import type { Offence } from "./contract.ts";

export interface BanKeeperOptions {
  readonly store: BanStore;
  readonly settings: BanSettings;
  readonly clock: Clock;
  /** To every thread with sockets. */
  readonly tell: (change: BanChange) => void;
  readonly log: Pick<Logger, "warn" | "error" | "info">;
}

/** Bans wait so long for others to go into one commit with them. */
const WRITE_MS = 200;
/** How often ended bans are taken from the threads, and old ones forgotten. */
const SWEEP_MS = 30_000;
const PAGE = 1_000;
const STORE_FAILURE_LOG_MS = 10_000;

export class BanKeeper {
  #made = 0;
  readonly #options: BanKeeperOptions;
  readonly #live = new Map<string, Ban>();
  readonly #unwritten = new Map<string, Ban>();
  readonly #deciding = new Set<string>();
  readonly #storeFailed = new Sparse(STORE_FAILURE_LOG_MS);
  #settings: BanSettings;
  /** Changes of the store that are this keeper's own, and under way. */
  #changing = 0;
  #watching: Disposable | undefined;
  #writing: Disposable | undefined;
  #sweeping: Disposable | undefined;
  #closed = false;

  /** Resolves when the bans in force are known: `all` has them for the threads that start then. */
  static async open(options: BanKeeperOptions): Promise<BanKeeper> {
    const keeper = new BanKeeper(options);
    await keeper.#read("nobody");
    keeper.#watching = options.store.watch(() => {
      if (keeper.#changing === 0) void keeper.#read("a command");
    });
    keeper.#sweep();
    return keeper;
  }

  private constructor(options: BanKeeperOptions) {
    this.#options = options;
    this.#settings = options.settings;
  }

  /** Now in force, and made by themselves since the start. */
  get counters(): { readonly bans: number; readonly bansMade: number } {
    return { bans: this.#live.size, bansMade: this.#made };
  }

  /** In force now. */
  get all(): readonly Ban[] {
    return [...this.#live.values()];
  }

  configure(settings: BanSettings): void {
    this.#settings = settings;
  }

  /** A thread reports a source. Never rejects. */
  async offence({ subject, reason, detail }: Offence): Promise<void> {
    const { store, clock, log } = this.#options;
    if (!this.#settings.enabled || this.#live.has(subject) || this.#deciding.has(subject)) return;
    this.#deciding.add(subject);
    const last = this.#unwritten.get(subject) ?? (await store.get(subject).catch(() => undefined));
    this.#deciding.delete(subject);
    if (this.#closed) return;
    const now = clock.now();
    const { durationMs, growth, maxDurationMs, forgetMs } = this.#settings;
    const isRemembered = last?.until !== undefined && now - last.until < forgetMs;
    const times = isRemembered ? last.times + 1 : 1;
    const forMs = Math.min(maxDurationMs, durationMs * growth ** Math.min(times - 1, 64));
    const ban: Ban = { subject, reason, detail, since: now, until: now + forMs, times };
    this.#makeRoom();
    this.#made++;
    this.#put(ban);
    log.warn("a source is banned: nothing of it is read or answered", {
      source: subject,
      reason,
      why: detail,
      until: new Date(now + forMs).toISOString(),
      times,
      lift: `trapezoid bans remove ${subject}`,
    });
  }

  /**
   * By hand; `forMs` undefined: until it is lifted; `note` undefined: the one of the ban that is in force stays. Rejects with the
   * store's error, and bans nobody then.
   */
  async add(subject: string, forMs: number | undefined, note: string | undefined): Promise<Ban> {
    const { store, clock, log } = this.#options;
    const last = this.#unwritten.get(subject) ?? (await store.get(subject));
    const ban = manualBan({ subject, at: clock.now(), forMs, note, last });
    await this.#change(() => store.put([ban]));
    // What was still to be written would take its place.
    this.#unwritten.delete(subject);
    this.#set(ban);
    logBanned(log, ban, "the API");
    return ban;
  }

  /** Whether it was banned. */
  async remove(subject: string): Promise<boolean> {
    this.#unwritten.delete(subject);
    const live = this.#live.get(subject);
    const wasLive = live !== undefined;
    const wasStored = await this.#change(() => this.#options.store.remove(subject));
    this.#lift([subject]);
    if (live !== undefined) logLifted(this.#options.log, live, "the API");
    return wasLive || wasStored;
  }

  /** Writes what is still to be written. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#watching?.[Symbol.dispose]();
    this.#writing?.[Symbol.dispose]();
    this.#sweeping?.[Symbol.dispose]();
    await this.#write();
  }

  async #change<T>(run: () => Promise<T>): Promise<T> {
    this.#changing++;
    try {
      return await run();
    } finally {
      this.#changing--;
    }
  }

  #put(ban: Ban): void {
    this.#set(ban);
    this.#unwritten.set(ban.subject, ban);
    this.#writing ??= this.#options.clock.after(WRITE_MS, () => void this.#write());
  }

  #set(ban: Ban): void {
    this.#live.set(ban.subject, ban);
    this.#options.tell({ set: [{ subject: ban.subject, until: ban.until }], lifted: [] });
  }

  #lift(subjects: readonly string[]): void {
    for (const subject of subjects) this.#live.delete(subject);
    if (subjects.length > 0) this.#options.tell({ set: [], lifted: subjects });
  }

  /** Of the bans made by themselves, the one that ends first gives way. */
  #makeRoom(): void {
    if (this.#live.size < this.#settings.maxBans) return;
    let first: Ban | undefined;
    for (const ban of this.#live.values()) {
      if (ban.reason !== "manual" && (first === undefined || ban.until! < first.until!)) first = ban;
    }
    if (first !== undefined) this.#lift([first.subject]);
  }

  async #write(): Promise<void> {
    this.#writing = undefined;
    const bans = [...this.#unwritten.values()];
    try {
      await this.#change(() => this.#options.store.put(bans));
      for (const ban of bans) if (this.#unwritten.get(ban.subject) === ban) this.#unwritten.delete(ban.subject);
    } catch (error) {
      const { clock, log } = this.#options;
      const times = this.#storeFailed.count(clock.now());
      if (times !== undefined)
        log.error("bans are in force, but cannot be stored for the next start", { error, times });
      if (!this.#closed) this.#writing = clock.after(SWEEP_MS, () => void this.#write());
    }
  }

  /** Takes over what is in the store: at the start, and after a command or another program changed it. `by`: for the log. */
  async #read(by: "nobody" | "a command"): Promise<void> {
    const { store, clock, tell, log } = this.#options;
    const found = new Map<string, Ban>();
    try {
      for (let after = ""; ; ) {
        const page = await store.list({ at: clock.now(), limit: PAGE, after });
        for (const ban of page) found.set(ban.subject, ban);
        if (page.length < PAGE) break;
        after = page[page.length - 1]!.subject;
      }
    } catch (error) {
      log.error("bans cannot be read; those known stay in force", { error });
      return;
    }
    if (this.#closed) return;
    const gone = [...this.#live.values()].filter(({ subject }) => !found.has(subject) && !this.#unwritten.has(subject));
    const lifted = gone.map(({ subject }) => subject);
    const set = [...found.values()].filter((ban) => {
      const known = this.#live.get(ban.subject);
      return !this.#unwritten.has(ban.subject) && (known === undefined || !isSame(known, ban));
    });
    for (const subject of lifted) this.#live.delete(subject);
    for (const ban of set) this.#live.set(ban.subject, ban);
    if (set.length + lifted.length > 0) tell({ set, lifted });
    if (by === "nobody") return;
    for (const ban of set) if (ban.reason === "manual") logBanned(log, ban, by);
    // What has ended is gone from the store's list by itself.
    const now = clock.now();
    for (const ban of gone) if (ban.until === undefined || ban.until > now) logLifted(log, ban, by);
  }

  #sweep(): void {
    const { clock, store } = this.#options;
    const now = clock.now();
    this.#lift([...this.#live.values()].filter(({ until = now + 1 }) => until <= now).map(({ subject }) => subject));
    // What cannot be removed now is removed another time.
    void store.prune(now - this.#settings.forgetMs).catch(() => 0);
    this.#sweeping = clock.after(SWEEP_MS, () => this.#sweep());
  }
}

function isSame(known: Ban, ban: Ban): boolean {
  return known.until === ban.until && known.reason === ban.reason && known.detail === ban.detail;
}
