/** What phones stand on in this process. */

import { systemClock } from "@trapezoid/base";
import { openUserAgent } from "@trapezoid/call/node";
import { orphaned } from "../orphaned.ts";
import { WireLog } from "./ladder/wire-log.ts";
import type { PhoneHost } from "./phone.ts";
import { nodeTerminal } from "./terminal/node-terminal.ts";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export function nodeHost(options: { readonly ascii: boolean }): PhoneHost {
  const gone = orphaned();
  return {
    clock: systemClock,
    terminal: nodeTerminal(options),
    openAgent: openUserAgent,
    watchWire: () => new WireLog(systemClock).attach(),
    onInterrupt(listener) {
      // Nobody reads any more what we say (EPIPE), or the terminal is gone (EIO).
      const onError = (): void => listener();
      for (const signal of signals) process.on(signal, listener);
      process.stdout.on("error", onError);
      gone.addEventListener("abort", listener);
      return {
        [Symbol.dispose]() {
          for (const signal of signals) process.off(signal, listener);
          process.stdout.off("error", onError);
          gone.removeEventListener("abort", listener);
        },
      };
    },
    exit: (status) => process.exit(status),
  };
}
