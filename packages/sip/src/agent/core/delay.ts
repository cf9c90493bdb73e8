/** Waiting on the wheel, and for whichever comes first. */

import { CallbackTimer, type TimerWheel } from "@trapezoid/base";

/** Resolves after `ms`; rejects with the reason of the first signal that is aborted. */
export function delay(wheel: TimerWheel, ms: number, signals: readonly (AbortSignal | undefined)[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      wheel.cancel(timer);
      settle();
      reject(signals.find((signal) => signal?.aborted)?.reason);
    };
    const settle = (): void => {
      for (const signal of signals) signal?.removeEventListener("abort", onAbort);
    };
    const timer = new CallbackTimer(() => {
      settle();
      resolve();
    });
    for (const signal of signals) signal?.addEventListener("abort", onAbort, { once: true });
    if (signals.some((signal) => signal?.aborted)) onAbort();
    else wheel.arm(timer, ms);
  });
}

/** The promise, or a rejection with `error()` as soon as the signal is aborted. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined, error: () => Error): Promise<T> {
  if (signal === undefined) return promise;
  if (signal.aborted) {
    promise.catch(() => {});
    return Promise.reject(error());
  }
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(error());
    signal.addEventListener("abort", onAbort, { once: true });
    const settle = (): void => signal.removeEventListener("abort", onAbort);
    promise.then(
      (value) => {
        settle();
        resolve(value);
      },
      (reason) => {
        settle();
        reject(reason);
      },
    );
  });
}
