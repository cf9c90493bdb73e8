/** Opens what we receive: authentic, not seen before, decrypted. RFC 3711 §3.3, §3.4, RFC 7714 §8, §9. */

import { readUint16, readUint32 } from "../octets.ts";
import type { SrtpCiphers } from "./ciphers.ts";
import { rtpHeaderLength } from "./header.ts";
import { ReplayWindow } from "./replay-window.ts";
import { type SrtpKeying, type SrtpKeySet, sessionKeysOf } from "./sender.ts";
import type { SrtpSuite } from "./suites.ts";
import { createTransform, maxPacketBytes, type Transform } from "./transform.ts";

/** Why packets were not opened; plain numbers, read when somebody asks. */
export interface SrtpReceiverCounters {
  opened: number;
  /** Cut off, too long, or no RTP at all. */
  malformed: number;
  /** Wrong key, changed on the way, or not SRTP. */
  unauthentic: number;
  /** Seen before, or older than the window. */
  replayed: number;
}

interface Stream {
  readonly window: ReplayWindow;
  rollOver: number;
  highestSequence: number;
}

/** Sources of one session: authentic ones only, so this bounds a peer, not strangers. */
const maxStreams = 256;

export class SrtpReceiver {
  readonly counters: SrtpReceiverCounters = { opened: 0, malformed: 0, unauthentic: 0, replayed: 0 };
  readonly #suite: SrtpSuite;
  readonly #mkiBytes: number;
  readonly #rtp: Transform;
  readonly #rtcp: Transform;
  readonly #streams = new Map<number, Stream>();
  readonly #rtcpWindows = new Map<number, ReplayWindow>();
  readonly #out = new Uint8Array(maxPacketBytes);
  readonly #aad = new Uint8Array(12);

  /** `keying.mki`: only its length counts, one key is all there is. `keys`: as for `SrtpSender`. */
  constructor(ciphers: SrtpCiphers, keying: SrtpKeying, keys: SrtpKeySet = sessionKeysOf(ciphers, keying)) {
    this.#suite = keying.suite;
    this.#mkiBytes = keying.mki?.length ?? 0;
    this.#rtp = createTransform(ciphers, keying.suite, keys.rtp, "rtp");
    this.#rtcp = createTransform(ciphers, keying.suite, keys.rtcp, "rtcp");
  }

  /** The RTP packet in clear, in a buffer that the next call writes again; `undefined`, and counted, when it is not to be used. */
  open(packet: Uint8Array): Uint8Array | undefined {
    const { counters } = this;
    const header = rtpHeaderLength(packet);
    const trailer = this.#suite.tagBytes + this.#mkiBytes;
    const end = packet.length - trailer;
    if (header === -1 || packet.length > maxPacketBytes || header > end) {
      counters.malformed++;
      return undefined;
    }
    const ssrc = readUint32(packet, 8);
    const sequence = readUint16(packet, 2);
    const stream = this.#streams.get(ssrc);
    const rollOver = stream === undefined ? 0 : estimateRollOver(stream, sequence);
    const index = rollOver * 65_536 + sequence;
    if (rollOver < 0 || (stream !== undefined && !stream.window.isNew(index))) {
      counters.replayed++;
      return undefined;
    }
    const out = this.#out;
    const transform = this.#rtp;
    if (transform.kind === "gcm") {
      const sealed = packet.subarray(header, end + 16);
      const aad = packet.subarray(0, header);
      if (!transform.mode.cipher.open(transform.mode.iv(ssrc, index), aad, sealed, out, header)) {
        counters.unauthentic++;
        return undefined;
      }
      out.set(aad);
    } else {
      if (!transform.tag.isRight(packet, end, end + this.#mkiBytes, rollOver)) {
        counters.unauthentic++;
        return undefined;
      }
      out.set(packet.subarray(0, end));
      transform.mode.apply(out, header, end, ssrc, index);
    }
    this.#accept(ssrc, stream, sequence, rollOver, index);
    counters.opened++;
    return out.subarray(0, end);
  }

  /** As `open`, for compound RTCP packets. */
  openRtcp(packet: Uint8Array): Uint8Array | undefined {
    const { counters } = this;
    const tagBytes = this.#suite.rtcpTagBytes;
    const mkiBytes = this.#mkiBytes;
    const isGcm = this.#suite.kind === "gcm";
    const end = packet.length - tagBytes - mkiBytes - 4;
    if (end < 8 || packet.length > maxPacketBytes || packet[0]! >> 6 !== 2) {
      counters.malformed++;
      return undefined;
    }
    const ssrc = readUint32(packet, 4);
    const indexAt = isGcm ? end + 16 : end;
    const word = readUint32(packet, indexAt);
    const index = word & 0x7fff_ffff;
    const isEncrypted = word >= 0x8000_0000;
    const window = this.#rtcpWindows.get(ssrc);
    if (window !== undefined && !window.isNew(index)) {
      counters.replayed++;
      return undefined;
    }
    const out = this.#out;
    const transform = this.#rtcp;
    if (transform.kind === "gcm") {
      if (!this.#openGcmRtcp(transform, packet, end, indexAt, { ssrc, index, isEncrypted })) {
        counters.unauthentic++;
        return undefined;
      }
    } else {
      if (!transform.tag.isRight(packet, end + 4, end + 4 + mkiBytes)) {
        counters.unauthentic++;
        return undefined;
      }
      out.set(packet.subarray(0, end));
      if (isEncrypted) transform.mode.apply(out, 8, end, ssrc, index);
    }
    if (window !== undefined) window.accept(index);
    else if (this.#rtcpWindows.size < maxStreams) {
      const created = new ReplayWindow();
      created.accept(index);
      this.#rtcpWindows.set(ssrc, created);
    }
    counters.opened++;
    return out.subarray(0, end);
  }

  #openGcmRtcp(
    { mode }: Transform & { readonly kind: "gcm" },
    packet: Uint8Array,
    end: number,
    indexAt: number,
    { ssrc, index, isEncrypted }: { readonly ssrc: number; readonly index: number; readonly isEncrypted: boolean },
  ): boolean {
    const out = this.#out;
    const iv = mode.iv(ssrc, index);
    if (isEncrypted) {
      const aad = this.#aad;
      aad.set(packet.subarray(0, 8));
      aad.set(packet.subarray(indexAt, indexAt + 4), 8);
      if (!mode.cipher.open(iv, aad, packet.subarray(8, end + 16), out, 8)) return false;
      out.set(packet.subarray(0, 8));
      return true;
    }
    // RFC 7714 §9.3: authenticated but not encrypted; everything but the tag is associated data.
    const aad = new Uint8Array(end + 4);
    aad.set(packet.subarray(0, end));
    aad.set(packet.subarray(indexAt, indexAt + 4), end);
    if (!mode.cipher.open(iv, aad, packet.subarray(end, end + 16), out, 0)) return false;
    out.set(packet.subarray(0, end));
    return true;
  }

  #accept(ssrc: number, known: Stream | undefined, sequence: number, rollOver: number, index: number): void {
    let stream = known;
    if (stream === undefined) {
      if (this.#streams.size >= maxStreams) return;
      stream = { window: new ReplayWindow(), rollOver: 0, highestSequence: sequence };
      this.#streams.set(ssrc, stream);
    }
    if (index > stream.window.highest) {
      stream.rollOver = rollOver;
      stream.highestSequence = sequence;
    }
    stream.window.accept(index);
  }
}

/** RFC 3711 §3.3.1 and appendix A: the turn that brings the index closest to the highest so far. */
function estimateRollOver({ rollOver, highestSequence }: Stream, sequence: number): number {
  if (highestSequence < 0x8000) return sequence - highestSequence > 0x8000 ? rollOver - 1 : rollOver;
  return highestSequence - 0x8000 > sequence ? rollOver + 1 : rollOver;
}
