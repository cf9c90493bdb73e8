/** Between threads: messages that belong to another worker, and flows that another thread owns. */

import type { MessagePort } from "node:worker_threads";
import type { Endpoint, Flow } from "@trapezoid/sip/transport";
import type { FlowDescriptor, PeerMessage } from "./contract.ts";
import { costOf, TakenCount } from "./thread-queue.ts";

export interface PeerLinksOptions {
  readonly workerId: number;
  readonly peers: ReadonlyMap<number, MessagePort>;
  /** A message that another thread received for us. */
  readonly onInbound: (text: string, flow: Flow) => void;
  /** A flow of ours by its id. */
  readonly flowById: (id: string) => Flow | undefined;
  /**
   * How many flows of one other thread are remembered; the oldest is forgotten first. As many connections as a thread may have, or
   * strangers who open new ones would make a thread forget those by which phones have registered.
   */
  readonly maxFlows: () => number;
  /** How much may wait for one other worker. */
  readonly threadQueueBytes: () => number;
}

/** Plain numbers, read at scrape. */
export interface PeerLinkCounters {
  /** Octets of messages that were handed over and wait. */
  waitingBytes: number;
  /** Messages that were not handed over: too much waited. */
  refused: number;
}

/** The thread of the HTTP server and its WebSocket edge. */
const MAIN_THREAD = 0;

export class PeerLinks {
  readonly counters: PeerLinkCounters = { waitingBytes: 0, refused: 0 };
  readonly #waiting = new Map<number, number>();
  readonly #options: PeerLinksOptions;
  readonly #flows = new Map<string, RemoteFlow>();
  readonly #announced = new WeakSet<Flow>();

  constructor(options: PeerLinksOptions) {
    this.#options = options;
    for (const [workerId, port] of options.peers) {
      const taken = new TakenCount(port);
      port.on("message", (message: PeerMessage) => {
        if (message.type === "taken") this.#count(workerId, -message.bytes);
        else this.#receive(message);
        if (message.type === "inbound") taken.take(message.text);
      });
    }
  }

  has(workerId: number): boolean {
    return this.#options.peers.has(workerId);
  }

  /**
   * Hands a received message to the worker that it belongs to. False when there is no such worker, or too much waits for it: all threads
   * together may read more of what somebody made up for one than that one can take.
   */
  handOver(workerId: number, text: string, flow: Flow): boolean {
    const port = this.#options.peers.get(workerId);
    // The main thread has no transactions: what says that it belongs there was made up.
    if (port === undefined || workerId === MAIN_THREAD) return false;
    if ((this.#waiting.get(workerId) ?? 0) > this.#options.threadQueueBytes()) {
      this.counters.refused++;
      return false;
    }
    this.#count(workerId, costOf(text));
    port.postMessage({ type: "inbound", text, flow: describe(flow, this.#options.workerId) } satisfies PeerMessage);
    return true;
  }

  #count(workerId: number, bytes: number): void {
    this.#waiting.set(workerId, (this.#waiting.get(workerId) ?? 0) + bytes);
    this.counters.waitingBytes += bytes;
  }

  /** A flow that another thread owns and has told of; `undefined` when it is ours, unknown or gone. */
  remoteFlow(id: string): Flow | undefined {
    return this.#flows.get(id);
  }

  /** Tells the other workers of a connection of ours, once, so that they can send on it. */
  announce(flow: Flow): void {
    if (!flow.reliable || this.#announced.has(flow)) return;
    this.#announced.add(flow);
    if (flow instanceof RemoteFlow) return;
    const flowDescriptor = describe(flow, this.#options.workerId);
    let told = 0;
    for (const [workerId, port] of this.#options.peers) {
      if (workerId === MAIN_THREAD) continue;
      port.postMessage({ type: "flow-opened", flow: flowDescriptor } satisfies PeerMessage);
      told++;
    }
    if (told > 0) flow.onClose(() => this.#announceClosed(flow.id));
  }

  close(): void {
    for (const port of this.#options.peers.values()) port.close();
    this.#flows.clear();
  }

  #receive(message: PeerMessage): void {
    if (message.type === "inbound") {
      this.#options.onInbound(message.text, this.#flowOf(message.flow));
    } else if (message.type === "send") {
      const flow = this.#options.flowById(message.flowId);
      if (flow === undefined || !flow.send(message.text)) this.#announceClosed(message.flowId);
    } else if (message.type === "vouched") {
      this.#options.flowById(message.flowId)?.vouch?.();
    } else if (message.type === "flow-opened") {
      this.#flowOf(message.flow);
    } else if (message.type === "flow-closed") {
      const flow = this.#flows.get(message.flowId);
      this.#flows.delete(message.flowId);
      flow?.ended();
    }
  }

  #announceClosed(flowId: string): void {
    for (const port of this.#options.peers.values())
      port.postMessage({ type: "flow-closed", flowId } satisfies PeerMessage);
  }

  #flowOf(descriptor: FlowDescriptor): Flow {
    if (descriptor.kind === "udp") {
      const own = this.#options.flowById(descriptor.id);
      if (own !== undefined) return own;
    }
    const known = this.#flows.get(descriptor.id);
    if (known !== undefined) return known;
    const port = this.#options.peers.get(descriptor.owner);
    if (port === undefined) throw new TypeError(`no thread ${descriptor.owner}`);
    return this.#remember(new RemoteFlow(port, descriptor));
  }

  #remember(flow: RemoteFlow): RemoteFlow {
    if (this.#flows.size >= this.#options.maxFlows() * this.#options.peers.size) {
      const [id, oldest] = this.#flows.entries().next().value!;
      this.#flows.delete(id);
      // Whoever holds it would send on a flow that nobody ends any more.
      oldest.ended();
    }
    this.#flows.set(flow.id, flow);
    return flow;
  }
}

export function describe(flow: Flow, owner: number): FlowDescriptor {
  return {
    id: flow.id,
    owner,
    kind: flow.kind,
    localAddress: flow.local.address,
    localPort: flow.local.port,
    remoteAddress: flow.remote.address,
    remotePort: flow.remote.port,
    advertisedHost: flow.advertised.host,
    advertisedPort: flow.advertised.port,
    peerNames: flow.peerNames,
    indirect: flow.indirect === true,
  };
}

class RemoteFlow implements Flow {
  readonly id: string;
  readonly kind: Flow["kind"];
  readonly reliable: boolean;
  readonly secure: boolean;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly advertised: { readonly host: string; readonly port: number };
  readonly peerNames: readonly string[];
  readonly indirect: boolean;
  readonly #port: MessagePort;
  readonly #listeners = new Set<() => void>();
  #closed = false;
  #isVouched = false;

  constructor(port: MessagePort, descriptor: FlowDescriptor) {
    this.#port = port;
    this.id = descriptor.id;
    this.kind = descriptor.kind;
    this.reliable = descriptor.kind !== "udp";
    this.secure = descriptor.kind === "tls" || descriptor.kind === "wss";
    this.local = { address: descriptor.localAddress, port: descriptor.localPort };
    this.remote = { address: descriptor.remoteAddress, port: descriptor.remotePort };
    this.advertised = { host: descriptor.advertisedHost, port: descriptor.advertisedPort };
    this.peerNames = descriptor.peerNames;
    this.indirect = descriptor.indirect;
  }

  get closed(): boolean {
    return this.#closed;
  }

  send(message: string | Uint8Array): boolean {
    if (this.#closed) return false;
    const text = typeof message === "string" ? message : Buffer.from(message).toString("latin1");
    this.#port.postMessage({ type: "send", flowId: this.id, text } satisfies PeerMessage);
    return true;
  }

  vouch(): void {
    if (this.#isVouched || this.#closed) return;
    this.#isVouched = true;
    this.#port.postMessage({ type: "vouched", flowId: this.id } satisfies PeerMessage);
  }

  onClose(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  /** The owner says that the connection has ended. */
  ended(): void {
    this.#closed = true;
    for (const listener of [...this.#listeners]) listener();
    this.#listeners.clear();
  }

  /** Only its owner closes a connection. */
  close(): void {}
}
