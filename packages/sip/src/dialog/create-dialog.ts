/** Dialogs from the messages that make them, for either side. RFC 3261 §12.1.1, §12.1.2. */

import { Contact } from "../message/fields/address.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import { withoutParam } from "../message/params.ts";
import { isSipUri } from "../message/uri.ts";
import type { NameAddr, Uri } from "../message/values.ts";
import type { Flow } from "../transport/contract.ts";
import type { DialogParts } from "./dialog.ts";
import { routeSetOfRequest, routeSetOfResponse } from "./route-set.ts";

/** The callee's. `undefined` when the request lacks what a dialog needs: a Contact with a SIP URI (§8.1.1.8), unless `otherwise` stands in. */
export function dialogOfRequest(
  request: SipRequest,
  localTag: string,
  flow: Flow,
  state: "early" | "confirmed",
  otherwise?: Uri,
): DialogParts | undefined {
  const { callId, from, to, cseq, uri } = request;
  const remoteTarget = contactOf(request.get(Contact)) ?? otherwise;
  if (callId === undefined || from === undefined || to === undefined || cseq === undefined) return undefined;
  if (remoteTarget === undefined) return undefined;
  return {
    callId,
    localTag,
    remoteTag: request.fromTag ?? "",
    isCaller: false,
    state,
    local: withoutTag(to),
    remote: withoutTag(from),
    remoteTarget,
    routeSet: routeSetOfRequest(request),
    isSecure: flow.secure && uri?.scheme === "sips",
    localSequence: undefined,
    remoteSequence: cseq.sequence,
  };
}

/**
 * The caller's, from what was sent and what came back. `undefined` when the response makes none: no tag in To of a provisional one, or
 * no Contact in a 2xx. A provisional response may lack its Contact: the Request-URI stands in for it until the 2xx comes.
 */
export function dialogOfResponse(
  sent: { readonly requestUri: Uri; readonly sequence: number; readonly isSecure: boolean },
  response: SipResponse,
  state: "early" | "confirmed",
): DialogParts | undefined {
  const { callId, from, to, toTag } = response;
  if (callId === undefined || from === undefined || to === undefined) return undefined;
  // §12.1.2: an element of RFC 2543 puts no tag into its 2xx.
  if (toTag === undefined && state === "early") return undefined;
  const remoteTarget = contactOf(response.get(Contact)) ?? sent.requestUri;
  return {
    callId,
    localTag: response.fromTag ?? "",
    remoteTag: toTag ?? "",
    isCaller: true,
    state,
    local: withoutTag(from),
    remote: withoutTag(to),
    remoteTarget,
    routeSet: routeSetOfResponse(response),
    isSecure: sent.isSecure,
    localSequence: sent.sequence,
    remoteSequence: undefined,
  };
}

/** `undefined` for what no request can be sent to. */
export function contactOf(contact: NameAddr | "*" | undefined): Uri | undefined {
  return contact !== undefined && contact !== "*" && isSipUri(contact.uri) ? contact.uri : undefined;
}

function withoutTag(address: NameAddr): NameAddr {
  return { ...address, params: withoutParam(address.params, "tag") };
}
