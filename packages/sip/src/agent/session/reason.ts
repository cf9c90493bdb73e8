/** Reasons in words: why a session ends. RFC 3326. */

import type { HeaderLine } from "../../message/build.ts";
import { Reason } from "../../message/fields/dialog.ts";
import type { SipMessage } from "../../message/message.ts";
import { ReasonCause, ReasonText } from "../../message/param-fields/dialog.ts";
import { noParams } from "../../message/params.ts";
import type { ReasonValue } from "./values.ts";

export function reasonLines(reasons: readonly ReasonValue[] | undefined): HeaderLine[] {
  return (reasons ?? []).map(({ protocol, cause, text }) => {
    let params = noParams;
    if (cause !== undefined) params = ReasonCause.set(params, cause);
    if (text !== undefined) params = ReasonText.set(params, text);
    return ["Reason", Reason.format({ protocol, params })] as const;
  });
}

export function reasonsOf(message: SipMessage | undefined): ReasonValue[] {
  if (message === undefined) return [];
  return message.getAll(Reason).map(({ protocol, params }) => ({
    protocol,
    cause: ReasonCause.get(params),
    text: ReasonText.get(params),
  }));
}

/** The status that a Reason of SIP names; 0 when there is none. */
export function statusOfReasons(reasons: readonly ReasonValue[]): number {
  return reasons.find(({ protocol, cause }) => protocol.toUpperCase() === "SIP" && cause !== undefined)?.cause ?? 0;
}
