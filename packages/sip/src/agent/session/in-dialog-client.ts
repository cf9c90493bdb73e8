/** Requests within a session that do not change it: INFO, MESSAGE, OPTIONS and others. RFC 3261 §12.2.1, RFC 6086 §4.2.1, RFC 3428 §4. */

import type { HeaderLine } from "../../message/build.ts";
import { notSupported, wrongState } from "../errors.ts";
import type { Outcome } from "../request/client-request.ts";
import type { RequestResult } from "../request/contract.ts";
import { errorOf, sendInDialog } from "../request/dialog-request.ts";
import type { SessionHost } from "./host.ts";
import type { InDialogOptions } from "./values.ts";

export async function sendInSession(
  session: SessionHost,
  method: string,
  { headers = [], body, infoPackage, signal }: InDialogOptions,
): Promise<RequestResult> {
  const { house, identity, current: leg, state } = session;
  if (leg === undefined || state === "ended") throw wrongState(method, state, "in a dialog");
  const lines: HeaderLine[] = [...session.lines.request(method, leg), ...headers];
  if (infoPackage !== undefined) {
    // RFC 6086 §4.2.1: not to who has not said that it takes them.
    if (leg.infoPackages?.includes(infoPackage) !== true) {
      throw notSupported(`the info package ${infoPackage}`, "the other side, which does not name it in Recv-Info");
    }
    lines.push(["Info-Package", infoPackage]);
    // RFC 6086 §4.3.1.
    if (body !== undefined) lines.push(["Content-Disposition", "Info-Package"]);
  }
  const { environment } = house;
  const send = (): Promise<Outcome> =>
    sendInDialog(environment, leg.dialog, identity, {
      ...session.lines.inDialog(method, leg),
      headers: lines,
      body,
      signal,
      onUsageLost: (status) => session.onUsageLost(leg, status),
    });
  const name = `${leg.callId} ${leg.localTag}`;
  const outcome = await (method === "MESSAGE" ? environment.messageTurns.run(name, send) : send());
  if (outcome.response === undefined || outcome.status >= 300) throw errorOf(method, outcome, signal);
  return { response: outcome.response };
}
