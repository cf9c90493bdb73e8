/** Responses of our own, as a user agent server makes them. RFC 3261 §8.2.6, §16.3. */

import { sipHashToken } from "@trapezoid/base";
import { buildResponse, type HeaderLine } from "../message/build.ts";
import type { ServerTransaction } from "../transaction/contract.ts";
import type { Environment } from "./environment.ts";

export interface LocalResponse {
  readonly reason?: string;
  readonly headers?: readonly HeaderLine[];
  readonly body?: string;
}

export function respondLocally(
  environment: Environment,
  transaction: ServerTransaction,
  status: number,
  parts: LocalResponse = {},
): void {
  const { request } = transaction;
  // §8.2.6.2: all but 100 carry a tag, the same in every response to the request. Made from the request, it needs no keeping.
  const toTag = status > 100 && request.toTag === undefined ? tagFor(environment, transaction) : undefined;
  transaction.respond(status, buildResponse(request, status, { ...parts, toTag }));
}

/** §16.2: the immediate answer to an INVITE. */
export function respondTrying(transaction: ServerTransaction): void {
  transaction.respond(100, buildResponse(transaction.request, 100));
}

/** Begins with the worker's digits. */
function tagFor(environment: Environment, { request }: ServerTransaction): string {
  const via = request.via;
  const source = `t${via?.branch ?? ""} ${via?.host ?? ""} ${request.callId ?? ""} ${request.cseq?.sequence ?? 0}`;
  return environment.workerDigits + sipHashToken(environment.tokenKey, source);
}
