/** The URI of a user agent that is called without a server in between. */

import { bracket, formatUri, type NameAddr, noParams, sipUri, userOf, withParam } from "@trapezoid/sip/message";
import type { Listener } from "@trapezoid/sip/transport";

/** The address's user at the first endpoint; the address itself where nothing is listened on. */
export function directContact(address: NameAddr, listeners: readonly Listener[]): string {
  const [listener] = listeners;
  const [endpoint] = listener?.endpoints ?? [];
  if (listener === undefined || endpoint === undefined) return formatUri(address.uri);
  const params = listener.kind === "udp" ? noParams : withParam(noParams, "transport", listener.kind);
  return formatUri(sipUri({ user: userOf(address), host: bracket(endpoint.address), port: endpoint.port, params }));
}
