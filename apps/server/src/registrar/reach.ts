/** How a contact is reached: over the flow that registered it, or where it says. RFC 5626 §5.3, RFC 3261 §10.3. */

import { isSipUri, parseUri, unbracket, type Via } from "@trapezoid/sip/message";
import type { Flow } from "@trapezoid/sip/transport";

/** Before a flow's id: the contact may be located when that connection is gone. */
const OR_LOCATED = "~";

/**
 * What to remember of `flow` for a contact. The flow itself is right for whoever registers its own address, and always behind a
 * NAT. But a client that nothing translates (its Via is where its packets come from) may register another address than its
 * own: a media server, a test's callee, a second port. That contact is meant as it is written.
 */
export function flowIdFor(contact: string, via: Via | undefined, flow: Flow, outbound: boolean): string {
  if (outbound || via === undefined) return flow.id;
  const parsed = parseUri(contact);
  if (!parsed.ok || !isSipUri(parsed.value)) return flow.id;
  const { host, port } = parsed.value;
  const translated = unbracket(via.host) !== flow.remote.address;
  const own = host === via.host && (port ?? 5060) === (via.port ?? 5060);
  if (translated || own || isUnresolvable(host)) return flow.id;
  const source = flow.remote;
  if (unbracket(host) === source.address && (port ?? 5060) === source.port) return flow.id;
  if (flow.reliable) return OR_LOCATED + flow.id;
  return (via.port ?? 5060) === source.port ? "" : flow.id;
}

/** The flow id in what `flowIdFor` made, and whether the contact may be located when that flow is gone. */
export function readFlowId(remembered: string): { readonly flowId: string; readonly orLocated: boolean } {
  if (remembered === "") return { flowId: "", orLocated: true };
  const orLocated = remembered.startsWith(OR_LOCATED);
  return { flowId: orLocated ? remembered.slice(OR_LOCATED.length) : remembered, orLocated };
}

/** RFC 7118 §5: what browsers write, who have no address. */
function isUnresolvable(host: string): boolean {
  return host.toLowerCase().endsWith(".invalid");
}
