/** A packet session of this thread. */

import { Emitter } from "@trapezoid/base";
import type { MediaAddress, StreamConfig } from "../config.ts";
import { sessionClosed } from "../errors.ts";
import type { Pacer } from "../pacer.ts";
import type { PacketEvents, PacketPipe, PacketPipeOptions, PacketSession, PacketStats } from "../packet-session.ts";
import { reportsTo } from "../stream/stream-reports.ts";
import { PacketPipeEnd } from "./packet-pipe.ts";
import { PacketStream, type PacketStreamParts } from "./packet-stream.ts";

export interface LocalPacketSessionParts extends Omit<PacketStreamParts, "handlers"> {
  readonly id: string;
  readonly pacer: Pacer;
  readonly onClosed: () => void;
}

export class LocalPacketSession implements PacketSession {
  readonly id: string;
  readonly events: Emitter<PacketEvents>;
  readonly #parts: LocalPacketSessionParts;
  readonly #stream: PacketStream;
  readonly #turn: Disposable;
  #pipe: Disposable | undefined;
  #closed = false;

  private constructor(parts: LocalPacketSessionParts, stream: PacketStream, events: Emitter<PacketEvents>) {
    this.id = parts.id;
    this.events = events;
    this.#parts = parts;
    this.#stream = stream;
    this.#turn = parts.pacer.add(() => stream.tick());
  }

  static async open(parts: LocalPacketSessionParts): Promise<LocalPacketSession> {
    const events = new Emitter<PacketEvents>();
    const stream = await PacketStream.open({
      ...parts,
      handlers: {
        ...reportsTo(events),
        keyFrameRequested: () => events.emit("keyFrameRequested"),
      },
    });
    return new LocalPacketSession(parts, stream, events);
  }

  get local(): MediaAddress {
    return this.#stream.local;
  }

  get localRtcp(): MediaAddress {
    return this.#stream.localRtcp;
  }

  get zrtpHash(): string | undefined {
    return this.#stream.zrtp?.hash;
  }

  async move(address: string | undefined): Promise<void> {
    this.#check();
    await this.#stream.move(address);
  }

  async configure(config: StreamConfig): Promise<void> {
    this.#check();
    this.#stream.configure(config);
  }

  async echo(on: boolean): Promise<void> {
    this.#check();
    if (on) this.#endPipe();
    this.#stream.echo = on;
  }

  async packets(options: PacketPipeOptions = {}): Promise<PacketPipe> {
    this.#check();
    const isOnly = options.listenOnly === true;
    const end: PacketPipeEnd = new PacketPipeEnd(options, {
      write: (packet) => {
        if (!(packet?.payload instanceof Uint8Array))
          throw new TypeError("a packet is written with its payload as Uint8Array");
        if (!isOnly) this.#stream.send(packet);
      },
      cancelled: () => {
        if (isOnly) listening[Symbol.dispose]();
      },
    });
    const listening = this.#stream.listen(end);
    if (isOnly) return end.pipe;
    this.#endPipe();
    this.#stream.echo = false;
    this.#pipe = listening;
    return end.pipe;
  }

  async requestKeyFrame(): Promise<boolean> {
    this.#check();
    return this.#stream.requestKeyFrame();
  }

  async stats(): Promise<PacketStats> {
    return this.#stream.stats();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#turn[Symbol.dispose]();
    this.#stream.close();
    this.#parts.onClosed();
    this.events.emit("closed", undefined);
    this.events.removeAll();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #endPipe(): void {
    this.#pipe?.[Symbol.dispose]();
    this.#pipe = undefined;
  }

  #check(): void {
    if (this.#closed) throw sessionClosed(this.id);
  }
}
