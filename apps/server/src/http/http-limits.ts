/** What one HTTP connection may take of the server: time for its head and its request, silence, octets of a body. */

import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { LimitSettings } from "../config/types.ts";

export type HttpLimits = Pick<LimitSettings, "handshakeMs" | "httpRequestMs" | "httpIdleMs" | "httpBodyBytes">;

/** Requests and connections ended, by the limit that they met. */
export interface HttpCounters {
  httpRequestMs: number;
  httpIdleMs: number;
  httpBodyBytes: number;
  /** What is no HTTP, or has header fields beyond Node's 16 KiB. */
  malformed: number;
}

export function createHttpCounters(): HttpCounters {
  return { httpRequestMs: 0, httpIdleMs: 0, httpBodyBytes: 0, malformed: 0 };
}

/** How often Node looks for requests that take too long. */
export const checkIntervalMs = 2_000;

/** For a server's connections from now on. */
export function setHttpLimits(server: Server, limits: HttpLimits): void {
  // The time for the head of a WebSocket handshake and of any other request is one.
  server.headersTimeout = Math.min(limits.handshakeMs, limits.httpRequestMs);
  server.requestTimeout = limits.httpRequestMs;
  server.timeout = limits.httpIdleMs;
}

/** Counts what Node ends. */
export function countHttpLimits(server: Server, counters: HttpCounters): void {
  server.on("clientError", (error: NodeJS.ErrnoException) => {
    if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") counters.httpRequestMs++;
    else if (error.code?.startsWith("HPE_") === true) counters.malformed++;
  });
  // Who listens has to end it.
  server.on("timeout", (socket: Socket) => {
    counters.httpIdleMs++;
    socket.destroy();
  });
}
