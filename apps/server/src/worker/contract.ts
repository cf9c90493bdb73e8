/** What the threads say to each other. Main thread: supervisor, HTTP, WebSocket edge. Workers: signalling. One store thread. */

import type { MessagePort } from "node:worker_threads";
import type { TlsSettings } from "@trapezoid/sip/transport/node";
import type { BanChange, BanMark } from "../guard/ban-table.ts";
import type { Offence } from "../guard/contract.ts";
import type { GuardMemory } from "../guard/open-guard.ts";
import type { TakeoverAlarm } from "../guard/takeover-watch.ts";
import type { Decision } from "./decision-log.ts";

/** Settings of a signalling worker that are data; the configuration module itself is loaded in the worker. */
export interface WorkerSettings {
  /** 1 and up; 0 is the main thread. Every branch, tag and token of the worker begins with it. */
  readonly workerId: number;
  readonly workers: number;
  readonly dataFolder: string;
  /** Absolute path of trapezoid.config.ts, when there is one. */
  readonly configFile: string | undefined;
  /** What the command line adds to or overrides in the configuration. */
  readonly overrides: CommandLineOverrides;
  /** 32 octets shared by all workers: nonces and Route tokens. Kept in the data folder, so that both survive a restart. */
  readonly secret: Uint8Array;
  /** Nonce-count table shared by all workers. */
  readonly nonceTable: SharedArrayBuffer;
  /** What the firewall knows of sources, and which account lives where; shared by all workers. */
  readonly guardMemory: GuardMemory;
  /** The bans there were when the thread was started; later ones come as commands. */
  readonly bans: readonly BanMark[];
  /** Bumped by the store thread per changed aor (hashed), read by every worker's cache. */
  readonly locationVersions: SharedArrayBuffer;
  /** Certificates and trust, as the main thread has read them. */
  readonly tls: TlsSettings;
  /** To the store thread. */
  readonly storePort: MessagePort;
  /** The ports that the first worker was given, for its listeners in order; listeners that ask for any port share them. */
  readonly ports: readonly number[];
  /** Connections that the thread may hold, whatever the configuration says: so many descriptors are its share. */
  readonly mostConnections: number;
  /** To each other worker, and to the main thread's WebSocket edge (0), by worker number. */
  readonly peers: ReadonlyMap<number, MessagePort>;
}

export interface CommandLineOverrides {
  readonly domains: readonly string[];
  readonly listen: readonly string[];
  readonly trust: readonly string[];
  readonly http: string | undefined;
}

/** Main → worker. */
export type WorkerCommand =
  /** A reload has two steps, so that all threads take the new configuration over or none: read it and keep it, then put it in force. */
  | { readonly type: "prepare"; readonly version: number; readonly tls: TlsSettings }
  | { readonly type: "commit"; readonly version: number }
  /** Other certificates for connections from now on; the configuration stays. */
  | { readonly type: "tls"; readonly id: number; readonly tls: TlsSettings }
  | { readonly type: "bans"; readonly change: BanChange }
  | { readonly type: "stats"; readonly id: number; readonly collect: boolean }
  | { readonly type: "decisions"; readonly id: number; readonly limit: number; readonly callId: string | undefined }
  | { readonly type: "drain"; readonly ms: number }
  | { readonly type: "close" };

/** Worker → main. */
export type WorkerReport =
  | { readonly type: "ready"; readonly listening: readonly string[]; readonly ports: readonly number[] }
  | { readonly type: "failed"; readonly code: string; readonly message: string }
  | { readonly type: "prepared"; readonly version: number; readonly error: string | undefined }
  | { readonly type: "committed"; readonly version: number; readonly error: string | undefined }
  | { readonly type: "tls"; readonly id: number; readonly error: string | undefined }
  | { readonly type: "stats"; readonly id: number; readonly stats: WorkerStats }
  | { readonly type: "decisions"; readonly id: number; readonly decisions: readonly Decision[] }
  | { readonly type: "drained" }
  /** It turns requests away, or no longer does. */
  | { readonly type: "overload"; readonly active: boolean }
  /** A source that ought to be banned. */
  | { readonly type: "offence"; readonly offence: Offence }
  | { readonly type: "alarm"; readonly alarm: TakeoverAlarm }
  | {
      readonly type: "log";
      readonly level: "debug" | "info" | "warn" | "error";
      readonly message: string;
      readonly fields: Readonly<Record<string, unknown>>;
    };

/** Counters and gauges by dotted name: `transport.received`, `transactions.server`, `timers`, `heapUsedBytes`. */
export type WorkerStats = Readonly<Record<string, number>>;

/** Between threads: a message for a worker, or for a flow that another thread owns. */
export type PeerMessage =
  | { readonly type: "inbound"; readonly text: string; readonly flow: FlowDescriptor }
  | { readonly type: "send"; readonly flowId: string; readonly text: string }
  | { readonly type: "flow-opened"; readonly flow: FlowDescriptor }
  | { readonly type: "flow-closed"; readonly flowId: string }
  /** So much of the other's `inbound` messages has been handled (`costOf`). */
  | { readonly type: "taken"; readonly bytes: number }
  /** Its peer is known (`Flow.vouch`). */
  | { readonly type: "vouched"; readonly flowId: string };

/** A flow of another thread, as plain data. */
export interface FlowDescriptor {
  readonly id: string;
  readonly owner: number;
  readonly kind: "udp" | "tcp" | "tls" | "ws" | "wss";
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly advertisedHost: string;
  readonly advertisedPort: number;
  readonly peerNames: readonly string[];
  readonly indirect: boolean;
}
