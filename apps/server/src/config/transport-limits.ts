/** The limits of the configuration as a transport takes them. */

import type { TransportOptions } from "@trapezoid/sip/transport/node";
import type { LimitSettings } from "./types.ts";

/** `mostConnections`: what the system's limit on open files leaves to the thread. */
export function transportLimits(
  limits: LimitSettings,
  mostConnections: number = Number.POSITIVE_INFINITY,
): Required<Pick<TransportOptions, "limits" | "timeouts">> {
  return {
    limits: {
      headerBytes: limits.headerBytes,
      bodyBytes: limits.bodyBytes,
      datagramBytes: limits.datagramBytes,
      stunBytes: limits.stunBytes,
      connections: Math.min(limits.connections, mostConnections),
      connectionsPerAddress: limits.connectionsPerAddress,
      handshakes: limits.handshakes,
      handshakesPerAddress: limits.handshakesPerAddress,
      maxQueueBytes: limits.queueBytes,
      pauseBytes: limits.queuePauseBytes,
      keepAlivesPerMinute: limits.keepAlivesPerMinute,
      webSocketPieces: limits.webSocketPieces,
    },
    timeouts: {
      connectMs: limits.connectMs,
      handshakeMs: limits.handshakeMs,
      firstMessageMs: limits.firstMessageMs,
      messageMs: limits.messageMs,
      stalledMs: limits.stalledMs,
      inboundIdleMs: limits.connectionIdleMs,
      outboundIdleMs: limits.outboundIdleMs,
      webSocketPingMs: limits.webSocketPingMs,
    },
  };
}
