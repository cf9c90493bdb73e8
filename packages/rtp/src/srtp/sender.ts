/** Protects what we send. RFC 3711 §3.3, §3.4, RFC 7714 §8, §9. */

import { readUint16, readUint32, writeUint32 } from "../octets.ts";
import type { SrtpCiphers } from "./ciphers.ts";
import { rtpHeaderLength } from "./header.ts";
import { deriveSessionKeys, type SessionKeys } from "./key-derivation.ts";
import type { SrtpSuite } from "./suites.ts";
import { createTransform, maxPacketBytes, type Transform } from "./transform.ts";

export interface SrtpKeying {
  readonly suite: SrtpSuite;
  /** `suite.keyBytes` octets. */
  readonly masterKey: Uint8Array;
  /** `suite.saltBytes` octets. */
  readonly masterSalt: Uint8Array;
  /** RFC 3711 §3.1: goes with every packet when it is not empty. */
  readonly mki?: Uint8Array;
}

export interface SrtpKeySet {
  readonly rtp: SessionKeys;
  readonly rtcp: SessionKeys;
}

/** Checks lengths; throws `TypeError`. */
export function sessionKeysOf(ciphers: SrtpCiphers, { suite, masterKey, masterSalt }: SrtpKeying): SrtpKeySet {
  if (masterKey.length !== suite.keyBytes || masterSalt.length !== suite.saltBytes) {
    throw new TypeError(
      `${suite.name} takes a master key of ${suite.keyBytes} octets and a salt of ${suite.saltBytes}, not ${masterKey.length} and ${masterSalt.length}`,
    );
  }
  return {
    rtp: deriveSessionKeys(ciphers, suite, masterKey, masterSalt, "rtp"),
    rtcp: deriveSessionKeys(ciphers, suite, masterKey, masterSalt, "rtcp"),
  };
}

interface Stream {
  rollOver: number;
  lastSequence: number;
}

/** RFC 3711 §9.2: after so many packets a key is worn out. */
const maxRtcpIndex = 0x7fff_ffff;

export class SrtpSender {
  readonly #suite: SrtpSuite;
  readonly #mki: Uint8Array;
  readonly #rtp: Transform;
  readonly #rtcp: Transform;
  readonly #streams = new Map<number, Stream>();
  /** Made when a packet is protected that brings no room of its own. */
  #ownOut: Uint8Array | undefined;
  #rtcpIndex = 0;

  /** `keys`: session keys in place of those derived from the master key, for tests against vectors. */
  constructor(ciphers: SrtpCiphers, keying: SrtpKeying, keys: SrtpKeySet = sessionKeysOf(ciphers, keying)) {
    this.#suite = keying.suite;
    this.#mki = keying.mki ?? new Uint8Array(0);
    this.#rtp = createTransform(ciphers, keying.suite, keys.rtp, "rtp");
    this.#rtcp = createTransform(ciphers, keying.suite, keys.rtcp, "rtcp");
  }

  /** Octets that protection adds to an RTP packet. */
  get overheadBytes(): number {
    return this.#suite.tagBytes + this.#mki.length;
  }

  /**
   * The protected packet: in a buffer that the next call writes again, or in `out`, which must have room for `overheadBytes`
   * more than the packet and may hold the packet itself. Sequence numbers must go up, wrapping; a packet may be sent again only
   * as it was. Throws `TypeError` for what is no RTP packet or too long.
   */
  protect(packet: Uint8Array, out: Uint8Array = this.#out): Uint8Array {
    const header = rtpHeaderLength(packet);
    if (header === -1 || packet.length + this.overheadBytes > maxPacketBytes) {
      throw new TypeError(`an RTP packet of at most ${maxPacketBytes - this.overheadBytes} octets was expected`);
    }
    const ssrc = readUint32(packet, 8);
    const sequence = readUint16(packet, 2);
    const rollOver = this.#rollOverOf(ssrc, sequence);
    const index = rollOver * 65_536 + sequence;
    const length = packet.length;
    out.set(packet);
    const transform = this.#rtp;
    if (transform.kind === "gcm") {
      const { cipher } = transform.mode;
      const iv = transform.mode.iv(ssrc, index);
      cipher.seal(iv, packet.subarray(0, header), packet.subarray(header), out, header);
      // RFC 7714 §8.2: tag, then MKI.
      out.set(this.#mki, length + 16);
    } else {
      transform.mode.apply(out, header, length, ssrc, index);
      // RFC 3711 §3.1: MKI, then tag.
      out.set(this.#mki, length);
      transform.tag.write(out, length, length + this.#mki.length, rollOver);
    }
    const total = length + this.overheadBytes;
    return out.length === total ? out : out.subarray(0, total);
  }

  /** As `protect`, for a compound RTCP packet. */
  protectRtcp(packet: Uint8Array): Uint8Array {
    const tagBytes = this.#suite.rtcpTagBytes;
    const length = packet.length;
    if (length < 8 || length + 4 + tagBytes + this.#mki.length > maxPacketBytes) {
      throw new TypeError("a compound RTCP packet was expected");
    }
    const ssrc = readUint32(packet, 4);
    const index = this.#rtcpIndex;
    if (index >= maxRtcpIndex) throw new TypeError("the key has protected 2^31 RTCP packets and is worn out");
    this.#rtcpIndex++;
    const out = this.#out;
    out.set(packet);
    const transform = this.#rtcp;
    if (transform.kind === "gcm") {
      // RFC 7714 §9.2: header and index are authenticated, the tag stands before the index.
      const aad = new Uint8Array(12);
      aad.set(packet.subarray(0, 8));
      writeUint32(aad, 8, (0x8000_0000 | index) >>> 0);
      transform.mode.cipher.seal(transform.mode.iv(ssrc, index), aad, packet.subarray(8), out, 8);
      writeUint32(out, length + 16, (0x8000_0000 | index) >>> 0);
      out.set(this.#mki, length + 20);
      return out.subarray(0, length + 20 + this.#mki.length);
    }
    transform.mode.apply(out, 8, length, ssrc, index);
    writeUint32(out, length, (0x8000_0000 | index) >>> 0);
    out.set(this.#mki, length + 4);
    transform.tag.write(out, length + 4, length + 4 + this.#mki.length);
    return out.subarray(0, length + 4 + this.#mki.length + tagBytes);
  }

  get #out(): Uint8Array {
    this.#ownOut ??= new Uint8Array(maxPacketBytes);
    return this.#ownOut;
  }

  /** RFC 3711 §3.3.1: how often the sequence number has wrapped. */
  #rollOverOf(ssrc: number, sequence: number): number {
    const stream = this.#streams.get(ssrc);
    if (stream === undefined) {
      this.#streams.set(ssrc, { rollOver: 0, lastSequence: sequence });
      return 0;
    }
    const ahead = (sequence - stream.lastSequence) & 0xffff;
    if (ahead < 0x8000) {
      if (sequence < stream.lastSequence) stream.rollOver++;
      stream.lastSequence = sequence;
      return stream.rollOver;
    }
    // Behind the last one: a packet from before the wrap belongs to the turn before.
    return sequence > stream.lastSequence ? Math.max(0, stream.rollOver - 1) : stream.rollOver;
  }
}
