/** Redirections followed here instead of by the caller. RFC 3261 §16.7 step 4. */

import type { SipRequest, SipResponse } from "../message/message.ts";
import type { ForwardOptions, ProxyTarget } from "./contract.ts";
import type { Environment } from "./environment.ts";
import { contactUris, withoutContacts } from "./forward-response.ts";
import { isSips } from "./sips.ts";

export interface Recursion {
  readonly targets: readonly ProxyTarget[];
  /** The response without the contacts that are tried; undefined when nothing is left to tell. */
  readonly left: SipResponse | undefined;
}

export function recursionTargets(
  environment: Environment,
  request: SipRequest,
  response: SipResponse,
  recurse: NonNullable<ForwardOptions["recurse"]>,
): Recursion {
  // RFC 5630 §5.3: a sips request is not led to a sip contact, nor a sip one to a sips contact; the caller is told of those.
  const contacts = contactUris(response).filter((uri) => isSips(uri) === isSips(request.requestUri));
  if (contacts.length === 0) return { targets: [], left: response };
  let targets: readonly ProxyTarget[];
  try {
    targets = recurse(contacts);
  } catch (error) {
    environment.onError(error);
    return { targets: [], left: response };
  }
  const tried = new Set(targets.map((target) => target.uri));
  // Contacts that the engine put other URIs in place of cannot be told apart: then all count as tried.
  const isNamed = contacts.some((uri) => tried.has(uri));
  return { targets, left: isNamed ? withoutContacts(response, tried) : undefined };
}
