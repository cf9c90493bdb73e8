/** A TCP or TLS connection: messages cut out by Content-Length, pings answered. RFC 3261 §18.3, RFC 5626 §4.4.1. */

import type { Socket } from "node:net";
import { StreamFramer } from "../../message/framing.ts";
import { charClass, TOKEN } from "../../message/lexer.ts";
import { connectionLost } from "../errors.ts";
import { Connection, type ConnectionParts } from "./connection.ts";
import type { TransportCore } from "./core.ts";

const pongOctets = Uint8Array.of(13, 10);

export class StreamConnection extends Connection {
  readonly #socket: Socket;
  readonly #framer: StreamFramer;
  #error: Error | undefined;

  constructor(core: TransportCore, parts: ConnectionParts, socket: Socket) {
    super(core, parts);
    this.#socket = socket;
    this.#framer = new StreamFramer(core.limits);
    socket.on("data", this.#onData);
    socket.on("error", (error) => {
      this.#error = error;
    });
    socket.on("drain", () => this.drained());
    socket.on("end", () => this.#onEnd());
    socket.on("close", () => this.ended(this.#error));
    this.schedule();
  }

  protected override get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  protected override get writtenBytes(): number {
    // bytesWritten counts what is queued too.
    return this.#socket.bytesWritten - this.#socket.writableLength;
  }

  protected override write(message: string | Uint8Array): void {
    if (typeof message === "string") this.#socket.write(message, "latin1");
    else this.#socket.write(message);
  }

  protected override read(on: boolean): void {
    if (on) this.#socket.resume();
    else this.#socket.pause();
  }

  protected override end(): void {
    this.#socket.end();
  }

  protected override destroy(): void {
    this.#socket.destroy();
  }

  readonly #onData = (data: Buffer): void => {
    this.touch(data.length);
    if (this.closed || this.isLeaving) return;
    const { deadlines } = this;
    let wasPartial = deadlines.partialSince > 0;
    // A TLS client on the TCP port, or worse: not worth waiting for its empty line.
    if (!this.#framer.isPending && !mayBeSip(data)) {
      this.garbage("not-sip");
      this.fail(connectionLost("the peer does not speak SIP"));
      return;
    }
    for (const framed of this.#framer.push(data.toString("latin1"))) {
      switch (framed.kind) {
        case "message":
          wasPartial = false;
          this.deliver(framed.text);
          break;
        case "ping":
          // RFC 5626 §4.4.1: a double CRLF is answered with a single one.
          this.keptAlive();
          this.send(pongOctets);
          break;
        case "pong":
          this.keptAlive();
          this.core.handler.onKeepAliveAnswer?.("pong", this);
          break;
        case "fault":
          this.garbage(framed.fault.code.endsWith("TOO_LARGE") ? "too-large" : "bad-framing", framed.head);
          // §18.3: where the next message begins is unknown. What answers this one and those before still leaves.
          this.closeSoon();
          return;
      }
      if (this.closed) return;
    }
    if (!this.#framer.isPending) deadlines.partialSince = 0;
    else if (!wasPartial) {
      deadlines.partialSince = deadlines.receivedAt;
      this.schedule();
    }
  };

  #onEnd(): void {
    if (this.#framer.isPending && !this.closed) this.garbage("incomplete");
    // A SIP connection is of no use in one direction; answers already queued still leave.
    this.close();
  }
}

/** Whether the first octet that is not of a keep-alive can begin a start line. */
function mayBeSip(data: Buffer): boolean {
  let at = 0;
  while (at < data.length && (data[at] === 13 || data[at] === 10)) at++;
  return at === data.length || (charClass[data[at]!]! & TOKEN) !== 0;
}
