/** Responses of ours: what every one of them says. RFC 3261 §8.2.6, §12.1.1, §20. */

import { buildResponse, type HeaderLine } from "../../message/build.ts";
import type { SipRequest } from "../../message/message.ts";
import type { ServerTransaction } from "../../transaction/contract.ts";
import { bodyLines } from "../request/draft.ts";
import type { SessionBody } from "../session/values.ts";
import type { Environment } from "./environment.ts";

export interface ResponseOptions {
  readonly reason?: string | undefined;
  readonly toTag?: string | undefined;
  readonly headers?: readonly HeaderLine[] | undefined;
  readonly body?: SessionBody | undefined;
  /** The value; with it goes Record-Route, since the response makes or keeps a dialog. */
  readonly contact?: string | undefined;
}

/** The text of a response. */
export function formatResponse(
  environment: Environment,
  request: SipRequest,
  status: number,
  options: ResponseOptions = {},
): string {
  const { reason, toTag, headers = [], body, contact } = options;
  const lines: HeaderLine[] = [];
  if (contact !== undefined) lines.push(["Contact", contact]);
  lines.push(...headers);
  if (status > 100) lines.push(...ownLines(environment, request, status, headers));
  if (body !== undefined) lines.push(...bodyLines(body));
  return buildResponse(request, status, {
    reason,
    toTag: status === 100 ? undefined : toTag,
    headers: lines,
    body: body?.body,
    recordRoute: contact !== undefined && status > 100 && status < 300,
  });
}

/** Sends it. A transaction that has its final response takes no other, but for 2xx to INVITE. */
export function respond(
  environment: Environment,
  transaction: ServerTransaction,
  request: SipRequest,
  status: number,
  options: ResponseOptions = {},
): void {
  if (transaction.terminated) return;
  transaction.respond(status, formatResponse(environment, request, status, options));
}

function ownLines(
  environment: Environment,
  request: SipRequest,
  status: number,
  given: readonly HeaderLine[],
): HeaderLine[] {
  const { capabilities } = environment;
  const lines: HeaderLine[] = [];
  const has = (name: string): boolean => given.some(([own]) => own.toLowerCase() === name);
  const { method } = request;
  // §20.5: in every 2xx to INVITE and OPTIONS, and must be in 405; RFC 3311 §5.1 asks for it in provisional responses, too.
  const shows =
    status === 405 || (status < 300 && (method === "INVITE" || method === "OPTIONS" || method === "UPDATE"));
  if (shows && !has("allow")) lines.push(["Allow", capabilities.allow]);
  const makesSession = status < 300 && (method === "INVITE" || method === "OPTIONS");
  if (makesSession && !has("allow-events")) lines.push(...capabilities.eventLine());
  // §20.37.
  if (status < 300 && capabilities.supported !== "" && !has("supported")) {
    lines.push(["Supported", capabilities.supported]);
  }
  lines.push(...capabilities.productLine("Server"));
  return lines;
}
