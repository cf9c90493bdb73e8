/** A handler's word as a response. RFC 3261 §8.2.6. */

import type { HeaderLine } from "../../message/build.ts";
import type { SipRequest } from "../../message/message.ts";
import type { ServerTransaction } from "../../transaction/contract.ts";
import type { Environment } from "../core/environment.ts";
import { respond } from "../core/responder.ts";
import type { Answer } from "./contract.ts";

/** @param lines Beside the answer's own. */
export function answerLines(
  environment: Environment,
  transaction: ServerTransaction,
  request: SipRequest,
  answer: Answer,
  lines: readonly HeaderLine[] = [],
): void {
  const { status, reason, headers = [], contentType, body } = answer;
  respond(environment, transaction, request, status, {
    reason,
    toTag: environment.transactions.newTag(),
    headers: [...lines, ...headers],
    body: body === undefined || body === "" ? undefined : { contentType: contentType ?? "text/plain", body },
  });
}
