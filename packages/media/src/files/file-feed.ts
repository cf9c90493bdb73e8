/** A file read ahead in the background, so that whoever plays it never waits for a disk. */

import { type FileHandle, open } from "node:fs/promises";

const chunkBytes = 65_536;
/** Kept ready: 2 s of 48 kHz stereo. */
const aheadBytes = 3 * chunkBytes;

export class FileFeed implements Disposable {
  readonly #file: FileHandle;
  #chunks: Uint8Array[] = [];
  #ready = 0;
  #at = 0;
  #reading: Promise<void> | undefined;
  #ended = false;
  #closed = false;
  #failure: unknown;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Rejects with the system's error. The first octets are there when it resolves. */
  static async open(path: string): Promise<FileFeed> {
    const feed = new FileFeed(await open(path, "r"));
    feed.#readAhead();
    await feed.#reading;
    if (feed.#failure !== undefined) {
      feed[Symbol.dispose]();
      throw feed.#failure;
    }
    return feed;
  }

  /** Everything was read and taken. */
  get ended(): boolean {
    return this.#ended && this.#ready === 0;
  }

  /** Everything was read; some of it may not be taken yet. */
  get drained(): boolean {
    return this.#ended;
  }

  /** Octets that are ready. */
  get ready(): number {
    return this.#ready;
  }

  /** Exactly so many octets, or `undefined` when there are not so many now (at the end: ever). */
  take(bytes: number): Uint8Array | undefined {
    if (this.#ready < bytes) {
      this.#readAhead();
      return undefined;
    }
    this.#ready -= bytes;
    const first = this.#chunks[0]!;
    let out: Uint8Array;
    if (first.length >= bytes) {
      out = first.subarray(0, bytes);
      this.#chunks[0] = first.subarray(bytes);
    } else {
      out = new Uint8Array(bytes);
      for (let filled = 0; filled < bytes; ) {
        const chunk = this.#chunks[0]!;
        const part = chunk.subarray(0, bytes - filled);
        out.set(part, filled);
        filled += part.length;
        if (part.length === chunk.length) this.#chunks.shift();
        else this.#chunks[0] = chunk.subarray(part.length);
      }
    }
    if (this.#chunks[0]?.length === 0) this.#chunks.shift();
    this.#readAhead();
    return out;
  }

  /** The first octets without taking them; at most what is ready. */
  peek(): Uint8Array {
    return this.#chunks[0] ?? new Uint8Array(0);
  }

  /** Reads from there on. */
  async seek(offset: number): Promise<void> {
    await this.#reading;
    this.#chunks = [];
    this.#ready = 0;
    this.#at = offset;
    this.#ended = false;
    this.#readAhead();
    await this.#reading;
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    void (this.#reading ?? Promise.resolve()).then(() => this.#file.close()).catch(() => {});
  }

  #readAhead(): void {
    if (this.#reading !== undefined || this.#ended || this.#closed || this.#ready >= aheadBytes) return;
    this.#reading = this.#read().finally(() => {
      this.#reading = undefined;
      this.#readAhead();
    });
  }

  async #read(): Promise<void> {
    const chunk = new Uint8Array(chunkBytes);
    try {
      const { bytesRead } = await this.#file.read(chunk, 0, chunkBytes, this.#at);
      this.#at += bytesRead;
      if (bytesRead === 0) this.#ended = true;
      else {
        this.#chunks.push(chunk.subarray(0, bytesRead));
        this.#ready += bytesRead;
      }
    } catch (error) {
      // A disk that fails ends the file; its player goes on with silence.
      this.#failure = error;
      this.#ended = true;
    }
  }
}
