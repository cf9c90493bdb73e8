/** The command in a process of its own, for tests of the command line. */

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

export const launcher = fileURLToPath(new URL("../bin/trapezoid.cjs", import.meta.url));

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command as people start it: through the launcher, running the sources. */
export class Run {
  readonly child: ChildProcess;
  readonly outcome: Promise<Outcome>;
  stdout = "";
  stderr = "";
  readonly #lines: (() => void)[] = [];
  readonly #logged: (() => void)[] = [];

  constructor(
    t: TestContext,
    args: readonly string[],
    cwd: string,
    command: readonly string[] = [process.execPath, launcher],
    variables: NodeJS.ProcessEnv = {},
  ) {
    const { TRAPEZOID_DATA: _data, NODE_OPTIONS: _options, NODE_TEST_CONTEXT: _context, ...inherited } = process.env;
    const { npm_command: _npm, ...env } = inherited;
    const [file, ...before] = command;
    this.child = spawn(file!, [...before, ...args], { cwd, env: { ...env, TRAPEZOID_DEV: "1", ...variables } });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
      for (const look of this.#lines.splice(0)) look();
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
      for (const look of this.#logged.splice(0)) look();
    });
    this.outcome = once(this.child, "close").then(([status]) => ({
      status: status as number | null,
      stdout: this.stdout,
      stderr: this.stderr,
    }));
    void this.outcome.then(() => {
      for (const look of [...this.#lines.splice(0), ...this.#logged.splice(0)]) look();
    });
    t.after(() => this.child.kill("SIGKILL"));
  }

  /** Resolves when it has logged something more. */
  async logs(): Promise<void> {
    if (this.child.exitCode !== null) assert.fail(`it ended: ${this.stderr}`);
    await new Promise<void>((resolve) => this.#logged.push(resolve));
  }

  /** Resolves when standard output holds `text`. */
  async says(text: string): Promise<void> {
    while (!this.stdout.includes(text)) {
      if (this.child.exitCode !== null) assert.fail(`it ended without saying "${text}": ${this.stderr}`);
      await new Promise<void>((resolve) => this.#lines.push(resolve));
    }
  }
}

export function folder(t: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), "trapezoid-cli-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  return root;
}
