/** Tells once that media has stopped, and again after it came back. */

export class SilenceWatch {
  readonly #limitMs: number;
  #isSilent = false;

  /** 0: never. */
  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** Whether silence is told now. `lastAt` is when the last packet came. */
  begins(lastAt: number, nowMs: number): boolean {
    const wasSilent = this.#isSilent;
    this.#isSilent = this.#limitMs > 0 && nowMs - lastAt >= this.#limitMs;
    return this.#isSilent && !wasSilent;
  }
}
