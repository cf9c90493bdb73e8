/**
 * Which nonce counts have been used: replay protection in a fixed piece of memory, shared between threads or not.
 * RFC 7616 §3.4 (nc) and §5.12.
 *
 * A nonce names its slot. A slot holds one nonce, the latest of those that came to it with a valid digest: when it was
 * issued, its serial number, the highest nc seen and which of the 32 counts up to there were used. The guarantee:
 *
 * - A pair (nonce, nc) is accepted at most once in the life of a table, by all threads that share it together.
 * - It holds because the instant of issue in a slot only ever rises: a nonce that has lost its slot to a later one is
 *   refused for good, and so is one issued in the same millisecond as the nonce that holds the slot.
 * - Out-of-order counts are accepted within a window of 32; older ones are refused as used.
 * - Whatever cannot be decided is refused: a slot that another thread keeps locked, for example because it died there.
 *
 * Refused means challenged again (stale), which costs an honest client one round trip and no password. A slot is taken
 * only by a request whose digest was right, so that strangers can neither fill the table nor displace anybody.
 *
 * ```
 *  slot: 24 octets                          32 bits each
 *  +----------+----------+----------+----------+---------------------+
 *  |   lock   |  highest |  window  |  serial  |  issued at (double) |
 *  +----------+----------+----------+----------+---------------------+
 * ```
 */

const HEADER_BYTES = 16;
const SLOT_BYTES = 24;
const INTS = SLOT_BYTES / 4;
const DOUBLES = SLOT_BYTES / 8;
const LOCK = 0;
const HIGHEST = 1;
const WINDOW = 2;
const SERIAL = 3;
const ISSUED_AT = 2;
const WINDOW_BITS = 32;
const SPINS = 10_000;

export const defaultNonceSlots = 65_536;

/** `used`: this nc was seen before. `displaced`: the slot belongs to another nonce. `busy`: the slot stayed locked. */
export type NonceUse = "accepted" | "used" | "displaced" | "busy";

export interface NonceTableOptions {
  /** A power of two up to 2^20; 24 octets each. Default 65,536. */
  readonly slots?: number;
  /** Memory that threads can share: hand `table.buffer` to them. Default false. */
  readonly shared?: boolean;
}

/** A new, empty table. `random` gives it its identity, which goes into every nonce made for it. */
export function createNonceTable(random: (length: number) => Uint8Array, options: NonceTableOptions = {}): NonceTable {
  const slots = options.slots ?? defaultNonceSlots;
  if (!isSlotCount(slots)) throw new TypeError(`slots must be a power of two up to 2^20, got ${slots}`);
  const bytes = HEADER_BYTES + slots * SLOT_BYTES;
  const buffer = options.shared === true ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
  new Uint8Array(buffer, 0, 8).set(random(8));
  return new NonceTable(buffer);
}

/** A view of a table, one per thread. */
export class NonceTable {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  readonly slots: number;
  /** Hexadecimal, 16 characters. */
  readonly id: string;
  readonly #ints: Int32Array;
  readonly #doubles: Float64Array;

  /** @param buffer Memory of a table made by `createNonceTable`, here or in another thread. */
  constructor(buffer: ArrayBuffer | SharedArrayBuffer) {
    const slots = (buffer.byteLength - HEADER_BYTES) / SLOT_BYTES;
    if (!isSlotCount(slots)) throw new TypeError(`${buffer.byteLength} octets are not the memory of a nonce table`);
    this.buffer = buffer;
    this.slots = slots;
    this.#ints = new Int32Array(buffer);
    this.#doubles = new Float64Array(buffer);
    this.id = Array.from(new Uint8Array(buffer, 0, 8), (octet) => octet.toString(16).padStart(2, "0")).join("");
  }

  /**
   * Notes that a nonce came with `nc` and a valid digest. `once` leaves nothing over for later: for requests without qop,
   * which have no nc.
   */
  use(slot: number, issuedAt: number, serial: number, nc: number, once = false): NonceUse {
    const ints = this.#ints;
    const at = HEADER_BYTES / 4 + slot * INTS;
    let spins = 0;
    while (Atomics.compareExchange(ints, at + LOCK, 0, 1) !== 0) if (++spins === SPINS) return "busy";
    const use = this.#useLocked(at, slot, issuedAt, serial | 0, once ? 0xffffffff : nc, once);
    Atomics.store(ints, at + LOCK, 0);
    return use;
  }

  #useLocked(at: number, slot: number, issuedAt: number, serial: number, nc: number, once: boolean): NonceUse {
    const ints = this.#ints;
    const issuedIndex = HEADER_BYTES / 8 + slot * DOUBLES + ISSUED_AT;
    const holder = this.#doubles[issuedIndex]!;
    if (issuedAt < holder) return "displaced";
    if (issuedAt > holder) {
      this.#doubles[issuedIndex] = issuedAt;
      ints[at + SERIAL] = serial;
      ints[at + HIGHEST] = nc;
      ints[at + WINDOW] = once ? -1 : 1;
      return "accepted";
    }
    if (ints[at + SERIAL] !== serial) return "displaced";
    if (once) return "used";
    const highest = ints[at + HIGHEST]! >>> 0;
    const window = ints[at + WINDOW]!;
    const ahead = nc - highest;
    if (ahead > 0) {
      ints[at + HIGHEST] = nc;
      ints[at + WINDOW] = ahead < WINDOW_BITS ? (window << ahead) | 1 : 1;
      return "accepted";
    }
    if (-ahead >= WINDOW_BITS) return "used";
    const bit = 1 << -ahead;
    if ((window & bit) !== 0) return "used";
    ints[at + WINDOW] = window | bit;
    return "accepted";
  }
}

function isSlotCount(slots: number): boolean {
  return Number.isInteger(slots) && slots > 0 && slots <= 1 << 20 && (slots & (slots - 1)) === 0;
}
