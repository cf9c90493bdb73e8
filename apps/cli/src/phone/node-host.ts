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
      const onSignal = (): void => listener(false);
      const onGone = (): void => listener(true);
      for (const signal of signals) process.on(signal, onSignal);
      process.stdout.on("error", onGone);
      gone.addEventListener("abort", onGone);
      return {
        [Symbol.dispose]() {
          for (const signal of signals) process.off(signal, onSignal);
          process.stdout.off("error", onGone);
          // What is still on its way to nobody fails later.
          process.stdout.on("error", () => {});
          gone.removeEventListener("abort", onGone);
        },
      };
    },
    exit: (status) => process.exit(status),
  };
}
