/** A request outside of dialogs. RFC 3261 §8.1.1, RFC 3323, RFC 3325 §6. */

import { asRequestUri, type RouteSet, routeRequest } from "../../dialog/route-set.ts";
import type { HeaderLine } from "../../message/build.ts";
import { methods } from "../../message/methods.ts";
import { formatNameAddr, nameAddr, parseNameAddr } from "../../message/name-addr.ts";
import { withParam } from "../../message/params.ts";
import { isSipUri } from "../../message/uri.ts";
import type { NameAddr, SipUri, Uri } from "../../message/values.ts";
import type { RequestOptions } from "../contract.ts";
import { anonymous, contactText } from "../core/contact-text.ts";
import type { Environment } from "../core/environment.ts";
import type { LocalIdentity } from "../core/identity.ts";
import { identityLines, privacyLines } from "../core/privacy-lines.ts";
import { toUri } from "../core/target.ts";
import type { RequestDraft } from "./draft.ts";

export interface OutsideRequest {
  readonly target: Uri;
  readonly identity: LocalIdentity;
  readonly options: Omit<RequestOptions, "body" | "signal">;
  readonly callId: string;
  readonly localTag: string;
}

export interface OutsideDraft extends RequestDraft {
  /** From and To without tags. */
  readonly local: NameAddr;
  readonly remote: NameAddr;
}

/** @param target Where it goes now: after a redirection not `request.target`, which To keeps (§8.1.3.4). */
export function outsideDraft(
  environment: Environment,
  method: string,
  request: OutsideRequest,
  target: Uri,
  headers: readonly HeaderLine[],
): OutsideDraft {
  const { identity, options, callId, localTag } = request;
  const routeSet: RouteSet =
    options.route === undefined ? identity.route : options.route.map((uri) => looseRoute(toUri(uri)));
  const uri = isSipUri(target) ? asRequestUri(target) : target;
  const { requestUri, route, nextHop } = routeRequest(uri, routeSet);
  const local = options.privacy?.anonymous === true ? anonymous : identity.address;
  const remote = toAddress(options.to, request.target);
  const isSecure = uri.scheme === "sips" || routeSet[0]?.uri.scheme === "sips";
  const makesDialog = Object.hasOwn(methods, method) && methods[method as keyof typeof methods].createsDialog;
  return {
    method,
    requestUri,
    route,
    // §26.2.2: a sips target is reached by TLS, whatever the first route's scheme.
    nextHop: uri.scheme === "sips" && isSipUri(nextHop) ? { ...nextHop, scheme: "sips" } : nextHop,
    flow: identity.flowTo(nextHop),
    from: formatNameAddr({ ...local, params: withParam(local.params, "tag", localTag) }),
    to: formatNameAddr(remote),
    callId,
    identity,
    isWithin: false,
    // §8.1.1.8.
    contact: makesDialog ? (flow) => contactText(identity, flow, isSecure, options.privacy) : undefined,
    headers: [...headers, ...privacyLines(options.privacy), ...(options.headers ?? [])],
    headersFor: identityLines(environment, options.privacy),
    local,
    remote,
  };
}

function toAddress(to: NameAddr | string | undefined, target: Uri): NameAddr {
  if (to === undefined) return nameAddr(isSipUri(target) ? asAddress(target) : target);
  if (typeof to !== "string") return to;
  const parsed = parseNameAddr(to);
  if (!parsed.ok) throw new TypeError(`not an address for To: ${JSON.stringify(to)}: ${parsed.error.message}`);
  return parsed.value;
}

/** §19.1.1, table 1: what has no meaning in To. */
const notInTo = new Set(["method", "maddr", "ttl", "transport", "lr", "ob"]);

function asAddress(uri: SipUri): SipUri {
  return {
    ...uri,
    port: undefined,
    params: uri.params.filter(({ name }) => !notInTo.has(name.toLowerCase())),
    headers: [],
  };
}

function looseRoute(uri: Uri): NameAddr {
  return nameAddr(isSipUri(uri) ? { ...uri, params: withParam(uri.params, "lr") } : uri);
}
