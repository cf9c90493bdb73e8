/**
 * Keeps certificates in force: reads them, hands them to every thread, notices when their files change, and says when they are
 * about to end. What cannot be used leaves the old ones where they are. RFC 5922, RFC 8446 §4.6.1.
 */

import { randomBytes } from "node:crypto";
import type { Clock } from "@trapezoid/base";
import { sipIdentities } from "@trapezoid/sip/transport";
import type { TlsIdentity, TlsSettings } from "@trapezoid/sip/transport/node";
import type { ResolvedConfig } from "../config/types.ts";
import type { Logger } from "../observe/logger.ts";
import type { FileWatcher } from "../supervisor/file-watcher.ts";
import { isExpired, type LoadedCertificate, type Remark, timeRemarks } from "./certificate.ts";
import { certificateEnded } from "./errors.ts";
import { type LoadedTls, loadTls, type OwnCertificate } from "./load-tls.ts";

export interface TlsKeeperOptions {
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  readonly clock: Clock;
  /** The certificate of a server whose configuration names no file; made when it is not there. */
  readonly own: (config: ResolvedConfig) => Promise<OwnCertificate>;
  readonly watcher: (onChange: () => void) => Pick<FileWatcher, "watch" | "close">;
}

/** The threads that certificates are handed to. */
export interface TlsUsers {
  /** Resolves when every one of them uses the settings for its next connection. */
  readonly broadcast: (settings: TlsSettings) => Promise<void>;
  /** One after the other with everything else that is handed to them. */
  readonly exclusively: <T>(task: () => Promise<T>) => Promise<T>;
}

export interface PreparedTls {
  readonly settings: TlsSettings;
  /** It is in force everywhere. */
  apply(): void;
}

/** One of the certificates in force. */
export interface CertificateState {
  /** The domain that it was configured for, or `default`. */
  readonly name: string;
  /** What it proves (RFC 5922 §7.1). */
  readonly names: readonly string[];
  readonly file: string;
  readonly validFrom: number;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Plain numbers, read at scrape. */
export interface TlsCounters {
  reloads: number;
  failures: number;
}

/** Keys of session tickets are made anew, and ends of certificates are spoken of again. */
const dailyMs = 86_400_000;

/** Certificate and key are two files: one that fits the other may be on its way. */
const againMs = 5_000;

export class TlsKeeper {
  readonly counters: TlsCounters = { reloads: 0, failures: 0 };
  readonly #options: TlsKeeperOptions;
  readonly #watcher: Pick<FileWatcher, "watch" | "close">;
  #users: TlsUsers | undefined;
  #config: ResolvedConfig | undefined;
  #loaded: LoadedTls | undefined;
  #challenges: Readonly<Record<string, TlsIdentity>> = {};
  #ticketSecret: Uint8Array = randomBytes(32);
  #said = new Set<string>();
  #timer: Disposable | undefined;
  #daily: Disposable | undefined;

  constructor(options: TlsKeeperOptions) {
    this.#options = options;
    this.#watcher = options.watcher(() => this.#onChange());
  }

  /** What is in force, tickets and challenges included. */
  get settings(): TlsSettings {
    if (this.#loaded === undefined) throw new TypeError("open comes first");
    return this.#compose(this.#loaded);
  }

  get certificates(): readonly CertificateState[] {
    return (this.#loaded?.certificates ?? []).map(({ name, names, file, validFrom, expiresAt }) => {
      return { name, names: sipIdentities(names), file, validFrom, expiresAt };
    });
  }

  /** For the start: rejects with what is wrong. */
  async open(config: ResolvedConfig): Promise<void> {
    (await this.prepare(config)).apply();
  }

  /** From now on changes reach `users`. */
  serve(users: TlsUsers): void {
    this.#users = users;
    this.#watcher.watch(this.#loaded?.files ?? []);
    this.#everyDay();
  }

  /** Reads and checks what a configuration names. Rejects with one line that says what is wrong. */
  async prepare(config: ResolvedConfig): Promise<PreparedTls> {
    const loaded = await this.#load(config);
    return {
      settings: this.#compose(loaded),
      apply: () => {
        this.#config = config;
        this.#accept(loaded);
      },
    };
  }

  /** Reads the files again and hands them out. Resolves to what is wrong; what was in force stays then. Never rejects. */
  refresh(): Promise<string | undefined> {
    return this.#exclusively(async () => {
      try {
        await this.#refresh();
        return undefined;
      } catch (error) {
        this.counters.failures++;
        const problem = messageOf(error);
        this.#options.log.error("the certificates were not reloaded; those in force stay", { problem });
        return problem;
      }
    });
  }

  /** What proves names to an authority (RFC 8737), in place of what did before. Resolves when every thread can answer. */
  setChallenges(challenges: Readonly<Record<string, TlsIdentity>>): Promise<void> {
    return this.#exclusively(async () => {
      if (Object.keys({ ...challenges, ...this.#challenges }).length === 0) return;
      this.#challenges = challenges;
      await this.#users?.broadcast(this.settings);
    });
  }

  close(): void {
    this.#users = undefined;
    this.#timer?.[Symbol.dispose]();
    this.#daily?.[Symbol.dispose]();
    this.#watcher.close();
  }

  async #load(config: ResolvedConfig): Promise<LoadedTls> {
    const { certificate: given, domains } = config.tls;
    const own = given === undefined && domains.size === 0 ? await this.#options.own(config) : undefined;
    const loaded = loadTls(config, own);
    const now = this.#options.clock.now();
    const before = new Map(this.#loaded?.certificates.map((certificate) => [certificate.name, certificate]));
    for (const certificate of loaded.certificates) {
      const present = before.get(certificate.name);
      if (present !== undefined && isExpired(certificate, now) && !isExpired(present, now)) {
        throw certificateEnded(certificate.file);
      }
    }
    return loaded;
  }

  async #refresh(): Promise<void> {
    const users = this.#users;
    if (users === undefined || this.#config === undefined) return;
    const loaded = await this.#load(this.#config);
    await users.broadcast(this.#compose(loaded));
    this.counters.reloads++;
    this.#accept(loaded);
  }

  #accept(loaded: LoadedTls): void {
    const { log, clock } = this.#options;
    const before = this.#loaded;
    this.#loaded = loaded;
    if (before !== undefined && !isSame(before.certificates, loaded.certificates)) {
      const certificates = loaded.certificates.map(({ name, expiresAt }) => `${name} until ${dateOf(expiresAt)}`);
      log.info("new certificates are in force", { certificates });
    }
    const now = clock.now();
    this.#say([...loaded.remarks, ...loaded.certificates.flatMap((certificate) => timeRemarks(certificate, now))]);
    if (this.#users !== undefined) this.#watcher.watch(loaded.files);
  }

  /** Each once, until it is no longer true. */
  #say(remarks: readonly Remark[]): void {
    for (const { level, text } of remarks) if (!this.#said.has(text)) this.#options.log[level](text);
    this.#said = new Set(remarks.map(({ text }) => text));
  }

  #compose({ settings }: LoadedTls): TlsSettings {
    return { ...settings, ticketSecret: this.#ticketSecret, challenges: this.#challenges };
  }

  #onChange(): void {
    void this.#exclusively(async () => {
      try {
        await this.#refresh();
      } catch {
        this.#timer?.[Symbol.dispose]();
        this.#timer = this.#options.clock.after(againMs, () => void this.refresh());
      }
    });
  }

  #everyDay(): void {
    this.#daily = this.#options.clock.after(dailyMs, () => {
      this.#ticketSecret = randomBytes(32);
      void this.refresh();
      this.#everyDay();
    });
  }

  /** Before anybody is served there is nothing to wait for. */
  #exclusively<T>(task: () => Promise<T>): Promise<T> {
    return this.#users === undefined ? task() : this.#users.exclusively(task);
  }
}

function isSame(a: readonly LoadedCertificate[], b: readonly LoadedCertificate[]): boolean {
  const texts = (list: readonly LoadedCertificate[]): string => list.map(({ name, cert }) => `${name} ${cert}`).join();
  return texts(a) === texts(b);
}

function dateOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
