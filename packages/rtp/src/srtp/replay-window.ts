/** Which packet indices were seen. RFC 3711 §3.3.2. */

/** Packets: more than the 64 that the RFC asks for, since reordering on radio links exceeds them. */
export const replayWindowPackets = 128;

export class ReplayWindow {
  readonly #seen = new Uint32Array(replayWindowPackets / 32);
  #highest = -1;

  /** The highest index so far; -1 before the first. */
  get highest(): number {
    return this.#highest;
  }

  /** Neither seen nor too old to tell. */
  isNew(index: number): boolean {
    if (index > this.#highest) return true;
    if (this.#highest - index >= replayWindowPackets) return false;
    return (this.#seen[this.#word(index)]! & this.#bit(index)) === 0;
  }

  /** For authenticated packets only: others must not move the window. */
  accept(index: number): void {
    if (index > this.#highest) {
      const from = Math.max(this.#highest + 1, index - replayWindowPackets + 1);
      for (let passed = from; passed <= index; passed++) this.#seen[this.#word(passed)]! &= ~this.#bit(passed);
      this.#highest = index;
    }
    this.#seen[this.#word(index)]! |= this.#bit(index);
  }

  #word(index: number): number {
    return (index % replayWindowPackets) >>> 5;
  }

  #bit(index: number): number {
    return 1 << (index & 31);
  }
}
