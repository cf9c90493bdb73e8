/** Puts packets back into order and time: late enough that nearly all are there, no later. RFC 3550 §6.4.1 leaves the how open. */

import { PlayoutDelay } from "./playout-delay.ts";

export interface JitterBufferOptions {
  /** Hz of the timestamps. */
  readonly clockRate: number;
  /** Units of the timestamp that a payload stands for; 0 when it is broken. */
  readonly ticksOf: (payload: Uint8Array) => number;
  /** Bounds of the delay. Default 20 and 200; it begins with `initialMs`, default 40. */
  readonly minMs?: number;
  readonly maxMs?: number;
  readonly initialMs?: number;
}

export interface JitterBufferCounters {
  /** Given out. */
  played: number;
  /** Did not come until their turn. */
  lost: number;
  /** Came after their turn. */
  late: number;
  duplicate: number;
  /** Left out to shorten the delay, or for want of room. */
  dropped: number;
  /** Turns without anything to play: pauses of the sender, and packets that come too late. */
  empty: number;
  /** Began anew: another source, other sequence numbers, another timestamp. */
  restarts: number;
}

/** What to play next. Good until the next call. */
export type Pulled =
  | {
      readonly kind: "frame";
      readonly payload: Uint8Array;
      readonly ticks: number;
      /** 0 to 65,535. */
      readonly sequence: number;
      /** How much later than wanted it plays: above 0 play it shorter, below 0 longer, as far as ears allow. */
      readonly excessMs: number;
    }
  /** `next` is the packet behind it, where it is there: it may hold this one a second time (FEC). */
  | { readonly kind: "lost"; readonly ticks: number; readonly next: Uint8Array | undefined }
  | { readonly kind: "empty" };

export type Pushed = "stored" | "late" | "duplicate" | "refused";

interface Entry {
  sequence: number;
  timestamp: number;
  ticks: number;
  octets: Uint8Array;
  bytes: number;
}

/** Packets are left out while the delay is longer than wanted by this, and by two packets: steps of a packet are coarse. */
const tooMuchMs = 40;
/** A power of two: 2.5 s of 20 ms. */
const capacity = 128;
/** A timestamp that disagrees with the time of arrival by more than this was set anew. */
const timestampJumpMs = 2_000;
const mask = capacity - 1;
const noOctets = new Uint8Array(0);

/** Packets of one length, as most codecs have them, need no view of their own. */
function payloadOf({ octets, bytes }: Entry): Uint8Array {
  return octets.length === bytes ? octets : octets.subarray(0, bytes);
}

const nothing: Pulled = { kind: "empty" };

export class JitterBuffer {
  readonly counters: JitterBufferCounters = {
    played: 0,
    lost: 0,
    late: 0,
    duplicate: 0,
    dropped: 0,
    empty: 0,
    restarts: 0,
  };
  readonly #options: Required<JitterBufferOptions>;
  readonly #ticksPerMs: number;
  readonly #slots: (Entry | undefined)[] = new Array(capacity).fill(undefined);
  readonly #free: Entry[] = [];
  #delay: PlayoutDelay;
  #ssrc: number | undefined;
  #stored = 0;
  /** Sequence numbers and timestamps go on past their wraps. */
  #highest = 0;
  #highestTimestamp = 0;
  #highestRaw = 0;
  #highestAt = 0;
  /** To be played next; without meaning before the first packet. */
  #next = 0;
  #nextTimestamp = 0;
  #ticks: number;
  #playing = false;
  /** Something was played since the beginning. */
  #begun = false;
  #fresh = true;
  /** Sequence number that would prove a large jump (RFC 3550 §A.1). */
  #bad = -1;
  #given: Entry | undefined;
  #playedDelay = 0;

  constructor(options: JitterBufferOptions) {
    this.#options = { minMs: 20, maxMs: 200, initialMs: 40, ...options };
    this.#ticksPerMs = options.clockRate / 1_000;
    this.#ticks = options.clockRate / 50;
    this.#delay = new PlayoutDelay(this.#options);
  }

  /** Wanted delay, milliseconds. */
  get targetMs(): number {
    return this.#delay.targetMs;
  }

  /** Delay of the last frame: from when the fastest packet would have come until it played. */
  get delayMs(): number {
    return this.#playedDelay;
  }

  /** Packets that wait. */
  get size(): number {
    return this.#stored;
  }

  /** Takes a packet; its payload is copied. `atMs` by a clock that does not jump. */
  push(ssrc: number, sequence: number, timestamp: number, payload: Uint8Array, atMs: number): Pushed {
    const index = this.#indexOf(ssrc, sequence, timestamp, atMs);
    if (index === undefined) return "refused";
    const time = this.#place(index, timestamp, atMs);
    if (time === undefined) return "refused";
    this.#delay.packet(atMs - time / this.#ticksPerMs, atMs);
    if (index < this.#next) {
      // Before anything was played, the beginning may still move to the front.
      if (this.#begun || this.#highest - index >= capacity) {
        this.counters.late++;
        return "late";
      }
      this.#next = index;
      this.#nextTimestamp = time;
    }
    const ticks = this.#options.ticksOf(payload);
    if (ticks > 0) this.#ticks = ticks;
    return this.#store(index, time, this.#ticks, payload);
  }

  /** A packet of the same source that is no sound (an event, comfort noise): its sequence number is not missing. */
  passOver(ssrc: number, sequence: number, timestamp: number, atMs: number): void {
    const index = this.#indexOf(ssrc, sequence, timestamp, atMs);
    if (index === undefined || index < this.#next) return;
    if (index > this.#highest) this.#highest = index;
    this.#store(index, 0, 0, noOctets);
  }

  #indexOf(ssrc: number, sequence: number, timestamp: number, atMs: number): number | undefined {
    if (ssrc !== this.#ssrc) {
      if (this.#ssrc !== undefined) this.#restart();
      this.#ssrc = ssrc;
    }
    if (!this.#fresh) {
      const ahead = ((sequence - this.#highest) << 16) >> 16;
      if (ahead >= capacity || ahead <= -capacity) {
        // RFC 3550 §A.1: two packets in a row after a large jump mean that the other side began anew.
        if (sequence !== this.#bad) {
          this.#bad = (sequence + 1) & 0xffff;
          return undefined;
        }
        this.#restart();
      }
    }
    this.#bad = -1;
    if (this.#fresh) this.#begin(sequence, timestamp, atMs);
    return this.#highest + (((sequence - this.#highest) << 16) >> 16);
  }

  /** What shall sound at `atMs`, a time that is due now or soon. */
  pull(atMs: number): Pulled {
    if (this.#given !== undefined) {
      this.#free.push(this.#given);
      this.#given = undefined;
    }
    for (;;) {
      const head = this.#head();
      if (head === undefined) return this.#starve();
      const isDue = atMs >= this.#dueAt(head.timestamp);
      if (!this.#playing) {
        // The beginning of a talk spurt, or after packets were missing: the delay is set to what is wanted.
        if (!isDue) return this.#starve();
        while (this.#next < head.sequence) if (!this.#passOne()) this.counters.lost++;
        this.#nextTimestamp = head.timestamp;
        this.#playing = true;
        this.#begun = true;
      }
      const excess = atMs - this.#dueAt(this.#nextTimestamp);
      const tooMuch = Math.max(tooMuchMs, (2 * this.#ticks) / this.#ticksPerMs);
      if (head.sequence === this.#next) {
        // A pause between two packets: the later one begins a talk spurt.
        if (head.timestamp > this.#nextTimestamp + this.#ticks / 2 && !isDue) return this.#starve();
        const late = atMs - this.#dueAt(head.timestamp);
        const isTooLate = late > tooMuch && this.#stored > 1;
        this.#take(head);
        if (isTooLate) {
          this.counters.dropped++;
          this.#free.push(head);
          continue;
        }
        this.#given = head;
        this.counters.played++;
        this.#playedDelay = late + this.#delay.targetMs;
        const payload = payloadOf(head);
        return { kind: "frame", payload, ticks: head.ticks, sequence: head.sequence & 0xffff, excessMs: late };
      }
      // It is missing: wait while the delay is shorter than wanted, since it may be late and no more.
      if (excess < 0) {
        this.counters.empty++;
        return nothing;
      }
      if (this.#passOne()) continue;
      this.#nextTimestamp = Math.min(this.#nextTimestamp + this.#ticks, head.timestamp);
      this.counters.lost++;
      if (excess > tooMuch) continue;
      const next = head.sequence === this.#next ? payloadOf(head) : undefined;
      return { kind: "lost", ticks: this.#ticks, next };
    }
  }

  /** Forgets what waits; the next packet begins anew. */
  reset(): void {
    this.#restart();
    this.#ssrc = undefined;
  }

  #dueAt(timestamp: number): number {
    return this.#delay.baseMs + timestamp / this.#ticksPerMs + this.#delay.targetMs;
  }

  #starve(): Pulled {
    this.#playing = false;
    this.counters.empty++;
    return nothing;
  }

  #begin(sequence: number, timestamp: number, atMs: number): void {
    this.#fresh = false;
    this.#begun = false;
    this.#playing = false;
    this.#highest = sequence;
    this.#highestTimestamp = timestamp;
    this.#highestRaw = timestamp;
    this.#highestAt = atMs;
    this.#next = sequence;
    this.#nextTimestamp = timestamp;
  }

  #restart(): void {
    this.counters.restarts++;
    this.#slots.fill(undefined);
    this.#stored = 0;
    this.#fresh = true;
    this.#bad = -1;
    this.#delay = new PlayoutDelay({ ...this.#options, initialMs: this.#delay.targetMs });
  }

  /** The timestamp of packet `index` on a line without wraps and jumps; `undefined` for one from before a jump. */
  #place(index: number, timestamp: number, atMs: number): number | undefined {
    const difference = (timestamp - this.#highestRaw) | 0;
    const passed = (atMs - this.#highestAt) * this.#ticksPerMs;
    const isNewer = index > this.#highest;
    // An earlier packet of a later time is from before a jump.
    if (!isNewer && difference > 0) return undefined;
    let time = this.#highestTimestamp + difference;
    // A later packet of an earlier time: no network does that.
    const isBackward = isNewer && difference < 0;
    if (isBackward || Math.abs(difference - passed) > timestampJumpMs * this.#ticksPerMs) {
      if (!isNewer) return undefined;
      // RFC 3550 §5.1 lets a source go on from anywhere: then only its time of arrival tells where.
      time = this.#highestTimestamp + Math.max(this.#ticks, passed);
      this.counters.restarts++;
    }
    if (isNewer) {
      this.#highest = index;
      this.#highestAt = atMs;
      this.#highestRaw = timestamp;
      this.#highestTimestamp = time;
    }
    return time;
  }

  #store(index: number, timestamp: number, ticks: number, payload: Uint8Array): Pushed {
    // Nobody pulled for long: the oldest goes.
    while (index - this.#next >= capacity) {
      if ((this.#slots[this.#next & mask]?.ticks ?? 0) > 0) this.counters.dropped++;
      this.#passOne();
    }
    if (this.#slots[index & mask] !== undefined) {
      this.counters.duplicate++;
      return "duplicate";
    }
    const entry = this.#free.pop() ?? { sequence: 0, timestamp: 0, ticks: 0, octets: noOctets, bytes: 0 };
    if (entry.octets.length < payload.length) entry.octets = new Uint8Array(payload.length);
    entry.octets.set(payload);
    entry.bytes = payload.length;
    entry.sequence = index;
    entry.timestamp = timestamp;
    entry.ticks = ticks;
    this.#slots[index & mask] = entry;
    this.#stored++;
    return "stored";
  }

  /** The first packet of sound that waits. */
  #head(): Entry | undefined {
    if (this.#stored === 0) return undefined;
    for (let index = this.#next; index <= this.#highest; index++) {
      const entry = this.#slots[index & mask];
      if (entry !== undefined && entry.ticks > 0) return entry;
    }
    return undefined;
  }

  /** Out of the buffer, and everything before it over. */
  #take(entry: Entry): Entry {
    this.#slots[entry.sequence & mask] = undefined;
    this.#stored--;
    this.#next = entry.sequence + 1;
    this.#nextTimestamp = entry.timestamp + entry.ticks;
    return entry;
  }

  /** One sequence number further; whether it was no sound anyway. */
  #passOne(): boolean {
    const slot = this.#next++ & mask;
    const entry = this.#slots[slot];
    if (entry === undefined) return false;
    this.#slots[slot] = undefined;
    this.#stored--;
    this.#free.push(entry);
    return true;
  }
}
