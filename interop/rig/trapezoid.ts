/** The server under test: started as a user would start it, in a data folder of its own. */

import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { type Finished, runCommand } from "./command.ts";
import { PeerProcess } from "./peer-process.ts";
import { makeTempFolder, type TempFolder } from "./temp-folder.ts";

export interface TrapezoidOptions {
  /** Listeners; default: UDP, TCP and WS on free ports of 127.0.0.1, and TLS. */
  readonly listen?: readonly string[];
  readonly domains?: readonly string[];
  readonly trust?: readonly string[];
  readonly args?: readonly string[];
  /** Text of trapezoid.config.ts. */
  readonly config?: string;
  /** Address → password, added before the start. */
  readonly accounts?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Starts again on the data of an earlier server. */
  readonly folder?: TempFolder;
  /** Wraps the command: `["strace", "-f", …]`. */
  readonly under?: readonly string[];
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

const root = path.resolve(import.meta.dirname, "..", "..");
export const node = path.join(root, "node_modules", ".bin", "node");
const main = path.join(root, "apps", "cli", "src", "main.ts");
const defaultListeners = ["udp://127.0.0.1:0", "tcp://127.0.0.1:0", "tls://127.0.0.1:0", "ws://127.0.0.1:0"];

/** `trapezoid ARGUMENTS…`, to its end: from the sources, or (`INTEROP_BUILT=1`) as built. */
export function trapezoid(args: readonly string[], input = ""): Promise<Finished> {
  return runCommand(node, [...entry(), ...args], { cwd: root, input, timeoutMs: 30_000 });
}

/** What comes before the command's own arguments. */
export function entry(): string[] {
  if (process.env.INTEROP_BUILT === "1") return [path.join(root, "apps", "cli", "dist", "main.js")];
  return ["-C", "dev", main];
}

export class Trapezoid implements AsyncDisposable {
  readonly process: PeerProcess;
  readonly folder: TempFolder;
  readonly #ownsFolder: boolean;

  constructor(peer: PeerProcess, folder: TempFolder, ownsFolder: boolean) {
    this.process = peer;
    this.folder = folder;
    this.#ownsFolder = ownsFolder;
  }

  get data(): string {
    return this.folder.file("data");
  }

  /** `127.0.0.1:PORT` of the first listener of a kind. */
  at(kind: "udp" | "tcp" | "tls" | "ws" | "wss"): string {
    const match = new RegExp(`^listening ${kind}://(\\S+)$`, "m").exec(this.process.stdout);
    if (match === null) throw new Error(`no ${kind} listener among:\n${this.process.stdout}`);
    return match[1]!;
  }

  port(kind: "udp" | "tcp" | "tls" | "ws" | "wss"): number {
    const address = this.at(kind);
    return Number(address.slice(address.lastIndexOf(":") + 1).replace(/\D.*$/, ""));
  }

  /** `http://127.0.0.1:PORT`. */
  get http(): string {
    const match = /^http (https?:\/\/\S+)$/m.exec(this.process.stdout);
    if (match === null) throw new Error(`no http line among:\n${this.process.stdout}`);
    return match[1]!;
  }

  /** `user`, `registrations` and the like, on this server's data. */
  command(args: readonly string[], input?: string): Promise<Finished> {
    return trapezoid([...args, "--data", this.data], input);
  }

  async addUser(address: string, password: string): Promise<void> {
    await addUser(this.data, address, password);
  }

  /** `/api/v1/PATH` with the token of the data folder. */
  async api(method: string, resource: string, body?: unknown): Promise<ApiAnswer> {
    const token = (await readFile(path.join(this.data, "api-token"), "utf8")).trim();
    const headers: Record<string, string> = { authorization: `Bearer ${token}` };
    if (body !== undefined) headers["content-type"] = "application/json";
    const answer = await fetch(`${this.http}/api/v1/${resource}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
  }

  /** Gauges and counters of /metrics by name, labels included. */
  async metrics(): Promise<ReadonlyMap<string, number>> {
    const text = await (await fetch(`${this.http}/metrics`)).text();
    const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    return new Map(
      lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
    );
  }

  /** Ends the process and keeps the data, for a next start. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | string> {
    return this.process.stop(signal, 35_000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill("SIGTERM");
    await this.process.stop("SIGTERM", 2_000);
    if (this.#ownsFolder) await this.folder[Symbol.asyncDispose]();
  }
}

/** Starts a server and waits for its `ready`. */
export async function startTrapezoid(options: TrapezoidOptions = {}): Promise<Trapezoid> {
  const folder = options.folder ?? (await makeTempFolder("trapezoid"));
  const data = folder.file("data");
  const args = ["start", "--data", data, "--http", "127.0.0.1:0", "--no-first-account"];
  for (const uri of options.listen ?? defaultListeners) args.push("--listen", uri);
  for (const domain of options.domains ?? []) args.push("--domain", domain);
  for (const range of options.trust ?? []) args.push("--trust", range);
  if (options.config !== undefined) {
    await writeFile(folder.file("trapezoid.config.ts"), options.config);
    args.push("--config", folder.file("trapezoid.config.ts"));
  }
  // Before the start: a running server takes up to a second to see a new account.
  await Promise.all(Object.entries(options.accounts ?? {}).map(([address, secret]) => addUser(data, address, secret)));
  const [command, ...before] = options.under ?? [];
  const line = [...before, ...(command === undefined ? [] : [node]), ...entry(), ...args, ...(options.args ?? [])];
  const peer = new PeerProcess({
    name: "trapezoid",
    command: command ?? node,
    args: line,
    cwd: root,
    ...(options.env ? { env: options.env } : {}),
  });
  const server = new Trapezoid(peer, folder, options.folder === undefined);
  try {
    await peer.waitFor(/^ready$/m, { timeoutMs: 30_000 });
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

async function addUser(data: string, address: string, password: string): Promise<void> {
  const added = await trapezoid(["user", "add", address, "--password-stdin", "--data", data], `${password}\n`);
  if (added.status !== 0) throw new Error(`user add ${address} ended with ${added.status}:\n${added.stderr}`);
}
