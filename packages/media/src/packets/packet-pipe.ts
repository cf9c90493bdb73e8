/** Packets for an application, as streams. */

import type { MediaPacket, OutgoingPacket, PacketPipe, PacketPipeOptions } from "../packet-session.ts";

export interface PipeHandlers {
  write(packet: OutgoingPacket): void;
  /** The reader wants no more. */
  cancelled(): void;
}

export class PacketPipeEnd implements Disposable {
  readonly pipe: PacketPipe;
  #reader: ReadableStreamDefaultController<MediaPacket> | undefined;
  #writer: WritableStreamDefaultController | undefined;

  constructor({ bufferPackets = 500 }: PacketPipeOptions, { write, cancelled }: PipeHandlers) {
    const readable = new ReadableStream<MediaPacket>(
      {
        start: (controller) => {
          this.#reader = controller;
        },
        cancel: () => {
          this.#reader = undefined;
          cancelled();
        },
      },
      { highWaterMark: Math.max(1, bufferPackets) },
    );
    const writable = new WritableStream<OutgoingPacket>({
      start: (controller) => {
        this.#writer = controller;
      },
      write,
      close: () => {
        this.#writer = undefined;
      },
      abort: () => {
        this.#writer = undefined;
      },
    });
    this.pipe = { readable, writable };
  }

  /** False when the reader is too slow; the packet is taken over. */
  give(packet: MediaPacket): boolean {
    const reader = this.#reader;
    if (reader === undefined) return true;
    if ((reader.desiredSize ?? 0) <= 0) return false;
    reader.enqueue(packet);
    return true;
  }

  /** What was given can still be read. */
  [Symbol.dispose](): void {
    this.#reader?.close();
    this.#reader = undefined;
    this.#writer?.error(new DOMException("the media session sends something else now", "AbortError"));
    this.#writer = undefined;
  }
}
