/** Option tags, Path and outbound in a REGISTER. RFC 3261 §8.2.2.3, RFC 3327 §5.3, RFC 5626 §6. */

import {
  equalsIgnoreCase,
  HeaderId,
  hasParam,
  isSipUri,
  isToken,
  Path,
  type SipRequest,
  splitList,
} from "@trapezoid/sip/message";
import type { ContactRequest } from "./contacts.ts";
import type { Refusal } from "./refusal.ts";

const supported: ReadonlySet<string> = new Set(["path", "outbound"]);

/** The option tags of all lines of a header field, as they are written. */
function optionTags(request: SipRequest, id: number): string[] {
  const tags: string[] = [];
  for (let line = request.findLine(id); line !== -1; line = request.findLine(id, line + 1)) {
    for (const tag of request.lineValue(line).split(",")) {
      const trimmed = tag.trim();
      if (trimmed !== "") tags.push(trimmed);
    }
  }
  return tags;
}

/** What a request needs of a registrar; a 420 when that is more than this one has. */
export function unmetRequirement(request: SipRequest): Refusal | undefined {
  if (request.findLine(HeaderId.Require) === -1) return undefined;
  const unsupported = optionTags(request, HeaderId.Require).filter((tag) => !supported.has(tag.toLowerCase()));
  if (unsupported.length === 0) return undefined;
  if (!unsupported.every((tag) => isToken(tag))) return { status: 400, reason: "Bad Require: expected option tags" };
  return { status: 420, reason: "", headers: [["Unsupported", unsupported.join(", ")]] };
}

/** Whether the client says that it understands `tag`. */
export function supports(request: SipRequest, tag: string): boolean {
  return [HeaderId.Supported, HeaderId.Require].some(
    (id) => request.findLine(id) !== -1 && optionTags(request, id).some((own) => equalsIgnoreCase(own, tag)),
  );
}

/** The Path values, topmost first, as text; a refusal when one cannot be read. */
export function pathOf(request: SipRequest): readonly string[] | Refusal {
  let line = request.findLine(HeaderId.Path);
  if (line === -1) return noPath;
  const path: string[] = [];
  for (; line !== -1; line = request.findLine(HeaderId.Path, line + 1)) {
    for (const value of splitList(request.lineValue(line))) {
      const parsed = Path.parse(value);
      if (!parsed.ok || !isSipUri(parsed.value.uri)) return { status: 400, reason: "Bad Path: expected SIP URIs" };
      path.push(value);
      if (path.length > MAX_PATH_VALUES) return { status: 400, reason: `More than ${MAX_PATH_VALUES} Path values` };
    }
  }
  return path;
}

/** Proxies between a phone and its registrar; each would be a Route in every call. */
const MAX_PATH_VALUES = 16;

const noPath: readonly string[] = Object.freeze([]);

/**
 * Whether the contacts are registered as flows: client and first hop take part, and a contact names its device and numbers
 * its flow. RFC 5626 §6.
 */
export function outboundOf(
  request: SipRequest,
  contacts: readonly ContactRequest[],
  path: readonly string[],
): boolean | Refusal {
  const flow = contacts.find(({ instance, regId }) => instance !== undefined && isRegId(regId));
  if (flow === undefined || !supports(request, "outbound")) return false;
  // RFC 5626 §6: one flow at a time, so that it is clear which of the contacts this request came over.
  if (contacts.filter((contact) => contact.expires > 0).length > 1) {
    return { status: 400, reason: "A contact with reg-id must be the only one" };
  }
  if (isDirect(request) || firstHopKeepsFlows(path)) return true;
  return { status: 439, reason: "First Hop Lacks Outbound Support" };
}

function isRegId(regId: number | undefined): boolean {
  return regId !== undefined && regId >= 1 && regId < 2 ** 31;
}

/** No proxy between: one Via value. */
function isDirect(request: SipRequest): boolean {
  const first = request.findLine(HeaderId.Via);
  return request.findLine(HeaderId.Via, first + 1) === -1 && splitList(request.lineValue(first)).length === 1;
}

/** The last Path value is that of the proxy the client is connected to (RFC 5626 §5.1). */
function firstHopKeepsFlows(path: readonly string[]): boolean {
  const last = path.at(-1);
  if (last === undefined) return false;
  const parsed = Path.parse(last);
  return parsed.ok && isSipUri(parsed.value.uri) && hasParam(parsed.value.uri.params, "ob");
}
