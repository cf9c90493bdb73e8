/** The configuration in force, and how a new one takes its place: loaded, checked, handed to every thread, or not at all. */

import { type LoadedConfig, loadConfig, type ResolvedConfig, readHostInfo, resolveConfig } from "../config/index.ts";
import type { CommandLineOverrides } from "../worker/contract.ts";

export interface ConfigSourceOptions {
  readonly file: string | undefined;
  readonly dataFolder: string;
  readonly overrides: CommandLineOverrides;
}

export class ConfigSource {
  readonly #options: ConfigSourceOptions;
  #current: ResolvedConfig | undefined;
  #files: readonly string[] = [];

  constructor(options: ConfigSourceOptions) {
    this.#options = options;
  }

  get current(): ResolvedConfig {
    if (this.#current === undefined) throw new TypeError("the configuration has not been read yet");
    return this.#current;
  }

  /** What the last attempt to read it met, even when it failed. */
  get files(): readonly string[] {
    return this.#files;
  }

  /** Reads and checks without putting in force. Rejects with one line that says what is wrong. */
  async read(version: number): Promise<ResolvedConfig> {
    const { file, dataFolder, overrides } = this.#options;
    const files = new Set<string>();
    try {
      const loaded: LoadedConfig | undefined = file === undefined ? undefined : await loadConfig(file, version, files);
      const host = readHostInfo(dataFolder, file);
      return resolveConfig(loaded?.config, overrides, host, file === undefined ? {} : { name: file });
    } finally {
      this.#files = [...files];
    }
  }

  accept(config: ResolvedConfig): void {
    this.#current = config;
  }
}

/** Settings that a running server cannot change, in the words of the configuration; empty when all of them are the same. */
export function needsRestart(before: ResolvedConfig, after: ResolvedConfig): readonly string[] {
  const fixed: readonly (readonly [string, (config: ResolvedConfig) => unknown])[] = [
    ["listen", (config) => config.listeners],
    ["http", (config) => config.http],
    ["store", (config) => config.store],
    ["auth.nonceLifetimeMs", (config) => config.auth.nonceLifetimeMs],
    ["dns", (config) => config.dnsServers],
    ["timers", (config) => [config.timers.t1, config.timers.t2, config.timers.t4]],
    ["limits.httpBodyBytes", (config) => config.limits.httpBodyBytes],
    ["firewall.maxSources", (config) => config.firewall.maxSources],
  ];
  return fixed.filter(([, of]) => JSON.stringify(of(before)) !== JSON.stringify(of(after))).map(([name]) => name);
}
