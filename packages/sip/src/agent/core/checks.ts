/** What a request must be for us to act on it, clause by clause. RFC 3261 §8.2.1 to §8.2.3. */

import { ContentDisposition } from "../../message/fields/content.ts";
import { splitList } from "../../message/lexer.ts";
import type { SipRequest } from "../../message/message.ts";
import { isKnownMethod } from "../../message/methods.ts";
import { type BodyPart, bodyParts, partHeader } from "../../message/multipart.ts";
import { getParam } from "../../message/params.ts";
import type { Refusal } from "../request/contract.ts";
import { typeOf } from "../session/body.ts";
import type { Capabilities } from "./environment.ts";

/** §8.2.1: 405 for what is known but not taken, 501 for the rest (§21.5.2). */
export function checkMethod(request: SipRequest, capabilities: Capabilities): Refusal | undefined {
  if (capabilities.methods.includes(request.method)) return undefined;
  return isKnownMethod(request.method)
    ? { status: 405, headers: [["Allow", capabilities.allow]] }
    : { status: 501, headers: [["Allow", capabilities.allow]] };
}

const schemes: ReadonlySet<string> = new Set(["sip", "sips", "tel"]);

/** §8.2.2.1. */
export function checkScheme(request: SipRequest): Refusal | undefined {
  return schemes.has(request.uri?.scheme ?? "") ? undefined : { status: 416 };
}

/** §8.2.2.3: every extension that is required must be known. Not for ACK and CANCEL. */
export function checkRequire(request: SipRequest, capabilities: Capabilities): Refusal | undefined {
  const unknown = request
    .headers("Require")
    .flatMap(splitList)
    .filter((option) => !capabilities.options.includes(option.toLowerCase()));
  return unknown.length === 0 ? undefined : { status: 420, headers: [["Unsupported", unknown.join(", ")]] };
}

/** Methods whose body is a session's; of others, their handler knows what it takes. */
const withSession: ReadonlySet<string> = new Set(["INVITE", "UPDATE", "PRACK"]);

/** §8.2.3: type, encoding and disposition of a session's body. */
export function checkContent(request: SipRequest, capabilities: Capabilities): Refusal | undefined {
  if (!withSession.has(request.method) || request.bodyStart >= request.text.length) return undefined;
  const parts = bodyParts(request);
  if (!parts.ok) return { status: 400, reason: "Bad Multipart Body" };
  const refusals = parts.value.map((part) => refusalOfPart(part, capabilities));
  // RFC 2046 §5.1.4: of alternatives one is enough.
  const isChoice = typeOf(request.header("Content-Type") ?? "") === "multipart/alternative";
  if (isChoice && refusals.includes(undefined)) return undefined;
  return refusals.find((refusal) => refusal !== undefined);
}

function refusalOfPart(part: BodyPart, capabilities: Capabilities): Refusal | undefined {
  if (isOptional(partHeader(part, "Content-Disposition"))) return undefined;
  const type = typeOf(partHeader(part, "Content-Type") ?? "");
  if (!capabilities.types.includes(type) && !type.startsWith("multipart/")) {
    return { status: 415, headers: [["Accept", capabilities.accept]] };
  }
  const encodings = splitList(partHeader(part, "Content-Encoding") ?? "");
  if (encodings.some((encoding) => encoding.toLowerCase() !== "identity")) {
    return { status: 415, headers: [["Accept-Encoding", "identity"]] };
  }
  return undefined;
}

/** §20.11: handling=optional: a body that is not understood is passed over. */
function isOptional(disposition: string | undefined): boolean {
  const parsed = disposition === undefined ? undefined : ContentDisposition.parse(disposition);
  return parsed?.ok === true && getParam(parsed.value.params, "handling")?.toLowerCase() === "optional";
}
