/** A response as it goes upstream: our Via off, everything else byte-identical. RFC 3261 §16.7 steps 3, 4 and 7. */

import { HeaderId } from "../message/header-id.ts";
import { listElementEnd, skipSpace } from "../message/lexer.ts";
import { parseMessage, type SipMessage, SipResponse } from "../message/message.ts";
import { withOverloadParams } from "../message/overload-params.ts";
import { type Edit, splice } from "../message/splice.ts";
import { cutsFor, listValues } from "./list-values.ts";

const { Via, Contact } = HeaderId;
const ContentLength = HeaderId["Content-Length"];
const WwwAuthenticate = HeaderId["WWW-Authenticate"];
const ProxyAuthenticate = HeaderId["Proxy-Authenticate"];

/**
 * Step 3. Undefined when no Via is left: the response was meant for us. A stream gets the Content-Length that a datagram may
 * go without.
 */
export function withoutTopVia(response: SipResponse, onStream: boolean): string | undefined {
  const text = response.text;
  const line = response.findLine(Via);
  if (line === -1) return undefined;
  // RFC 3261 §20.14: on a stream it must be there, or the reader loses count.
  if (onStream && response.findLine(ContentLength) === -1) {
    return withoutTopVia(withContentLength(response), false);
  }
  const valueStart = response.valueStart(line);
  const lineEnd = response.lineEnd(line);
  const comma = text.indexOf(",", valueStart);
  if (comma !== -1 && comma < lineEnd) {
    const end = listElementEnd(text, valueStart, lineEnd);
    if (end < lineEnd) {
      return withoutForeignLoad(text.slice(0, valueStart) + text.slice(skipSpace(text, end + 1, lineEnd)), lineEnd);
    }
  }
  const below = response.findLine(Via, line + 1);
  if (below === -1) return undefined;
  return withoutForeignLoad(text.slice(0, response.lineStart(line)) + text.slice(lineEnd), response.lineEnd(below));
}

/**
 * RFC 7339 §5.4: what a server behind us has put into the Via of an element before us is not its to say. `before`: where that Via has
 * ended.
 */
function withoutForeignLoad(text: string, before: number): string {
  return text.slice(0, before).includes(";oc=") ? withOverloadParams(text, "") : text;
}

/** Whether `withoutTopVia` leaves one. */
export function hasViaBelow(response: SipResponse): boolean {
  const line = response.findLine(Via);
  if (line === -1) return false;
  if (response.findLine(Via, line + 1) !== -1) return true;
  const end = response.valueEnd(line);
  const next = listElementEnd(response.text, response.valueStart(line), end) + 1;
  return next < end && skipSpace(response.text, next, end) < end;
}

function withContentLength(response: SipResponse): SipResponse {
  const at = response.bodyStart - 2;
  const length = response.text.length - response.bodyStart;
  return edited(response, [{ start: at, end: at, text: `Content-Length: ${length}\r\n` }]);
}

/** Step 7: the challenges of `others` after those that the response has, without modification. */
export function withChallengesOf(response: SipResponse, others: readonly SipResponse[]): SipResponse {
  let lines = "";
  for (const other of others) {
    if (other !== response) lines += challengeLines(other);
  }
  return lines === ""
    ? response
    : edited(response, [{ start: response.bodyStart - 2, end: response.bodyStart - 2, text: lines }]);
}

function challengeLines(response: SipMessage): string {
  let lines = "";
  for (let line = 0; line < response.lineCount; line++) {
    const id = response.lineId(line);
    if (id === WwwAuthenticate || id === ProxyAuthenticate) {
      lines += response.text.slice(response.lineStart(line), response.lineEnd(line));
    }
  }
  return lines;
}

/** The URIs of a redirection, the preferred ones first. */
export function contactUris(response: SipResponse): string[] {
  const contacts = listValues(response, Contact).map((value) => ({
    uri: response.text.slice(value.uriStart, value.uriEnd),
    q: quality(response.text.slice(value.uriEnd, value.end)),
  }));
  return contacts.sort((a, b) => b.q - a.q).map((contact) => contact.uri);
}

function quality(params: string): number {
  const q = /;\s*q\s*=\s*([0-9.]+)/i.exec(params);
  return q === null ? 1 : Number(q[1]);
}

/** Step 4: without the contacts that are tried here; undefined when none is left. */
export function withoutContacts(response: SipResponse, tried: ReadonlySet<string>): SipResponse | undefined {
  const values = listValues(response, Contact);
  const isKept = values.map((value) => !tried.has(response.text.slice(value.uriStart, value.uriEnd)));
  if (!isKept.includes(true)) return undefined;
  if (!isKept.includes(false)) return response;
  const cuts = cutsFor(response, values, (i) => isKept[i]!);
  return edited(
    response,
    cuts.map(({ start, end }) => ({ start, end, text: "" })),
  );
}

function edited(response: SipResponse, edits: readonly Edit[]): SipResponse {
  const parsed = parseMessage(splice(response.text, edits));
  return parsed.ok && parsed.value instanceof SipResponse ? parsed.value : response;
}
