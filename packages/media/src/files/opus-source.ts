/** Plays Opus in Ogg. RFC 7845. */

import { type Fault, fault, ok, type Result } from "@trapezoid/base";
import { type Decoder, opus, opusSamples } from "@trapezoid/codec";
import { SampleFifo } from "../audio/sample-fifo.ts";
import type { Source } from "../audio/source.ts";
import type { FileFeed } from "./file-feed.ts";
import { OggDemuxer, type OggPacket } from "./ogg.ts";

const sampleRate = 48_000;
const chunkBytes = 4_096;

export interface OpusHead {
  readonly channels: number;
  /** Samples at 48 kHz at the beginning that are not to be played. */
  readonly preSkip: number;
  /** Q7.8 dB to be added. */
  readonly gain: number;
}

/** RFC 7845 §5.1. */
export function parseOpusHead(packet: Uint8Array): Result<OpusHead, Fault> {
  if (packet.length < 19 || new TextDecoder("latin1").decode(packet.subarray(0, 8)) !== "OpusHead") {
    return fault("OPUS_NO_HEAD", "its first packet is no OpusHead");
  }
  // §5.1: versions below 16 can be read.
  if (packet[8]! >= 16) return fault("OPUS_VERSION", `version ${packet[8]} of OpusHead is not known`, 8);
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const channels = packet[9]!;
  if (packet[18] !== 0 || channels < 1 || channels > 2) {
    return fault("OPUS_CHANNELS", `${channels} channels in mapping family ${packet[18]} cannot be played`, 18);
  }
  return ok({ channels, preSkip: view.getUint16(10, true), gain: view.getInt16(16, true) });
}

export class OggOpusSource implements Source {
  readonly sampleRate = sampleRate;
  starved = 0;
  readonly #feed: FileFeed;
  readonly #head: OpusHead;
  readonly #gain: number;
  readonly #decoder: Decoder;
  readonly #loop: boolean;
  readonly #fifo = new SampleFifo(sampleRate / 2);
  #demuxer: OggDemuxer;
  #packets: OggPacket[];
  #skip: number;
  /** Samples decoded so far, those to be skipped included. */
  #decoded = 0;
  #rewinding = false;

  private constructor(
    feed: FileFeed,
    demuxer: OggDemuxer,
    packets: OggPacket[],
    head: OpusHead,
    decoder: Decoder,
    loop: boolean,
  ) {
    this.#feed = feed;
    this.#demuxer = demuxer;
    this.#packets = packets;
    this.#head = head;
    this.#skip = head.preSkip;
    this.#gain = 10 ** (head.gain / 256 / 20);
    this.#decoder = decoder;
    this.#loop = loop;
  }

  /** Takes the feed over; disposes it where the file cannot be played. */
  static async open(feed: FileFeed, loop: boolean): Promise<Result<OggOpusSource, Fault>> {
    const demuxer = new OggDemuxer();
    const packets: OggPacket[] = [];
    while (packets.length < 2 && feed.ready > 0) {
      packets.push(...demuxer.push(feed.take(Math.min(chunkBytes, feed.ready))!));
    }
    const first = packets.shift();
    const head = first === undefined ? fault("OPUS_NO_HEAD", "it holds no packet") : parseOpusHead(first.payload);
    if (!head.ok) {
      feed[Symbol.dispose]();
      return head;
    }
    // The second packet is the comment header (§5.2), which nobody listens to.
    packets.shift();
    const decoder = await opus.createDecoder({ sampleRate });
    return ok(new OggOpusSource(feed, demuxer, packets, head.value, decoder, loop));
  }

  read(frame: Int16Array): boolean {
    while (!this.#rewinding && this.#fifo.size < frame.length) {
      const packet = this.#packets.shift();
      if (packet !== undefined) {
        this.#decode(packet);
        continue;
      }
      const bytes = Math.min(chunkBytes, this.#feed.ready);
      if (bytes > 0) this.#packets.push(...this.#demuxer.push(this.#feed.take(bytes)!));
      else if (!this.#feed.drained) break;
      else return this.#end(frame);
    }
    if (!this.#fifo.read(frame)) {
      this.starved++;
      // Asked for more than there is, it reads on.
      if (!this.#rewinding) this.#feed.take(Number.MAX_SAFE_INTEGER);
      frame.fill(0);
    }
    return true;
  }

  [Symbol.dispose](): void {
    this.#feed[Symbol.dispose]();
    this.#decoder[Symbol.dispose]();
  }

  #decode({ payload, granule, isLast }: OggPacket): void {
    const samples = this.#decoder.decode(payload) ?? this.#decoder.conceal(opusSamples(payload, sampleRate));
    this.#decoded += samples.length;
    // §4.4: the granule position of the last page may cut the last packet short.
    const surplus = isLast && granule >= 0 ? Math.max(0, this.#decoded - granule) : 0;
    const kept = samples.subarray(0, Math.max(0, samples.length - surplus));
    // §4.2: the decoder needs these to settle.
    const skipped = Math.min(this.#skip, kept.length);
    this.#skip -= skipped;
    const out = kept.subarray(skipped);
    if (this.#gain !== 1) {
      for (let index = 0; index < out.length; index++) {
        out[index] = Math.max(-32_768, Math.min(32_767, Math.round(out[index]! * this.#gain)));
      }
    }
    this.#fifo.write(out);
  }

  #end(frame: Int16Array): boolean {
    if (this.#loop) {
      this.#rewinding = true;
      void this.#feed.seek(0).then(() => {
        this.#demuxer = new OggDemuxer();
        // Head and comments are played past: they are no sound.
        this.#packets = this.#demuxer
          .push(this.#feed.take(Math.min(chunkBytes, this.#feed.ready)) ?? new Uint8Array(0))
          .slice(2);
        this.#skip = this.#head.preSkip;
        this.#decoded = 0;
        this.#rewinding = false;
      });
    }
    const { size } = this.#fifo;
    if (size === 0 && !this.#loop) return false;
    frame.fill(0);
    this.#fifo.read(frame.subarray(0, Math.min(size, frame.length)));
    return true;
  }
}
