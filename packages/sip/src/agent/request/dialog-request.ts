/** A request within a dialog, and what its answer means to the dialog. RFC 3261 §12.2.1, RFC 5057 §5.1. */

import type { Dialog } from "../../dialog/dialog.ts";
import { effectOfResponse } from "../../dialog/response-effect.ts";
import type { HeaderLine } from "../../message/build.ts";
import { methods } from "../../message/methods.ts";
import type { Uri } from "../../message/values.ts";
import type { Flow } from "../../transport/contract.ts";
import { contactText } from "../core/contact-text.ts";
import type { Environment } from "../core/environment.ts";
import type { LocalIdentity } from "../core/identity.ts";
import { aborted, requestRefused, type SipError } from "../errors.ts";
import type { SessionBody } from "../session/values.ts";
import { ClientRequest, type ClientRequestOwner, type Outcome } from "./client-request.ts";
import type { RequestDraft } from "./draft.ts";
import { Redirections } from "./redirections.ts";

export interface InDialogParts {
  readonly method: string;
  readonly headers?: readonly HeaderLine[] | undefined;
  readonly body?: SessionBody | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Default: the identity's own. */
  readonly contact?: ((flow: Flow) => string) | undefined;
  /** What only some neighbours are told (RFC 3325 §5). */
  readonly headersFor?: ((flow: Flow) => readonly HeaderLine[]) | undefined;
  /** Of the method that keeps its usage alive: 405 ends the usage. */
  readonly sustains?: boolean;
  /** Each attempt's number, before it is sent. */
  readonly onSequence?: (sequence: number) => void;
  /** The usage that it belongs to is at an end: 481, 408 and the like. */
  readonly onUsageLost?: (status: number) => void;
}

/** What its text is made of. A target refresh request has a Contact (§12.2.1.1). */
export function draftInDialog(
  dialog: Dialog,
  identity: LocalIdentity,
  { method, headers, body, contact, headersFor }: InDialogParts,
  target?: Uri,
): RequestDraft {
  const { requestUri, route, nextHop, from, to, callId } = dialog.ackRequest(0, target);
  const refreshes = Object.hasOwn(methods, method) && methods[method as keyof typeof methods].refreshesTarget;
  const own = (flow: Flow): string => contactText(identity, flow, dialog.needsSips);
  return {
    method,
    requestUri,
    route,
    nextHop: asSecure(nextHop, dialog.isSecure),
    flow: target === undefined || route.length > 0 ? identity.flowOf(dialog.flow) : undefined,
    from,
    to,
    callId,
    identity,
    isWithin: true,
    contact: refreshes ? (contact ?? own) : undefined,
    headers: headers ?? [],
    headersFor,
    body,
  };
}

/** §26.2.2: a dialog over sips keeps to TLS, whatever the scheme of the next hop. */
function asSecure(uri: RequestDraft["nextHop"], isSecure: boolean): RequestDraft["nextHop"] {
  return isSecure && uri.scheme === "sip" && "host" in uri ? { ...uri, scheme: "sips" } : uri;
}

/** Never rejects. An abort is told as 487 without a response; the answer is then heard by nobody. */
export function sendInDialog(
  environment: Environment,
  dialog: Dialog,
  identity: LocalIdentity,
  parts: InDialogParts,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const { signal } = parts;
    const redirections = new Redirections(dialog.remoteTarget, environment.limits.redirects);
    let request: ClientRequest | undefined;
    const onAbort = (): void => request?.cancel();
    const owner: ClientRequestOwner = {
      nextSequence: () => {
        const sequence = dialog.nextSequence();
        parts.onSequence?.(sequence);
        return sequence;
      },
      onFinal: (outcome) => {
        const next = redirectionOf(outcome, redirections);
        if (next !== undefined && signal?.aborted !== true) {
          environment.counters.redirectsFollowed++;
          attempt(next);
          return;
        }
        signal?.removeEventListener("abort", onAbort);
        heedOutcome(dialog, parts, outcome);
        resolve(outcome);
      },
    };
    const attempt = (target?: Uri): void => {
      request = new ClientRequest(environment, draftInDialog(dialog, identity, parts, target), owner);
      request.start();
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    attempt();
    if (signal?.aborted) onAbort();
  });
}

/** RFC 3261 §12.2.1.2: as outside of dialogs, but by the dialog's route set. */
function redirectionOf({ status, response }: Outcome, redirections: Redirections): Uri | undefined {
  return response === undefined || status < 300 ? undefined : redirections.after(response);
}

/** Target refresh, and the end of usage or dialog. */
export function heedOutcome(
  dialog: Dialog,
  { method, sustains = false, onUsageLost }: Pick<InDialogParts, "method" | "sustains" | "onUsageLost">,
  { status, response }: Outcome,
): void {
  if (status < 300) {
    const known = Object.hasOwn(methods, method) ? methods[method as keyof typeof methods] : undefined;
    if (response !== undefined && known?.refreshesTarget === true) dialog.refreshTarget(response);
    return;
  }
  const effect = effectOfResponse(status, sustains);
  if (effect === "dialog") dialog.lose(status);
  else if (effect === "usage") onUsageLost?.(status);
}

/** The error that an outcome is to whoever asked. */
export function errorOf(method: string, outcome: Outcome, signal?: AbortSignal): SipError {
  if (signal?.aborted && outcome.response === undefined) return aborted(method, signal.reason);
  return requestRefused(method, outcome.status, outcome.reason, outcome.response, outcome.cause);
}
