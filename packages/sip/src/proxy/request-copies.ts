/** Makes the copies of one request that its branches send. RFC 3261 §16.6; RFC 5393 §5.3.3. */

import type { SipRequest } from "../message/message.ts";
import { askForLoss } from "../message/overload-params.ts";
import type { Flow } from "../transport/contract.ts";
import type { ForwardOptions, ProxyTarget, Routed, SenderFacts } from "./contract.ts";
import type { TokenSide } from "./dialog-token.ts";
import type { Environment } from "./environment.ts";
import { type CopyRouting, formatCopy, routeCopy } from "./forward-copy.ts";
import { mayMakeDialog, recordRouteLines } from "./record-route.ts";
import { layoutOf, type RequestLayout } from "./request-layout.ts";
import { isSips, keepScheme, type SipsFault, sipsFault } from "./sips.ts";
import { calleeSide, callerSide, peerSide } from "./token-sides.ts";

export interface CopyFor {
  readonly target: ProxyTarget;
  readonly routing: CopyRouting;
  /** Its share of Max-Breadth. */
  readonly breadth: number;
}

/** Of `ForwardOptions`. `recordRoute` undefined: for methods that may make a dialog. */
export type CopyOptions = Pick<ForwardOptions, "recordRoute" | keyof SenderFacts>;

export class RequestCopies {
  readonly environment: Environment;
  readonly request: SipRequest;
  readonly routed: Routed;
  readonly layout: RequestLayout;
  /** What all running branches together may have. */
  readonly maxBreadth: number;
  /** Requests leave by the socket of this flow where the transport is the same. */
  readonly leaveBy: Flow | undefined;
  /** It came by this one. */
  readonly incoming: Flow;
  readonly #recordRoute: boolean | undefined;
  readonly #callerMayLeave: boolean;
  #caller: TokenSide | undefined = undefined;

  constructor(environment: Environment, request: SipRequest, incoming: Flow, routed: Routed, options: CopyOptions) {
    this.environment = environment;
    this.request = request;
    this.routed = routed;
    this.incoming = incoming;
    this.#recordRoute = options.recordRoute;
    this.#callerMayLeave = routed.dialog === undefined ? options.callerMayLeave === true : routed.dialog.senderMayLeave;
    const layout = layoutOf(request, routed.ownRoutes, routed.strictRouted === true, false, options.isOwnRealm);
    this.layout = layout;
    // RFC 5393 §5.3.3: too large a value is lowered to what is allowed here.
    const most = environment.limits.maxBreadth;
    this.maxBreadth = layout.maxBreadth === -1 || layout.maxBreadth > most ? most : layout.maxBreadth;
    // One Record-Route value: both ends know us by the address that this request came to.
    this.leaveBy = routed.dialog !== undefined && routed.ownRoutes === 1 ? incoming : undefined;
  }

  /** Its sender made it: no element is before us. */
  get isFromEndpoint(): boolean {
    return this.layout.viaCount === 1;
  }

  routingTo(target: ProxyTarget): CopyRouting {
    const uri = keepScheme(this.routed.requestUri, target.uri);
    return routeCopy(this.request, this.layout, uri, target.routes, this.routed, isSips(target.uri));
  }

  /** What forbids a copy to this target (RFC 5630 §5.3). */
  faultOf(target: ProxyTarget): SipsFault | undefined {
    return sipsFault(this.routed.requestUri, target);
  }

  /** `asks`: the hop is to say how loaded it is (RFC 7339 §4.1). */
  format(copy: CopyFor, outgoing: Flow, branchParameter: string, asks = false): string {
    // RFC 5923 §8.1: requests may come back by this connection.
    const alias = outgoing.alias === true ? ";alias" : "";
    const end = asks ? `${alias}${askForLoss}\r\n` : `${alias}\r\n`;
    const via = `${this.environment.addresses.of(outgoing).viaPrefix}${branchParameter}${end}`;
    return formatCopy(this.request, copy.routing, {
      via,
      recordRoute: this.#recordRouteLines(copy, outgoing),
      maxBreadth: copy.breadth,
      onStream: outgoing.reliable,
    });
  }

  // Step 4.
  #recordRouteLines({ target, routing }: CopyFor, outgoing: Flow): string {
    const { request } = this;
    const incoming = this.incoming;
    const calleeSecure = isSips(routing.requestUri) || isSips(routing.nextHop);
    const mayBe = mayMakeDialog(request.method);
    if (!(this.#recordRoute ?? mayBe)) {
      // MUST: where TLS begins or ends, the ends could not follow each other's URIs.
      if (!mayBe || incoming.secure === calleeSecure) return "";
    }
    const { tokenKey } = this.environment;
    const { dialog } = this.routed;
    const callId = request.callId ?? "";
    this.#caller ??= callerSide(tokenKey, request, incoming, this.layout.viaCount, this.#callerMayLeave);
    return recordRouteLines(this.environment, incoming, outgoing, {
      callId,
      fromTag: request.fromTag ?? "",
      caller: this.#caller,
      callerSecure: isSips(request.requestUri),
      callee:
        dialog === undefined
          ? calleeSide(tokenKey, callId, target, routing)
          : peerSide(tokenKey, callId, target.flow, routing.nextHop, dialog.peerMayLeave),
      calleeSecure,
    });
  }
}
