/** Asking somebody to send a request. RFC 3515, 3892, 4488. */

import type { HeaderLine } from "../../message/build.ts";
import type { NameAddr } from "../../message/values.ts";

export interface ReferOptions {
  /** RFC 4488 §4: no subscription, so that nothing is heard of the outcome, unless the other side does not know of that. Default false. */
  readonly withoutSubscription?: boolean;
  /** RFC 3892. Default: our own address. `false`: none. */
  readonly referredBy?: NameAddr | false;
  /** The method that is asked for. Default INVITE. */
  readonly method?: string;
  readonly headers?: readonly HeaderLine[];
  readonly signal?: AbortSignal;
  /** Each report of how far it has got (a sipfrag): the last is final, 200 and up. */
  readonly onProgress?: (status: number, reason: string) => void;
}

/** A REFER of ours that was accepted. */
export interface OutgoingRefer {
  /**
   * The final status that the other side reports; 0 when it will not tell (RFC 4488), or its subscription ended without one. Never
   * rejects.
   */
  readonly outcome: Promise<{ readonly status: number; readonly reason: string }>;
  /** Stops the reports; the reference itself goes on. */
  unsubscribe(): void;
}
