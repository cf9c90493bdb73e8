/** A terminal that nobody sits at: tmux with a server of its own, whose screen can be read and whose keys can be pressed. */

import { runCommand } from "./command.ts";
import { password } from "./house.ts";
import { passwordVariable } from "./phone-command.ts";
import { makeTempFolder, type TempFolder } from "./temp-folder.ts";
import { entry, node } from "./trapezoid.ts";
import { waitUntil } from "./wait.ts";

export interface PseudoTerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly locale?: string;
}

export class PseudoTerminal implements AsyncDisposable {
  readonly folder: TempFolder;
  readonly #socket: string;

  constructor(folder: TempFolder) {
    this.folder = folder;
    this.#socket = folder.file("tmux");
  }

  /** Begins with a shell that has `trapezoid`. */
  async open({ columns = 110, rows = 40, locale = "C.UTF-8" }: PseudoTerminalOptions): Promise<void> {
    await this.#tmux(
      ...["-f", "/dev/null", "new-session", "-d", "-x", `${columns}`, "-y", `${rows}`],
      ...["-c", this.folder.path, "-e", `${passwordVariable}=${password}`, "-e", `LC_ALL=${locale}`, "-e", "PS1=$ "],
      ...["-e", `T=${[node, ...entry()].join(" ")}`, "sh"],
    );
  }

  /** A command line, with `$T` for `trapezoid`. */
  async runs(line: string): Promise<void> {
    await this.#tmux("send-keys", "-l", line);
    await this.presses("Enter");
  }

  /** Keys by tmux's names: `h`, `Enter`, `C-c`. */
  async presses(...keys: readonly string[]): Promise<void> {
    await this.#tmux("send-keys", ...keys);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux("resize-window", "-x", `${columns}`, "-y", `${rows}`);
  }

  /** The lines on the screen, and before them what has left it. */
  async screen(): Promise<readonly string[]> {
    const { stdout } = await this.#tmux("capture-pane", "-p", "-S", "-");
    return stdout.trimEnd().split("\n");
  }

  /** Resolves with the line once it is there. */
  shows(pattern: RegExp, timeoutMs = 20_000): Promise<string> {
    let lines: readonly string[] = [];
    const look = async (): Promise<string | undefined> => {
      lines = await this.screen();
      return lines.findLast((line) => pattern.test(line));
    };
    return waitUntil(look, { what: `${pattern} on the terminal`, timeoutMs, everyMs: 100 }).catch((error: Error) => {
      throw new Error(`${error.message}; it shows:\n${lines.join("\n")}`, { cause: error });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux("kill-server").catch(() => {});
    await this.folder[Symbol.asyncDispose]();
  }

  async #tmux(...args: readonly string[]): Promise<{ readonly stdout: string }> {
    const finished = await runCommand("tmux", ["-S", this.#socket, ...args]);
    if (finished.status !== 0) throw new Error(`tmux ${args.join(" ")}: ${finished.stderr}`);
    return finished;
  }
}

export async function openTerminal(options: PseudoTerminalOptions = {}): Promise<PseudoTerminal> {
  const terminal = new PseudoTerminal(await makeTempFolder("terminal"));
  await terminal.open(options);
  return terminal;
}
