/** All UDP sockets of a transport: which of them reaches a peer, and which one a flow's id names. */

import type { Flow, Target } from "../contract.ts";
import { parseUdpFlowId } from "../flow-id.ts";
import { endpointKey, isLoopback } from "../host-port.ts";
import { familyOf, SourceAddresses } from "./interfaces.ts";
import { UdpFlow } from "./udp-flow.ts";
import type { UdpSocket } from "./udp-socket.ts";

/** Flows looked up by id and kept; a bound, not a need. */
const rememberedFlows = 4096;

/** After so many flows the next send to each address reports again. */
const reportEvery = 256;

export class UdpSockets {
  readonly #byEndpoint = new Map<string, UdpSocket>();
  readonly #sources: SourceAddresses;
  /** Reading an id costs a microsecond, and a registered phone is called by the same id again and again. */
  readonly #byId = new Map<string, UdpFlow>();
  /** Addresses that a send was reported for since routes were last forgotten. */
  readonly #reached = new Set<string>();
  #asked = 0;

  constructor(sources: SourceAddresses = new SourceAddresses()) {
    this.#sources = sources;
  }

  get sockets(): Iterable<UdpSocket> {
    return this.#byEndpoint.values();
  }

  /** The sockets there are now. */
  update(sockets: Iterable<UdpSocket>): void {
    this.#byEndpoint.clear();
    this.#byId.clear();
    this.#reached.clear();
    this.#sources.forget();
    for (const socket of sockets) this.#byEndpoint.set(endpointKey(socket.local), socket);
  }

  /** Routes may have changed. */
  forgetRoutes(): void {
    this.#reached.clear();
    this.#sources.forget();
  }

  /** `undefined` when no socket has the target's family. */
  flowTo(target: Target, from: Flow | undefined): UdpFlow | undefined {
    const { address, port } = target;
    const socket = this.#socketFor(address, from);
    if (socket === undefined) return undefined;
    // A flow reports how its first send went, which costs a callback; once in a while is enough for one address.
    if (++this.#asked % reportEvery === 0) this.#reached.clear();
    const reports = !this.#reached.has(address);
    if (reports) {
      if (this.#reached.size >= rememberedFlows) this.#reached.clear();
      this.#reached.add(address);
    }
    return new UdpFlow(socket, { address, port }, reports);
  }

  flowById(id: string): UdpFlow | undefined {
    const known = this.#byId.get(id);
    if (known !== undefined) return known;
    const named = parseUdpFlowId(id);
    const socket = named === undefined ? undefined : this.#byEndpoint.get(endpointKey(named.local));
    if (named === undefined || socket === undefined) return undefined;
    if (this.#byId.size >= rememberedFlows) this.#byId.clear();
    const flow = new UdpFlow(socket, named.remote, true);
    this.#byId.set(id, flow);
    return flow;
  }

  /**
   * The socket of the flow that is preferred; else the one on the address that the kernel's routes choose; else any of the
   * family. A loopback socket reaches loopback peers alone, and no other socket is asked to reach them.
   */
  #socketFor(address: string, preferred: Flow | undefined): UdpSocket | undefined {
    const family = familyOf(address);
    const loopback = isLoopback(address);
    if (preferred !== undefined) {
      const { local } = preferred;
      if (isLoopback(local.address) === loopback && familyOf(local.address) === family) {
        const socket =
          preferred instanceof UdpFlow ? (preferred.sender as UdpSocket) : this.#byEndpoint.get(endpointKey(local));
        if (socket !== undefined && !socket.closed) return socket;
      }
    }
    const source = this.#sources.towards(address);
    let any: UdpSocket | undefined;
    for (const socket of this.#byEndpoint.values()) {
      const local = socket.local.address;
      if (familyOf(local) !== family) continue;
      if (local === source) return socket;
      if (any === undefined || (isLoopback(any.local.address) !== loopback && isLoopback(local) === loopback))
        any = socket;
    }
    return any;
  }
}
