/** How long datagrams wait before they are read, told by probes that wait among them: the book-keeping. */

/** Of what nobody waits for any more: it comes again when its sender has waited for T1 (RFC 3261 §17.1.1.2). */
export const lostAgeMs = 500;

/** What the last probe told holds so long, and that one was lost. */
const ageHoldsMs = 300;
const lossHoldsMs = 200;

/** Probes that may be under way; older ones are forgotten. */
const ring = 64;

export class QueueAge {
  readonly #sentAt = new Float64Array(ring);
  #next = 0;
  /** All before it have come or are lost. */
  #oldest = 0;
  #ageMs = 0;
  #toldAt = Number.NEGATIVE_INFINITY;
  #lostAt = Number.NEGATIVE_INFINITY;

  /** The number of a probe that is sent now; 32 bits. */
  sent(now: number): number {
    const number = this.#next++;
    if (this.#next - this.#oldest > ring) this.#oldest = this.#next - ring;
    this.#sentAt[number % ring] = now;
    return number >>> 0;
  }

  /** The probe of this number has come; false for one that is not under way. */
  came(number: number, now: number): boolean {
    // Numbers of 32 bits, compared from the oldest on.
    const ahead = (number - this.#oldest) >>> 0;
    if (ahead >= this.#next - this.#oldest) return false;
    // One queue keeps its order: what was sent before has been dropped where there was no room.
    if (ahead > 0) this.#lostAt = now;
    this.#ageMs = now - this.#sentAt[(this.#oldest + ahead) % ring]!;
    this.#toldAt = now;
    this.#oldest += ahead + 1;
    return true;
  }

  /** How long the oldest probe has been under way; 0 when none is. */
  waitingMs(now: number): number {
    return this.#next === this.#oldest ? 0 : now - this.#sentAt[this.#oldest % ring]!;
  }

  /** How old what is read now is, at least; milliseconds. */
  ageMs(now: number): number {
    const told = now - this.#toldAt <= ageHoldsMs ? this.#ageMs : 0;
    const age = Math.max(told, this.waitingMs(now));
    return now - this.#lostAt <= lossHoldsMs ? Math.max(age, lostAgeMs) : age;
  }

  /** Forgets what is under way. */
  reset(): void {
    this.#oldest = this.#next;
    this.#toldAt = Number.NEGATIVE_INFINITY;
    this.#lostAt = Number.NEGATIVE_INFINITY;
  }
}
