/** One stream of packets that nobody decodes: let in, given out, sent back, sent for an application, reported on. */

import { randomBytes } from "node:crypto";
import type { Clock } from "@trapezoid/base";
import type { RtpPacket } from "@trapezoid/rtp";
import {
  type MediaAddress,
  type MediaCodec,
  receives,
  type StreamConfig,
  type StreamLimits,
  sends,
} from "../config.ts";
import type { BindSocket } from "../net/datagram.ts";
import type { PacketSlab } from "../net/packet-slab.ts";
import type { PortRange } from "../net/port-range.ts";
import type { MediaPacket, OutgoingPacket, PacketStats } from "../packet-session.ts";
import { PacketGate } from "../stream/packet-gate.ts";
import { type RtcpFacts, RtcpSession } from "../stream/rtcp-session.ts";
import { RtpLink } from "../stream/rtp-link.ts";
import { SilenceWatch } from "../stream/silence-watch.ts";
import type { StreamReports } from "../stream/stream-reports.ts";
import type { ZrtpParts } from "../zrtp/settings.ts";
import type { StreamZrtp } from "../zrtp/stream-zrtp.ts";
import { KeyFrameRequests, takesKeyFrameRequests } from "./key-frame-requests.ts";
import type { PacketPipeEnd } from "./packet-pipe.ts";
import { RawSender } from "./raw-sender.ts";
import { summarizePackets } from "./summary.ts";

export interface PacketStreamHandlers extends StreamReports {
  keyFrameRequested(): void;
}

export interface PacketStreamParts {
  readonly clock: Clock;
  readonly bind: BindSocket;
  readonly ports: PortRange;
  readonly slab: PacketSlab;
  readonly address: string;
  readonly limits: Required<StreamLimits>;
  readonly handlers: PacketStreamHandlers;
  /** RTCP's name of this end; the same for all streams of one call. */
  readonly cname: string;
  /** `undefined`: it is not spoken. */
  readonly zrtp: ZrtpParts | undefined;
}

/** Two directions of small video. */
const sessionBandwidth = 1_000_000;

export class PacketStream {
  readonly #parts: PacketStreamParts;
  readonly #link: RtpLink;
  readonly #rtcp: RtcpSession;
  readonly #sender: RawSender;
  readonly #keyFrames = new KeyFrameRequests();
  readonly #silence: SilenceWatch;
  readonly #readers = new Set<PacketPipeEnd>();
  /** By the payload type in packets that we receive. */
  #codecs: ReadonlyMap<number, MediaCodec> = new Map();
  #config: StreamConfig | undefined;
  #gate: PacketGate | undefined;
  #codec: MediaCodec | undefined;
  #overrun = 0;
  #closed = false;
  /** Whether what comes is sent back. */
  echo = false;

  private constructor(parts: PacketStreamParts, link: RtpLink) {
    this.#parts = parts;
    this.#link = link;
    const { cname, clock, handlers, limits } = parts;
    this.#silence = new SilenceWatch(limits.mediaTimeoutMs);
    this.#sender = new RawSender(randomBytes(12), (packet) => link.sendRtp(packet, this.#gate!.latch.remote));
    this.#rtcp = new RtcpSession(
      {
        cname,
        sessionBandwidth,
        random: Math.random,
        onBye: (reason) => {
          this.#gate?.sourceEnded();
          handlers.bye(reason);
        },
        onFeedback: (feedback) => {
          if (!this.#keyFrames.isNewRequest(feedback, this.#sender.ssrc)) return;
          // The pictures of an echo are made by who asks for one.
          if (this.echo) this.requestKeyFrame();
          handlers.keyFrameRequested();
        },
      },
      clock.now(),
    );
  }

  static async open(parts: PacketStreamParts): Promise<PacketStream> {
    let stream: PacketStream | undefined;
    const link = await RtpLink.open(parts, () => stream);
    stream = new PacketStream(parts, link);
    return stream;
  }

  get local(): MediaAddress {
    return this.#link.local;
  }

  get localRtcp(): MediaAddress {
    return this.#link.localRtcp;
  }

  move(address: string | undefined): Promise<void> {
    return this.#link.move(address);
  }

  get zrtp(): StreamZrtp | undefined {
    return this.#link.zrtp;
  }

  /** Throws `MEDIA_BAD_KEY`; then nothing has changed. */
  configure(config: StreamConfig): void {
    const now = this.#parts.clock.now();
    this.#link.use(this.#link.prepare(config), config);
    this.#codecs = new Map(config.codecs.map((codec) => [codec.receivePayloadType, codec]));
    if (this.#gate === undefined) this.#gate = this.#createGate(config.remote, now);
    else this.#gate.latch.announce(config.remote, now);
    // A hold and its end: the time without packets counts from now.
    if (this.#config?.direction !== config.direction) this.#gate.touch(now);
    this.#config = config;
    this.#link.useZrtp(config, this.#sender.ssrc);
  }

  /** Gets all packets from now on. */
  listen(reader: PacketPipeEnd): Disposable {
    this.#readers.add(reader);
    return {
      [Symbol.dispose]: () => {
        if (this.#readers.delete(reader)) reader[Symbol.dispose]();
      },
    };
  }

  send(packet: OutgoingPacket): void {
    this.#send(packet, this.#codecNamed(packet.codec));
  }

  /** False: it was not agreed on, or nobody is known who could be asked. */
  requestKeyFrame(): boolean {
    const reception = this.#gate?.reception;
    if (reception === undefined || !takesKeyFrameRequests(this.#feedback)) return false;
    this.#keyFrames.ask();
    this.#askForKeyFrame(this.#parts.clock.now());
    return true;
  }

  /** Called each 20 ms: what falls due. */
  tick(): void {
    const config = this.#config;
    if (config === undefined || this.#closed) return;
    const now = this.#parts.clock.now();
    this.#link.tick(now);
    const heardAt = Math.max(this.#gate!.lastAt, this.#rtcp.heardAt);
    if (receives(config.direction) && this.#silence.begins(heardAt, now)) this.#parts.handlers.timeout();
    if (config.remote.port === 0) return;
    this.#askForKeyFrame(now);
    if (this.#rtcp.isDue(now)) this.#transmitRtcp(this.#rtcp.report(this.#facts(now), now));
  }

  stats(): PacketStats {
    return summarizePackets({
      codec: this.#codec,
      sender: this.#sender,
      gate: this.#gate,
      srtp: this.#link.srtp?.counters,
      rtcp: this.#rtcp,
      keyFrames: this.#keyFrames.counters,
      notRtp: this.#link.notRtp,
      protection: this.#link.protection,
      overrun: this.#overrun,
      clockRate: this.#config?.codecs[0]?.clockRate ?? 90_000,
    });
  }

  /** Ends the stream with a BYE. */
  close(): void {
    if (this.#closed) return;
    const now = this.#parts.clock.now();
    if (this.#config !== undefined && this.#config.remote.port !== 0) {
      this.#transmitRtcp(this.#rtcp.bye(this.#facts(now), now));
    }
    this.#closed = true;
    this.#link.close();
    for (const reader of this.#readers) reader[Symbol.dispose]();
    this.#readers.clear();
  }

  /** @internal */
  rtp(octets: Uint8Array, address: string, port: number): void {
    const config = this.#config;
    if (this.#closed || config === undefined || this.#gate === undefined) return;
    const { srtp } = this.#link;
    if (!receives(config.direction)) {
      // SRTP must see what comes on hold, or it misses when the number wraps.
      srtp?.open(octets);
      return;
    }
    const now = this.#parts.clock.now();
    const packet = this.#gate.admit(octets, address, port, srtp, now);
    if (packet === undefined) return;
    this.#gate.reception!.packet(packet.sequence, packet.timestamp, now);
    this.#codec = this.#codecs.get(packet.payloadType)!;
    if (this.echo) this.#send(packet, this.#codec);
    if (this.#readers.size > 0) this.#give(packet, this.#codec.name);
  }

  /** @internal */
  rtcp(octets: Uint8Array, address: string): void {
    const gate = this.#gate;
    if (this.#closed || gate === undefined) return;
    const clear = this.#link.openRtcp(octets, address, gate.latch.remote);
    if (clear === undefined) return;
    this.#rtcp.receive(clear, this.#sender.ssrc, gate.reception, this.#parts.clock.now());
  }

  /** @internal Where media goes to; `undefined` before the first configuration. */
  get remote(): MediaAddress | undefined {
    return this.#gate?.latch.remote;
  }

  get #feedback(): readonly string[] {
    return (this.#codec ?? this.#config?.codecs[0])?.feedback ?? [];
  }

  #createGate(remote: MediaAddress, nowMs: number): PacketGate {
    const { limits, handlers } = this.#parts;
    return new PacketGate(
      {
        remote,
        windowMs: limits.latchWindowMs,
        clockRateOf: (payloadType) => this.#codecs.get(payloadType)?.clockRate,
        latched: (address, port) => handlers.latched({ address, port }),
        ownSsrc: () => this.#sender.ssrc,
        collided: () => this.#changeSsrc(),
      },
      nowMs,
    );
  }

  #codecNamed(name: string | undefined): MediaCodec | undefined {
    const codecs = this.#config?.codecs ?? [];
    if (name === undefined) return codecs[0];
    return codecs.find((codec) => codec.name.toLowerCase() === name.toLowerCase());
  }

  #send(packet: OutgoingPacket, codec: MediaCodec | undefined): void {
    const config = this.#config;
    const isOpen = !this.#closed && !this.#link.isQuiet;
    const maySend = config !== undefined && sends(config.direction) && config.remote.port !== 0 && isOpen;
    this.#sender.send(packet, maySend ? codec : undefined, this.#parts.clock.now());
  }

  /** Readers keep what they are given; the packet's octets are used again. */
  #give({ payloadType, marker, ssrc, sequence, timestamp, payload }: RtpPacket, codec: string): void {
    for (const reader of this.#readers) {
      const packet: MediaPacket = { codec, payloadType, marker, ssrc, sequence, timestamp, payload: payload.slice() };
      if (!reader.give(packet)) this.#overrun++;
    }
  }

  #askForKeyFrame(nowMs: number): void {
    const reception = this.#gate?.reception;
    if (reception === undefined) return;
    const feedback = this.#keyFrames.due(this.#feedback, this.#sender.ssrc, reception.ssrc, nowMs);
    if (feedback !== undefined) this.#transmitRtcp(this.#rtcp.feedback(this.#facts(nowMs), feedback, nowMs));
  }

  /** RFC 3550 §8.2: a BYE for the SSRC that we give up, then another one. */
  #changeSsrc(): void {
    const now = this.#parts.clock.now();
    this.#transmitRtcp(this.#rtcp.bye(this.#facts(now), now));
    this.#sender.changeSsrc(randomBytes(4));
  }

  #facts(nowMs: number): RtcpFacts {
    return {
      ssrc: this.#sender.ssrc,
      timestamp: this.#sender.timestampAt(nowMs),
      sent: this.#sender.sentBySsrc,
      reception: this.#gate?.reception,
      metrics: undefined,
    };
  }

  #transmitRtcp(packet: Uint8Array): void {
    this.#link.sendRtcp(packet, this.#config!, this.#gate!.latch.remote);
  }
}
