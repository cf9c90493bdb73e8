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
    connectionsRefused: 0,
    deniedDatagrams: 0,
    deniedConnections: 0,
    connections: 0,
  };
}
