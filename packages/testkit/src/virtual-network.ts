/** A network in memory: hosts with addresses, links that lose, delay, duplicate and reorder, the same way for the same seed. */

import type { Clock } from "@trapezoid/base";
import { answerStunKeepAlive, type Endpoint, type TransportKind } from "@trapezoid/sip/transport";
import { createRandom } from "./random.ts";
import type { VirtualConnection, VirtualFlow } from "./virtual-flow.ts";
import { VirtualTransport, type VirtualTransportOptions } from "./virtual-transport.ts";

/** How the links are. Loss, duplication and reordering concern UDP; TCP-like flows only wait. */
export interface NetworkConditions {
  /** Share of datagrams that vanish, 0 to 1. Default 0. */
  readonly lossRate: number;
  /** One way, milliseconds. Default 1. */
  readonly delayMs: number;
  /** Up to this much more, chosen at random for each datagram (which reorders them). Default 0. */
  readonly jitterMs: number;
  /** Share of datagrams that arrive twice. Default 0. */
  readonly duplicateRate: number;
  /** Share of datagrams that arrive after those sent up to `delayMs + 1` later. Default 0. */
  readonly reorderRate: number;
}

export interface VirtualNetworkOptions extends Partial<NetworkConditions> {
  /** Default 1. */
  readonly seed?: number;
}

/** One message on its way, for taps. */
export interface Packet {
  /** When it was sent. */
  readonly at: number;
  readonly kind: TransportKind;
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly text: string;
  /** What the network does with it: `refused` when nobody listens there. */
  readonly fate: "delivered" | "lost" | "refused";
}

export class VirtualNetwork {
  readonly clock: Clock;
  /** May be changed at any time. */
  conditions: NetworkConditions;
  /** Decides, per datagram, before the rates do: `true` loses it. For a test that loses exactly the third INVITE. */
  lose: ((packet: Omit<Packet, "fate">) => boolean) | undefined;
  readonly #random: () => number;
  readonly #taps = new Set<(packet: Packet) => void>();
  readonly #transports = new Map<string, VirtualTransport>();
  readonly #unreachable = new Set<string>();
  #inFlight = 0;

  constructor(clock: Clock, options: VirtualNetworkOptions = {}) {
    this.clock = clock;
    this.#random = createRandom(options.seed);
    this.conditions = {
      lossRate: options.lossRate ?? 0,
      delayMs: options.delayMs ?? 1,
      jitterMs: options.jitterMs ?? 0,
      duplicateRate: options.duplicateRate ?? 0,
      reorderRate: options.reorderRate ?? 0,
    };
  }

  /** A host: one address, and a `Transport` to listen and send with. */
  transport(options: VirtualTransportOptions): VirtualTransport {
    if (this.#transports.has(options.address)) throw new TypeError(`the network already has a host ${options.address}`);
    const transport = new VirtualTransport(this, options, () => this.#transports.delete(options.address));
    this.#transports.set(options.address, transport);
    return transport;
  }

  /** Sees every message as it is sent. */
  tap(listener: (packet: Packet) => void): Disposable {
    this.#taps.add(listener);
    return { [Symbol.dispose]: () => this.#taps.delete(listener) };
  }

  /** From now on nothing reaches or leaves this address; its connections hang without closing. */
  cut(address: string): void {
    this.#unreachable.add(address);
  }

  mend(address: string): void {
    this.#unreachable.delete(address);
  }

  /** Datagrams and stream messages on their way. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** As a NAT has it: the address and port that others see this host send from, told in answers to STUN. */
  readonly seenAs = new Map<string, Endpoint>();
  /** Keep-alives are no longer answered: a peer that forgot the flow (RFC 5626 §4.4). */
  isDeaf: ((to: Endpoint) => boolean) | undefined;

  /** @internal */
  keepAlive(flow: VirtualFlow, octets: Uint8Array, answered: (answer: "pong" | Uint8Array) => void): void {
    const { local, remote, reliable } = flow;
    const isPing = reliable && octets.length === 4;
    const answer = isPing ? "pong" : answerStunKeepAlive(octets, this.seenAs.get(local.address) ?? local);
    if (answer === undefined || this.isCut(local, remote) || this.isDeaf?.(remote) === true) return;
    this.carry(() => this.carry(() => answered(answer)));
  }

  /** @internal */
  hostAt(address: string): VirtualTransport | undefined {
    return this.#unreachable.has(address) ? undefined : this.#transports.get(address);
  }

  /** @internal */
  isCut(from: Endpoint, to: Endpoint): boolean {
    return this.#unreachable.has(from.address) || this.#unreachable.has(to.address);
  }

  /** @internal Runs after one way's delay. */
  carry(run: () => void, delayMs = this.conditions.delayMs): void {
    this.#inFlight++;
    this.clock.after(delayMs, () => {
      this.#inFlight--;
      run();
    });
  }

  /** @internal */
  sendDatagram(kind: TransportKind, from: Endpoint, to: Endpoint, text: string): "delivered" | "lost" | "refused" {
    const { lossRate, delayMs, jitterMs, duplicateRate, reorderRate } = this.conditions;
    const packet = { at: this.clock.now(), kind, from, to, text };
    let fate: Packet["fate"] = "delivered";
    if (this.lose?.(packet) === true || this.isCut(from, to) || (lossRate > 0 && this.#random() < lossRate))
      fate = "lost";
    else if (this.hostAt(to.address)?.hasSocket(to.port) !== true) fate = "refused";
    this.#report(packet, fate);
    if (fate !== "delivered") return fate;
    const copies = duplicateRate > 0 && this.#random() < duplicateRate ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      let delay = delayMs + (jitterMs > 0 ? this.#random() * jitterMs : 0);
      if (reorderRate > 0 && this.#random() < reorderRate) delay += delayMs + 1;
      this.carry(() => this.hostAt(to.address)?.receiveDatagram(to.port, from, text), delay);
    }
    return fate;
  }

  /** @internal */
  sendOnStream(connection: VirtualConnection, text: string): void {
    const { kind, local, remote } = connection;
    const lost = this.isCut(local, remote);
    this.#report({ at: this.clock.now(), kind, from: local, to: remote, text }, lost ? "lost" : "delivered");
    if (!lost) this.carry(() => connection.peer?.receive(text));
  }

  #report(packet: Omit<Packet, "fate">, fate: Packet["fate"]): void {
    for (const tap of this.#taps) tap({ ...packet, fate });
  }
}

export function createVirtualNetwork(clock: Clock, options?: VirtualNetworkOptions): VirtualNetwork {
  return new VirtualNetwork(clock, options);
}
