/** What keeps the server from running. Each text is one line for a person: what happened and what to do. */

import { define } from "@trapezoid/base";

export const threadCrashed = define(
  "THREAD_CRASHED",
  (name: string, why: string) => `thread ${name} crashed: ${why}; this is a fault of the program, please report it`,
);

export const threadSilent = define(
  "THREAD_SILENT",
  (name: string, what: string, ms: number) => `thread ${name} did not answer ${what} within ${ms / 1000} s`,
);
