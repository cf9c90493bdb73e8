/** Sends without a transaction: one target, chosen by what the message says. RFC 3261 §16.11, §18.1.1. */

import { statusOfFailure } from "../locate/failure-status.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import type { Flow, Target } from "../transport/contract.ts";
import { shouldUseStream } from "../transport/stream-rule.ts";
import type { ProxyTarget, Routed, SenderFacts } from "./contract.ts";
import type { Environment } from "./environment.ts";
import { withoutTopVia } from "./forward-response.ts";
import { nextHopTargets } from "./next-hop.ts";
import { type CopyFor, RequestCopies } from "./request-copies.ts";
import { returnPath, statelessBranch } from "./stateless.ts";

export function forwardStateless(
  environment: Environment,
  request: SipRequest,
  incoming: Flow,
  routed: Routed,
  chosen: ProxyTarget | undefined,
  facts: SenderFacts | undefined,
): void {
  const copies = new RequestCopies(environment, request, incoming, routed, facts ?? {});
  if (copies.layout.maxForwards === 0) return;
  const target = chosen ?? targetOf(routed);
  // RFC 5630 §5.3; whoever wants the caller to hear of it asks before.
  if (target.flow === null || copies.faultOf(target) !== undefined) return;
  const routing = copies.routingTo(target);
  const branch = statelessBranch(environment, request, incoming);
  if (request.method === "INVITE") environment.statelessWays.add(branch, target);
  const copy: StatelessCopy = { copies, branch, target, routing, breadth: copies.maxBreadth };
  if (target.flow !== undefined) {
    sendOn(copy, target.flow, undefined);
    return;
  }
  const targets = nextHopTargets(environment, request, routing, branch);
  if (typeof targets === "number") return;
  if (targets instanceof Promise)
    targets.then(
      (found) => sendTo(copy, found[0]),
      (error) => lost(environment, error),
    );
  else sendTo(copy, targets[0]);
}

/** Where a dialog's token leads, or the Request-URI. */
export function targetOf({ requestUri, dialog }: Routed): ProxyTarget {
  return dialog?.flow === undefined ? { uri: requestUri } : { uri: requestUri, flow: dialog.flow };
}

/** Nobody waits for an answer that could tell; a name that is not found is no fault of ours. */
function lost(environment: Environment, error: unknown): void {
  if (statusOfFailure(error) === 503) environment.onError(error);
}

interface StatelessCopy extends CopyFor {
  readonly copies: RequestCopies;
  readonly branch: string;
}

// No state, so no second try: whoever sent the request sends it again.
function sendTo(copy: StatelessCopy, target: Target | undefined, datagram?: Target): void {
  if (target === undefined) return;
  const { environment, leaveBy } = copy.copies;
  const fail = (): void => {
    if (datagram === undefined) environment.locator.reportFailure(target);
    else {
      environment.datagramOnly.add(datagram);
      sendTo(copy, datagram);
    }
  };
  let flow: Flow | Promise<Flow>;
  try {
    flow = environment.transport.flowTo(target, leaveBy?.kind === target.kind ? leaveBy : undefined);
  } catch {
    fail();
    return;
  }
  if (flow instanceof Promise) flow.then((opened) => sendOn(copy, opened, undefined), fail);
  else sendOn(copy, flow, target);
}

function sendOn(copy: StatelessCopy, flow: Flow, target: Target | undefined): void {
  const { environment } = copy.copies;
  const text = copy.copies.format(copy, flow, copy.branch);
  if (target !== undefined && shouldUseStream(text.length, target.kind) && !environment.datagramOnly.has(target)) {
    sendTo(copy, { ...target, kind: "tcp" }, target);
    return;
  }
  environment.counters.statelessRequests++;
  flow.send(text);
}

/** Whether the response was ours to pass on: those of stateful forwarding without their transaction are not (RFC 6026 §7.3). */
export function forwardStrayResponse(environment: Environment, response: SipResponse): boolean {
  const path = returnPath(environment, response);
  if (path === undefined) return false;
  const text = withoutTopVia(response, "send" in path ? path.reliable : path.kind !== "udp");
  if (text === undefined) return false;
  if ("send" in path) {
    path.send(text);
    return true;
  }
  let flow: Flow | Promise<Flow>;
  try {
    flow = environment.transport.flowTo(path);
  } catch {
    return false;
  }
  // §18.2.2: a connection that is gone is opened again, towards the sent-by port.
  if (flow instanceof Promise)
    flow.then(
      (opened) => opened.send(text),
      () => {},
    );
  else flow.send(text);
  return true;
}
