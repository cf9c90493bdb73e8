/** What a message must have before anyone acts on it. RFC 3261 §8.1.1, §8.2, §16.3 step 1, §18.3, RFC 4475 §3. */

import { Contact } from "./fields/address.ts";
import { HeaderId, knownHeaderNames } from "./header-id.ts";
import type { SipMessage, SipRequest, SipResponse } from "./message.ts";
import { isKnownMethod } from "./methods.ts";

/** The answer that a faulty request gets, or why a response is dropped. */
export interface Verdict {
  readonly status: number;
  readonly reason: string;
}

const { Via, From, To, CSeq, Expires } = HeaderId;
const CallId = HeaderId["Call-ID"];
const MaxForwards = HeaderId["Max-Forwards"];
const ContentLength = HeaderId["Content-Length"];
const ContentType = HeaderId["Content-Type"];

/** Header fields that hold one value and stand on one line: §7.3.1 allows several lines of list fields only. */
const single = new Uint8Array(knownHeaderNames.length + 1);
for (const id of [From, To, CSeq, Expires, CallId, MaxForwards, ContentLength, ContentType]) single[id] = 1;

/** `undefined` when the request may be acted on; else the status and reason phrase of its answer. */
export function checkRequest(request: SipRequest): Verdict | undefined {
  const structure = request.syntaxFault;
  // §21.5.6; told before all else, since another version may have other rules.
  if (structure !== undefined) {
    return structure.code === "SIP_MSG_BAD_VERSION" ? verdict(505, "Version Not Supported") : refuse(structure.message);
  }
  const uri = request.uri;
  if (uri === undefined) return refuse("Bad Request-URI");
  // §19.1.1, table 1: a Request-URI holds no header fields (RFC 4475 §3.1.2.11).
  if ("headers" in uri && uri.headers.length > 0) return refuse("Request-URI With Header Fields");
  const common = checkCommon(request);
  if (common !== undefined) return refuse(common);
  const cseq = request.cseq!;
  // §8.1.1.5: the method of CSeq is the request's.
  if (cseq.method !== request.method) {
    // RFC 4475 §3.1.2.18: of a method that nobody here knows, 501 is the better answer.
    return isKnownMethod(request.method) ? refuse("CSeq Method Does Not Match") : verdict(501, "Not Implemented");
  }
  // RFC 4475 §3.2.1: the magic cookie alone identifies nothing.
  if (request.via!.branch?.length === 7 && request.via!.branch.toLowerCase() === "z9hg4bk")
    return refuse("Bad Via Branch");
  if (request.findLine(MaxForwards) !== -1) {
    const hops = request.number(MaxForwards);
    // §20.22: 0 to 255; absent in what RFC 2543 clients send (§16.3 step 3).
    if (hops === undefined || hops > 255) return refuse("Bad Max-Forwards Header Field");
  }
  if (request.method === "REGISTER") {
    if (request.findLine(Expires) !== -1 && request.number(Expires) === undefined)
      return refuse("Bad Expires Header Field");
    const before = request.fault;
    request.fault = undefined;
    request.getAll(Contact);
    const faulty = request.fault !== undefined;
    request.fault ??= before;
    // RFC 4475 §3.1.2.13: no binding from a Contact that must be guessed at.
    if (faulty) return refuse("Bad Contact Header Field");
  }
  return undefined;
}

/** `undefined` when the response may be acted on; else why it is to be dropped (§18.1.2, §18.3). */
export function checkResponse(response: SipResponse): Verdict | undefined {
  if (response.syntaxFault !== undefined) return refuse(response.syntaxFault.message);
  const common = checkCommon(response);
  return common === undefined ? undefined : refuse(common);
}

/** What is wrong with the header fields that every message has. */
function checkCommon(message: SipMessage): string | undefined {
  // One bit for each single-valued field seen; their numbers are small.
  let seen = 0;
  for (let line = 0; line < message.lineCount; line++) {
    const id = message.lineId(line);
    if (single[id] !== 1) continue;
    const bit = 1 << id;
    if (seen & bit) {
      const name = knownHeaderNames[id - 1];
      // RFC 4475 §3.3.8, §3.3.9.
      return `Multiple ${name} Header Fields`;
    }
    seen |= bit;
  }
  if (message.via === undefined) return missingOrBad(message, Via);
  if (message.from === undefined) return missingOrBad(message, From);
  if (message.to === undefined) return missingOrBad(message, To);
  if (!isWord(message.callId)) return missingOrBad(message, CallId);
  if (message.cseq === undefined) return missingOrBad(message, CSeq);
  // §8.1.1.5.
  if (message.cseq.sequence >= 0x8000_0000) return "CSeq Out Of Range";
  return undefined;
}

function missingOrBad(message: SipMessage, id: number): string {
  const name = knownHeaderNames[id - 1];
  return message.findLine(id) === -1 ? `Missing ${name} Header Field` : `Bad ${name} Header Field`;
}

function isWord(callId: string | undefined): boolean {
  if (callId === undefined || callId === "") return false;
  for (let at = 0; at < callId.length; at++) {
    const code = callId.charCodeAt(at);
    if (code <= 32 || code === 127) return false;
  }
  return true;
}

function refuse(reason: string): Verdict {
  return verdict(400, reason);
}

function verdict(status: number, reason: string): Verdict {
  return { status, reason };
}
