/** What keeps the server from running. Each text is one line for a person: what happened and what to do. */

import { define } from "@trapezoid/base";

export const certificateUnreadable = define(
  "TLS_UNREADABLE",
  (file: string, why: string) => `cannot read ${file} (${why}); check tls in the configuration`,
);

export const certificateUnusable = define(
  "TLS_UNUSABLE",
  (cert: string, key: string, why: string) => `certificate ${cert} and key ${key} cannot be used: ${why}`,
);

export const authoritiesUnusable = define(
  "TLS_CA_UNUSABLE",
  (file: string, why: string) => `${file} cannot be used: ${why}; tls.ca expects certificates in PEM`,
);

export const threadCrashed = define(
  "THREAD_CRASHED",
  (name: string, why: string) => `thread ${name} crashed: ${why}; this is a fault of the program, please report it`,
);

export const threadSilent = define(
  "THREAD_SILENT",
  (name: string, what: string, ms: number) => `thread ${name} did not answer ${what} within ${ms / 1000} s`,
);
