/** The addresses of a copy's next hop. RFC 3261 §16.6 step 7. */

import { isSipUri, parseUri } from "../message/uri.ts";
import type { Target } from "../transport/contract.ts";
import type { Environment } from "./environment.ts";
import type { CopyRouting } from "./forward-copy.ts";
import { isSips } from "./record-route.ts";

/** A status when the URI cannot be located at all. */
export function nextHopTargets(
  environment: Environment,
  routing: CopyRouting,
): readonly Target[] | Promise<readonly Target[]> | number {
  const parsed = parseUri(routing.nextHop);
  if (!parsed.ok) return 400;
  const uri = parsed.value;
  if (!isSipUri(uri)) return 416;
  // A sips resource is reached over TLS, whatever the scheme of the Route value that leads to it.
  const secured = uri.scheme === "sip" && isSips(routing.requestUri) ? { ...uri, scheme: "sips" as const } : uri;
  try {
    return environment.locator.locate(secured);
  } catch (error) {
    environment.onError(error);
    return 500;
  }
}
