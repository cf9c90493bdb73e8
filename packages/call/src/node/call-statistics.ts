/** A media session's numbers as applications see them. */

import type { StreamStats } from "@trapezoid/media";
import type { CallStatistics } from "../values.ts";

export const noStatistics: CallStatistics = {
  codec: undefined,
  security: "none",
  remote: undefined,
  sent: { packets: 0, octets: 0 },
  received: { packets: 0, octets: 0, lost: 0, lossShare: 0, jitterMs: 0 },
  roundTripMs: undefined,
  mos: undefined,
  remoteMos: undefined,
};

export function callStatistics(stats: StreamStats): CallStatistics {
  const { packets, octets, lost, lossShare, jitterMs } = stats.received;
  const { remote } = stats;
  return {
    codec: stats.codec,
    security: stats.protection.by,
    remote: remote === undefined ? undefined : `${remote.address}:${remote.port}`,
    sent: stats.sent,
    received: { packets, octets, lost, lossShare, jitterMs },
    roundTripMs: stats.roundTripMs,
    mos: packets === 0 ? undefined : stats.quality.mos,
    remoteMos: stats.reported?.mos,
  };
}
