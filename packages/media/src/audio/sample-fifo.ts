/** Samples in the order in which they came; grows as needed. */

export class SampleFifo {
  #samples: Int16Array;
  #from = 0;
  #to = 0;

  constructor(capacity: number) {
    this.#samples = new Int16Array(capacity);
  }

  get size(): number {
    return this.#to - this.#from;
  }

  write(samples: Int16Array): void {
    if (this.#to + samples.length > this.#samples.length) this.#makeRoom(samples.length);
    this.#samples.set(samples, this.#to);
    this.#to += samples.length;
  }

  /** Fills `out`, or does nothing and returns false when there are not so many. */
  read(out: Int16Array): boolean {
    if (this.size < out.length) return false;
    out.set(this.#samples.subarray(this.#from, this.#from + out.length));
    this.#from += out.length;
    if (this.#from === this.#to) this.clear();
    return true;
  }

  /** Leaves out the oldest until `size` are left. */
  keep(size: number): void {
    if (this.size > size) this.#from = this.#to - size;
  }

  clear(): void {
    this.#from = 0;
    this.#to = 0;
  }

  #makeRoom(more: number): void {
    const { size } = this;
    const samples = size + more > this.#samples.length ? new Int16Array(2 * (size + more)) : this.#samples;
    samples.set(this.#samples.subarray(this.#from, this.#to));
    this.#samples = samples;
    this.#from = 0;
    this.#to = size;
  }
}
