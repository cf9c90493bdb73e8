/** A request outside of dialogs. RFC 3261 §8.1.1, RFC 3323, RFC 3325 §6. */

import { asRequestUri, type RouteSet, routeRequest } from "../../dialog/route-set.ts";
import type { HeaderLine } from "../../message/build.ts";
import { Contact, PAssertedIdentity, PPreferredIdentity } from "../../message/fields/address.ts";
import { methods } from "../../message/methods.ts";
import { formatNameAddr, nameAddr, parseNameAddr } from "../../message/name-addr.ts";
import { withParam } from "../../message/params.ts";
import { isSipUri, sipUri } from "../../message/uri.ts";
import type { NameAddr, SipUri, Uri } from "../../message/values.ts";
import type { Flow } from "../../transport/contract.ts";
import type { PrivacyOptions, RequestOptions } from "../contract.ts";
import type { Environment } from "../core/environment.ts";
import type { LocalIdentity } from "../core/identity.ts";
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

/** RFC 3323 §4.1.1.3. */
const anonymous: NameAddr = nameAddr(sipUri({ user: "anonymous", host: "anonymous.invalid" }), [], "Anonymous");

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
    // §8.1.1.8.
    contact: makesDialog ? (flow: Flow) => contactText(identity, flow, isSecure, options.privacy) : undefined,
    headers: [...headers, ...privacyLines(options.privacy), ...(options.headers ?? [])],
    headersFor: identityLines(environment, options.privacy),
    local,
    remote,
  };
}

function contactText(
  identity: LocalIdentity,
  flow: Flow,
  isSecure: boolean,
  privacy: PrivacyOptions | undefined,
): string {
  if (privacy?.anonymous !== true) return Contact.format(identity.contact(flow, isSecure));
  // RFC 5627 §4.4, RFC 3323 §4.1.1.2: an address that tells nothing, and leads to us all the same.
  if (identity.temporaryGruu !== undefined) return Contact.format(nameAddr(identity.temporaryGruu));
  const uri = identity.plainContact(flow, isSecure);
  return Contact.format(nameAddr(isSipUri(uri) ? { ...uri, user: "anonymous" } : uri));
}

/** RFC 3323 §4.2, RFC 3325 §9.3. */
function privacyLines(privacy: PrivacyOptions | undefined): HeaderLine[] {
  return privacy?.anonymous === true ? [["Privacy", "id"]] : [];
}

/** RFC 3325 §5, §6: nobody outside of the trust domain is told. */
function identityLines(
  environment: Environment,
  privacy: PrivacyOptions | undefined,
): ((flow: Flow) => readonly HeaderLine[]) | undefined {
  if (privacy?.assertedIdentity === undefined && privacy?.preferredIdentity === undefined) return undefined;
  const { assertedIdentity, preferredIdentity } = privacy;
  return (flow) => {
    if (!environment.isTrusted(flow)) return [];
    if (assertedIdentity !== undefined) return [["P-Asserted-Identity", PAssertedIdentity.format(assertedIdentity)]];
    return [["P-Preferred-Identity", PPreferredIdentity.format(preferredIdentity!)]];
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
