/** An UPDATE of ours. RFC 3311 §5.1, §5.3; RFC 4028 §7.4. */

import type { HeaderLine } from "../../message/build.ts";
import { negotiationFailed } from "../errors.ts";
import { sendInDialog } from "../request/dialog-request.ts";
import { sessionBodyOf } from "./body.ts";
import type { ChangeAttempt } from "./change-attempt.ts";
import type { SessionHost } from "./host.ts";
import type { Leg } from "./leg.ts";
import type { ModifyOptions, ModifyResult, SessionBody } from "./values.ts";

/** @param isBare Without an offer. Rejects when its owner made no offer; all else is in the result. */
export async function sendUpdate(
  session: SessionHost,
  leg: Leg,
  isBare: boolean,
  options: ModifyOptions,
): Promise<ChangeAttempt> {
  const { environment } = session.house;
  const { purpose = "change", signal } = options;
  const body = isBare ? undefined : await leg.negotiation.offer({ method: "UPDATE", purpose }, options.body);
  const isUp = session.state === "confirmed";
  const headers: HeaderLine[] = [
    ...session.lines.request("UPDATE", leg),
    ...(isUp ? session.sessionTimer.requestLines() : []),
    ...(options.headers ?? []),
  ];
  const outcome = await sendInDialog(environment, leg.dialog, session.identity, {
    ...session.lines.inDialog("UPDATE", leg),
    headers,
    body,
    signal,
    onUsageLost: (status) => session.onUsageLost(leg, status),
  });
  const { response, attempt } = outcome;
  if (response === undefined || outcome.status >= 300) {
    if (!isBare) leg.negotiation.rollBack();
    return { outcome };
  }
  session.learn(response, leg);
  if (attempt !== undefined) session.heed(response, leg, attempt.flow);
  if (session.state === "confirmed") session.sessionTimer.onSuccess(response);
  return conclude(session, leg, body, { response, body: sessionBodyOf(response, environment.capabilities.types) });
}

function conclude(session: SessionHost, leg: Leg, offer: SessionBody | undefined, result: ModifyResult): ChangeAttempt {
  if (offer === undefined || !leg.negotiation.expectsAnswer) return { result };
  if (result.body === undefined) {
    leg.negotiation.rollBack();
    return { error: negotiationFailed("the 2xx to UPDATE has no answer") };
  }
  const occasion = { method: "UPDATE", purpose: "change", message: result.response } as const;
  const refusal = leg.negotiation.receiveAnswer(result.body, occasion, false);
  if (refusal === undefined) return { result };
  session.leave("negotiation", {});
  return { error: negotiationFailed("the answer was refused") };
}
