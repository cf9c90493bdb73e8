/** The sockets of one stream: RTP on an even port, RTCP on the one above, or both on one. RFC 3550 §11, RFC 5761. */

import type { MediaAddress } from "../config.ts";
import { bindFailed, noPorts } from "../errors.ts";
import type { BindSocket, DatagramSocket } from "./datagram.ts";
import type { PortRange } from "./port-range.ts";

export interface SocketPairHandlers {
  rtp(octets: Uint8Array, address: string, port: number): void;
  rtcp(octets: Uint8Array, address: string, port: number): void;
  /** Neither: STUN, DTLS or garbage, told apart by its first octet (RFC 7983 §7). */
  other(octets: Uint8Array, address: string, port: number): void;
}

export interface SocketPairOptions {
  readonly bind: BindSocket;
  readonly ports: PortRange;
  /** Of an own interface; IPv4 or IPv6. */
  readonly address: string;
}

export class RtpSocketPair {
  readonly #ports: PortRange;
  readonly #rtp: DatagramSocket;
  #rtcp: DatagramSocket | undefined;
  #closed = false;

  private constructor(ports: PortRange, rtp: DatagramSocket, rtcp: DatagramSocket) {
    this.#ports = ports;
    this.#rtp = rtp;
    this.#rtcp = rtcp;
  }

  /** Rejects with `MEDIA_NO_PORTS` and `MEDIA_BIND_FAILED`. Ports that another program holds are passed over. */
  static async open({ bind, ports, address }: SocketPairOptions, handlers: SocketPairHandlers): Promise<RtpSocketPair> {
    const onPacket = (octets: Uint8Array, from: string, port: number): void => dispatch(handlers, octets, from, port);
    for (let tried = 0; tried < ports.pairs; tried++) {
      const port = ports.take();
      if (port === undefined) break;
      let rtp: DatagramSocket | undefined;
      try {
        rtp = await bind(address, port, onPacket);
        return new RtpSocketPair(ports, rtp, await bind(address, port + 1, onPacket));
      } catch (error) {
        rtp?.close();
        ports.giveBack(port);
        if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") {
          throw bindFailed.from(error, address, (error as Error).message);
        }
      }
    }
    throw noPorts(address, ports.from, ports.to);
  }

  get local(): MediaAddress {
    return this.#rtp.local;
  }

  /** Where RTCP comes to: the RTP socket when both share it. */
  get localRtcp(): MediaAddress {
    return (this.#rtcp ?? this.#rtp).local;
  }

  /** From now on RTCP shares the RTP socket. The odd port stays reserved until the pair is closed. */
  mux(): void {
    this.#rtcp?.close();
    this.#rtcp = undefined;
  }

  sendRtp(octets: Uint8Array, to: MediaAddress): void {
    this.#rtp.send(octets, to.port, to.address);
  }

  sendRtcp(octets: Uint8Array, to: MediaAddress): void {
    (this.#rtcp ?? this.#rtp).send(octets, to.port, to.address);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#rtp.close();
    this.#rtcp?.close();
    this.#ports.giveBack(this.#rtp.local.port);
  }
}

/** RFC 7983 §7 for the first octet, RFC 5761 §4 for the second. */
function dispatch(handlers: SocketPairHandlers, octets: Uint8Array, address: string, port: number): void {
  const first = octets[0];
  if (octets.length < 8 || first === undefined || first < 128 || first > 191) handlers.other(octets, address, port);
  else if (octets[1]! >= 192 && octets[1]! <= 223) handlers.rtcp(octets, address, port);
  else handlers.rtp(octets, address, port);
}
