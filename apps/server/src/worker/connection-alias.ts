/** Peers that let us send requests back on their TLS connection. RFC 5923 §8.2. */

import { hasParam, type SipRequest } from "@trapezoid/sip/message";
import type { Flow } from "@trapezoid/sip/transport";
import type { NodeTransport } from "@trapezoid/sip/transport/node";

/** Of every request; costs nothing where no certificate was shown. */
export function noteAlias(
  transport: Pick<NodeTransport, "alias">,
  { request, flow }: { readonly request: SipRequest; readonly flow: Flow },
): void {
  if (flow.kind !== "tls" || flow.peerNames.length === 0) return;
  const via = request.via;
  // §8.2: the port of sent-by, 5061 where there is none.
  if (via !== undefined && hasParam(via.params, "alias")) transport.alias(flow, via.port ?? 5061);
}
