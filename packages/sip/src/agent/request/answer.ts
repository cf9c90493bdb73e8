/** A handler's word as a response. RFC 3261 §8.2.6. */

import type { HeaderLine } from "../../message/build.ts";
import { HeaderId } from "../../message/header-id.ts";
import type { SipRequest } from "../../message/message.ts";
import type { ServerTransaction } from "../../transaction/contract.ts";
import type { Environment } from "../core/environment.ts";
import { newSessionId } from "../core/identifiers.ts";
import { respond } from "../core/responder.ts";
import { SessionIdentifier } from "../session/session-id.ts";
import type { Answer } from "./contract.ts";

/** @param lines Beside the answer's own. */
export function answerLines(
  environment: Environment,
  transaction: ServerTransaction,
  request: SipRequest,
  answer: Answer,
  lines: readonly HeaderLine[] = [],
): void {
  const { status, reason, headers = [], contentType } = answer;
  // RFC 3428 §7: a 2xx to MESSAGE has no body.
  const body = request.method === "MESSAGE" && status < 300 ? undefined : answer.body;
  respond(environment, transaction, request, status, {
    reason,
    toTag: environment.transactions.newTag(),
    headers: [...sessionIdOf(environment, request, lines), ...lines, ...headers],
    body: body === undefined || body === "" ? undefined : { contentType: contentType ?? "text/plain", body },
  });
}

/** RFC 7989 §6: who is asked with one answers with one; a session or a subscription has said its own. */
function sessionIdOf(environment: Environment, request: SipRequest, lines: readonly HeaderLine[]): HeaderLine[] {
  if (request.findLine(HeaderId["Session-ID"]) === -1 || lines.some(([name]) => name === "Session-ID")) return [];
  const ids = new SessionIdentifier(newSessionId(environment.hash));
  ids.learn(request);
  return [ids.line()];
}
