/** The way of one stream's packets: its sockets, their protection, where RTCP goes. RFC 3550 §11, RFC 3711 §3, RFC 5761, RFC 6189 §5. */

import { encodeRtp, isZrtp, type RtpFields, rtpHeaderBytes, type SrtpReceiver, zrtpMessageType } from "@trapezoid/rtp";
import type { MediaAddress, StreamConfig } from "../config.ts";
import { MovingSockets } from "../net/moving-sockets.ts";
import type { PacketSlab } from "../net/packet-slab.ts";
import type { SocketPairOptions } from "../net/socket-pair.ts";
import type { ZrtpParts } from "../zrtp/settings.ts";
import { StreamZrtp, type ZrtpHandlers } from "../zrtp/stream-zrtp.ts";
import { type Protection, SdesKeyring, type SdesProtection } from "./keys.ts";

export interface LinkOptions extends SocketPairOptions {
  readonly slab: PacketSlab;
  readonly zrtp: ZrtpParts | undefined;
  readonly handlers: ZrtpHandlers;
}

export interface LinkHandlers {
  /** Where media goes to; `undefined` before it is known. */
  readonly remote: MediaAddress | undefined;
  /** A packet as it came. */
  rtp(octets: Uint8Array, address: string, port: number): void;
  rtcp(octets: Uint8Array, address: string): void;
}

export class RtpLink {
  readonly #sockets: MovingSockets;
  readonly #slab: PacketSlab;
  readonly #handlers: () => LinkHandlers | undefined;
  readonly #zrtp: StreamZrtp | undefined;
  readonly #keyring = new SdesKeyring();
  #sdes: SdesProtection | undefined;
  #isZrtpOn = false;
  /** Where a Hello came from that proved itself: behind a NAT media may not have shown yet where it comes from. */
  #zrtpSource: MediaAddress | undefined;
  /** Neither RTP nor RTCP nor, where it is spoken, ZRTP. */
  notRtp = 0;

  private constructor(sockets: MovingSockets, options: LinkOptions, handlers: () => LinkHandlers | undefined) {
    const { slab, zrtp } = options;
    this.#sockets = sockets;
    this.#slab = slab;
    this.#handlers = handlers;
    this.#zrtp = zrtp && new StreamZrtp(zrtp, options.handlers, (packet) => this.#sendZrtp(packet));
  }

  /** Rejects with `MEDIA_NO_PORTS` and `MEDIA_BIND_FAILED`. */
  static async open(options: LinkOptions, handlers: () => LinkHandlers | undefined): Promise<RtpLink> {
    let link: RtpLink | undefined;
    const sockets = await MovingSockets.open(options, {
      rtp: (octets, address, port) => link?.rtp(octets, address, port),
      rtcp: (octets, address) => handlers()?.rtcp(octets, address),
      other: (octets, address, port) => link?.other(octets, address, port),
    });
    link = new RtpLink(sockets, options, handlers);
    return link;
  }

  get local(): MediaAddress {
    return this.#sockets.local;
  }

  get localRtcp(): MediaAddress {
    return this.#sockets.localRtcp;
  }

  /** Other sockets, on another address; `undefined`: back to those before. Rejects as `open`. */
  async move(address: string | undefined): Promise<void> {
    if (address === undefined) this.#sockets.moveBack();
    else await this.#sockets.move(address);
  }

  /** Opens what comes; `undefined` where nothing is protected. */
  get srtp(): SrtpReceiver | undefined {
    return this.protection?.receiver;
  }

  /** What protects packets now. */
  get protection(): Protection | undefined {
    return this.#sdes ?? (this.#isZrtpOn ? this.#zrtp?.protection : undefined);
  }

  /** Nothing may be sent now: keys are being agreed on. */
  get isQuiet(): boolean {
    return this.#isZrtpOn && this.#zrtp!.isQuiet;
  }

  get zrtp(): StreamZrtp | undefined {
    return this.#zrtp;
  }

  /** What `use` takes. Throws `MEDIA_BAD_KEY`. */
  prepare({ sdes }: StreamConfig): SdesProtection | undefined {
    return sdes && this.#keyring.protection(sdes);
  }

  use(protection: SdesProtection | undefined, { rtcpMux }: StreamConfig): void {
    this.#sdes = protection;
    this.#sockets.settle();
    if (rtcpMux) this.#sockets.mux();
  }

  /** After `use`, once it is known what SSRC we send with. RFC 6189 §8: with keys of the description it is not needed. */
  useZrtp({ sdes, zrtp, remote }: StreamConfig, ssrc: number): void {
    this.#isZrtpOn = this.#zrtp !== undefined && zrtp !== undefined && sdes === undefined && remote.port !== 0;
    if (!this.#isZrtpOn) return;
    if (zrtp!.remoteHash !== this.#zrtp!.remoteHash) this.#zrtpSource = undefined;
    this.#zrtp!.configure(zrtp!, remote, ssrc);
  }

  /** Called each 20 ms: what falls due. */
  tick(nowMs: number): void {
    if (this.#isZrtpOn) this.#zrtp!.tick(nowMs);
  }

  /** Neither CSRCs nor extension are sent. The payload may be used again afterwards. */
  sendRtp(packet: RtpFields, to: MediaAddress): void {
    const bytes = rtpHeaderBytes + packet.payload.length;
    const sender = this.protection?.sender;
    if (sender === undefined) {
      if (this.isQuiet) return;
      this.#sockets.sendRtp(encodeRtp(packet, this.#slab.take(bytes)), to);
      return;
    }
    // Written and protected in place.
    const octets = this.#slab.take(bytes + sender.overheadBytes);
    this.#sockets.sendRtp(sender.protect(encodeRtp(packet, octets), octets), to);
  }

  /** `rtp`: where media goes to. */
  sendRtcp(packet: Uint8Array, config: StreamConfig, rtp: MediaAddress): void {
    const sender = this.protection?.sender;
    if (sender === undefined && this.isQuiet) return;
    // SRTP writes each packet into the same buffer; the socket keeps what it is given.
    const octets = sender?.protectRtcp(packet).slice() ?? packet;
    this.#sockets.sendRtcp(octets, rtcpRemote(config, rtp));
  }

  /** A compound packet in clear; `undefined` when it is not to be used. `rtp`: where media comes from. */
  openRtcp(octets: Uint8Array, address: string, rtp: MediaAddress): Uint8Array | undefined {
    const { srtp } = this;
    if (srtp !== undefined) return srtp.openRtcp(octets);
    if (this.#refusesClear) return undefined;
    // Reports from elsewhere than media comes from could end a call that is none of the sender's.
    return address === rtp.address ? octets : undefined;
  }

  close(): void {
    this.#zrtp?.close();
    this.#sockets.close();
  }

  /** @internal */
  rtp(octets: Uint8Array, address: string, port: number): void {
    if (this.#refusesClear) return;
    this.#handlers()?.rtp(octets, address, port);
    if (this.#isZrtpOn) this.#zrtp!.opened();
  }

  /** @internal RFC 6189 §5: told from all else by its cookie. From elsewhere than media comes from, only where a Hello can prove itself. */
  other(octets: Uint8Array, address: string, port: number): void {
    if (!this.#isZrtpOn || !isZrtp(octets)) {
      this.notRtp++;
      return;
    }
    const isOfMedia = isAt(this.#handlers()?.remote, address, port);
    const isHello = zrtpMessageType(octets) === "Hello";
    const provesItself = isHello && this.#zrtp!.remoteHash !== undefined;
    if (!isOfMedia && !provesItself && !isAt(this.#zrtpSource, address, port)) this.notRtp++;
    else if (this.#zrtp!.receive(octets) && isHello) this.#zrtpSource = isOfMedia ? undefined : { address, port };
  }

  get #refusesClear(): boolean {
    return this.#isZrtpOn && this.#zrtp!.isRequired && this.protection === undefined;
  }

  #sendZrtp(packet: Uint8Array): void {
    const to = this.#zrtpSource ?? this.#handlers()?.remote;
    if (to !== undefined) this.#sockets.sendRtp(packet, to);
  }
}

function isAt(place: MediaAddress | undefined, address: string, port: number): boolean {
  return place?.port === port && place.address === address;
}

/** RTCP follows media to where it was learned to be: with another port only by what was announced. */
function rtcpRemote({ rtcpMux, remote, remoteRtcp }: StreamConfig, rtp: MediaAddress): MediaAddress {
  if (rtcpMux) return rtp;
  const isAnnounced = rtp.address === remote.address && rtp.port === remote.port;
  if (isAnnounced && remoteRtcp !== undefined) return remoteRtcp;
  return { address: rtp.address, port: rtp.port + 1 };
}
