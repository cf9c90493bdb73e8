/** The addresses of a copy's next hop. RFC 3261 §16.6 step 7. */

import { statusOfFailure } from "../locate/failure-status.ts";
import type { SipRequest } from "../message/message.ts";
import { isSipUri, parseUri } from "../message/uri.ts";
import type { Uri } from "../message/values.ts";
import type { Target } from "../transport/contract.ts";
import type { Environment } from "./environment.ts";
import type { CopyRouting } from "./forward-copy.ts";

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
  // A sips resource is reached over TLS, whatever the scheme of the Route value or Request-URI that leads to it.
  const secured = uri.scheme === "sip" && routing.secure ? { ...uri, scheme: "sips" as const } : uri;
  try {
    return environment.locator.locate(secured, stateless === undefined ? undefined : { stateless });
  } catch (error) {
    const status = statusOfFailure(error);
    if (status === 503) environment.onError(error);
    return status;
  }
}

function uriOf(text: string): Uri | undefined {
  const parsed = parseUri(text);
  return parsed.ok ? parsed.value : undefined;
}
