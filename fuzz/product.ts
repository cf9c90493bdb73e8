/** What the targets try: the product's own functions. A planted bug takes the place of one of them. */

import * as message from "@trapezoid/sip/message";
import { createProxy } from "@trapezoid/sip/proxy";
import { createTransactionLayer } from "@trapezoid/sip/transaction";
import { stampTopVia } from "@trapezoid/sip/transport";
import { formatCopy, routeCopy } from "../packages/sip/src/proxy/forward-copy.ts";
import { layoutOf } from "../packages/sip/src/proxy/request-layout.ts";

export interface Framer {
  readonly bufferedBytes: number;
  push(octets: string): message.Framed[];
}

export interface Product {
  readonly parseMessage: typeof message.parseMessage;
  /** Every typed header field. */
  readonly fields: readonly message.HeaderField<unknown>[];
  readonly createFramer: (limits: message.FramerLimits) => Framer;
  readonly stampTopVia: typeof stampTopVia;
  /** The copy that a proxy sends on (§16.6), with one Via more and one hop less. */
  readonly forwardCopy: (request: message.SipRequest, via: string) => string;
  readonly createTransactionLayer: typeof createTransactionLayer;
  readonly createProxy: typeof createProxy;
}

export const product: Product = {
  parseMessage: message.parseMessage,
  fields: (Object.values(message) as unknown[]).filter(isHeaderField),
  createFramer: (limits) => new message.StreamFramer(limits),
  stampTopVia,
  forwardCopy(request, via) {
    const layout = layoutOf(request, 0, false);
    const routing = routeCopy(request, layout, request.requestUri, undefined, { ownRoutes: 0 });
    return formatCopy(request, routing, { via, recordRoute: "", maxBreadth: 60, onStream: true });
  },
  createTransactionLayer,
  createProxy,
};

function isHeaderField(value: unknown): value is message.HeaderField<unknown> {
  return typeof value === "object" && value !== null && "parse" in value && "format" in value && "list" in value;
}
