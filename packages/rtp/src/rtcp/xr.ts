/** Extended reports. RFC 3611: VoIP metrics, receiver reference time, delay since it; other blocks are kept as they are. */

import { readUint16, readUint32, writeUint16, writeUint32 } from "../octets.ts";
import type { ExtendedReport, VoipMetrics } from "./packets.ts";

const blockTypes = { referenceTime: 4, dlrr: 5, voipMetrics: 7 } as const;

/** `undefined` when a block is cut off. */
export function decodeExtendedReport(body: Uint8Array): ExtendedReport | undefined {
  if (body.length < 4) return undefined;
  const voipMetrics: VoipMetrics[] = [];
  const dlrr: ExtendedReport["dlrr"][number][] = [];
  const others: ExtendedReport["others"][number][] = [];
  let referenceTime: ExtendedReport["referenceTime"];
  for (let offset = 4; offset < body.length; ) {
    if (offset + 4 > body.length) return undefined;
    const blockType = body[offset]!;
    const end = offset + 4 + readUint16(body, offset + 2) * 4;
    if (end > body.length) return undefined;
    const block = body.subarray(offset + 4, end);
    if (blockType === blockTypes.voipMetrics && block.length === 32) voipMetrics.push(readVoipMetrics(block));
    else if (blockType === blockTypes.referenceTime && block.length === 8) {
      referenceTime = { ntpSeconds: readUint32(block, 0), ntpFraction: readUint32(block, 4) };
    } else if (blockType === blockTypes.dlrr && block.length % 12 === 0) {
      for (let at = 0; at < block.length; at += 12) {
        dlrr.push({
          ssrc: readUint32(block, at),
          lastReceiverReport: readUint32(block, at + 4),
          delay: readUint32(block, at + 8),
        });
      }
    } else others.push({ blockType, data: body.subarray(offset, end) });
    offset = end;
  }
  const report = { type: "xr", ssrc: readUint32(body, 0), voipMetrics, dlrr, others } as const;
  return referenceTime === undefined ? report : { ...report, referenceTime };
}

export function encodeExtendedReport(report: ExtendedReport): Uint8Array {
  const blocks: Uint8Array[] = [];
  if (report.referenceTime !== undefined) {
    const block = startBlock(blockTypes.referenceTime, 8);
    writeUint32(block, 4, report.referenceTime.ntpSeconds);
    writeUint32(block, 8, report.referenceTime.ntpFraction);
    blocks.push(block);
  }
  if (report.dlrr.length > 0) {
    const block = startBlock(blockTypes.dlrr, report.dlrr.length * 12);
    for (const [index, { ssrc, lastReceiverReport, delay }] of report.dlrr.entries()) {
      writeUint32(block, 4 + index * 12, ssrc);
      writeUint32(block, 8 + index * 12, lastReceiverReport);
      writeUint32(block, 12 + index * 12, delay);
    }
    blocks.push(block);
  }
  blocks.push(...report.voipMetrics.map(writeVoipMetrics), ...report.others.map(({ data }) => data));
  const octets = new Uint8Array(blocks.reduce((sum, block) => sum + block.length, 4));
  writeUint32(octets, 0, report.ssrc);
  let offset = 4;
  for (const block of blocks) {
    octets.set(block, offset);
    offset += block.length;
  }
  return octets;
}

function startBlock(blockType: number, bytes: number): Uint8Array {
  const block = new Uint8Array(4 + bytes);
  block[0] = blockType;
  writeUint16(block, 2, bytes / 4);
  return block;
}

/** RFC 3611 §4.7. */
function readVoipMetrics(block: Uint8Array): VoipMetrics {
  return {
    ssrc: readUint32(block, 0),
    lossRate: block[4]!,
    discardRate: block[5]!,
    burstDensity: block[6]!,
    gapDensity: block[7]!,
    burstDurationMs: readUint16(block, 8),
    gapDurationMs: readUint16(block, 10),
    roundTripMs: readUint16(block, 12),
    endSystemDelayMs: readUint16(block, 14),
    signalLevel: (block[16]! << 24) >> 24,
    noiseLevel: (block[17]! << 24) >> 24,
    residualEchoReturnLoss: block[18]!,
    minimumGap: block[19]!,
    rFactor: block[20]!,
    externalRFactor: block[21]!,
    mosListening10: block[22]!,
    mosConversational10: block[23]!,
    receiverConfiguration: block[24]!,
    jitterBufferNominalMs: readUint16(block, 26),
    jitterBufferMaximumMs: readUint16(block, 28),
    jitterBufferAbsoluteMaximumMs: readUint16(block, 30),
  };
}

function writeVoipMetrics(metrics: VoipMetrics): Uint8Array {
  const block = startBlock(blockTypes.voipMetrics, 32);
  writeUint32(block, 4, metrics.ssrc);
  block[8] = metrics.lossRate;
  block[9] = metrics.discardRate;
  block[10] = metrics.burstDensity;
  block[11] = metrics.gapDensity;
  writeUint16(block, 12, metrics.burstDurationMs);
  writeUint16(block, 14, metrics.gapDurationMs);
  writeUint16(block, 16, metrics.roundTripMs);
  writeUint16(block, 18, metrics.endSystemDelayMs);
  block[20] = metrics.signalLevel;
  block[21] = metrics.noiseLevel;
  block[22] = metrics.residualEchoReturnLoss;
  block[23] = metrics.minimumGap;
  block[24] = metrics.rFactor;
  block[25] = metrics.externalRFactor;
  block[26] = metrics.mosListening10;
  block[27] = metrics.mosConversational10;
  block[28] = metrics.receiverConfiguration;
  writeUint16(block, 30, metrics.jitterBufferNominalMs);
  writeUint16(block, 32, metrics.jitterBufferMaximumMs);
  writeUint16(block, 34, metrics.jitterBufferAbsoluteMaximumMs);
  return block;
}
