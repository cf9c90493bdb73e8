/** What fails in calls: each failure with its code, the status that decided, and what to do. */

import { TrapezoidError } from "@trapezoid/base";
import type { CallEnd } from "./values.ts";

/** A call, or something asked of it, came to nothing. */
export class CallError extends TrapezoidError {
  /** The status that decided; 0 where there is none. */
  readonly status: number;
  /** Its phrase. */
  readonly reason: string;
  /** How the call ended, where it did. */
  readonly end: CallEnd | undefined;

  constructor(
    code: string,
    message: string,
    fields: {
      readonly status?: number;
      readonly reason?: string;
      readonly end?: CallEnd | undefined;
      readonly cause?: unknown;
    } = {},
  ) {
    super(code, message, fields);
    this.name = "CallError";
    this.status = fields.status ?? 0;
    this.reason = fields.reason ?? "";
    this.end = fields.end;
  }
}

/** It was never answered. */
export function callFailed(end: CallEnd, cause?: unknown): CallError {
  return new CallError("CALL_FAILED", end.text, {
    status: end.status,
    reason: end.reason,
    end,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Something was asked of a call that is over. */
export function callOver(what: string, end: CallEnd | undefined): CallError {
  return new CallError(
    "CALL_OVER",
    `${what} is not possible: the call is over${end === undefined ? "" : ` (${end.text})`}`,
    {
      end,
    },
  );
}

export function wrongCallState(what: string, state: string, expected: string): CallError {
  return new CallError("CALL_STATE", `${what} is not possible: the call is ${state}; it must be ${expected}`);
}

export function transferFailed(target: string, status: number, reason: string): CallError {
  return new CallError(
    "CALL_TRANSFER_FAILED",
    `the transfer to ${target} failed: ${status} ${reason}; the call goes on`,
    { status, reason },
  );
}

/** Whoever was to be sent elsewhere does not want to be. */
export function transferRefused(target: string, status: number, reason: string): CallError {
  return new CallError(
    "CALL_TRANSFER_FAILED",
    `the other side refused to be transferred to ${target}: ${status} ${reason}; the call goes on`,
    { status, reason },
  );
}

/** The reports ended before the last one came. */
export function outcomeUnknown(target: string): CallError {
  return new CallError(
    "CALL_TRANSFER_FAILED",
    `nothing was told of what became of the transfer to ${target}; the call goes on`,
  );
}

export function operationAborted(what: string, cause: unknown): CallError {
  return new CallError("CALL_ABORTED", `${what} was given up by its caller`, { cause });
}

export function notOnThisPlatform(what: string, instead: string): CallError {
  return new CallError("CALL_NOT_HERE", `${what} is not possible here; ${instead}`);
}

export function badDigits(digits: string): CallError {
  return new CallError("CALL_BAD_DIGITS", `"${digits}" holds something else than 0 to 9, *, #, A to D`);
}

export function userAgentClosed(): CallError {
  return new CallError("CALL_CLOSED", "the user agent is closed; open a new one");
}
