/** The target set holds every URI once. RFC 3261 §16.5. */

import { parseUri, uriEquals } from "../message/uri.ts";
import type { ProxyTarget } from "./contract.ts";

/** Two bindings with one URI but flows or paths of their own are two targets (RFC 5626 §6). */
export function isNewTarget(
  target: ProxyTarget,
  known: readonly (ProxyTarget | { readonly target: ProxyTarget })[],
): boolean {
  for (const entry of known) {
    const other = "target" in entry ? entry.target : entry;
    if (isSameFlow(other, target) && other.routes?.[0] === target.routes?.[0] && isSameUri(other.uri, target.uri)) {
      return false;
    }
  }
  return true;
}

// A datagram flow may be an object for each datagram; its id names it.
function isSameFlow({ flow: a }: ProxyTarget, { flow: b }: ProxyTarget): boolean {
  return a === b || (a != null && b != null && a.id === b.id);
}

function isSameUri(a: string, b: string): boolean {
  if (a === b) return true;
  const x = parseUri(a);
  const y = parseUri(b);
  return x.ok && y.ok && uriEquals(x.value, y.value);
}
