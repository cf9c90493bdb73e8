/** A call in the hands of a handler: when that is done the call is hung up. */

import { TrapezoidError } from "@trapezoid/base";
import type { IncomingCall } from "./contract.ts";

/** Never rejects. Who hangs up in the middle of a menu does no wrong: what then fails for that reason is no fault. */
export async function serveCall(
  call: IncomingCall,
  handler: (call: IncomingCall) => void | Promise<void>,
  onError: (error: unknown) => void,
): Promise<void> {
  let status = 480;
  try {
    await handler(call);
  } catch (error) {
    const isOver = call.state === "ending" || call.state === "ended";
    if (!isOver || !(error instanceof TrapezoidError)) onError(error);
    status = 500;
  }
  await call.hangUp({ status });
}
