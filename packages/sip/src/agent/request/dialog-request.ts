/** A request within a dialog, and what its answer means to the dialog. RFC 3261 §12.2.1, RFC 5057 §5.1. */

import type { Dialog, InDialogRequest } from "../../dialog/dialog.ts";
import { effectOfResponse } from "../../dialog/response-effect.ts";
import type { HeaderLine } from "../../message/build.ts";
import { Contact } from "../../message/fields/address.ts";
import { methods } from "../../message/methods.ts";
import type { Flow } from "../../transport/contract.ts";
import type { Environment } from "../core/environment.ts";
import type { LocalIdentity } from "../core/identity.ts";
import { aborted, requestRefused, type SipError } from "../errors.ts";
import type { SessionBody } from "../session/values.ts";
import { ClientRequest, type ClientRequestOwner, type Outcome } from "./client-request.ts";
import type { RequestDraft } from "./draft.ts";

export interface InDialogParts {
  readonly method: string;
  readonly headers?: readonly HeaderLine[] | undefined;
  readonly body?: SessionBody | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Of the method that keeps its usage alive: 405 ends the usage. */
  readonly sustains?: boolean;
  /** Each attempt's number, before it is sent. */
  readonly onSequence?: (sequence: number) => void;
  /** The usage that it belongs to is at an end: 481, 408 and the like. */
  readonly onUsageLost?: (status: number) => void;
}

/** What its text is made of. A target refresh request has a Contact (§12.2.1.1). */
export function draftInDialog(dialog: Dialog, identity: LocalIdentity, parts: InDialogParts): RequestDraft {
  return draftOf(dialog.ackRequest(0), dialog, identity, parts);
}

function draftOf(
  request: InDialogRequest,
  dialog: Dialog,
  identity: LocalIdentity,
  { method, headers, body }: InDialogParts,
): RequestDraft {
  const { requestUri, route, nextHop, from, to, callId } = request;
  const refreshes = Object.hasOwn(methods, method) && methods[method as keyof typeof methods].refreshesTarget;
  return {
    method,
    requestUri,
    route,
    nextHop: asSecure(nextHop, dialog.isSecure),
    flow: dialog.flow,
    from,
    to,
    callId,
    identity,
    contact: refreshes ? (flow: Flow) => Contact.format(identity.contact(flow, dialog.isSecure)) : undefined,
    headers: headers ?? [],
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
    const onAbort = (): void => request.cancel();
    const owner: ClientRequestOwner = {
      nextSequence: () => {
        const sequence = dialog.nextSequence();
        parts.onSequence?.(sequence);
        return sequence;
      },
      onFinal: (outcome) => {
        signal?.removeEventListener("abort", onAbort);
        if (outcome.response !== undefined || !(signal?.aborted ?? false)) {
          heedOutcome(dialog, parts, outcome);
        }
        resolve(outcome);
      },
    };
    const request = new ClientRequest(environment, draftInDialog(dialog, identity, parts), owner);
    signal?.addEventListener("abort", onAbort, { once: true });
    request.start();
    if (signal?.aborted) onAbort();
  });
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
