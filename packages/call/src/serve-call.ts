/** A call in the hands of a handler: when that is done the call is hung up. */

import { TrapezoidError } from "@trapezoid/base";
import type { IncomingCall } from "./contract.ts";

/**
 * Never rejects. What came to nothing in this call (a transfer that was refused, digits of a caller who has gone) ends this call and is told to
 * `onFailure`, but not where the call is over: who hangs up in the middle of a menu does no wrong. Any other exception is a fault, for `onError`.
 */
export async function serveCall(
  call: IncomingCall,
  handler: (call: IncomingCall) => void | Promise<void>,
  { onError, onFailure }: { onError(error: unknown): void; onFailure?(error: TrapezoidError): void },
): Promise<void> {
  let status = 480;
  try {
    await handler(call);
  } catch (error) {
    status = 500;
    if (!(error instanceof TrapezoidError)) onError(error);
    else if (call.state !== "ending" && call.state !== "ended") onFailure?.(error);
  }
  await call.hangUp({ status });
}
