/** A transport's counters, all at zero. */

import type { TransportCounters } from "./contract.ts";

export function createCounters(): TransportCounters {
  return {
    received: 0,
    sent: 0,
    receivedBytes: 0,
    sentBytes: 0,
    garbage: { "not-sip": 0, "too-large": 0, "bad-framing": 0, incomplete: 0 },
    keepAlives: 0,
    sendErrors: 0,
    queueFull: 0,
    connectionsOpened: 0,
    connectionsClosed: 0,
    connectionsRefused: { connections: 0, connectionsPerAddress: 0, handshake: 0, upgrade: 0, accept: 0 },
    connectionsCut: {
      connections: 0,
      connectionsPerAddress: 0,
      handshakes: 0,
      handshakesPerAddress: 0,
      handshakeMs: 0,
      connectMs: 0,
      firstMessageMs: 0,
      messageMs: 0,
      inboundIdleMs: 0,
      outboundIdleMs: 0,
      stalledMs: 0,
      keepAlivesPerMinute: 0,
      webSocketPingMs: 0,
      webSocketPieces: 0,
    },
    readsPaused: 0,
    deniedDatagrams: 0,
    deniedConnections: 0,
    connections: 0,
    handshakes: 0,
    unproven: 0,
  };
}
