/** The terminal of this process. */

import { decodeKeys } from "./keys.ts";
import type { Terminal } from "./terminal.ts";

/** @param options `ascii`: no Unicode whatever the locale says. */
export function nodeTerminal(options: { readonly ascii?: boolean } = {}): Terminal {
  const { stdin, stdout, stderr, env } = process;
  const isLive = stdout.isTTY === true && env.TERM !== "dumb";
  return {
    isLive,
    unicode: options.ascii !== true && speaksUtf8(env),
    color: isLive && stdout.hasColors(),
    get columns() {
      return stdout.isTTY ? stdout.columns : undefined;
    },
    write: (text) => {
      stdout.write(text);
    },
    complain: (text) => {
      stderr.write(text);
    },
    onResize(listener) {
      stdout.on("resize", listener);
      return { [Symbol.dispose]: () => stdout.off("resize", listener) };
    },
    readKeys(listener) {
      if (stdin.isTTY !== true || !isLive) return undefined;
      const onData = (chunk: string): void => {
        for (const key of decodeKeys(chunk)) listener(key);
      };
      const restore = (): void => {
        stdin.setRawMode(false);
      };
      // After a stop, the shell has set the terminal to its own liking.
      const onContinue = (): void => {
        stdin.setRawMode(true);
      };
      stdin.setRawMode(true);
      stdin.setEncoding("utf8").on("data", onData).resume();
      process.on("exit", restore);
      process.on("SIGCONT", onContinue);
      return {
        [Symbol.dispose]() {
          stdin.off("data", onData).pause();
          process.off("exit", restore);
          process.off("SIGCONT", onContinue);
          restore();
        },
      };
    },
  };
}

/** POSIX: LC_ALL goes before LC_CTYPE goes before LANG. */
function speaksUtf8(env: NodeJS.ProcessEnv): boolean {
  if (process.platform === "win32" || process.platform === "darwin") return true;
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || "";
  return /utf-?8/i.test(locale);
}
