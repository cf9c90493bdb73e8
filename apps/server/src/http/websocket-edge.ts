/** SIP over WebSocket on the HTTP server (RFC 7118): the main thread holds the connections, signalling threads have the messages. */

import type { Server } from "node:http";
import type { MessagePort } from "node:worker_threads";
import type { TransportCounters } from "@trapezoid/sip/transport";
import { openTransport, type TransportOptions } from "@trapezoid/sip/transport/node";
import { defaultLimits } from "../config/defaults.ts";
import type { Guard } from "../guard/index.ts";
import type { PeerMessage } from "../worker/contract.ts";
import { describe } from "../worker/peer-links.ts";
import { costOf } from "../worker/thread-queue.ts";
import type { UpgradeHandler } from "./http-server.ts";
import { refuseForNow } from "./refuse-for-now.ts";

export interface WebSocketEdgeOptions {
  /** To each signalling thread, by its number. */
  readonly ports: ReadonlyMap<number, MessagePort>;
  /** Who is heard, and who hears of what could not be read. Default: everybody, nobody. */
  readonly guard?: Pick<Guard, "admission" | "garbage">;
  readonly limits?: TransportOptions["limits"];
  readonly timeouts?: TransportOptions["timeouts"];
  /** Octets that may wait for one signalling thread. Default: the configuration's. */
  readonly threadQueueBytes?: number;
  /** What Record-Route names instead of the address that a client connected to. */
  readonly advertise?: string | undefined;
}

export interface WebSocketEdge {
  readonly counters: TransportCounters;
  readonly queueCounters: EdgeQueueCounters;
  readonly accept: UpgradeHandler;
  /** Ends connections of peers that may no longer be heard. */
  closeDenied(): void;
  /** Counts the connections of the HTTP server that hands upgrades over, by the same limits. */
  watch(server: Server): void;
  /** New limits, for what begins from now on. */
  configure(options: Pick<TransportOptions, "limits" | "timeouts">, threadQueueBytes: number): void;
  close(): Promise<void>;
}

export interface EdgeQueueCounters {
  /** Octets that wait for signalling threads, and something for each message. */
  waitingBytes: number;
  /** Messages that were not handed over, because too much waited. */
  refused: number;
}

/** The main thread's number among the threads. */
const mainThread = 0;

export function openWebSocketEdge(options: WebSocketEdgeOptions): WebSocketEdge {
  const workers = [...options.ports.values()].map((port) => ({ port, waitingBytes: 0 }));
  const known = new Set<string>();
  const queueCounters: EdgeQueueCounters = { waitingBytes: 0, refused: 0 };
  let { threadQueueBytes = defaultLimits.threadQueueBytes } = options;
  const attach = options.advertise === undefined ? {} : { advertise: options.advertise };
  const tell = (message: PeerMessage): void => {
    for (const { port } of workers) port.postMessage(message);
  };
  const transport = openTransport({
    workerId: mainThread,
    vouching: true,
    ...(options.guard !== undefined && { admission: options.guard.admission }),
    ...(options.limits !== undefined && { limits: options.limits }),
    ...(options.timeouts !== undefined && { timeouts: options.timeouts }),
    handler: {
      onGarbage: (_reason, flow) => options.guard?.garbage(flow),
      onMessage(text, flow) {
        const worker = workers[hash(flow.id) % workers.length];
        if (worker === undefined) return;
        if (worker.waitingBytes > threadQueueBytes) {
          queueCounters.refused++;
          refuseForNow(text, flow);
          return;
        }
        const descriptor = describe(flow, mainThread);
        if (!known.has(flow.id)) {
          known.add(flow.id);
          // Every thread may have to send on it.
          tell({ type: "flow-opened", flow: descriptor });
          flow.onClose(() => {
            known.delete(flow.id);
            tell({ type: "flow-closed", flowId: flow.id });
          });
        }
        const cost = costOf(text);
        worker.waitingBytes += cost;
        queueCounters.waitingBytes += cost;
        worker.port.postMessage({ type: "inbound", text, flow: descriptor } satisfies PeerMessage);
      },
    },
  });
  for (const worker of workers) {
    worker.port.on("message", (message: PeerMessage) => {
      if (message.type === "taken") {
        worker.waitingBytes -= message.bytes;
        queueCounters.waitingBytes -= message.bytes;
      } else if (message.type === "vouched") transport.flowById(message.flowId)?.vouch?.();
      else if (message.type === "send") {
        const flow = transport.flowById(message.flowId);
        if (flow === undefined || !flow.send(message.text)) tell({ type: "flow-closed", flowId: message.flowId });
      }
    });
  }
  return {
    counters: transport.counters,
    queueCounters,
    accept: (request, socket, head) => transport.handleUpgrade(request, socket, head, attach),
    closeDenied: () => transport.closeDenied(),
    watch: (server) => void transport.watchHttp(server),
    configure(limits, queueBytes) {
      transport.configure(limits);
      threadQueueBytes = queueBytes;
    },
    close: () => transport.close(),
  };
}

/** All messages of a connection go to one thread: its transactions stay together. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
