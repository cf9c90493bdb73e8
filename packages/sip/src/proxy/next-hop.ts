/** The addresses of a copy's next hop. RFC 3261 §16.6 step 7. */

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

/** What the caller is told when the locator finds nothing; 503 for what is no answer of its. */
export function statusOfFailure(error: unknown): number {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "SIP_LOCATE_NOT_SIP":
      return 416;
    // §21.4.5: there is no such domain, or it takes no calls.
    case "SIP_LOCATE_NO_RECORDS":
    case "SIP_LOCATE_NO_ADDRESSES":
    case "SIP_LOCATE_DECLINED":
      return 404;
    case "SIP_LOCATE_NO_TRANSPORT":
      return 502;
    // §21.5.5 names the domain name system.
    case "SIP_LOCATE_DNS_FAILED":
      return 504;
    default:
      return 503;
  }
}

function uriOf(text: string): Uri | undefined {
  const parsed = parseUri(text);
  return parsed.ok ? parsed.value : undefined;
}
