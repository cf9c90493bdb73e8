/** What arrives and waits to be read: digits, calls. Each is read once; beyond the limit the oldest is forgotten. */

export class Inbox<T> {
  readonly #limit: number;
  readonly #onForgotten: ((value: T) => void) | undefined;
  #waiting: T[] = [];
  readonly #readers = new Set<(value: T | undefined) => void>();
  #closed = false;
  #open = 0;

  constructor(limit: number, onForgotten?: (value: T) => void) {
    this.#limit = limit;
    this.#onForgotten = onForgotten;
  }

  /** How many iterations are going on. */
  get iterations(): number {
    return this.#open;
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting.length;
  }

  put(value: T): void {
    if (this.#closed) return;
    const [reader] = this.#readers;
    if (reader !== undefined) {
      this.#readers.delete(reader);
      reader(value);
      return;
    }
    this.#waiting.push(value);
    if (this.#waiting.length > this.#limit) this.#onForgotten?.(this.#waiting.shift()!);
  }

  /** Nothing more comes; what waits can still be read. */
  close(): void {
    this.#closed = true;
    for (const reader of this.#readers) reader(undefined);
    this.#readers.clear();
  }

  /** The next one; `undefined` when there will be none, or `signal` is aborted. */
  take(signal?: AbortSignal): Promise<T | undefined> {
    if (this.#waiting.length > 0) return Promise.resolve(this.#waiting.shift());
    if (this.#closed || signal?.aborted) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const reader = (value: T | undefined): void => {
        signal?.removeEventListener("abort", onAbort);
        resolve(value);
      };
      const onAbort = (): void => {
        this.#readers.delete(reader);
        resolve(undefined);
      };
      this.#readers.add(reader);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  async *read(signal?: AbortSignal): AsyncGenerator<T, void, undefined> {
    this.#open++;
    try {
      for (;;) {
        const value = await this.take(signal);
        if (value === undefined) return;
        yield value;
      }
    } finally {
      this.#open--;
    }
  }
}
