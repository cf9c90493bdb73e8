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
    if (other.flow === target.flow && other.routes?.[0] === target.routes?.[0] && isSameUri(other.uri, target.uri))
      return false;
  }
  return true;
}

function isSameUri(a: string, b: string): boolean {
  if (a === b) return true;
  const x = parseUri(a);
  const y = parseUri(b);
  return x.ok && y.ok && uriEquals(x.value, y.value);
}
