/**
 * Digits as RTP events. RFC 4733 §2.3.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    |     event     |E|R| volume    |          duration             |
 */

import { readUint16, writeUint16 } from "./octets.ts";

const digits = "0123456789*#ABCD";
/** RFC 4733 §3.2: hook flash. */
const flash = 16;

export interface TelephoneEvent {
  /** 0 to 255; 0 to 15 are digits. */
  readonly event: number;
  readonly end: boolean;
  /** -dBm0, 0 to 63. */
  readonly volume: number;
  /** Units of the timestamp, since the packet's timestamp. */
  readonly duration: number;
}

/** `0` to `9`, `*`, `#`, `A` to `D`; `F` for a hook flash. `undefined` for anything else. */
export function eventOfDigit(digit: string): number | undefined {
  if (digit.toUpperCase() === "F") return flash;
  const event = digits.indexOf(digit.toUpperCase());
  return digit.length === 1 && event !== -1 ? event : undefined;
}

export function digitOfEvent(event: number): string | undefined {
  return event === flash ? "F" : digits[event];
}

/** `undefined` when the payload is cut off. */
export function decodeTelephoneEvent(payload: Uint8Array): TelephoneEvent | undefined {
  if (payload.length < 4) return undefined;
  const second = payload[1]!;
  return { event: payload[0]!, end: second >= 0x80, volume: second & 0x3f, duration: readUint16(payload, 2) };
}

export function encodeTelephoneEvent({ event, end, volume, duration }: TelephoneEvent): Uint8Array {
  const payload = new Uint8Array(4);
  payload[0] = event;
  payload[1] = (end ? 0x80 : 0) | (volume & 0x3f);
  writeUint16(payload, 2, Math.min(duration, 0xffff));
  return payload;
}

export interface EventPacket {
  readonly marker: boolean;
  /** Of the event's beginning, relative to the first of all: in units of the clock. */
  readonly timestampOffset: number;
  /** Packets of the stream since the beginning: when it is sent. */
  readonly tick: number;
  readonly payload: Uint8Array;
}

export interface DigitTiming {
  /** Hz. */
  readonly clockRate: number;
  /** Of a packet. */
  readonly packetMs: number;
  /** How long a digit sounds; at least 40 (RFC 4733 §2.5.1.2 leaves it open, networks want 40). */
  readonly toneMs: number;
  /** Silence between digits. */
  readonly pauseMs: number;
}

export const defaultDigitTiming: Omit<DigitTiming, "clockRate"> = { packetMs: 20, toneMs: 160, pauseMs: 80 };

/**
 * The packets of one digit, one each tick, and how many ticks it takes with its pause. RFC 4733 §2.5.1.3: the first has the
 * marker, all have the timestamp of the beginning; §2.5.1.4: the end is sent three times. Longer events than a duration can
 * count are cut into segments (§2.5.1.3).
 */
export function digitPackets(
  event: number,
  timing: DigitTiming,
  volume = 10,
): { packets: EventPacket[]; ticks: number } {
  const step = (timing.clockRate * timing.packetMs) / 1_000;
  const count = Math.max(1, Math.ceil(timing.toneMs / timing.packetMs));
  const packets: EventPacket[] = [];
  let segment = 0;
  for (let tick = 0; tick < count; tick++) {
    if ((tick + 1) * step - segment > 0xffff) segment = tick * step;
    const end = tick === count - 1;
    const payload = encodeTelephoneEvent({ event, end, volume, duration: (tick + 1) * step - segment });
    const packet = { marker: tick === 0, timestampOffset: segment, tick, payload };
    packets.push(packet);
    if (end) packets.push({ ...packet, marker: false, tick: tick + 1 }, { ...packet, marker: false, tick: tick + 2 });
  }
  return { packets, ticks: Math.max(count + 2, count + Math.ceil(timing.pauseMs / timing.packetMs)) };
}

/** Turns event packets into digits: each once, however often it is sent, and also when its end is lost. RFC 4733 §2.5.2. */
export class DigitReceiver {
  #timestamp: number | undefined;
  #event: number | undefined;
  #segmentEnd = -1;

  /**
   * A digit when this packet is the first of a new event, else `undefined`. A digit counts at its beginning, so that a lost
   * end does not hold it back. `isLate`: others of its source came before it that were sent after it.
   */
  packet(timestamp: number, payload: Uint8Array, isLate: boolean): string | undefined {
    const decoded = decodeTelephoneEvent(payload);
    if (decoded === undefined) return undefined;
    const { event, duration } = decoded;
    const end = (timestamp + duration) >>> 0;
    if (timestamp === this.#timestamp && event === this.#event) {
      if (((end - this.#segmentEnd) | 0) > 0) this.#segmentEnd = end;
      return undefined;
    }
    // In order, an earlier time is that of a source which counts from elsewhere.
    if (isLate && this.#timestamp !== undefined && ((timestamp - this.#timestamp) | 0) < 0) return undefined;
    // The next segment of a long event begins where the one before ended, and is no new digit (§2.5.1.3).
    const isContinuation = event === this.#event && timestamp === this.#segmentEnd;
    this.#timestamp = timestamp;
    this.#event = event;
    this.#segmentEnd = end;
    return isContinuation ? undefined : digitOfEvent(event);
  }
}
