/** What it costs to protect and to open a packet, beside werift: both take turns on the same packets, and each opens what the other protected. */

import { encodeRtp, SrtpReceiver, SrtpSender, srtpSuite } from "@trapezoid/rtp";
import { nodeCiphers } from "@trapezoid/rtp/node";
import { type RtpHeader, RtpPacket, SrtpSession } from "werift";
import { median, round } from "../rig/report.ts";

/** Names of RFC 4568 and werift's numbers, those of RFC 5764. */
const profiles = [
  ["AES_CM_128_HMAC_SHA1_80", 1, 14],
  ["AEAD_AES_128_GCM", 7, 12],
] as const;

/** µs of CPU. */
export interface PerPacket {
  readonly protectUs: number;
  readonly openUs: number;
}

export interface SrtpCost {
  readonly suite: string;
  readonly ours: PerPacket;
  readonly peer: PerPacket;
}

/** Of packets of G.711: 172 octets. */
export function srtpCosts(rounds: number, packets: number): readonly SrtpCost[] {
  return profiles.map(([suite, profile, saltBytes]) => srtpCost(suite, profile, saltBytes, rounds, packets));
}

function srtpCost(suite: string, profile: 1 | 7, saltBytes: number, rounds: number, packets: number): SrtpCost {
  const key = Buffer.alloc(16, 1);
  const salt = Buffer.alloc(saltBytes, 2);
  const keying = { suite: srtpSuite(suite)!, masterKey: key, masterSalt: salt };
  const weriftKeys = { localMasterKey: key, localMasterSalt: salt, remoteMasterKey: key, remoteMasterSalt: salt };
  const samples = { ours: { protect: [], open: [] }, peer: { protect: [], open: [] } } as Record<
    "ours" | "peer",
    Record<"protect" | "open", number[]>
  >;
  const payload = new Uint8Array(160).fill(0x55);
  // The first two rounds warm up.
  for (let turn = -2; turn < rounds; turn++) {
    const sender = new SrtpSender(nodeCiphers, keying);
    const receiver = new SrtpReceiver(nodeCiphers, keying);
    const peer = new SrtpSession({ keys: weriftKeys, profile });
    const plain = Array.from({ length: packets }, (_, sequence) =>
      encodeRtp({ payloadType: 0, sequence, timestamp: sequence * 160, ssrc: 7, payload }),
    );
    const headers = plain.map((octets) => RtpPacket.deSerialize(Buffer.from(octets)));
    const timed = (into: number[], run: (index: number) => void): void => {
      const from = process.cpuUsage();
      for (let index = 0; index < packets; index++) run(index);
      const { user, system } = process.cpuUsage(from);
      if (turn >= 0) into.push((user + system) / packets);
    };
    const oursSealed: Uint8Array[] = [];
    const peerSealed: Buffer[] = [];
    let opened = 0;
    const steps = [
      () =>
        timed(samples.ours.protect, (index) => {
          const packet = plain[index]!;
          oursSealed.push(sender.protect(packet, new Uint8Array(packet.length + sender.overheadBytes)));
        }),
      () =>
        timed(samples.peer.protect, (index) => {
          const { payload: body, header } = headers[index]!;
          peerSealed.push(peer.encrypt(body, header as RtpHeader));
        }),
      () =>
        timed(samples.ours.open, (index) => {
          if (receiver.open(peerSealed[index]!) !== undefined) opened++;
        }),
      () =>
        timed(samples.peer.open, (index) => {
          if (peer.decrypt(Buffer.from(oursSealed[index]!)).length === 172) opened++;
        }),
    ] as const;
    // Whoever is first pays for the garbage of what was before.
    for (const step of turn % 2 === 0 ? [0, 1, 2, 3] : [1, 0, 3, 2]) steps[step]!();
    if (!peerSealed[9]!.equals(oursSealed[9]!)) throw new TypeError("the two libraries protect a packet differently");
    if (opened !== 2 * packets) throw new TypeError("a packet was not opened");
  }
  const of = ({ protect, open }: { protect: number[]; open: number[] }): PerPacket => ({
    protectUs: round(median(protect), 2),
    openUs: round(median(open), 2),
  });
  return { suite, ours: of(samples.ours), peer: of(samples.peer) };
}
