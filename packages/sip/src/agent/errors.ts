/** What fails in a user agent: each failure with its code, its status where there is one, and what to do. */

import { TrapezoidError } from "@trapezoid/base";
import type { SipResponse } from "../message/message.ts";

/** A request of ours that came to nothing, or an operation that cannot be done now. */
export class SipError extends TrapezoidError {
  /** The status that decided; 408 for a time-out, 503 for a broken way (RFC 3261 §8.1.3.1), 487 for what was cancelled, 0 for none. */
  readonly status: number;
  /** Its phrase. */
  readonly reason: string;
  /** The response; `undefined` when the status is our own word. */
  readonly response: SipResponse | undefined;

  constructor(
    code: string,
    message: string,
    fields: {
      readonly status?: number;
      readonly reason?: string;
      readonly response?: SipResponse | undefined;
      readonly cause?: unknown;
    } = {},
  ) {
    super(code, message, fields);
    this.name = "SipError";
    this.status = fields.status ?? 0;
    this.reason = fields.reason ?? "";
    this.response = fields.response;
  }
}

/** What a caller may do about a status. */
function advice(status: number): string {
  switch (status) {
    case 401:
    case 407:
      return "check user name and password";
    case 403:
      return "the server knows who asks and does not allow it";
    case 404:
    case 604:
      return "check the address";
    case 405:
    case 501:
      return "the other side does not offer this";
    case 408:
      return "nobody answered: check that the host is reachable, and try again later";
    case 415:
    case 488:
    case 606:
      return "offer something else";
    case 420:
    case 421:
      return "compare the extensions of both sides";
    case 480:
    case 486:
    case 600:
      return "try again later";
    case 481:
      return "the other side knows nothing of this dialog: begin anew";
    case 503:
      return "the server is down or full: try again later";
    default:
      return status >= 500 && status < 600 ? "try again later" : "see the reason given";
  }
}

/** The request was answered, by the peer or by a time-out, with no 2xx. */
export function requestRefused(
  method: string,
  status: number,
  reason: string,
  response: SipResponse | undefined,
  cause?: unknown,
): SipError {
  const who = response === undefined ? "failed" : "was refused";
  return new SipError("SIP_UA_REFUSED", `${method} ${who}: ${status} ${reason}; ${advice(status)}`, {
    status,
    reason,
    response,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** What came back cannot be read as an answer (RFC 3261 §8.1.3.3). */
export function unusableResponse(method: string, status: number, fault: string): SipError {
  return new SipError("SIP_UA_BAD_RESPONSE", `the ${status} to ${method} cannot be used: ${fault}; see who sends it`, {
    status: 500,
  });
}

/** The caller's signal. */
export function aborted(what: string, cause: unknown): SipError {
  return new SipError("SIP_UA_ABORTED", `${what} was given up by its caller`, {
    status: 487,
    reason: "Request Terminated",
    cause,
  });
}

export function wrongState(what: string, state: string, expected: string): SipError {
  return new SipError("SIP_UA_STATE", `${what} is not possible: the session is ${state}; it must be ${expected}`);
}

export function sessionOver(what: string, why: string, status = 0): SipError {
  return new SipError("SIP_UA_SESSION_OVER", `${what} came to nothing: the session ended (${why})`, { status });
}

export function notSupported(what: string, by: string): SipError {
  return new SipError("SIP_UA_NOT_SUPPORTED", `${what} is not supported by ${by}`);
}

/** Offer and answer did not come together. */
export function negotiationFailed(why: string, cause?: unknown): SipError {
  return new SipError("SIP_UA_NEGOTIATION", `offer and answer came to nothing: ${why}`, {
    status: 488,
    reason: "Not Acceptable Here",
    ...(cause === undefined ? {} : { cause }),
  });
}

export function closed(what: string): SipError {
  return new SipError("SIP_UA_CLOSED", `${what} is closed; make a new one`);
}
