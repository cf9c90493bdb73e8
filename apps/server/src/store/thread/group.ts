/** Gathers what comes within a few milliseconds into one piece of work. */

import type { Clock } from "@trapezoid/base";

export interface GroupOptions<T> {
  readonly clock: Clock;
  /** How long the first one waits for others; with `eager`, at most one piece of work in this time. */
  readonly windowMs: number;
  /** The first after a pause does not wait: for what has been gathered elsewhere. Default false. */
  readonly eager?: boolean;
  /** So much is done at once, whatever the time. */
  readonly maxWeight: number;
  readonly work: (items: T[]) => void;
  /** Runs when the present turn of the event loop is over: the wait of those that are eager. Default `setImmediate`. */
  readonly soon?: (run: () => void) => Disposable;
}

export class Group<T> {
  readonly #options: GroupOptions<T>;
  #items: T[] = [];
  #weight = 0;
  #startedAt = Number.NEGATIVE_INFINITY;
  #due: Disposable | undefined;

  constructor(options: GroupOptions<T>) {
    this.#options = options;
  }

  /** Of what is waiting. */
  get weight(): number {
    return this.#weight;
  }

  add(item: T, weight = 1): void {
    this.#items.push(item);
    this.#weight += weight;
    if (this.#weight >= this.#options.maxWeight) {
      this.flush();
      return;
    }
    if (this.#due !== undefined) return;
    const { clock, windowMs, eager = false, soon = immediately } = this.#options;
    const wait = eager ? this.#startedAt + windowMs - clock.now() : windowMs;
    // What is left of a window when everybody keeps to the same one is not worth another wake-up.
    this.#due = wait > windowMs * WORTH_WAITING ? clock.after(wait, this.#onDue) : soon(this.#onDue);
  }

  /** Does the work now. */
  flush(): void {
    this.#due?.[Symbol.dispose]();
    this.#due = undefined;
    if (this.#items.length === 0) return;
    const items = this.#items;
    this.#items = [];
    this.#weight = 0;
    this.#startedAt = this.#options.clock.now();
    this.#options.work(items);
  }

  readonly #onDue = (): void => this.flush();
}

const WORTH_WAITING = 0.3;

function immediately(run: () => void): Disposable {
  return setImmediate(run);
}
