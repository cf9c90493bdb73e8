/** The time that a peer has for its TLS and WebSocket handshakes. */

import type { Socket } from "node:net";
import { TimerNode, type TimerWheel } from "@trapezoid/base";

class HandshakeTimer extends TimerNode {
  readonly #socket: Socket;
  readonly #onExpired: () => void;

  constructor(socket: Socket, onExpired: () => void) {
    super();
    this.#socket = socket;
    this.#onExpired = onExpired;
  }

  override onTimer(): void {
    this.#onExpired();
    this.abort();
  }

  abort(): void {
    this.#socket.destroy();
  }
}

/** Handshakes under way at one listener. A socket is known by its peer: TLS and HTTP wrap the socket that was accepted. */
export class Handshakes {
  readonly #wheel: TimerWheel;
  readonly #ms: number;
  readonly #onExpired: () => void;
  readonly #timers = new Map<string, HandshakeTimer>();

  constructor(wheel: TimerWheel, ms: number, onExpired: () => void) {
    this.#wheel = wheel;
    this.#ms = ms;
    this.#onExpired = onExpired;
  }

  begin(socket: Socket): void {
    const key = keyOf(socket);
    const timer = new HandshakeTimer(socket, this.#onExpired);
    this.#timers.set(key, timer);
    this.#wheel.arm(timer, this.#ms);
    socket.once("close", () => {
      this.#wheel.cancel(timer);
      if (this.#timers.get(key) === timer) this.#timers.delete(key);
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
    for (const timer of [...this.#timers.values()]) {
      this.#wheel.cancel(timer);
      timer.abort();
    }
    this.#timers.clear();
  }
}

function keyOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress}`;
}
