/** A server under measurement: ours or a peer, started the same way, seen only from outside. */

import { readFile } from "node:fs/promises";
import path from "node:path";
import { type KamailioOptions, startKamailio } from "../../interop/rig/kamailio.ts";
import { freePorts } from "../../interop/rig/ports.ts";
import { makeTempFolder, type TempFolder } from "../../interop/rig/temp-folder.ts";
import { startTrapezoid, type Trapezoid } from "../../interop/rig/trapezoid.ts";

export interface MeasuredServer extends AsyncDisposable {
  readonly name: string;
  /** The root of its process tree. */
  readonly pid: number;
  /** `127.0.0.1:PORT`, UDP. */
  readonly address: string;
  /** The end of what it wrote, for when something went wrong. */
  log(): string;
  /** Gives back what memory it can, before it is weighed. */
  collect(): Promise<void>;
}

export interface MeasuredTrapezoid extends MeasuredServer {
  readonly server: Trapezoid;
}

export interface TrapezoidChoice {
  readonly trust?: readonly string[];
  readonly folder?: TempFolder;
  readonly args?: readonly string[];
}

/** Ours: one signalling worker, UDP, its store on disk as always. */
export async function measureTrapezoid(name: string, choice: TrapezoidChoice = {}): Promise<MeasuredTrapezoid> {
  const { trust = [], folder, args = [] } = choice;
  const server = await startTrapezoid({
    listen: ["udp://127.0.0.1:0"],
    domains: ["bench.test"],
    trust,
    args,
    ...(folder === undefined ? {} : { folder }),
  });
  return {
    name,
    server,
    pid: server.process.pid,
    address: server.at("udp"),
    log: () => server.process.tail(),
    collect: async () => void (await server.api("POST", "process/collect")),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Kamailio with one of bench/kamailio's configurations; `@NAME@` in it is replaced. */
export async function measureKamailio(
  name: string,
  file: string,
  values: Readonly<Record<string, string>> = {},
  options: Pick<KamailioOptions, "sharedMemory" | "folder"> = {},
): Promise<MeasuredServer> {
  const port = await freePorts(2);
  const folder = options.folder ?? (await makeTempFolder("kamailio"));
  const text = await readFile(path.join(import.meta.dirname, "..", "kamailio", file), "utf8");
  const all: Readonly<Record<string, string>> = { PORT: `${port}`, FOLDER: folder.path, ...values };
  const config = text.replace(/@(\w+)@/g, (whole, key: string) => all[key] ?? whole);
  const server = await startKamailio({ sharedMemory: 512, ...options, folder, config, readyPort: { udp: port } });
  return {
    name,
    pid: server.process.pid,
    address: `127.0.0.1:${port}`,
    log: () => server.process.tail(),
    collect: async () => {},
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
