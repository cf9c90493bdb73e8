/** What is known when something has failed. */

import { TrapezoidError } from "@trapezoid/base";
import type { CallEnd } from "@trapezoid/call";
import { CallError } from "@trapezoid/call";
import { SipError } from "@trapezoid/sip/agent";
import { reasonPhrase, type SipResponse } from "@trapezoid/sip/message";
import type { Exchange } from "./exchange.ts";

export interface FailureFacts {
  /** `INVITE`. */
  readonly method: string;
  /** Whom it was meant for: `bob@example.com`. */
  readonly target: string;
  /** Who asked; `undefined`: nobody in particular. */
  readonly as: string | undefined;
  /** Whether a password was given. */
  readonly hasPassword: boolean;
  /** 0: none. */
  readonly status: number;
  readonly reason: string;
  /** Theirs; `undefined` where the status is our own word (RFC 3261 §8.1.3.1). */
  readonly response: SipResponse | undefined;
  /** Codes of the error and of what led to it, outermost first. */
  readonly codes: readonly string[];
  /** The innermost failure that says what happened. */
  readonly root: Error | undefined;
  /** How a call ended, where it was one. */
  readonly end: CallEnd | undefined;
  readonly exchange: Exchange;
}

export interface FailureContext {
  readonly method: string;
  readonly target: string;
  readonly as: string | undefined;
  readonly hasPassword: boolean;
  readonly exchange: Exchange;
}

export function failureFacts(error: unknown, context: FailureContext): FailureFacts {
  const chain = causesOf(error);
  const sip = chain.find((one) => one instanceof SipError);
  const call = chain.find((one) => one instanceof CallError);
  const status = (sip?.status || call?.status) ?? 0;
  const { final } = context.exchange;
  // The status that decided is theirs only where they said it.
  const response = sip?.response ?? (final !== undefined && final.status === status ? final : undefined);
  return {
    ...context,
    status,
    reason: response?.reason || sip?.reason || call?.reason || (status === 0 ? "" : reasonPhrase(status)),
    response,
    codes: chain.flatMap((one) =>
      one instanceof TrapezoidError ? [one.code] : "code" in one ? [String(one.code)] : [],
    ),
    root: chain.findLast((one) => one instanceof TrapezoidError) ?? chain[0],
    end: call?.end,
  };
}

/** Outermost first. */
function causesOf(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let at = error; at instanceof Error && chain.length < 16; at = at.cause) chain.push(at);
  return chain;
}
