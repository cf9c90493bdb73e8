/** Which of several failures the caller is told. RFC 3261 §16.7 step 6. */

import type { SipResponse } from "../message/message.ts";
import type { SipsFault } from "./sips.ts";

/** A final response, or what stands for one when a branch ended without. */
export interface Failure {
  readonly status: number;
  /** Undefined: the branch timed out, broke or was given up here. */
  readonly response: SipResponse | undefined;
  /** It was not sent, because its next hop has too much to do. */
  readonly isSpared?: boolean;
  /** It was not tried: RFC 5630 §5.3 forbids it. */
  readonly fault?: SipsFault | undefined;
}

/** Lower is better. */
export function rankOf(status: number, isCancelled: boolean): number {
  // The caller hung up: that is what it expects to hear (§15.1.2), unless somebody declined for all.
  if (isCancelled && status === 487) return 1;
  switch (Math.trunc(status / 100)) {
    case 6:
      return 0;
    case 3:
      return 10;
    case 4:
      return 20 + rankWithin4xx(status);
    default:
      // A 503 says less than any other failure of its class, since it must not be passed on.
      return status === 503 ? 41 : 40;
  }
}

function rankWithin4xx(status: number): number {
  switch (status) {
    // What tells the caller how to ask again.
    case 401:
    case 407:
      return 0;
    case 415:
    case 420:
    case 484:
      return 1;
    // Somebody was there and said so.
    case 486:
      return 2;
    // What only says that a branch brought nothing.
    case 404:
      return 4;
    case 408:
    case 430:
    case 487:
      return 5;
    default:
      return 3;
  }
}

/** The better of two; the earlier one, `a`, when they are alike. */
export function betterOf(a: Failure | undefined, b: Failure, isCancelled: boolean): Failure {
  if (a === undefined) return b;
  // What was tried says more than what was not.
  if ((a.fault === undefined) !== (b.fault === undefined)) return a.fault === undefined ? a : b;
  const difference = rankOf(a.status, isCancelled) - rankOf(b.status, isCancelled);
  // Of two alike, one that somebody sent carries more than one made here.
  if (difference === 0) return a.response === undefined && b.response !== undefined ? b : a;
  return difference < 0 ? a : b;
}
