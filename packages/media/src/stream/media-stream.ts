/** One audio stream: what is sent each 20 ms, what is heard, reports, time-outs. Has no timer of its own: the pacer calls it. */

import type { Clock } from "@trapezoid/base";
import type { Tap } from "../audio/source.ts";
import { type MediaAddress, receives, type StreamConfig, type StreamLimits, sends } from "../config.ts";
import type { BindSocket } from "../net/datagram.ts";
import type { PortRange } from "../net/port-range.ts";
import { RtpSocketPair } from "../net/socket-pair.ts";
import { codecOf } from "./codecs.ts";
import { isSameKeys, type Protection, protectionOf } from "./keys.ts";
import { LossRunMeter } from "./loss-runs.ts";
import { Outgoing } from "./outgoing.ts";
import { PacketReceiver } from "./receiver.ts";
import { RtcpSession } from "./rtcp-session.ts";
import type { StreamStats } from "./statistics.ts";
import { summarize, voipMetrics } from "./summary.ts";
import { TapFeed } from "./tap-feed.ts";

export interface StreamHandlers {
  digit(digit: string): void;
  /** No packet for as long as the limit says, although we receive; told once until packets come again. */
  timeout(): void;
  latched(remote: MediaAddress): void;
  /** The other side ended its stream (RTCP BYE). */
  bye(reason: string | undefined): void;
}

export interface StreamParts {
  readonly clock: Clock;
  readonly bind: BindSocket;
  readonly ports: PortRange;
  readonly address: string;
  readonly limits: Required<StreamLimits>;
  readonly handlers: StreamHandlers;
  /** RTCP's name of this end; the same for all streams of one call. */
  readonly cname: string;
}

/** Two directions of G.711 with their headers. */
const sessionBandwidth = 160_000;

export class MediaStream {
  /** What is sent: source, digits, mute. */
  readonly outgoing: Outgoing = new Outgoing((packet) => this.#transmit(packet));
  readonly #parts: StreamParts;
  readonly #sockets: RtpSocketPair;
  readonly #rtcp: RtcpSession;
  readonly #feeds = new Map<Tap, TapFeed>();
  readonly #runs = new LossRunMeter();
  #config: StreamConfig | undefined;
  #receiver: PacketReceiver | undefined;
  #protection: Protection | undefined;
  #configuring: Promise<void> = Promise.resolve();
  #timedOut = false;
  #notRtp = 0;
  #playedBefore = 0;
  #lostBefore = 0;
  #closed = false;

  private constructor(parts: StreamParts, sockets: RtpSocketPair) {
    this.#parts = parts;
    this.#sockets = sockets;
    const { cname, clock, handlers } = parts;
    this.#rtcp = new RtcpSession(
      { cname, sessionBandwidth, random: Math.random, onBye: (reason) => handlers.bye(reason) },
      clock.now(),
    );
  }

  static async open(parts: StreamParts): Promise<MediaStream> {
    let stream: MediaStream | undefined;
    const sockets = await RtpSocketPair.open(parts, {
      rtp: (octets, address, port) => stream?.onRtp(octets, address, port),
      rtcp: (octets, address, port) => stream?.onRtcp(octets, address, port),
      other: () => {
        if (stream !== undefined) stream.#notRtp++;
      },
    });
    stream = new MediaStream(parts, sockets);
    return stream;
  }

  get local(): MediaAddress {
    return this.#sockets.local;
  }

  get localRtcp(): MediaAddress {
    return this.#sockets.localRtcp;
  }

  /** Takes what was negotiated, at first and again later. Rejects with `MEDIA_UNKNOWN_CODEC` and `MEDIA_BAD_KEY`; then nothing has changed. */
  configure(config: StreamConfig): Promise<void> {
    // One after the other: making an encoder takes a while, and the last configuration shall be the one in force.
    const configured = this.#configuring.then(() => this.#configure(config));
    this.#configuring = configured.catch(() => {});
    return configured;
  }

  async #configure(config: StreamConfig): Promise<void> {
    for (const codec of config.codecs) codecOf(codec);
    const now = this.#parts.clock.now();
    const { sdes } = config;
    const protection =
      sdes === undefined ? undefined : isSameKeys(sdes, this.#protection?.keys) ? this.#protection : protectionOf(sdes);
    const settings = await this.outgoing.prepare(config);
    if (this.#closed) {
      if (settings?.encoder !== this.outgoing.settings?.encoder) settings?.encoder[Symbol.dispose]();
      return;
    }
    const { limits, handlers } = this.#parts;
    this.#receiver ??= new PacketReceiver(
      config,
      limits,
      {
        digit: (digit) => handlers.digit(digit),
        latched: (address, port) => handlers.latched({ address, port }),
      },
      now,
    );
    this.#protection = protection;
    if (settings !== undefined) this.outgoing.use(settings);
    if (config.rtcpMux) this.#sockets.mux();
    // A hold and its end: the time without packets counts from now.
    if (this.#config?.direction !== config.direction) this.#receiver.touch(now);
    this.#config = config;
    await this.#receiver.configure(config, now);
  }

  listen(tap: Tap): Disposable {
    this.#feeds.set(tap, new TapFeed(tap));
    return {
      [Symbol.dispose]: () => {
        const feed = this.#feeds.get(tap);
        this.#feeds.delete(tap);
        feed?.dispose();
      },
    };
  }

  /** One frame: sends, hears, feeds the taps, reports. */
  frame(dueAt: number): void {
    const config = this.#config;
    if (config === undefined || this.#closed) return;
    const sent = this.outgoing.frame(sends(config.direction) && config.remote.port !== 0);
    const hearing = receives(config.direction) ? this.#receiver?.playout : undefined;
    let heard: Int16Array | undefined;
    if (hearing !== undefined) {
      if (this.#feeds.size > 0) heard = hearing.frame(dueAt);
      else hearing.skip(dueAt);
      this.#countLosses(hearing.buffer.counters);
    }
    for (const feed of this.#feeds.values()) {
      feed.frame(sent, this.outgoing.sampleRate, heard, hearing?.sampleRate ?? 8_000);
    }
    this.#watch(config, dueAt);
    if (this.#rtcp.isDue(dueAt) && config.remote.port !== 0) {
      this.#transmitRtcp(this.#rtcp.report(this.#rtcpFacts(), this.#parts.clock.now()));
    }
  }

  stats(): StreamStats {
    return summarize({
      sender: this.outgoing.sender,
      receiver: this.#receiver,
      srtp: this.#protection?.receiver.counters,
      rtcp: this.#rtcp,
      runs: this.#runs,
      notRtp: this.#notRtp,
      settings: this.outgoing.settings,
    });
  }

  /** Ends the stream with a BYE. Taps and source are disposed. */
  close(): void {
    if (this.#closed) return;
    if (this.#config !== undefined && this.outgoing.sender !== undefined && this.#config.remote.port !== 0) {
      this.#transmitRtcp(this.#rtcp.bye(this.#rtcpFacts(), this.#parts.clock.now()));
    }
    this.#closed = true;
    this.#sockets.close();
    for (const feed of this.#feeds.values()) feed.dispose();
    this.#feeds.clear();
    this.outgoing.dispose();
    this.#receiver?.dispose();
  }

  onRtp(octets: Uint8Array, address: string, port: number): void {
    if (this.#closed || this.#config === undefined || this.#receiver === undefined) return;
    if (!receives(this.#config.direction)) {
      // What comes on hold is not played and keeps nothing alive; SRTP must see it, or it misses when the number wraps.
      this.#protection?.receiver.open(octets);
      return;
    }
    this.#receiver.packet(octets, address, port, this.#protection?.receiver, this.#parts.clock.now());
  }

  onRtcp(octets: Uint8Array, address: string, _port: number): void {
    const receiver = this.#receiver;
    if (this.#closed || receiver === undefined) return;
    const clear = this.#protection === undefined ? octets : this.#protection.receiver.openRtcp(octets);
    if (clear === undefined) return;
    // Reports from elsewhere than media comes from could end a call that is none of the sender's.
    if (this.#protection === undefined && address !== receiver.latch.remote.address) return;
    this.#rtcp.receive(clear, this.outgoing.sender?.ssrc ?? 0, receiver.reception, this.#parts.clock.now());
  }

  #watch(config: StreamConfig, nowMs: number): void {
    const { mediaTimeoutMs } = this.#parts.limits;
    if (mediaTimeoutMs === 0 || !receives(config.direction) || this.#receiver === undefined) return;
    const isSilent = nowMs - this.#receiver.lastAt >= mediaTimeoutMs;
    if (isSilent && !this.#timedOut) this.#parts.handlers.timeout();
    this.#timedOut = isSilent;
  }

  #countLosses({ played, lost }: { readonly played: number; readonly lost: number }): void {
    for (; this.#lostBefore < lost; this.#lostBefore++) this.#runs.packet(true);
    for (; this.#playedBefore < played; this.#playedBefore++) this.#runs.packet(false);
    this.#lostBefore = lost;
    this.#playedBefore = played;
  }

  #rtcpFacts(): Parameters<RtcpSession["report"]>[0] {
    const reception = this.#receiver?.reception;
    return {
      ssrc: this.outgoing.sender?.ssrc ?? 0,
      timestamp: this.outgoing.sender?.timestamp ?? 0,
      sent: this.outgoing.sender?.stats ?? { packets: 0, octets: 0 },
      reception,
      metrics: reception === undefined ? undefined : voipMetrics(this.stats(), reception.ssrc, this.#runs.summary()),
    };
  }

  #transmit(packet: Uint8Array): void {
    // SRTP writes each packet into the same buffer; the socket keeps what it is given.
    const octets = this.#protection === undefined ? packet : Buffer.from(this.#protection.sender.protect(packet));
    this.#sockets.sendRtp(octets, this.#receiver!.latch.remote);
  }

  #transmitRtcp(packet: Uint8Array): void {
    const config = this.#config!;
    const octets = this.#protection === undefined ? packet : Buffer.from(this.#protection.sender.protectRtcp(packet));
    this.#sockets.sendRtcp(octets, this.#rtcpRemote(config));
  }

  /** RTCP follows media to where it was learned to be: with another port only by what was announced. */
  #rtcpRemote({ rtcpMux, remote, remoteRtcp }: StreamConfig): MediaAddress {
    const rtp = this.#receiver?.latch.remote ?? remote;
    if (rtcpMux) return rtp;
    const isAnnounced = rtp.address === remote.address && rtp.port === remote.port;
    if (isAnnounced && remoteRtcp !== undefined) return remoteRtcp;
    return { address: rtp.address, port: rtp.port + 1 };
  }
}
