/** What was decided for the latest requests, and what came of it: the beginning of every explanation. Bounded. */

import type { SipRequest } from "@trapezoid/sip/message";
import type { BranchOutcome } from "@trapezoid/sip/proxy";
import type { Flow } from "@trapezoid/sip/transport";
import type { Caller } from "./plan-resolver.ts";
import type { PlanStep } from "./plan-walk.ts";

export interface Decision {
  readonly at: number;
  readonly method: string;
  readonly callId: string;
  readonly from: string;
  readonly uri: string;
  readonly source: string;
  /** The authenticated account, `trusted`, or `anonymous`. */
  readonly caller: string;
  readonly steps: readonly PlanStep[];
  /** The final status sent, 0 while it runs. */
  status: number;
  branches: readonly { readonly uri: string; readonly status: number; readonly why: string }[];
}

/** How many decisions a worker keeps. */
export const DECISIONS_KEPT = 512;

export class DecisionLog {
  readonly #ring: (Decision | undefined)[] = new Array(DECISIONS_KEPT).fill(undefined);
  #next = 0;

  begin(request: SipRequest, flow: Flow, caller: Caller, steps: readonly PlanStep[], at: number): Decision {
    const decision: Decision = {
      at,
      method: request.method,
      callId: request.callId ?? "",
      from: request.header("From") ?? "",
      uri: request.requestUri,
      source: `${flow.kind} ${flow.remote.address}:${flow.remote.port}`,
      caller: caller.account ?? (caller.trusted ? "trusted" : "anonymous"),
      steps,
      status: 0,
      branches: [],
    };
    this.#ring[this.#next] = decision;
    this.#next = (this.#next + 1) % DECISIONS_KEPT;
    return decision;
  }

  end(decision: Decision, status: number, branches: readonly BranchOutcome[]): void {
    decision.status = status;
    decision.branches = branches.map(({ target, status, why }) => ({ uri: target.uri, status, why }));
  }

  /** Newest first; only those of a call when `callId` is given. */
  list(options: { readonly limit: number; readonly callId?: string | undefined }): Decision[] {
    const found: Decision[] = [];
    for (let i = 1; i <= DECISIONS_KEPT && found.length < options.limit; i++) {
      const decision = this.#ring[(this.#next - i + DECISIONS_KEPT) % DECISIONS_KEPT];
      if (decision === undefined) break;
      if (options.callId === undefined || decision.callId === options.callId) found.push(decision);
    }
    return found;
  }
}
