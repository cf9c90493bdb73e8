/**
 * Reloads, one at a time and in two steps: every thread reads and checks, then every thread puts in force. What fails in the first
 * step keeps the old configuration in force everywhere, and says why.
 */

import type { TlsSettings } from "@trapezoid/sip/transport/node";
import type { ResolvedConfig } from "../config/types.ts";
import type { Logger } from "../observe/logger.ts";
import { type ConfigSource, needsRestart } from "./config-source.ts";
import { FileWatcher } from "./file-watcher.ts";
import type { WorkerThread } from "./worker-thread.ts";

export interface ReloadingOptions {
  readonly source: ConfigSource;
  readonly workers: readonly Pick<WorkerThread, "name" | "prepare" | "commit">[];
  readonly log: Logger;
  /** Checks what the main thread needs of the new configuration; rejects with what is wrong with it. */
  readonly prepare: (config: ResolvedConfig) => Promise<PreparedReload>;
  /** Default: the files of the configuration are watched. */
  readonly watcher?: Pick<FileWatcher, "watch" | "close">;
}

export interface PreparedReload {
  /** Certificates for the workers. */
  readonly tls: TlsSettings;
  /** Puts it in force in the main thread. */
  apply(): void;
}

export class Reloading {
  readonly #options: ReloadingOptions;
  readonly #watcher: Pick<FileWatcher, "watch" | "close">;
  #version = 0;
  #running: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(options: ReloadingOptions) {
    this.#options = options;
    this.#watcher = options.watcher ?? new FileWatcher({ onChange: () => void this.reload() });
    this.#watcher.watch(options.source.files);
  }

  /** Resolves to what is wrong, `undefined` when the new configuration is in force. Never rejects. */
  reload(): Promise<string | undefined> {
    return this.exclusively(() => this.#reload());
  }

  /** Runs `task` when no reload and no other task runs. */
  exclusively<T>(task: () => Promise<T>): Promise<T> {
    const next = this.#running.then(task);
    this.#running = next.catch(() => {});
    return next;
  }

  close(): void {
    this.#closed = true;
    this.#watcher.close();
  }

  async #reload(): Promise<string | undefined> {
    const { source, workers, log, prepare } = this.#options;
    if (this.#closed) return "the server is closing";
    try {
      const version = ++this.#version;
      const config = await source.read(version);
      const prepared = await prepare(config);
      await Promise.all(workers.map((worker) => worker.prepare(version, prepared.tls)));
      await Promise.all(workers.map((worker) => worker.commit(version)));
      prepared.apply();
      const restart = needsRestart(source.current, config);
      source.accept(config);
      log.info("the configuration was reloaded", { version });
      if (restart.length > 0) log.warn("these settings change at the next start only", { settings: restart });
      return undefined;
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      log.error("the configuration was not reloaded; the old one stays in force", { problem });
      return problem;
    } finally {
      if (!this.#closed) this.#watcher.watch(source.files);
    }
  }
}
