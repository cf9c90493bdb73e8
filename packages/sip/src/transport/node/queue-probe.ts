/**
 * How long datagrams wait in the kernel before a UDP socket's thread reads them: measured by datagrams that we send to our own address,
 * behind all that waits there. Nothing else tells: the kernel's queue is seen by nobody, and an event loop that is busy reading it is
 * on time.
 */

import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { Endpoint } from "../contract.ts";
import { numericLookup } from "./interfaces.ts";
import { QueueAge } from "./queue-age.ts";

/** A probe is a number in CRs and LFs, one a bit: for whoever else gets it, a keep-alive (RFC 5626 §4.4.1). */
const probeOctets = 32;

/**
 * Threads that share a port get datagrams by where they come from: ports of ours are tried until one's probes come home. So many probes
 * that have not come for so long, though nothing waits, say that a port's do not; so many ports that none's ever will.
 */
const strayedMs = 250;
const strays = 2;
const mostPorts = 64;

/** Which thread gets a port's datagrams changes when threads come and go: looked after once in a while. */
const verifyMs = 60_000;

/** Dropped, all of them, for want of room: then it is not known how old what is read is. */
const hopelessMs = 10_000;

export class QueueProbe {
  readonly #target: Endpoint;
  readonly #now: () => number;
  readonly #age = new QueueAge();
  #socket: Socket | undefined;
  #port = 0;
  #ports = 0;
  #isHome = false;
  #cameAt = 0;
  #strays = 0;
  #closed = false;

  /** `target`: the socket whose queue is measured. */
  constructor(target: Endpoint, now: () => number) {
    this.#target = target;
    this.#now = now;
    this.#open();
  }

  /**
   * How old what is read now is; milliseconds, `undefined` while that is not known. `isBusy`: since the last call the thread has always
   * had something to do. If not, the queue was empty at some time, and what is read has come since.
   */
  measure(isBusy: boolean): number | undefined {
    const now = this.#now();
    if (!isBusy) {
      this.#lookAfter(now);
      return 0;
    }
    if (this.#age.waitingMs(now) > hopelessMs) this.#isHome = false;
    const age = this.#isHome ? this.#age.ageMs(now) : undefined;
    this.#send(now);
    return age;
  }

  /** Whether the datagram is a probe of ours. */
  take(data: Uint8Array, peer: Pick<RemoteInfo, "port" | "address">): boolean {
    if (data.length !== probeOctets || peer.port !== this.#port || peer.address !== this.#target.address) return false;
    const now = this.#now();
    if (this.#age.came(numberOf(data), now)) {
      this.#isHome = true;
      this.#cameAt = now;
      this.#strays = 0;
      this.#ports = 0;
    }
    return true;
  }

  close(): void {
    this.#closed = true;
    this.#socket?.close();
    this.#socket = undefined;
  }

  /** While nothing waits: what is under way for long has strayed, or was dropped. */
  #lookAfter(now: number): void {
    const waitingMs = this.#age.waitingMs(now);
    if (waitingMs > strayedMs) {
      this.#age.reset();
      this.#isHome = false;
      if (++this.#strays >= strays) this.#open();
    } else if (waitingMs > 0) return;
    if (!this.#isHome || now - this.#cameAt > verifyMs) this.#send(now);
  }

  #send(now: number): void {
    if (this.#port === 0) return;
    this.#socket?.send(octetsOf(this.#age.sent(now)), this.#target.port, this.#target.address);
  }

  /** From a new port. */
  #open(): void {
    this.#socket?.close();
    this.#socket = undefined;
    this.#port = 0;
    this.#isHome = false;
    this.#strays = 0;
    this.#age.reset();
    if (this.#closed || this.#ports++ >= mostPorts) return;
    const v6 = isIPv6(this.#target.address);
    const socket = createSocket({ type: v6 ? "udp6" : "udp4", ipv6Only: v6, lookup: numericLookup as never });
    this.#socket = socket;
    // Of a probe that cannot be sent nothing is learnt, and nothing is lost.
    socket.on("error", () => {});
    // It keeps no process alive.
    socket.unref();
    socket.bind({ port: 0, address: this.#target.address, exclusive: true }, () => {
      if (socket === this.#socket) this.#port = socket.address().port;
    });
  }
}

function octetsOf(number: number): Uint8Array {
  const octets = new Uint8Array(probeOctets);
  for (let bit = 0; bit < probeOctets; bit++) octets[bit] = (number >>> bit) & 1 ? 13 : 10;
  return octets;
}

function numberOf(octets: Uint8Array): number {
  let number = 0;
  for (let bit = 0; bit < probeOctets; bit++) if (octets[bit] === 13) number |= 1 << bit;
  return number >>> 0;
}
