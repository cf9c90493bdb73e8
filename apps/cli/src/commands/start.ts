/** `trapezoid start`: runs the server until it is told to stop. */

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { orphaned } from "../orphaned.ts";
import { dataOption, notEmpty, sharedFlags } from "./data-option.ts";

/** Read when `--config` is not given and it is there. */
const defaultConfigFile = "trapezoid.config.ts";

interface StartFlags {
  readonly config?: string;
  readonly domain?: readonly string[];
  readonly listen?: readonly string[];
  readonly http?: string;
  readonly trust?: readonly string[];
  readonly workers: number;
  readonly firstAccount: boolean;
}

export function startCommand(): Command {
  return new Command("start")
    .description("Run the server: registrar, proxy, routing, HTTP.")
    .option(
      "--config <file>",
      `configuration (default: ${defaultConfigFile} of this folder, when it is there)`,
      notEmpty,
    )
    .addOption(dataOption())
    .option("--domain <name...>", "own domain; the first is the primary one")
    .option("--listen <uri...>", "listening address (udp://0.0.0.0:5060); replaces the configured ones")
    .option("--http <host:port>", "HTTP server (127.0.0.1:8080), or off")
    .option("--trust <cidr...>", "source that needs no authentication: address, network, trunk, certificate name")
    .option("--workers <n>", "signalling threads", parseWorkers, 1)
    .option("--no-first-account", "make no account when there is none")
    .addOption(new Option("--json", "standard output in JSON, a line each"))
    .action(start);
}

async function start(flags: StartFlags, command: Command): Promise<void> {
  const { data, json } = sharedFlags(command);
  const stop = orphaned();
  const { runServer } = await import("@trapezoid/server");
  const fallback = existsSync(defaultConfigFile) ? defaultConfigFile : undefined;
  const configFile = flags.config ?? fallback;
  const status = await runServer({
    configFile: configFile === undefined ? undefined : resolve(configFile),
    dataFolder: resolve(data),
    overrides: {
      domains: flags.domain ?? [],
      listen: flags.listen ?? [],
      trust: flags.trust ?? [],
      http: flags.http,
    },
    workers: flags.workers,
    firstAccount: flags.firstAccount,
    json,
    orphaned: stop,
  });
  // Everything is closed; whatever a configuration left running must not keep the process.
  process.exit(status);
}

function parseWorkers(text: string): number {
  const workers = Number(text);
  // Two base-36 digits name a worker in branches and tags.
  if (!Number.isInteger(workers) || workers < 1 || workers > 64) throw new InvalidArgumentError("expected 1 to 64");
  return workers;
}
