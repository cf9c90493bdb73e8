/** One UDP socket on one address. RFC 3261 §18, RFC 5626 §4.4.2 (STUN on the SIP port). */

import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import { answerBinding, decodeStun, isStun } from "@trapezoid/stun";
import { charClass, TOKEN } from "../../message/lexer.ts";
import type { Endpoint, GarbageReason } from "../contract.ts";
import { datagramTooLong, sendFailed } from "../errors.ts";
import { formatEndpoint } from "../host-port.ts";
import type { TransportCore } from "./core.ts";
import { numericLookup } from "./interfaces.ts";
import { QueueProbe } from "./queue-probe.ts";
import type { SendSlab } from "./send-slab.ts";
import { receivedChannel, sentChannel } from "./trace.ts";
import { type DatagramSender, UdpFlow } from "./udp-flow.ts";

/** What UDP over IPv4 can carry in one datagram. */
const maxDatagramBytes = 65_507;

export interface UdpSocketOptions {
  readonly core: TransportCore;
  readonly slab: SendSlab;
  readonly address: string;
  readonly port: number;
  readonly reusePort: boolean;
  readonly recvBufferBytes: number;
  readonly advertised: (local: Endpoint) => { readonly host: string; readonly port: number };
}

export class UdpSocket implements DatagramSender {
  readonly local: Endpoint;
  readonly advertised: { readonly host: string; readonly port: number };
  closed = false;
  readonly #core: TransportCore;
  readonly #slab: SendSlab;
  readonly #socket: Socket;
  #probe: QueueProbe | undefined;

  /** @internal Use `openUdpSocket`. */
  constructor(options: UdpSocketOptions, socket: Socket) {
    this.#core = options.core;
    this.#slab = options.slab;
    this.#socket = socket;
    this.local = { address: options.address, port: socket.address().port };
    this.advertised = options.advertised(this.local);
    socket.on("message", this.#onDatagram);
    // An error of recvmsg; the socket goes on.
    socket.on("error", () => {
      this.#core.counters.sendErrors++;
    });
  }

  /** Sends at once, or when the kernel has room again; `reports` tells `onSendError` if the kernel refuses. */
  send(message: string | Uint8Array, flow: UdpFlow, reports: boolean): boolean {
    const { counters, handler } = this.#core;
    const { address, port } = flow.remote;
    const size = message.length;
    if (this.closed || port === 0) return false;
    if (size > maxDatagramBytes) {
      counters.sendErrors++;
      queueMicrotask(() => handler.onSendError?.(datagramTooLong(size), flow));
      return false;
    }
    const octets = typeof message === "string" ? this.#slab.octetsOf(message) : message;
    // Node gives a datagram's callback a tick of its own, so the fast path has none; a refusal is then lost, as a datagram may be.
    if (reports) this.#socket.send(octets, port, address, (error) => this.#onSent(error, flow));
    else this.#socket.send(octets, port, address);
    if (typeof message === "string") counters.sent++;
    counters.sentBytes += size;
    if (sentChannel.hasSubscribers) sentChannel.publish({ message, flow });
    return true;
  }

  /** As the transport's `queueAgeMs`, of this socket. */
  queueAgeMs(isBusy: boolean, now: () => number): number | undefined {
    if (this.closed) return undefined;
    this.#probe ??= new QueueProbe(this.local, now);
    return this.#probe.measure(isBusy);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.#probe?.close();
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  readonly #onDatagram = (data: Buffer, peer: RemoteInfo): void => {
    const { counters, handler, limits, admission } = this.#core;
    if (admission !== undefined && !admission(peer.address, "datagram")) {
      counters.deniedDatagrams++;
      return;
    }
    counters.receivedBytes += data.length;
    if (data.length > limits.datagramBytes) {
      this.#garbage(peer, "too-large");
      return;
    }
    let start = 0;
    const first = data.length === 0 ? 0 : data[0]!;
    // All but the strangest SIP messages begin with a letter; what does not is looked at closely.
    if (first < 65 || first > 122 || peer.port === 0) {
      start = this.#unusual(data, peer);
      if (start === -1) return;
    }
    const text = data.toString("latin1", start);
    counters.received++;
    const flow = new UdpFlow(this, peer, false);
    if (receivedChannel.hasSubscribers) receivedChannel.publish({ message: text, flow });
    handler.onMessage(text, flow);
  };

  /** Where SIP begins in a datagram that does not begin with a letter; -1 when there is none, and it has been dealt with. */
  #unusual(data: Buffer, peer: RemoteInfo): number {
    const { counters, limits, handler } = this.#core;
    if (this.#probe?.take(data, peer) === true) return -1;
    // No answer can reach port 0: its sender is forged.
    if (peer.port === 0) return this.#garbage(peer);
    if (isStun(data)) {
      if (data.length > limits.stunBytes) return this.#garbage(peer, "too-large");
      const request = decodeStun(data);
      const answer = request.ok ? answerBinding(request.value, { address: peer.address, port: peer.port }) : undefined;
      if (!request.ok) return this.#garbage(peer);
      counters.keepAlives++;
      // RFC 5626 §4.4.2: the binding response keeps the flow alive and tells the client when its address changes.
      if (answer !== undefined) this.send(answer, new UdpFlow(this, peer, false), false);
      else handler.onKeepAliveAnswer?.(Uint8Array.from(data), new UdpFlow(this, peer, false));
      return -1;
    }
    let at = 0;
    // CRLFs, and the NULs that some phones send, keep a NAT's mapping; RFC 3261 §7.5 skips CRLFs before a start line.
    while (at < data.length && isKeepAlive(data[at]!)) at++;
    if (at === data.length) {
      counters.keepAlives++;
      return -1;
    }
    // A method may be any token: "!interesting-Method0123456789" (RFC 4475 §3.1.1.2).
    if ((charClass[data[at]!]! & TOKEN) !== 0) return at;
    return this.#garbage(peer);
  }

  #garbage(peer: RemoteInfo, reason: GarbageReason = "not-sip"): -1 {
    const { counters, handler } = this.#core;
    counters.garbage[reason]++;
    handler.onGarbage?.(reason, new UdpFlow(this, peer, false));
    return -1;
  }

  #onSent(error: Error | null, flow: UdpFlow): void {
    if (error === null) return;
    const { counters, handler } = this.#core;
    counters.sendErrors++;
    const to = formatEndpoint(flow.remote.address, flow.remote.port);
    handler.onSendError?.(sendFailed.from(error, to, (error as NodeJS.ErrnoException).code ?? error.message), flow);
  }
}

function isKeepAlive(octet: number): boolean {
  return octet === 13 || octet === 10 || octet === 0;
}

/** Rejects with what the system says (EADDRINUSE, EADDRNOTAVAIL, EACCES …). */
export function openUdpSocket(options: UdpSocketOptions): Promise<UdpSocket> {
  const v6 = isIPv6(options.address);
  const socket = createSocket({
    type: v6 ? "udp6" : "udp4",
    ipv6Only: v6,
    reusePort: options.reusePort,
    lookup: numericLookup as never,
  });
  return new Promise((resolve, reject) => {
    socket.once("error", (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ port: options.port, address: options.address, exclusive: true }, () => {
      socket.removeAllListeners("error");
      try {
        socket.setRecvBufferSize(options.recvBufferBytes);
      } catch {
        // Some systems refuse what they cannot give; what they gave before stays.
      }
      resolve(new UdpSocket(options, socket));
    });
  });
}
