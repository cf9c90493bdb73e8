/** SIPp: scripted calls and answers, and its count of what went right. */

import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { PeerProcess } from "./peer-process.ts";
import { freePorts, isTaken } from "./ports.ts";
import type { SippScenario } from "./sipp-scenario.ts";
import { makeTempFolder } from "./temp-folder.ts";
import { pause, waitUntil } from "./wait.ts";

export interface SippOptions {
  /** A scenario file, a bare name is one of interop/sipp; or one made here. */
  readonly scenario: string | SippScenario;
  /** Replaces `{{NAME}}` in the scenario; T1, HOLD_MS, RING_MS and LINGER_MS have defaults. */
  readonly values?: Readonly<Record<string, string | number>>;
  /** `127.0.0.1:5060`; an answering scenario needs none. */
  readonly remote?: string;
  readonly transport?: "udp" | "tcp";
  /** Its own address; default 127.0.0.1. */
  readonly host?: string;
  /** Its own port; a free one when absent. */
  readonly port?: number;
  /** How many calls before it ends. */
  readonly calls?: number;
  /** New calls per second. */
  readonly rate?: number;
  /** Calls at one time. */
  readonly concurrent?: number;
  /** Lines of fields for `[field0]` …, with their order. */
  readonly fields?: { readonly order: "SEQUENTIAL" | "RANDOM"; readonly lines: readonly string[] };
  readonly timeoutSeconds?: number;
  /** Keeps every message for `messages()`. */
  readonly trace?: boolean;
  /** Files that the scenario plays, by their names in it: a path to link to, or octets. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly args?: readonly string[];
}

export interface SippCounts {
  readonly created: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly retransmissions: number;
  readonly outOfCall: number;
  /** Of the scenario's counter 1 (`counter="1"`), 0 when it has none. */
  readonly counted: number;
  /** Exit status: 0 all calls succeeded, 1 at least one failed, 97 stopped, 254 the global time-out. */
  readonly status: number | string;
  /** What its error log says; empty when nothing was unexpected. */
  readonly errors: string;
}

/** One row of its statistics; it writes one each second. */
export interface SippSample {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly retransmissions: number;
  readonly counted: number;
}

export interface Sipp extends AsyncDisposable {
  readonly process: PeerProcess;
  readonly port: number;
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  /** Waits for the end, by itself or by `quit`. */
  finished(): Promise<SippCounts>;
  /** The counts as of the last second. */
  counts(): Promise<SippCounts>;
  /** All that was sent and received so far, as its own trace tells it; with `trace`. */
  messages(): Promise<string>;
  /** All rows so far. */
  samples(): Promise<SippSample[]>;
  /** No new calls, open ones may end within `graceMs`; what is open then has hung, and counts as failed. */
  quit(graceMs?: number): Promise<SippCounts>;
}

const defaultValues = { T1: 500, HOLD_MS: 100, RING_MS: 200, LINGER_MS: 0, SILENT_MS: 40_000, REASON: "Refused" };
const scenarios = path.join(import.meta.dirname, "..", "sipp");

export async function startSipp(options: SippOptions): Promise<Sipp> {
  const folder = await makeTempFolder("sipp");
  const { transport = "udp", host = "127.0.0.1", port = await freePorts(2) } = options;
  const scenario = folder.file("scenario.xml");
  const [statistics, errorFile, messageFile] = [
    folder.file("statistics.csv"),
    folder.file("errors.log"),
    folder.file("messages.log"),
  ];
  await writeFile(scenario, withValues(await textOf(options.scenario), { ...defaultValues, ...options.values }));
  for (const [name, content] of Object.entries(options.files ?? {})) {
    await mkdir(path.dirname(folder.file(name)), { recursive: true });
    await (typeof content === "string" ? symlink(content, folder.file(name)) : writeFile(folder.file(name), content));
  }
  const args = options.remote === undefined ? [] : [options.remote];
  args.push("-sf", scenario, "-i", host, "-p", `${port}`, "-t", transport === "udp" ? "u1" : "t1", "-nostdin");
  if (options.trace === true) args.push("-trace_msg", "-message_file", messageFile, "-message_overwrite", "true");
  args.push("-trace_stat", "-stf", statistics, "-fd", "1", "-trace_err", "-error_file", errorFile);
  args.push(
    "-mp",
    `${await freePorts(4)}`,
    "-watchdog_minor_maxtriggers",
    "100000",
    "-watchdog_major_maxtriggers",
    "1000",
  );
  if (options.calls !== undefined) args.push("-m", `${options.calls}`);
  if (options.rate !== undefined) args.push("-r", `${options.rate}`);
  if (options.concurrent !== undefined) args.push("-l", `${options.concurrent}`);
  if (options.timeoutSeconds !== undefined) args.push("-timeout", `${options.timeoutSeconds}s`, "-timeout_error");
  if (options.fields !== undefined) {
    await writeFile(folder.file("fields.csv"), `${options.fields.order}\n${options.fields.lines.join("\n")}\n`);
    args.push("-inf", folder.file("fields.csv"));
  }
  const peer = new PeerProcess({
    name: "sipp",
    command: "sipp",
    args: [...args, ...(options.args ?? [])],
    cwd: folder.path,
  });
  const counts = async (): Promise<SippCounts> => {
    const errors = await readFile(errorFile, "utf8").catch(() => "");
    return { ...readStatistics(await readFile(statistics, "utf8").catch(() => "")), status: peer.ended ?? "", errors };
  };
  const finished = async (): Promise<SippCounts> => {
    await peer.exited;
    return counts();
  };
  await waitUntil(async () => peer.ended !== undefined || (await isTaken(transport, port, host)), {
    what: "SIPp's port",
  });
  return {
    process: peer,
    port,
    address: `${host}:${port}`,
    finished,
    counts,
    messages: () => readFile(messageFile, "utf8").catch(() => ""),
    samples: async () => readSamples(await readFile(statistics, "utf8").catch(() => "")),
    quit: async (graceMs = 15_000) => {
      peer.kill("SIGUSR1");
      await Promise.race([peer.exited, pause(graceMs)]);
      if (peer.ended !== undefined) return counts();
      const last = await counts();
      await peer.stop("SIGKILL");
      return { ...last, failed: last.created - last.succeeded };
    },
    [Symbol.asyncDispose]: async () => {
      // A polite end would wait for open calls and keep the port.
      await peer.stop("SIGKILL");
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function textOf(scenario: string | SippScenario): Promise<string> {
  if (typeof scenario !== "string") return scenario.toXml();
  return readFile(scenario.includes("/") ? scenario : path.join(scenarios, scenario), "utf8");
}

function withValues(scenario: string, values: Readonly<Record<string, string | number>>): string {
  return scenario.replace(/\{\{(\w+)\}\}/g, (_all, name: string) => {
    const value = values[name];
    if (value === undefined) throw new TypeError(`the scenario needs a value for ${name}`);
    return `${value}`;
  });
}

/** The rows of the statistics file as functions from column name to text. */
function rowsOf(csv: string): ((name: string) => string)[] {
  const [head = "", ...lines] = csv.trim().split("\n");
  const names = head.split(";");
  return lines.map((line) => {
    const cells = line.split(";");
    return (name) => cells[names.indexOf(name)] ?? "";
  });
}

function readSamples(csv: string): SippSample[] {
  return rowsOf(csv).map((row) => ({
    // `2026-11-21<TAB>01:44:55.258058<TAB>1795225495.258058`
    at: Number(row("CurrentTime").split("\t").at(-1)) * 1_000,
    succeeded: Number(row("SuccessfulCall(C)")),
    failed: Number(row("FailedCall(C)")),
    retransmissions: Number(row("Retransmissions(C)")),
    counted: Number(row("GenericCounter1(C)")),
  }));
}

function readStatistics(csv: string): Omit<SippCounts, "status" | "errors"> {
  const last = rowsOf(csv).at(-1);
  const value = (name: string): number => Number(last?.(name) ?? 0);
  return {
    created: value("TotalCallCreated"),
    succeeded: value("SuccessfulCall(C)"),
    failed: value("FailedCall(C)"),
    retransmissions: value("Retransmissions(C)"),
    outOfCall: value("OutOfCallMsgs(C)"),
    counted: value("GenericCounter1(C)"),
  };
}
