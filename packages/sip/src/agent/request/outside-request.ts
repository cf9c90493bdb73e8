/** A request outside of dialogs until its last final response: redirections followed. RFC 3261 §8.1. */

import type { HeaderLine } from "../../message/build.ts";
import type { Uri } from "../../message/values.ts";
import type { Environment } from "../core/environment.ts";
import type { SessionBody } from "../session/values.ts";
import { ClientRequest, type Outcome } from "./client-request.ts";
import { type OutsideRequest, outsideDraft } from "./outside-draft.ts";
import { Redirections } from "./redirections.ts";

export interface OutsideParts extends OutsideRequest {
  readonly method: string;
  readonly headers: readonly HeaderLine[];
  readonly body?: SessionBody | undefined;
  readonly signal?: AbortSignal | undefined;
  nextSequence(): number;
}

/** Never rejects. An abort is told as 487 without a response. */
export function sendOutside(environment: Environment, parts: OutsideParts): Promise<Outcome> {
  const { method, headers, body, signal, target, options } = parts;
  const limit = options.followRedirects === false ? 0 : environment.limits.redirects;
  const redirections = new Redirections(target, limit);
  return new Promise((resolve) => {
    const attempt = (uri: Uri): void => {
      const draft = { ...outsideDraft(environment, method, parts, uri, headers), body };
      const onAbort = (): void => request.cancel();
      const request = new ClientRequest(environment, draft, {
        nextSequence: () => parts.nextSequence(),
        onFinal: (outcome) => {
          signal?.removeEventListener("abort", onAbort);
          const next =
            outcome.response === undefined || outcome.status < 300 ? undefined : redirections.after(outcome.response);
          if (next === undefined || signal?.aborted) resolve(outcome);
          else {
            environment.counters.redirectsFollowed++;
            attempt(next);
          }
        },
      });
      signal?.addEventListener("abort", onAbort, { once: true });
      request.start();
      if (signal?.aborted) onAbort();
    };
    attempt(target);
  });
}
