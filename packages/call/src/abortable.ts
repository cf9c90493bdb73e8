/** Waiting that its caller can give up. */

import { operationAborted } from "./errors.ts";

/** The promise; `CALL_ABORTED` as soon as the signal is aborted. Leaves no listener behind. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined, what: string): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(operationAborted(what, signal.reason));
    const forget = (): void => signal.removeEventListener("abort", onAbort);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    promise.then(resolve, reject).finally(forget);
  });
}
