/** A bounded map that forgets what has not been used for longest. */

export class Recent<K, V> {
  readonly #limit: number;
  // Two generations instead of a list: a use is one look-up, and now and then a whole generation is dropped.
  #young = new Map<K, V>();
  #old = new Map<K, V>();

  /** Holds between `limit / 2` and `limit` entries. */
  constructor(limit: number) {
    this.#limit = Math.max(1, limit >> 1);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(key: K): V | undefined {
    const value = this.#young.get(key);
    if (value !== undefined) return value;
    const older = this.#old.get(key);
    if (older !== undefined) this.set(key, older);
    return older;
  }

  set(key: K, value: V): void {
    if (this.#young.size >= this.#limit && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
    this.#old.delete(key);
  }

  delete(key: K): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }
}
