/** Entry of a signalling thread: loads the configuration, runs the worker, obeys the main thread. */

import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { TrapezoidError } from "@trapezoid/base";
import { type LoadedConfig, loadConfig, type ResolvedConfig, readHostInfo, resolveConfig } from "../config/index.ts";
import type { WorkerCommand, WorkerReport, WorkerSettings } from "./contract.ts";
import { type PreparedConfig, SignallingWorker } from "./signalling-worker.ts";
import { collectGarbage } from "./worker-stats.ts";

const main = parentPort as MessagePort;
const settings = workerData as WorkerSettings;
const report = (message: WorkerReport): void => main.postMessage(message);

/** Read and not yet in force. */
let prepared: { readonly version: number; readonly prepared: PreparedConfig } | undefined;

async function readConfig(version: number): Promise<ResolvedConfig> {
  const { configFile, dataFolder, overrides } = settings;
  const loaded: LoadedConfig | undefined = configFile === undefined ? undefined : await loadConfig(configFile, version);
  return resolveConfig(
    loaded?.config,
    overrides,
    readHostInfo(dataFolder, configFile),
    configFile === undefined ? {} : { name: configFile },
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function run(): Promise<void> {
  const config = await readConfig(0);
  const worker = new SignallingWorker(settings, config, {
    log: (level, message, fields) =>
      report({ type: "log", level, message, fields: { worker: settings.workerId, ...fields } }),
    offence: (offence) => report({ type: "offence", offence }),
    alarm: (alarm) => report({ type: "alarm", alarm }),
    overload: (active) => report({ type: "overload", active }),
  });
  main.on("message", (command: WorkerCommand) => {
    void obey(worker, command);
  });
  report({ type: "ready", ...(await worker.listen()) });
}

async function obey(worker: SignallingWorker, command: WorkerCommand): Promise<void> {
  switch (command.type) {
    case "prepare": {
      const { version, tls } = command;
      try {
        prepared = { version, prepared: { config: await readConfig(version), tls } };
        report({ type: "prepared", version, error: undefined });
      } catch (error) {
        report({ type: "prepared", version, error: messageOf(error) });
      }
      return;
    }
    case "commit": {
      const { version } = command;
      try {
        if (prepared?.version !== version) throw new TypeError(`configuration ${version} was not prepared`);
        worker.configure(prepared.prepared);
        report({ type: "committed", version, error: undefined });
      } catch (error) {
        report({ type: "committed", version, error: messageOf(error) });
      }
      prepared = undefined;
      return;
    }
    case "tls":
      try {
        worker.setTls(command.tls);
        report({ type: "tls", id: command.id, error: undefined });
      } catch (error) {
        report({ type: "tls", id: command.id, error: messageOf(error) });
      }
      return;
    case "bans":
      worker.applyBans(command.change);
      return;
    case "stats":
      if (command.collect) collectGarbage();
      report({ type: "stats", id: command.id, stats: worker.stats() });
      return;
    case "decisions":
      report({ type: "decisions", id: command.id, decisions: worker.decisions.list(command) });
      return;
    case "drain":
      await worker.drain(command.ms);
      report({ type: "drained" });
      return;
    case "close":
      await worker.close();
      main.close();
      return;
    default:
      command satisfies never;
  }
}

run().catch((error: unknown) => {
  const code = error instanceof TrapezoidError ? error.code : "WORKER_FAILED";
  report({ type: "failed", code, message: messageOf(error) });
});
