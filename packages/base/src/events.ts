/** Typed events. Events inform; whatever must be decided is a handler in the options, not an event. */

export type EventMap = Record<string, readonly unknown[]>;

type AnyListener = (...args: readonly unknown[]) => void;

export class Emitter<M extends EventMap> {
  readonly #listeners = new Map<keyof M, Set<AnyListener>>();
  readonly #onError: ((error: unknown) => void) | undefined;

  /** @param onError Exceptions of listeners; the others are told all the same. Default: they reach whoever emits. */
  constructor(onError?: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Disposing the result removes the listener. */
  on<K extends keyof M>(event: K, listener: (...args: M[K]) => void): Disposable {
    let set = this.#listeners.get(event);
    if (set === undefined) {
      set = new Set();
      this.#listeners.set(event, set);
    }
    set.add(listener as unknown as AnyListener);
    return { [Symbol.dispose]: () => set.delete(listener as unknown as AnyListener) };
  }

  once<K extends keyof M>(event: K, listener: (...args: M[K]) => void): Disposable {
    const registration = this.on(event, (...args) => {
      registration[Symbol.dispose]();
      listener(...args);
    });
    return registration;
  }

  emit<K extends keyof M>(event: K, ...args: M[K]): void {
    const set = this.#listeners.get(event);
    if (set === undefined) return;
    for (const listener of [...set]) {
      // One that an earlier listener removed is no longer told.
      if (!set.has(listener)) continue;
      try {
        listener(...args);
      } catch (error) {
        if (this.#onError === undefined) throw error;
        this.#onError(error);
      }
    }
  }

  /** Listeners of one event, or of all: a leak check for tests. */
  listenerCount(event?: keyof M): number {
    if (event !== undefined) return this.#listeners.get(event)?.size ?? 0;
    let count = 0;
    for (const set of this.#listeners.values()) count += set.size;
    return count;
  }

  removeAll(): void {
    this.#listeners.clear();
  }
}
