/** Sockets of a stream that are changed for others while packets flow: an address of ours has gone, or another leads to the other side now. */

import type { MediaAddress } from "../config.ts";
import { RtpSocketPair, type SocketPairHandlers, type SocketPairOptions } from "./socket-pair.ts";

export class MovingSockets {
  readonly #options: SocketPairOptions;
  readonly #handlers: SocketPairHandlers;
  /** What descriptions say. */
  #now: RtpSocketPair;
  /** What the other side knows, until it has agreed to the new ones. */
  #before: RtpSocketPair | undefined;
  #isMuxed = false;
  #closed = false;

  private constructor(options: SocketPairOptions, handlers: SocketPairHandlers, sockets: RtpSocketPair) {
    this.#options = options;
    this.#handlers = handlers;
    this.#now = sockets;
  }

  /** Rejects with `MEDIA_NO_PORTS` and `MEDIA_BIND_FAILED`. */
  static async open(options: SocketPairOptions, handlers: SocketPairHandlers): Promise<MovingSockets> {
    return new MovingSockets(options, handlers, await RtpSocketPair.open(options, handlers));
  }

  get local(): MediaAddress {
    return this.#now.local;
  }

  get localRtcp(): MediaAddress {
    return this.#now.localRtcp;
  }

  /** Rejects as `open`; then nothing has changed. What comes to the sockets before is heard until `settle`. */
  async move(address: string): Promise<void> {
    const sockets = await RtpSocketPair.open({ ...this.#options, address }, this.#handlers);
    if (this.#closed) {
      sockets.close();
      return;
    }
    if (this.#isMuxed) sockets.mux();
    if (this.#before === undefined) this.#before = this.#now;
    else this.#now.close();
    this.#now = sockets;
  }

  /** The other side did not agree. */
  moveBack(): void {
    if (this.#before === undefined) return;
    this.#now.close();
    this.#now = this.#before;
    this.#before = undefined;
  }

  /** The other side knows the new ones. */
  settle(): void {
    this.#before?.close();
    this.#before = undefined;
  }

  mux(): void {
    this.#isMuxed = true;
    this.#now.mux();
  }

  sendRtp(octets: Uint8Array, to: MediaAddress): void {
    (this.#before ?? this.#now).sendRtp(octets, to);
  }

  sendRtcp(octets: Uint8Array, to: MediaAddress): void {
    (this.#before ?? this.#now).sendRtcp(octets, to);
  }

  close(): void {
    this.#closed = true;
    this.#before?.close();
    this.#now.close();
  }
}
