/** A program that runs to its end: sox, openssl, the command line under test. */

import { spawn } from "node:child_process";
import { findProgram } from "./programs.ts";

export interface Finished {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Written to standard input. */
  readonly input?: string;
  readonly timeoutMs?: number;
}

/** Runs to the end, whatever the status. */
export function runCommand(command: string, args: readonly string[], options: CommandOptions = {}): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const file = command.includes("/") ? command : (findProgram(command) ?? command);
    const child = spawn(file, [...args], {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      timeout: options.timeoutMs ?? 30_000,
      stdio: ["pipe", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.stdin.on("error", () => {});
    child.stdin.end(options.input ?? "");
    child.on("error", reject);
    child.on("close", (code) => resolve({ status: code ?? 1, stdout, stderr }));
  });
}

/** Runs to the end and rejects on any status but 0. */
export async function expectCommand(
  command: string,
  args: readonly string[],
  options?: CommandOptions,
): Promise<Finished> {
  const finished = await runCommand(command, args, options);
  if (finished.status === 0) return finished;
  throw new Error(`${command} ${args.join(" ")} ended with ${finished.status}:\n${finished.stderr || finished.stdout}`);
}
