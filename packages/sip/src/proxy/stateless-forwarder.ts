/** Sends without a transaction: one target, chosen by what the message says. RFC 3261 §16.11, §18.1.1. */

import type { SipRequest, SipResponse } from "../message/message.ts";
import type { Flow, Target } from "../transport/contract.ts";
import { shouldUseStream } from "../transport/stream-rule.ts";
import type { ProxyTarget, Routed } from "./contract.ts";
import type { Environment } from "./environment.ts";
import { type CopyRouting, formatCopy, routeCopy } from "./forward-copy.ts";
import { withoutTopVia } from "./forward-response.ts";
import { nextHopTargets } from "./next-hop.ts";
import { calleeFlowId, callerFlowId, isSips, mayMakeDialog, recordRouteLines } from "./record-route.ts";
import { layoutOf } from "./request-layout.ts";
import { returnPath, statelessBranch } from "./stateless.ts";

export function forwardStateless(
  environment: Environment,
  request: SipRequest,
  incoming: Flow,
  routed: Routed,
  target: ProxyTarget | undefined,
): void {
  const layout = layoutOf(request, routed.ownRoutes, routed.strictRouted === true);
  if (layout.maxForwards === 0) return;
  const routing = routeCopy(request, layout, target?.uri ?? routed.requestUri, target?.routes, routed);
  const copy: StatelessCopy = { environment, request, incoming, routing, target, viaCount: layout.viaCount };
  const flow = target === undefined ? routed.dialog?.flow : target.flow;
  if (flow === null) return;
  if (flow !== undefined) {
    sendOn(copy, flow, undefined);
    return;
  }
  const leaveBy = routed.dialog !== undefined && routed.ownRoutes === 1 ? incoming : undefined;
  const targets = nextHopTargets(environment, request, routing);
  if (typeof targets === "number") return;
  if (targets instanceof Promise) targets.then((found) => sendTo(copy, found[0], leaveBy), environment.onError);
  else sendTo(copy, targets[0], leaveBy);
}

interface StatelessCopy {
  readonly environment: Environment;
  readonly request: SipRequest;
  readonly incoming: Flow;
  readonly routing: CopyRouting;
  readonly target: ProxyTarget | undefined;
  readonly viaCount: number;
}

// No state, so no second try: whoever sent the request sends it again.
function sendTo(copy: StatelessCopy, target: Target | undefined, leaveBy: Flow | undefined, datagram?: Target): void {
  if (target === undefined) return;
  const { environment } = copy;
  const fail = (): void => {
    if (datagram === undefined) environment.locator.reportFailure(target);
    else {
      environment.datagramOnly.add(datagram);
      sendTo(copy, datagram, leaveBy);
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
  const { environment } = copy;
  const text = formatStateless(copy, flow);
  if (target !== undefined && shouldUseStream(text.length, target.kind) && !environment.datagramOnly.has(target)) {
    sendTo(copy, { ...target, kind: "tcp" }, undefined, target);
    return;
  }
  environment.counters.statelessRequests++;
  flow.send(text);
}

function formatStateless(copy: StatelessCopy, flow: Flow): string {
  const { environment, request, incoming, routing, target } = copy;
  const via = `${environment.addresses.of(flow).viaPrefix}${statelessBranch(environment, request, incoming)}\r\n`;
  let recordRoute = "";
  if (mayMakeDialog(request.method)) {
    recordRoute = recordRouteLines(environment, incoming, flow, {
      callId: request.callId ?? "",
      fromTag: request.fromTag ?? "",
      callerFlow: callerFlowId(request, incoming, copy.viaCount),
      callerSecure: isSips(request.requestUri),
      calleeFlow: target === undefined ? undefined : calleeFlowId(target),
      calleeSecure: isSips(routing.requestUri) || isSips(routing.nextHop),
    });
  }
  const { limits } = environment;
  const received = routing.layout.maxBreadth;
  const maxBreadth = received === -1 || received > limits.maxBreadth ? limits.maxBreadth : received;
  return formatCopy(request, routing, { via, recordRoute, maxBreadth, onStream: flow.reliable });
}

/** Whether the response was ours to pass on. */
export function forwardStrayResponse(environment: Environment, response: SipResponse): boolean {
  const path = returnPath(environment, response);
  const text = path === undefined ? undefined : withoutTopVia(response);
  if (path === undefined || text === undefined) return false;
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
