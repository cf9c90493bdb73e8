/** The supervisor's side of one signalling thread. */

import { type MessagePort, Worker } from "node:worker_threads";
import { TrapezoidError } from "@trapezoid/base";
import type { TlsSettings } from "@trapezoid/sip/transport/node";
import type { BanChange, Offence, TakeoverAlarm } from "../guard/index.ts";
import type { Logger } from "../observe/logger.ts";
import type { WorkerCommand, WorkerReport, WorkerSettings, WorkerStats } from "../worker/contract.ts";
import type { Decision } from "../worker/decision-log.ts";
import { threadCrashed, threadSilent } from "./errors.ts";

/** Young generation of a signalling thread: what lives for a transaction dies before it is moved. */
const youngGenerationMb = 64;

const startTimeoutMs = 30_000;
const answerTimeoutMs = 10_000;
/** Beyond what the thread itself was given. */
const drainGraceMs = 2_000;
const closeTimeoutMs = 5_000;

type Answer = Extract<
  WorkerReport,
  { readonly type: "tls" | "stats" | "decisions" | "prepared" | "committed" | "drained" | "ready" }
>;

interface Waiter {
  readonly accepts: (report: WorkerReport) => boolean;
  readonly resolve: (report: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** Who hears what a thread tells by itself. */
export interface ThreadEars {
  readonly log: Logger;
  readonly onOffence: (offence: Offence) => void;
  readonly onAlarm: (alarm: TakeoverAlarm) => void;
}

export class WorkerThread {
  readonly name: string;
  /** Resolves when the thread has ended; with an error unless it was closed. */
  readonly ended: Promise<TrapezoidError | undefined>;
  readonly #worker: Worker;
  readonly #log: Logger;
  readonly #onOffence: ThreadEars["onOffence"];
  readonly #onAlarm: ThreadEars["onAlarm"];
  readonly #waiters = new Set<Waiter>();
  #lastId = 0;
  #isOverloaded = false;
  #closing = false;

  constructor(settings: WorkerSettings, transfer: readonly MessagePort[], { log, onOffence, onAlarm }: ThreadEars) {
    this.name = `worker-${settings.workerId}`;
    this.#log = log;
    this.#onOffence = onOffence;
    this.#onAlarm = onAlarm;
    this.#worker = new Worker(new URL(import.meta.resolve("#worker-thread")), {
      name: this.name,
      workerData: settings,
      transferList: [...transfer],
      resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMb },
    });
    let failure: unknown;
    this.#worker.on("message", (report: WorkerReport) => this.#receive(report));
    this.#worker.on("error", (error) => {
      failure = error;
    });
    this.ended = new Promise((resolve) => {
      this.#worker.once("exit", (code) => {
        const why = failure instanceof Error ? failure.message : `exit code ${code}`;
        const error = this.#closing ? undefined : threadCrashed.from(failure, this.name, why);
        for (const waiter of this.#waiters) waiter.reject(error ?? threadCrashed(this.name, "it was closed"));
        this.#waiters.clear();
        resolve(error);
      });
    });
  }

  /** Whether it turns requests away. Known without asking: a thread with too much to do answers late. */
  get isOverloaded(): boolean {
    return this.#isOverloaded;
  }

  /** The addresses that it listens on, and the port of each listener. Rejects with what kept it from listening. */
  async ready(): Promise<{ readonly listening: readonly string[]; readonly ports: readonly number[] }> {
    const report = await this.#wait("ready", startTimeoutMs, (candidate) => candidate.type === "ready");
    return report.type === "ready" ? report : { listening: [], ports: [] };
  }

  /** Reads the configuration without putting it in force. Rejects with what the thread says is wrong with it. */
  async prepare(version: number, tls: TlsSettings): Promise<void> {
    this.#post({ type: "prepare", version, tls });
    const report = await this.#wait("prepare", answerTimeoutMs + startTimeoutMs, (candidate) => {
      return candidate.type === "prepared" && candidate.version === version;
    });
    if (report.type === "prepared") failReload(report.error);
  }

  /** Puts in force what was prepared. */
  async commit(version: number): Promise<void> {
    this.#post({ type: "commit", version });
    const report = await this.#wait("commit", answerTimeoutMs, (candidate) => {
      return candidate.type === "committed" && candidate.version === version;
    });
    if (report.type === "committed") failReload(report.error);
  }

  /** Certificates for connections from now on. Rejects with why they are not taken. */
  async setTls(tls: TlsSettings): Promise<void> {
    const id = ++this.#lastId;
    this.#post({ type: "tls", id, tls });
    const report = await this.#wait("tls", answerTimeoutMs, (candidate) => {
      return candidate.type === "tls" && candidate.id === id;
    });
    if (report.type === "tls") failReload(report.error);
  }

  applyBans(change: BanChange): void {
    this.#post({ type: "bans", change });
  }

  async stats(collect: boolean): Promise<WorkerStats> {
    const id = ++this.#lastId;
    this.#post({ type: "stats", id, collect });
    const report = await this.#wait(
      "stats",
      answerTimeoutMs,
      (candidate) => candidate.type === "stats" && candidate.id === id,
    );
    return report.type === "stats" ? report.stats : {};
  }

  async decisions(limit: number, callId: string | undefined): Promise<readonly Decision[]> {
    const id = ++this.#lastId;
    this.#post({ type: "decisions", id, limit, callId });
    const report = await this.#wait("decisions", answerTimeoutMs, (candidate) => {
      return candidate.type === "decisions" && candidate.id === id;
    });
    return report.type === "decisions" ? report.decisions : [];
  }

  /** Resolves when no transaction is left, or after `ms`; never rejects. */
  async drain(ms: number): Promise<void> {
    this.#post({ type: "drain", ms });
    try {
      await this.#wait("drain", ms + drainGraceMs, (report) => report.type === "drained");
    } catch (error) {
      this.#log.warn("a thread was not drained", { thread: this.name, error });
    }
  }

  /** Ends the thread, if need be by force. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#post({ type: "close" });
    const timer = setTimeout(() => void this.#worker.terminate(), closeTimeoutMs);
    await this.ended;
    clearTimeout(timer);
  }

  /** Ends a thread that never served. */
  async abort(): Promise<void> {
    this.#closing = true;
    await this.#worker.terminate();
  }

  #post(command: WorkerCommand): void {
    this.#worker.postMessage(command);
  }

  #receive(report: WorkerReport): void {
    if (report.type === "offence") {
      this.#onOffence(report.offence);
      return;
    }
    if (report.type === "alarm") {
      this.#onAlarm(report.alarm);
      return;
    }
    if (report.type === "log") {
      this.#log[report.level](report.message, report.fields);
      return;
    }
    if (report.type === "overload") {
      this.#isOverloaded = report.active;
      return;
    }
    for (const waiter of this.#waiters) {
      if (report.type === "failed") waiter.reject(new TrapezoidError(report.code, report.message));
      else if (waiter.accepts(report)) waiter.resolve(report);
      else continue;
      this.#waiters.delete(waiter);
    }
  }

  #wait(what: string, ms: number, accepts: (report: WorkerReport) => boolean): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        reject(threadSilent(this.name, what, ms));
      }, ms);
      const waiter: Waiter = {
        accepts,
        resolve: (report) => {
          clearTimeout(timer);
          resolve(report);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#waiters.add(waiter);
    });
  }
}

function failReload(problem: string | undefined): void {
  if (problem !== undefined) throw new TrapezoidError("RELOAD_FAILED", problem);
}
