/** Media sessions of this thread: one pacer, one range of ports, one set of mixes. */

import { randomUUID } from "node:crypto";
import { type Clock, systemClock } from "@trapezoid/base";
import type { ZrtpCache } from "@trapezoid/rtp";
import { Mixer, type MixMember } from "./audio/mixer.ts";
import { defaultLimits, type StreamLimits } from "./config.ts";
import { tooManySessions } from "./errors.ts";
import { LocalSession } from "./local-session.ts";
import { type BindSocket, createUdp } from "./net/datagram.ts";
import { Outbox } from "./net/outbox.ts";
import { PacketSlab } from "./net/packet-slab.ts";
import { PortRange } from "./net/port-range.ts";
import { Pacer } from "./pacer.ts";
import type { PacketSession } from "./packet-session.ts";
import { LocalPacketSession, type LocalPacketSessionParts } from "./packets/local-packet-session.ts";
import type { EngineStats, MediaEngine, MediaSession, SessionOptions } from "./session.ts";
import type { ZrtpSettings } from "./zrtp/settings.ts";
import { ZrtpHouse } from "./zrtp/zrtp-house.ts";

export interface EngineOptions {
  /** Own address to open sockets on, unless a session names another. */
  readonly address: string;
  /** First and last port of media. Default 20,000 to 39,999. */
  readonly ports?: readonly [from: number, to: number];
  /** Default 5,000. */
  readonly maxSessions?: number;
  readonly limits?: StreamLimits;
  /** For sessions that are opened with ZRTP. */
  readonly zrtp?: ZrtpSettings;
}

/** What tests own. */
export interface EnginePorts {
  readonly clock?: Clock;
  readonly bind?: BindSocket;
  /** Our identity in ZRTP and what is remembered of others. Default: both last as long as the engine. */
  readonly zrtpCache?: ZrtpCache;
}

export const defaultPorts = [20_000, 39_999] as const;
export const defaultMaxSessions = 5_000;

class LocalEngine implements MediaEngine {
  readonly #options: EngineOptions;
  readonly #clock: Clock;
  readonly #outbox: Outbox;
  readonly #ports: PortRange;
  readonly #slab = new PacketSlab();
  readonly #pacer: Pacer;
  readonly #sessions = new Set<MediaSession | PacketSession>();
  readonly #mixes = new Map<string, Mixer>();
  readonly #zrtp: ZrtpHouse;
  #opening = 0;
  #lastId = 0;

  constructor(options: EngineOptions, { clock = systemClock, bind = createUdp(), zrtpCache }: EnginePorts) {
    this.#options = options;
    this.#clock = clock;
    this.#outbox = new Outbox(bind);
    this.#ports = new PortRange(...(options.ports ?? defaultPorts));
    this.#pacer = new Pacer(clock, this.#outbox);
    this.#zrtp = new ZrtpHouse(clock, options.zrtp, zrtpCache);
  }

  open(options: SessionOptions = {}): Promise<MediaSession> {
    return this.#open(options, (parts) =>
      LocalSession.open({ ...parts, joinMix: (group, sampleRate) => this.#join(group, sampleRate) }),
    );
  }

  openPackets(options: SessionOptions = {}): Promise<PacketSession> {
    return this.#open(options, (parts) => LocalPacketSession.open(parts));
  }

  async stats(): Promise<EngineStats> {
    const { frames, late, skipped, worstMs } = this.#pacer.counters;
    return {
      sessions: this.#sessions.size,
      frames,
      lateFrames: late,
      skippedFrames: skipped,
      worstLateMs: worstMs,
      portsInUse: this.#ports.taken,
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => session.close()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #open<S extends MediaSession | PacketSession>(
    { address = this.#options.address, zrtp }: SessionOptions,
    create: (parts: LocalPacketSessionParts) => Promise<S>,
  ): Promise<S> {
    const limit = this.#options.maxSessions ?? defaultMaxSessions;
    if (this.#sessions.size + this.#opening >= limit) throw tooManySessions(limit);
    this.#opening++;
    const entered = zrtp === undefined ? undefined : this.#zrtp.enter(zrtp.call);
    try {
      const session: S = await create({
        id: `m${++this.#lastId}`,
        pacer: this.#pacer,
        onClosed: () => {
          this.#sessions.delete(session);
          entered?.leave();
        },
        clock: this.#clock,
        bind: this.#outbox.bind,
        ports: this.#ports,
        slab: this.#slab,
        address,
        limits: { ...defaultLimits, ...this.#options.limits },
        // RFC 7022 §4.2: says nothing about where we are.
        cname: randomUUID(),
        zrtp: entered?.parts,
      });
      this.#sessions.add(session);
      return session;
    } catch (error) {
      entered?.leave();
      throw error;
    } finally {
      this.#opening--;
    }
  }

  #join(group: string, sampleRate = 16_000): MixMember {
    let mixer = this.#mixes.get(group);
    if (mixer === undefined) {
      mixer = new Mixer(this.#pacer, sampleRate, () => this.#mixes.delete(group));
      this.#mixes.set(group, mixer);
    }
    return mixer.join();
  }
}

/** Sessions in this thread: for a phone, a tool, a test. A server uses `openMediaPool`. */
export function createMediaEngine(options: EngineOptions, ports: EnginePorts = {}): MediaEngine {
  return new LocalEngine(options, ports);
}
