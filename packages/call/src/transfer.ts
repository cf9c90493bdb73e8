/** Sending the other side elsewhere, and being sent. RFC 3515, RFC 5589. */

import { type IncomingRefer, type OutgoingRefer, type OutgoingSession, SipError } from "@trapezoid/sip/agent";
import { formatUri, type Uri } from "@trapezoid/sip/message";
import { unlessAborted } from "./abortable.ts";
import type { CallHouse } from "./call-house.ts";
import type { Call, CallOptions, OutgoingCall, TransferOptions } from "./contract.ts";
import { callOver, outcomeUnknown, transferFailed, transferRefused } from "./errors.ts";
import type { MediaProfile } from "./media-port.ts";

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
  // RFC 4488: nothing more will be told.
  if (!withoutSubscription) await reached(call, name, refer, signal);
  // RFC 5589 §6.1: whoever was reached has a new call; this one is of no more use.
  await call.hangUp();
}

/** Resolves when the other side has reached the target. */
async function reached(call: Call, name: string, refer: OutgoingRefer, signal: AbortSignal | undefined): Promise<void> {
  // RFC 5057 §4.1: the reports may outlive the call; nobody waits for them then.
  const first = Promise.race([refer.outcome, call.ended]);
  let told: Awaited<typeof first>;
  try {
    told = await unlessAborted(first, signal, "the transfer");
  } catch (error) {
    refer.unsubscribe();
    throw error;
  }
  if ("cause" in told) {
    // Some hang up as soon as they have reached the target, and say nothing more.
    if (told.cause !== "bye" || told.by !== "remote") throw callOver("the transfer", told);
    return;
  }
  if (told.status >= 300) throw transferFailed(name, told.status, told.reason);
  if (told.status < 200) throw outcomeUnknown(name);
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
    if (error instanceof SipError && error.status >= 300) throw transferRefused(name, error.status, error.reason);
    throw error;
  }
}

/** Who is to be sent elsewhere. */
export interface TransferredParty {
  readonly house: CallHouse;
  readonly call: Call;
  /** The call's own wishes for its media. */
  readonly profile: MediaProfile | undefined;
}

/** A REFER within a call. */
export async function followTransfer({ house, call, profile }: TransferredParty, refer: IncomingRefer): Promise<void> {
  const { target, referredBy, replaces } = refer;
  if (refer.method !== "INVITE") {
    refer.refuse(501);
    return;
  }
  const may = await house.mayTransfer({ call, target, referredBy, replaces });
  // Whoever asked may have gone meanwhile.
  if (!may || call.state === "ending" || call.state === "ended") {
    refer.refuse(603);
    return;
  }
  const next = dialTarget(house, call, target, {
    headers: refer.headers,
    // RFC 3891 §6.1, RFC 3892 §3: the target learns whose place this call takes, and by whose word.
    ...(replaces === undefined ? {} : { replaces }),
    ...(referredBy === undefined ? {} : { referredBy }),
    // What has to be encrypted stays so, and who was seen is seen.
    ...(profile === undefined ? {} : { media: profile }),
    video: call.media?.video !== undefined,
  });
  if (next === undefined) {
    refer.refuse(416);
    return;
  }
  refer.accept().follow(next.session as OutgoingSession);
  call.events.emit("transferred", next);
}

/** `undefined`: an address that cannot be called. */
function dialTarget(house: CallHouse, call: Call, target: Uri, options: CallOptions): OutgoingCall | undefined {
  try {
    return house.dial(target, options);
  } catch (error) {
    call.events.emit("warning", `a transfer to ${formatUri(target)} was refused: ${(error as Error).message}`);
    return undefined;
  }
}

function nameOf(target: string | Uri | Call): string {
  if (typeof target === "string") return target;
  return formatUri(isCall(target) ? target.remote.uri : target);
}

function isCall(target: string | Uri | Call): target is Call {
  return typeof target === "object" && "session" in target;
}
