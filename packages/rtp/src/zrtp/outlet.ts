/** What goes out: packets with their numbers, the one message that is repeated until it is answered, events. RFC 6189 §5, §6. */

import type { ZrtpEffect } from "./effects.ts";
import { encodeZrtpPacket } from "./packet.ts";

export interface Schedule {
  /** Milliseconds to the first repetition; doubles with each. */
  readonly firstMs: number;
  readonly capMs: number;
  readonly times: number;
}

/** T1. */
export const helloSchedule: Schedule = { firstMs: 50, capMs: 200, times: 20 };
/** T1 where the other side is known to speak ZRTP: it spans 12 seconds. */
export const longHelloSchedule: Schedule = { firstMs: 50, capMs: 200, times: 62 };
/** T2. */
export const messageSchedule: Schedule = { firstMs: 150, capMs: 1_200, times: 10 };

export interface OutletCounters {
  sent: number;
  /** Of those, sent once more by the timer. */
  repeated: number;
}

export class Outlet {
  readonly counters: OutletCounters = { sent: 0, repeated: 0 };
  ssrc = 0;
  #sequence: number;
  #effects: ZrtpEffect[] = [];
  #repeated: Uint8Array | undefined;
  #schedule: Schedule = messageSchedule;
  #ms = 0;
  #times = 0;

  constructor(firstSequence: number) {
    this.#sequence = firstSequence;
  }

  send(message: Uint8Array): void {
    this.counters.sent++;
    this.#effects.push({ kind: "send", packet: encodeZrtpPacket(this.#sequence, this.ssrc, message) });
    this.#sequence = (this.#sequence + 1) & 0xffff;
  }

  /** Sends it, and again by the schedule, until something else is repeated or awaited. */
  repeat(message: Uint8Array, schedule: Schedule): void {
    this.send(message);
    this.#repeated = message;
    this.#schedule = schedule;
    this.#times = 0;
    this.#ms = schedule.firstMs;
    this.arm(this.#ms);
  }

  /** What is repeated goes on by another schedule; the times so far count. */
  reschedule(schedule: Schedule): void {
    this.#schedule = schedule;
  }

  /** Nothing is repeated any more; `ms` is how long an answer is waited for. */
  await(ms: number | undefined): void {
    this.#repeated = undefined;
    this.arm(ms);
  }

  /** The timer has run out: whether something went out again. */
  again(): boolean {
    if (this.#repeated === undefined || this.#times >= this.#schedule.times) return false;
    this.#times++;
    this.counters.repeated++;
    this.#ms = Math.min(this.#ms * 2, this.#schedule.capMs);
    this.send(this.#repeated);
    this.arm(this.#ms);
    return true;
  }

  arm(ms: number | undefined): void {
    this.#effects.push({ kind: "timer", ms });
  }

  tell(...effects: readonly ZrtpEffect[]): void {
    this.#effects.push(...effects);
  }

  /** What has come together since the last time. */
  flush(): readonly ZrtpEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
}
