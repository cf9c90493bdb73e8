/**
 * Certificates that come by themselves: ordered when there is none, renewed when a third of their life is left, asked for again
 * when that failed. Whatever goes wrong, the server goes on with what it has. RFC 8555.
 */

import type { Clock } from "@trapezoid/base";
import type { AcmeSettings } from "../config/types.ts";
import type { Logger } from "../observe/logger.ts";
import { type LoadedCertificate, loadCertificate } from "../tls/certificate.ts";
import { AcmeClient } from "./acme-client.ts";
import { type AcmeFiles, filesOf, presentCertificate } from "./acme-files.ts";
import { AcmeProblem, externalKeyMissing } from "./errors.ts";
import type { AcmeSend } from "./http-port.ts";
import { type ChallengePort, issueCertificate } from "./issue.ts";
import { accountKeyOf } from "./jws.ts";
import { backoff, renewalTime } from "./renewal.ts";

export interface AcmeKeeperOptions {
  readonly clock: Clock;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  /** Of an authority that these settings name. */
  readonly send: (settings: AcmeSettings) => AcmeSend;
  readonly port: ChallengePort;
  /** There is a new certificate in the data folder. Resolves to what keeps it from being used. */
  readonly onIssued: () => Promise<string | undefined>;
  /** 0 to 1. */
  readonly random: () => number;
}

/** Plain numbers, read at scrape. */
export interface AcmeCounters {
  issued: number;
  failures: number;
}

/** Timers of the system do not reach further than 24 days, and clocks are set. */
const longestWaitMs = 3_600_000;

/** Where the authority limits and says not for how long. */
const limitedMs = 3_600_000;

export class AcmeKeeper {
  readonly counters: AcmeCounters = { issued: 0, failures: 0 };
  readonly #options: AcmeKeeperOptions;
  #settings: AcmeSettings | undefined;
  #timer: Disposable | undefined;
  /** When to ask next. */
  #due = 0;
  #failures = 0;
  #running: AbortController | undefined;

  constructor(options: AcmeKeeperOptions) {
    this.#options = options;
  }

  /** What the configuration says from now on. The same as before disturbs nothing. */
  configure(settings: AcmeSettings | undefined): void {
    if (JSON.stringify(settings) === JSON.stringify(this.#settings)) return;
    this.close();
    this.#settings = settings;
    if (settings === undefined) return;
    this.#failures = 0;
    const present = presentCertificate(settings);
    this.#due = present === undefined ? 0 : this.#renewalOf(present);
    this.#wait();
  }

  close(): void {
    this.#settings = undefined;
    this.#timer?.[Symbol.dispose]();
    this.#running?.abort(new Error("the server is closing, or its configuration has changed"));
    this.#running = undefined;
  }

  #renewalOf({ validFrom, expiresAt }: LoadedCertificate): number {
    return renewalTime(validFrom, expiresAt, this.#options.random());
  }

  #wait(): void {
    const { clock } = this.#options;
    this.#timer?.[Symbol.dispose]();
    const left = this.#due - clock.now();
    this.#timer = clock.after(Math.max(0, Math.min(left, longestWaitMs)), () => {
      if (this.#due > clock.now()) this.#wait();
      else void this.#run();
    });
  }

  async #run(): Promise<void> {
    const settings = this.#settings;
    if (settings === undefined) return;
    const running = new AbortController();
    this.#running = running;
    const { log, clock } = this.#options;
    const names = settings.names.join(", ");
    try {
      log.info(`a certificate for ${names} is asked for`, { directory: settings.directory });
      const issued = await this.#issue(settings, running.signal);
      if (running.signal.aborted) return;
      this.counters.issued++;
      this.#failures = 0;
      this.#due = this.#renewalOf(issued);
      // What keeps it from being used has been said, with the same words as of any other.
      if ((await this.#options.onIssued()) === undefined) {
        const dates = { ends: isoOf(issued.expiresAt), renewal: isoOf(this.#due) };
        log.info(`the certificate for ${names} has come`, dates);
      }
    } catch (error) {
      if (running.signal.aborted) return;
      this.counters.failures++;
      this.#failures++;
      const wait = backoff(this.#failures, this.#options.random(), retryAfterOf(error));
      this.#due = clock.now() + wait;
      const problem = error instanceof Error ? error.message : String(error);
      log.error(`no certificate for ${names}; what is in force stays`, { problem, next: isoOf(this.#due) });
    }
    this.#running = undefined;
    this.#wait();
  }

  async #issue(settings: AcmeSettings, signal: AbortSignal): Promise<LoadedCertificate> {
    const { clock, port } = this.#options;
    const files = filesOf(settings);
    const client = new AcmeClient({
      directory: settings.directory,
      key: accountKeyOf(await files.accountKey()),
      send: this.#options.send(settings),
      now: () => clock.now(),
    });
    client.account = files.account;
    if (client.account === undefined) await openAccount(client, settings, files);
    const order = () =>
      issueCertificate({ client, names: settings.names, challenge: settings.challenge, port, clock, signal });
    const { chain, key } = await order().catch(async (error: unknown) => {
      // An authority that forgot its accounts (a test's, or one that was set up anew) may have a new one.
      if (!(error instanceof AcmeProblem) || error.type !== "accountDoesNotExist") throw error;
      await openAccount(client, settings, files);
      return order();
    });
    files.keepCertificate(chain, key);
    return loadCertificate(files.certificate, "acme", settings.names);
  }
}

async function openAccount(client: AcmeClient, settings: AcmeSettings, files: AcmeFiles): Promise<void> {
  const { email, externalAccount } = settings;
  const macKey = externalAccount === undefined ? undefined : process.env[externalAccount.macKeyEnv];
  if (externalAccount !== undefined && macKey === undefined) throw externalKeyMissing(externalAccount.macKeyEnv);
  const external =
    externalAccount === undefined || macKey === undefined ? undefined : { keyId: externalAccount.keyId, macKey };
  files.keepAccount(await client.openAccount({ email, external }));
}

/** RFC 8555 §6.6. */
function retryAfterOf(error: unknown): number | undefined {
  if (!(error instanceof AcmeProblem)) return undefined;
  return error.retryAfterMs ?? (error.type === "rateLimited" ? limitedMs : undefined);
}

function isoOf(at: number): string {
  return new Date(at).toISOString();
}
