/** Sessions in threads of their own, so that nothing that signalling does makes a packet late. */

import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import type { Emitter } from "@trapezoid/base";
import { createZrtpCache, type ZrtpCache } from "@trapezoid/rtp";
import { threadEnded, tooManySessions } from "../errors.ts";
import { defaultMaxSessions, defaultPorts, type EngineOptions } from "../local-engine.ts";
import { PortRange } from "../net/port-range.ts";
import type { PacketSession } from "../packet-session.ts";
import type { EngineStats, MediaEngine, MediaSession, SessionOptions } from "../session.ts";
import type { OpenedSession, SessionKind } from "./contract.ts";
import { PooledPacketSession } from "./pooled-packet-session.ts";
import { PooledSession } from "./pooled-session.ts";
import type { ClosedEvent } from "./remote-session.ts";
import { ThreadLink } from "./thread-link.ts";

export interface PoolOptions extends EngineOptions {
  /** Default: one for each core but one, at least one. */
  readonly threads?: number;
  /** A thread ended without being asked to; its sessions are closed, others go on, and another thread takes its place. */
  readonly onThreadEnded?: (why: string) => void;
  /** Our identity in ZRTP and what is remembered of others, for all threads. Default: both last as long as the pool. */
  readonly zrtpCache?: ZrtpCache;
}

type AnyPooledSession = PooledSession | PooledPacketSession;

interface Seat {
  link: ThreadLink;
  readonly sessions: Map<string, AnyPooledSession>;
  /** Sessions that are being opened count too. */
  load: number;
  readonly groups: Map<string, number>;
}

const zidBytes = 12;

class MediaPool implements MediaEngine {
  readonly #options: PoolOptions;
  readonly #seats: Seat[] = [];
  readonly #zrtpCache: ZrtpCache;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#zrtpCache = options.zrtpCache ?? createZrtpCache(new Uint8Array(randomBytes(zidBytes)));
  }

  async start(): Promise<void> {
    const { threads = Math.max(1, availableParallelism() - 1), ports = defaultPorts } = this.#options;
    const ranges = new PortRange(...ports).split(threads);
    for (const [index, range] of ranges.entries()) this.#seats.push(this.#seat(index, range));
    try {
      await Promise.all(this.#seats.map(({ link }) => link.ready()));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  open(options: SessionOptions = {}): Promise<MediaSession> {
    return this.#open("audio", options, (link, opened) => new PooledSession(link, opened));
  }

  openPackets(options: SessionOptions = {}): Promise<PacketSession> {
    return this.#open("packets", options, (link, opened) => new PooledPacketSession(link, opened));
  }

  async stats(): Promise<EngineStats> {
    const all = await Promise.all(
      this.#living().map(async ({ link }) => (await link.call({ type: "stats" })).result as EngineStats),
    );
    const sum = (of: (stats: EngineStats) => number): number => all.reduce((total, stats) => total + of(stats), 0);
    return {
      sessions: sum(({ sessions }) => sessions),
      frames: sum(({ frames }) => frames),
      lateFrames: sum(({ lateFrames }) => lateFrames),
      skippedFrames: sum(({ skippedFrames }) => skippedFrames),
      worstLateMs: all.reduce((worst, { worstLateMs }) => Math.max(worst, worstLateMs), 0),
      portsInUse: sum(({ portsInUse }) => portsInUse),
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#seats.map(({ link }) => link.close()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #open<S extends AnyPooledSession>(
    kind: SessionKind,
    options: SessionOptions,
    create: (link: ThreadLink, opened: OpenedSession) => S,
  ): Promise<S> {
    const limit = this.#options.maxSessions ?? defaultMaxSessions;
    if (this.#seats.reduce((sum, { load }) => sum + load, 0) >= limit) throw tooManySessions(limit);
    const seat = this.#seatFor(options.group);
    const leave = take(seat, options.group);
    try {
      const { link } = seat;
      const { result } = await link.call({ type: "open", kind, options });
      const session = create(link, result as OpenedSession);
      seat.sessions.set(session.id, session);
      (session.events as Emitter<ClosedEvent>).on("closed", () => {
        seat.sessions.delete(session.id);
        leave();
      });
      return session;
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** The thread of the group, else the one with the least to do. */
  #seatFor(group: string | undefined): Seat {
    const together = group === undefined ? undefined : this.#seats.find(({ groups }) => groups.has(group));
    if (together !== undefined) return together;
    const [first, ...others] = this.#living();
    if (first === undefined) throw threadEnded("none came up again");
    return others.reduce((least, seat) => (seat.load < least.load ? seat : least), first);
  }

  #living(): readonly Seat[] {
    return this.#seats.filter(({ link }) => !link.hasEnded);
  }

  #seat(index: number, ports: readonly [number, number]): Seat {
    const { address, limits, zrtp } = this.#options;
    const cache = this.#zrtpCache;
    // The pool holds the limit of sessions, and the threads share the ports.
    const options = {
      address,
      ports,
      maxSessions: Number.MAX_SAFE_INTEGER,
      ...(limits === undefined ? {} : { limits }),
      ...(zrtp === undefined ? {} : { zrtp }),
    };
    const sessions = new Map<string, AnyPooledSession>();
    const seat: Partial<Seat> & Omit<Seat, "link"> = { sessions, load: 0, groups: new Map() };
    const start = (): ThreadLink =>
      new ThreadLink(
        { thread: index, options, zid: cache.zid },
        {
          event: (report) => sessions.get(report.session)?.happened(report),
          lookup: (lookup, peer) =>
            void cache
              .lookup(peer)
              .catch(() => undefined)
              .then((found) => seat.link?.found(lookup, found)),
          change: (change) => cache.update(change),
          ended: (why) => {
            for (const session of [...sessions.values()]) session.ended(why);
            if (why === undefined || this.#closed) return;
            if (seat.link?.wasReady) seat.link = start();
            this.#options.onThreadEnded?.(why);
          },
        },
      );
    seat.link = start();
    return seat as Seat;
  }
}

/** Counts a session in; the result counts it out, once. */
function take(seat: Seat, group: string | undefined): () => void {
  seat.load++;
  if (group !== undefined) seat.groups.set(group, (seat.groups.get(group) ?? 0) + 1);
  let isIn = true;
  return () => {
    if (!isIn) return;
    isIn = false;
    seat.load--;
    if (group === undefined) return;
    const left = seat.groups.get(group)! - 1;
    if (left === 0) seat.groups.delete(group);
    else seat.groups.set(group, left);
  };
}

/** Resolves when all threads are up. Rejects with `MEDIA_THREAD_ENDED`. */
export async function openMediaPool(options: PoolOptions): Promise<MediaEngine> {
  const pool = new MediaPool(options);
  await pool.start();
  return pool;
}
