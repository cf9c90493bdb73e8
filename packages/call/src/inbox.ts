/** What arrives and waits to be read: digits, calls. Each is read once; beyond the limit the oldest is forgotten. */

export interface InboxOptions<T> {
  /** Of values that wait. */
  readonly limit: number;
  /** One that nobody will read: beyond the limit, or left over when the last iteration ended. */
  readonly onForgotten?: (value: T) => void;
  /** Whether what waits goes when the last iteration ends. Default: it waits for the next. */
  readonly forgetsUnread?: boolean;
}

export class Inbox<T> {
  readonly #options: InboxOptions<T>;
  #waiting: T[] = [];
  readonly #readers = new Set<(value: T | undefined) => void>();
  readonly #iterations = new Set<AbortController>();
  #closed = false;

  constructor(options: InboxOptions<T>) {
    this.#options = options;
  }

  /** How many iterations are going on. */
  get iterations(): number {
    return this.#iterations.size;
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting.length;
  }

  put(value: T): void {
    if (this.#closed) return;
    const [reader] = this.#readers;
    if (reader !== undefined) {
      reader(value);
      return;
    }
    const { limit, onForgotten } = this.#options;
    this.#waiting.push(value);
    if (this.#waiting.length <= limit) return;
    const oldest = this.#waiting.shift()!;
    onForgotten?.(oldest);
  }

  /** One that is of no use any more. */
  remove(value: T): void {
    const at = this.#waiting.indexOf(value);
    if (at !== -1) this.#waiting.splice(at, 1);
  }

  /** Nothing more comes; what waits can still be read. */
  close(): void {
    this.#closed = true;
    for (const reader of [...this.#readers]) reader(undefined);
  }

  /** The next one; `undefined` when there will be none, or `signal` is aborted. */
  take(signal?: AbortSignal): Promise<T | undefined> {
    if (signal?.aborted) return Promise.resolve(undefined);
    if (this.#waiting.length > 0) return Promise.resolve(this.#waiting.shift());
    if (this.#closed) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const reader = (value: T | undefined): void => {
        this.#readers.delete(reader);
        signal?.removeEventListener("abort", onAbort);
        resolve(value);
      };
      const onAbort = (): void => reader(undefined);
      this.#readers.add(reader);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Counts as reading from now on, not from the first `next`. */
  read(signal?: AbortSignal): AsyncIterableIterator<T> {
    const over = new AbortController();
    const end = (): void => {
      signal?.removeEventListener("abort", end);
      over.abort();
      this.#endIteration(over);
    };
    this.#iterations.add(over);
    signal?.addEventListener("abort", end, { once: true });
    if (signal?.aborted) end();
    const iterator: AsyncIterableIterator<T> = {
      next: async () => {
        const value = await this.take(over.signal);
        if (value !== undefined) return { value, done: false };
        end();
        return { value: undefined, done: true };
      },
      return: async () => {
        end();
        return { value: undefined, done: true };
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  #endIteration(over: AbortController): void {
    const { onForgotten, forgetsUnread = false } = this.#options;
    if (!this.#iterations.delete(over) || this.#iterations.size > 0 || !forgetsUnread) return;
    for (const value of this.#waiting.splice(0)) onForgotten?.(value);
  }
}
