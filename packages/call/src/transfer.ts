/** Sending the other side elsewhere, and being sent. RFC 3515, RFC 5589. */

import { type IncomingRefer, type OutgoingRefer, SipError } from "@trapezoid/sip/agent";
import { formatNameAddr, formatUri, type Uri } from "@trapezoid/sip/message";
import type { CallHouse } from "./call-house.ts";
import type { Call, TransferOptions } from "./contract.ts";
import { operationAborted, transferFailed } from "./errors.ts";

export async function transferCall(
  call: Call,
  target: string | Uri | Call,
  { signal, withoutSubscription = false, onProgress }: TransferOptions,
): Promise<void> {
  const name = nameOf(target);
  const refer = await ask(call, target, name, {
    withoutSubscription,
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  const outcome = await Promise.race([
    refer.outcome,
    // Some hang up as soon as they have reached the target, and say nothing more.
    call.ended.then(() => undefined),
    whenAborted(signal).then(() => {
      refer.unsubscribe();
      throw operationAborted("the transfer", signal?.reason);
    }),
  ]);
  // RFC 5589 §6.1: whoever was reached has a new call; this one is of no more use. 0: nothing will be told (RFC 4488).
  if (outcome !== undefined && outcome.status >= 300) throw transferFailed(name, outcome.status, outcome.reason);
  await call.hangUp();
}

async function ask(
  call: Call,
  target: string | Uri | Call,
  name: string,
  options: NonNullable<Parameters<Call["session"]["refer"]>[1]>,
): Promise<OutgoingRefer> {
  try {
    return await call.session.refer(isCall(target) ? target.session : target, options);
  } catch (error) {
    if (error instanceof SipError && error.status >= 300) throw transferFailed(name, error.status, error.reason);
    throw error;
  }
}

/** A REFER within a call. */
export async function followTransfer(house: CallHouse, call: Call, refer: IncomingRefer): Promise<void> {
  const { target, referredBy, replaces } = refer;
  if (refer.method !== "INVITE") {
    refer.refuse(501);
    return;
  }
  if (!(await house.mayTransfer({ call, target, referredBy, replaces }))) {
    refer.refuse(603);
    return;
  }
  const progress = refer.accept();
  const next = house.dial(target, { headers: refer.headers });
  progress.follow(next.session as Parameters<typeof progress.follow>[0]);
  call.events.emit("transferred", next);
}

function whenAborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve();
    else signal?.addEventListener("abort", () => resolve(), { once: true });
  });
}

function nameOf(target: string | Uri | Call): string {
  if (typeof target === "string") return target;
  return isCall(target) ? formatNameAddr(target.remote) : formatUri(target);
}

function isCall(target: string | Uri | Call): target is Call {
  return typeof target === "object" && "session" in target;
}
