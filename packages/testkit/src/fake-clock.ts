/** A clock that stands still until the test moves it. */

import type { Clock } from "@trapezoid/base";

export interface FakeClockOptions {
  /** What `now()` says at first; milliseconds since the epoch. Default 1,700,000,000,000. */
  readonly startAt?: number;
}

export interface FakeClock extends Clock {
  /** Goes on by `ms` and runs everything that falls due on the way, in order, each at its own instant. Default 0: only what is due now. */
  advance(ms?: number): void;
  /** As `advance`, and lets promises settle before, between and after: for code that awaits. */
  advanceAsync(ms?: number): Promise<void>;
  /** Goes on by `ms` at once, as a suspended machine does: whatever fell due on the way runs late, at the new instant. */
  jump(ms: number): void;
  /** Callbacks waiting: 0 after a test that leaks no timer. */
  readonly pending: number;
  /** Milliseconds from now to the next callback; `undefined` when none waits. */
  readonly nextIn: number | undefined;
}

interface Entry {
  readonly at: number;
  readonly order: number;
  run: (() => void) | undefined;
}

export function createFakeClock(options: FakeClockOptions = {}): FakeClock {
  const heap: Entry[] = [];
  let now = options.startAt ?? 1_700_000_000_000;
  let order = 0;
  let pending = 0;

  /** The earliest entry that is still wanted. */
  const peek = (): Entry | undefined => {
    while (heap[0] !== undefined && heap[0].run === undefined) popEntry(heap);
    return heap[0];
  };
  const runNext = (until: number): boolean => {
    const entry = peek();
    if (entry === undefined || entry.at > until) return false;
    popEntry(heap);
    const run = entry.run!;
    entry.run = undefined;
    pending--;
    if (entry.at > now) now = entry.at;
    run();
    return true;
  };
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  return {
    now: () => now,
    after(ms, run) {
      const entry: Entry = { at: now + Math.max(0, ms), order: order++, run };
      pushEntry(heap, entry);
      pending++;
      return {
        [Symbol.dispose]() {
          if (entry.run === undefined) return;
          entry.run = undefined;
          pending--;
        },
      };
    },
    advance(ms = 0) {
      const until = now + ms;
      while (runNext(until));
      now = Math.max(now, until);
    },
    async advanceAsync(ms = 0) {
      const until = now + ms;
      do await settle();
      while (runNext(until));
      now = Math.max(now, until);
    },
    jump(ms) {
      now += ms;
      while (runNext(now));
    },
    get pending() {
      return pending;
    },
    get nextIn() {
      const entry = peek();
      return entry === undefined ? undefined : Math.max(0, entry.at - now);
    },
  };
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function pushEntry(heap: Entry[], entry: Entry): void {
  let at = heap.push(entry) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(entry, heap[parent]!)) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = entry;
}

function popEntry(heap: Entry[]): void {
  const last = heap.pop()!;
  if (heap.length === 0) return;
  let at = 0;
  for (;;) {
    let child = at * 2 + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
    if (!isBefore(heap[child]!, last)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
}
