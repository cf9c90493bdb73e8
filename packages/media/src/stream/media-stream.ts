/** One audio stream: what is sent each 20 ms, what is heard, reports, time-outs. Has no timer of its own: the pacer calls it. */

import { randomBytes } from "node:crypto";
import type { Clock } from "@trapezoid/base";
import type { Tap } from "../audio/source.ts";
import { type MediaAddress, receives, type StreamConfig, type StreamLimits, sends } from "../config.ts";
import { frameMs } from "../frame.ts";
import type { BindSocket } from "../net/datagram.ts";
import type { PacketSlab } from "../net/packet-slab.ts";
import type { PortRange } from "../net/port-range.ts";
import type { ZrtpParts } from "../zrtp/settings.ts";
import type { StreamZrtp } from "../zrtp/stream-zrtp.ts";
import { codecOf } from "./codecs.ts";
import { LossRunMeter } from "./loss-runs.ts";
import { Outgoing } from "./outgoing.ts";
import { PacketReceiver } from "./receiver.ts";
import { RtcpSession } from "./rtcp-session.ts";
import { RtpLink } from "./rtp-link.ts";
import { SilenceWatch } from "./silence-watch.ts";
import type { StreamStats } from "./statistics.ts";
import type { StreamReports } from "./stream-reports.ts";
import { summarize, voipMetrics } from "./summary.ts";
import { TapFeed } from "./tap-feed.ts";

export interface StreamHandlers extends StreamReports {
  digit(digit: string): void;
}

export interface StreamParts {
  readonly clock: Clock;
  readonly bind: BindSocket;
  readonly ports: PortRange;
  readonly slab: PacketSlab;
  readonly address: string;
  readonly limits: Required<StreamLimits>;
  readonly handlers: StreamHandlers;
  /** RTCP's name of this end; the same for all streams of one call. */
  readonly cname: string;
  /** `undefined`: it is not spoken. */
  readonly zrtp: ZrtpParts | undefined;
}

/** Two directions of G.711 with their headers. */
const sessionBandwidth = 160_000;

export class MediaStream {
  /** What is sent: source, digits, mute. */
  readonly outgoing: Outgoing = new Outgoing((packet) => this.#link.sendRtp(packet, this.remote!));
  readonly #parts: StreamParts;
  readonly #link: RtpLink;
  readonly #rtcp: RtcpSession;
  readonly #silence: SilenceWatch;
  readonly #feeds = new Map<Tap, TapFeed>();
  readonly #runs = new LossRunMeter();
  #config: StreamConfig | undefined;
  #receiver: PacketReceiver | undefined;
  #configuring: Promise<void> = Promise.resolve();
  #lastDueAt = Infinity;
  #closed = false;

  private constructor(parts: StreamParts, link: RtpLink) {
    this.#parts = parts;
    this.#link = link;
    const { cname, clock, handlers, limits } = parts;
    this.#silence = new SilenceWatch(limits.mediaTimeoutMs);
    this.#rtcp = new RtcpSession(
      {
        cname,
        sessionBandwidth,
        random: Math.random,
        onBye: (reason) => {
          this.#receiver?.gate.sourceEnded();
          handlers.bye(reason);
        },
      },
      clock.now(),
    );
  }

  static async open(parts: StreamParts): Promise<MediaStream> {
    let stream: MediaStream | undefined;
    const link = await RtpLink.open(parts, () => stream);
    stream = new MediaStream(parts, link);
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
    const protection = this.#link.prepare(config);
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
        ownSsrc: () => this.outgoing.sender?.ssrc,
        collided: () => this.#changeSsrc(),
      },
      now,
    );
    this.#link.use(protection, config);
    if (settings !== undefined) this.outgoing.use(settings);
    // A hold and its end: the time without packets counts from now.
    if (this.#config?.direction !== config.direction) this.#receiver.gate.touch(now);
    this.#config = config;
    await this.#receiver.configure(config, now);
    const { sender } = this.outgoing;
    if (sender !== undefined && !this.#closed) this.#link.useZrtp(config, sender.ssrc);
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
    // RFC 3550 §5.1: timestamps are of when it sounds; the other side must not take frames that were left out for delay.
    for (let at = this.#lastDueAt + frameMs; at < dueAt - frameMs / 2; at += frameMs) this.outgoing.skip();
    this.#lastDueAt = dueAt;
    this.#link.tick(this.#parts.clock.now());
    const sent = this.outgoing.frame(sends(config.direction) && config.remote.port !== 0 && !this.#link.isQuiet);
    const receiver = receives(config.direction) ? this.#receiver : undefined;
    const hearing = receiver?.playout;
    let heard: Int16Array | undefined;
    if (hearing !== undefined) {
      if (this.#feeds.size > 0) heard = hearing.frame(dueAt);
      else hearing.skip(dueAt);
      hearing.countLosses(this.#runs);
    }
    for (const feed of this.#feeds.values()) {
      feed.frame(sent, this.outgoing.sampleRate, heard, hearing?.sampleRate ?? 8_000);
    }
    // Who is mute may send nothing but reports (RFC 3550 §6): it is not gone.
    const heardAt = Math.max(receiver?.gate.lastAt ?? 0, this.#rtcp.heardAt);
    if (receiver !== undefined && this.#silence.begins(heardAt, dueAt)) this.#parts.handlers.timeout();
    if (this.#rtcp.isDue(dueAt) && config.remote.port !== 0) {
      const report = this.#rtcp.report(this.#rtcpFacts(), this.#parts.clock.now());
      this.#link.sendRtcp(report, config, this.remote!);
    }
  }

  stats(): StreamStats {
    return summarize({
      sender: this.outgoing.sender,
      receiver: this.#receiver,
      srtp: this.#link.srtp?.counters,
      rtcp: this.#rtcp,
      runs: this.#runs,
      notRtp: this.#link.notRtp,
      protection: this.#link.protection,
      settings: this.outgoing.settings,
    });
  }

  /** Ends the stream with a BYE. Taps and source are disposed. */
  close(): void {
    if (this.#closed) return;
    if (this.#config !== undefined && this.outgoing.sender !== undefined && this.#config.remote.port !== 0) {
      const bye = this.#rtcp.bye(this.#rtcpFacts(), this.#parts.clock.now());
      this.#link.sendRtcp(bye, this.#config, this.remote!);
    }
    this.#closed = true;
    this.#link.close();
    for (const feed of this.#feeds.values()) feed.dispose();
    this.#feeds.clear();
    this.outgoing.dispose();
    this.#receiver?.dispose();
  }

  /** @internal */
  rtp(octets: Uint8Array, address: string, port: number): void {
    if (this.#closed || this.#config === undefined || this.#receiver === undefined) return;
    const { srtp } = this.#link;
    // What comes on hold is not played and keeps nothing alive; SRTP must see it, or it misses when the number wraps.
    if (!receives(this.#config.direction)) srtp?.open(octets);
    else this.#receiver.packet(octets, address, port, srtp, this.#parts.clock.now());
  }

  /** @internal */
  rtcp(octets: Uint8Array, address: string): void {
    const gate = this.#receiver?.gate;
    if (this.#closed || gate === undefined) return;
    const clear = this.#link.openRtcp(octets, address, gate.latch.remote);
    if (clear === undefined) return;
    this.#rtcp.receive(clear, this.outgoing.sender?.ssrc ?? 0, gate.reception, this.#parts.clock.now());
  }

  /** @internal Where media goes to; `undefined` before the first configuration. */
  get remote(): MediaAddress | undefined {
    return this.#receiver?.gate.latch.remote;
  }

  /** RFC 3550 §8.2: a BYE for the SSRC that we give up, then another one. */
  #changeSsrc(): void {
    const bye = this.#rtcp.bye(this.#rtcpFacts(), this.#parts.clock.now());
    this.#link.sendRtcp(bye, this.#config!, this.remote!);
    this.outgoing.sender?.changeSsrc(randomBytes(6));
  }

  #rtcpFacts(): Parameters<RtcpSession["report"]>[0] {
    const reception = this.#receiver?.gate.reception;
    return {
      ssrc: this.outgoing.sender?.ssrc ?? 0,
      timestamp: this.outgoing.sender?.timestamp ?? 0,
      sent: this.outgoing.sender?.sentBySsrc ?? { packets: 0, octets: 0 },
      reception,
      metrics: reception === undefined ? undefined : voipMetrics(this.stats(), reception.ssrc, this.#runs.summary()),
    };
  }
}
