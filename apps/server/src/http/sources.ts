/** What the HTTP server shows, and where it comes from. */

import type { TakeoverAlarm } from "../guard/index.ts";
import type { Logger } from "../observe/logger.ts";
import type { Metrics, ThreadStats } from "../observe/metrics.ts";
import type { AccountStore, Ban, BindingStore } from "../store/contract.ts";
import type { CertificateState } from "../tls/tls-keeper.ts";
import type { Decision } from "../worker/decision-log.ts";

export interface ServerStatus {
  readonly version: string;
  /** The primary one first. */
  readonly domains: readonly string[];
  /** `udp://192.168.1.5:5060`. */
  readonly listeners: readonly string[];
  readonly uptimeSeconds: number;
  /** `overloaded`: a thread turns new requests away, and serves the rest. */
  readonly state: "running" | "overloaded" | "draining";
}

export interface BanSource {
  readonly all: readonly Ban[];
  /** `note` undefined: the one of the ban that is in force stays. */
  add(subject: string, forMs: number | undefined, note: string | undefined): Promise<Ban>;
  remove(subject: string): Promise<boolean>;
}

export interface HttpSources {
  /** Of `/api/v1`. */
  readonly token: string;
  readonly accounts: Pick<AccountStore, "list" | "count">;
  readonly bindings: Pick<BindingStore, "list" | "listAll" | "count">;
  /** Bans in force, and what is done to them by hand; rejects with the store's error. */
  readonly bans: BanSource;
  /** Newest first. */
  readonly alarms: { list(limit: number): readonly TakeoverAlarm[] };
  readonly metrics: Metrics;
  readonly status: () => ServerStatus;
  /** The numbers of every thread, after a garbage collection of each when asked. */
  readonly stats: (collect: boolean) => Promise<readonly ThreadStats[]>;
  /** What was decided for the latest requests, newest first; of one call when `callId` is given. */
  readonly decisions: (limit: number, callId: string | undefined) => Promise<readonly Decision[]>;
  /** Those that are shown to clients now. */
  readonly certificates?: () => readonly CertificateState[];
  /** What an authority is told that asks for this token (http-01); `undefined` while none does. */
  readonly challengeAnswer?: (token: string) => string | undefined;
  readonly log: Logger;
}
