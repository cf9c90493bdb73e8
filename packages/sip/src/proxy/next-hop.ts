/** The addresses of a copy's next hop. RFC 3261 §16.6 step 7. */

import type { SipRequest } from "../message/message.ts";
import { isSipUri, parseUri } from "../message/uri.ts";
import type { Uri } from "../message/values.ts";
import type { Target } from "../transport/contract.ts";
import type { Environment } from "./environment.ts";
import type { CopyRouting } from "./forward-copy.ts";
import { isSips } from "./record-route.ts";

/** A status when the URI cannot be located at all. `stateless` as the locator has it. */
export function nextHopTargets(
  environment: Environment,
  request: SipRequest,
  routing: CopyRouting,
  stateless?: string,
): readonly Target[] | Promise<readonly Target[]> | number {
  // Validation has parsed the Request-URI, which most requests of a dialog go by.
  const uri = routing.nextHop === request.requestUri ? request.uri : uriOf(routing.nextHop);
  if (uri === undefined) return 400;
  if (!isSipUri(uri)) return 416;
  // A sips resource is reached over TLS, whatever the scheme of the Route value that leads to it.
  const secured = uri.scheme === "sip" && isSips(routing.requestUri) ? { ...uri, scheme: "sips" as const } : uri;
  try {
    return environment.locator.locate(secured, stateless === undefined ? undefined : { stateless });
  } catch (error) {
    environment.onError(error);
    return 500;
  }
}

function uriOf(text: string): Uri | undefined {
  const parsed = parseUri(text);
  return parsed.ok ? parsed.value : undefined;
}
