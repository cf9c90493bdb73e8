/** The time that a peer has for its TLS and WebSocket handshakes. */

import type { Socket } from "node:net";
import { TimerNode, type TimerWheel } from "@trapezoid/base";

class HandshakeTimer extends TimerNode {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
  }

  override onTimer(): void {
    this.#socket.destroy();
  }
}

/** Handshakes under way at one listener. A socket is known by its peer: TLS and HTTP wrap the socket that was accepted. */
export class Handshakes {
  readonly #wheel: TimerWheel;
  readonly #ms: number;
  readonly #onFailed: () => void;
  readonly #timers = new Map<string, HandshakeTimer>();

  /** `onFailed`: a socket closed with its handshake not done, for whatever reason. */
  constructor(wheel: TimerWheel, ms: number, onFailed: () => void) {
    this.#wheel = wheel;
    this.#ms = ms;
    this.#onFailed = onFailed;
  }

  begin(socket: Socket): void {
    const key = keyOf(socket);
    const timer = new HandshakeTimer(socket);
    this.#timers.set(key, timer);
    this.#wheel.arm(timer, this.#ms);
    socket.once("close", () => {
      if (this.#timers.get(key) !== timer) return;
      this.#wheel.cancel(timer);
      this.#timers.delete(key);
      this.#onFailed();
    });
  }

  /** The handshake of this socket, or of the one that it wraps, is done. */
  done(socket: Socket): void {
    const key = keyOf(socket);
    const timer = this.#timers.get(key);
    if (timer === undefined) return;
    this.#wheel.cancel(timer);
    this.#timers.delete(key);
  }

  /** Ends those that are still under way. */
  close(): void {
    for (const timer of [...this.#timers.values()]) timer.onTimer();
  }
}

function keyOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress}`;
}
