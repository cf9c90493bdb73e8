/** Time as a port: production passes `systemClock`, tests a clock of their own. */

export interface Clock {
  /** Milliseconds since the epoch; may be fractional; never goes back. */
  now(): number;
  /** Runs once, `ms` milliseconds from now, unless disposed before. */
  after(ms: number, run: () => void): Disposable;
}

const started = Date.now() - performance.now();

/** The wall clock at start-up, carried on by the monotonic clock: a step of the system time moves no timer. */
export const systemClock: Clock = {
  now: () => started + performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};
