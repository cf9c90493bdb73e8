/** The way of one stream's packets: its sockets, their protection, where RTCP goes. RFC 3550 §11, RFC 3711 §3, RFC 5761. */

import { encodeRtp, type RtpFields, rtpHeaderBytes, type SrtpReceiver } from "@trapezoid/rtp";
import type { MediaAddress, StreamConfig } from "../config.ts";
import type { PacketSlab } from "../net/packet-slab.ts";
import { RtpSocketPair, type SocketPairOptions } from "../net/socket-pair.ts";
import { isSameKeys, type Protection, protectionOf } from "./keys.ts";

export interface LinkOptions extends SocketPairOptions {
  readonly slab: PacketSlab;
}

export interface LinkHandlers {
  /** A packet as it came. */
  rtp(octets: Uint8Array, address: string, port: number): void;
  rtcp(octets: Uint8Array, address: string): void;
}

export class RtpLink {
  readonly #sockets: RtpSocketPair;
  readonly #slab: PacketSlab;
  #protection: Protection | undefined;
  /** Neither RTP nor RTCP. */
  notRtp = 0;

  private constructor(sockets: RtpSocketPair, slab: PacketSlab) {
    this.#sockets = sockets;
    this.#slab = slab;
  }

  /** Rejects with `MEDIA_NO_PORTS` and `MEDIA_BIND_FAILED`. */
  static async open(options: LinkOptions, handlers: () => LinkHandlers | undefined): Promise<RtpLink> {
    let link: RtpLink | undefined;
    const sockets = await RtpSocketPair.open(options, {
      rtp: (octets, address, port) => handlers()?.rtp(octets, address, port),
      rtcp: (octets, address) => handlers()?.rtcp(octets, address),
      other: () => {
        if (link !== undefined) link.notRtp++;
      },
    });
    link = new RtpLink(sockets, options.slab);
    return link;
  }

  get local(): MediaAddress {
    return this.#sockets.local;
  }

  get localRtcp(): MediaAddress {
    return this.#sockets.localRtcp;
  }

  /** Opens what comes; `undefined` where nothing is protected. */
  get srtp(): SrtpReceiver | undefined {
    return this.#protection?.receiver;
  }

  /** What `use` takes; the protection in use where the keys stay. Throws `MEDIA_BAD_KEY`. */
  prepare({ sdes }: StreamConfig): Protection | undefined {
    if (sdes === undefined) return undefined;
    return isSameKeys(sdes, this.#protection?.keys) ? this.#protection : protectionOf(sdes);
  }

  use(protection: Protection | undefined, { rtcpMux }: StreamConfig): void {
    this.#protection = protection;
    if (rtcpMux) this.#sockets.mux();
  }

  /** Neither CSRCs nor extension are sent. The payload may be used again afterwards. */
  sendRtp(packet: RtpFields, to: MediaAddress): void {
    const bytes = rtpHeaderBytes + packet.payload.length;
    const sender = this.#protection?.sender;
    if (sender === undefined) {
      this.#sockets.sendRtp(encodeRtp(packet, this.#slab.take(bytes)), to);
      return;
    }
    // Written and protected in place.
    const octets = this.#slab.take(bytes + sender.overheadBytes);
    this.#sockets.sendRtp(sender.protect(encodeRtp(packet, octets), octets), to);
  }

  /** `rtp`: where media goes to. */
  sendRtcp(packet: Uint8Array, config: StreamConfig, rtp: MediaAddress): void {
    // SRTP writes each packet into the same buffer; the socket keeps what it is given.
    const octets = this.#protection?.sender.protectRtcp(packet).slice() ?? packet;
    this.#sockets.sendRtcp(octets, rtcpRemote(config, rtp));
  }

  /** A compound packet in clear; `undefined` when it is not to be used. `rtp`: where media comes from. */
  openRtcp(octets: Uint8Array, address: string, rtp: MediaAddress): Uint8Array | undefined {
    if (this.#protection !== undefined) return this.#protection.receiver.openRtcp(octets);
    // Reports from elsewhere than media comes from could end a call that is none of the sender's.
    return address === rtp.address ? octets : undefined;
  }

  close(): void {
    this.#sockets.close();
  }
}

/** RTCP follows media to where it was learned to be: with another port only by what was announced. */
function rtcpRemote({ rtcpMux, remote, remoteRtcp }: StreamConfig, rtp: MediaAddress): MediaAddress {
  if (rtcpMux) return rtp;
  const isAnnounced = rtp.address === remote.address && rtp.port === remote.port;
  if (isAnnounced && remoteRtcp !== undefined) return remoteRtcp;
  return { address: rtp.address, port: rtp.port + 1 };
}
