/** A program that a test started: its output to wait on, its input to write to, and an end that leaves nothing behind. */

import { type ChildProcess, spawn } from "node:child_process";
import { findProgram } from "./programs.ts";

export interface PeerOptions {
  /** For error messages. */
  readonly name: string;
  readonly command: string;
  readonly args?: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Keep standard input open for `write`. */
  readonly input?: boolean;
}

export interface OutputWait {
  readonly timeoutMs?: number;
  /** Where to begin in `output`; 0 is the start. */
  readonly from?: number;
}

const running = new Set<PeerProcess>();
process.on("exit", () => {
  for (const peer of running) peer.kill("SIGKILL");
});

// A signal's default end skips the above, and programs of a process group of their own would stay.
for (const [signal, number] of [
  ["SIGINT", 2],
  ["SIGTERM", 15],
] as const) {
  process.once(signal, () => process.exit(128 + number));
}

/** The last part of the output, for error messages. */
const tailLength = 3_000;

export class PeerProcess implements AsyncDisposable {
  readonly name: string;
  /** Everything on standard output and standard error so far. */
  output = "";
  /** Standard output alone. */
  stdout = "";
  /** Exit status, or the signal's name. */
  readonly exited: Promise<number | string>;
  ended: number | string | undefined;
  readonly #child: ChildProcess;
  readonly #watchers = new Set<() => void>();

  constructor({ name, command, args = [], cwd, env, input = false }: PeerOptions) {
    this.name = name;
    const file = command.includes("/") ? command : (findProgram(command) ?? command);
    // A process group of its own: what it forks ends with it.
    this.#child = spawn(file, [...args], {
      cwd,
      env: { ...process.env, ...env },
      detached: true,
      stdio: [input ? "pipe" : "ignore", "pipe", "pipe"],
    });
    running.add(this);
    this.#child.stdin?.on("error", () => {});
    this.#child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
      this.#append(text);
    });
    this.#child.stderr!.setEncoding("utf8").on("data", (text: string) => this.#append(text));
    this.exited = new Promise((resolve) => {
      const end = (status: number | string): void => {
        this.ended ??= status;
        running.delete(this);
        resolve(this.ended);
        this.#append("");
      };
      this.#child.on("error", (error) => end(error.message));
      this.#child.on("close", (code, signal) => end(code ?? signal ?? "unknown"));
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Sends a line to standard input. */
  write(line: string): void {
    this.#child.stdin!.write(`${line}\n`);
  }

  endInput(): void {
    this.#child.stdin!.end();
  }

  /** The first match of `pattern` in the output from `from` on; rejects when the program ends or time is up before. */
  waitFor(pattern: RegExp, { timeoutMs = 20_000, from = 0 }: OutputWait = {}): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
      };
      const fail = (why: string): void => {
        finish();
        reject(new Error(`${this.name} ${why} before it said ${pattern}; its last words:\n${this.tail()}`));
      };
      const look = (): void => {
        const match = pattern.exec(this.output.slice(from));
        if (match !== null) {
          finish();
          resolve(match);
        } else if (this.ended !== undefined) fail(`ended (${this.ended})`);
      };
      const timer = setTimeout(() => fail(`took more than ${timeoutMs} ms`), timeoutMs);
      this.#watchers.add(look);
      look();
    });
  }

  tail(): string {
    return this.output.slice(-tailLength);
  }

  /** Signals the whole group. */
  kill(signal: NodeJS.Signals): void {
    if (this.ended !== undefined || this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch {}
  }

  /** Asks it to end, insists after `graceMs`. */
  async stop(signal: NodeJS.Signals = "SIGTERM", graceMs = 3_000): Promise<number | string> {
    this.kill(signal);
    const timer = setTimeout(() => this.kill("SIGKILL"), graceMs);
    const status = await this.exited;
    clearTimeout(timer);
    return status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #append(text: string): void {
    this.output += text;
    for (const look of [...this.#watchers]) look();
  }
}
