/** A UDP socket of ours with one peer. */

import type { Endpoint, Flow } from "../contract.ts";
import { udpFlowId } from "../flow-id.ts";

/** What a flow needs of its socket. */
export interface DatagramSender {
  readonly local: Endpoint;
  readonly advertised: { readonly host: string; readonly port: number };
  readonly closed: boolean;
  send(message: string | Uint8Array, flow: UdpFlow, reports: boolean): boolean;
}

const none: readonly string[] = Object.freeze([]);
const nothing: Disposable = { [Symbol.dispose]() {} };

/**
 * One is made for each datagram received: three words, where finding one by peer would cost seven times as much (a key to
 * build and to hash) and would have to be bounded. Two flows are the same when their ids are.
 */
export class UdpFlow implements Flow {
  readonly remote: Endpoint;
  readonly #socket: DatagramSender;
  /** The id once asked for; most flows of a busy proxy never are. */
  #id: string | undefined = undefined;
  #reports: boolean;

  /**
   * `reports`: the first send tells `onSendError` whether the kernel took it (no route, forbidden). It costs a callback, so
   * flows of received datagrams, whose peer is there, go without.
   */
  constructor(socket: DatagramSender, remote: Endpoint, reports: boolean) {
    this.#socket = socket;
    this.remote = remote;
    this.#reports = reports;
  }

  get kind(): "udp" {
    return "udp";
  }

  get reliable(): boolean {
    return false;
  }

  get secure(): boolean {
    return false;
  }

  get local(): Endpoint {
    return this.#socket.local;
  }

  get advertised(): { readonly host: string; readonly port: number } {
    return this.#socket.advertised;
  }

  get id(): string {
    this.#id ??= udpFlowId(this.#socket.local, this.remote);
    return this.#id;
  }

  get closed(): boolean {
    return this.#socket.closed;
  }

  get peerNames(): readonly string[] {
    return none;
  }

  /** @internal The socket that it leaves by. */
  get sender(): DatagramSender {
    return this.#socket;
  }

  send(message: string | Uint8Array): boolean {
    const reports = this.#reports;
    this.#reports = false;
    return this.#socket.send(message, this, reports);
  }

  onClose(): Disposable {
    return nothing;
  }

  /** A UDP flow has nothing to close; its socket belongs to the listener. */
  close(): void {}
}
