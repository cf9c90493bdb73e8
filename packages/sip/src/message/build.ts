/** New messages as text: requests from parts, responses from the request they answer. RFC 3261 §8.1.1, §8.2.6. */

import { HeaderId } from "./header-id.ts";
import { isToken, skipSpace, trimEnd, utf8Encode } from "./lexer.ts";
import type { SipRequest } from "./message.ts";
import { reasonPhrase } from "./reason-phrases.ts";

/** A header field's name and its value, as octets: text beyond ASCII comes from a field's `format`. */
export type HeaderLine = readonly [name: string, value: string];

/** A request's text. Content-Length is added last; a Content-Length among `headers` is left out. Throws `TypeError` on what cannot be written. */
export function buildRequest(parts: {
  readonly method: string;
  readonly uri: string;
  readonly headers: readonly HeaderLine[];
  /** Octets, one a character. */
  readonly body?: string | undefined;
}): string {
  const { method, uri, headers, body = "" } = parts;
  if (!isToken(method)) throw new TypeError(`a method must be a token, got ${JSON.stringify(method)}`);
  if (!/^[^\x00-\x20\x7f<>"]+$/.test(uri)) throw new TypeError(`not a Request-URI: ${JSON.stringify(uri)}`);
  return `${method} ${uri} SIP/2.0\r\n${headerLines(headers)}Content-Length: ${body.length}\r\n\r\n${body}`;
}

export interface ResponseParts {
  readonly reason?: string | undefined;
  /** Added to To where the request has none. */
  readonly toTag?: string | undefined;
  readonly headers?: readonly HeaderLine[] | undefined;
  /** Octets, one a character. */
  readonly body?: string | undefined;
  /** Copy Record-Route, as a response that creates a dialog must (§12.1.1). */
  readonly recordRoute?: boolean | undefined;
}

/** A response's text: Via, From, To, Call-ID and CSeq are the request's own lines, in their order (§8.2.6.2). */
export function buildResponse(request: SipRequest, status: number, parts: ResponseParts = {}): string {
  if (!(Number.isInteger(status) && status >= 100 && status <= 699)) throw new TypeError(`not a status: ${status}`);
  const { reason, toTag, headers, body = "" } = parts;
  const phrase = reason === undefined ? reasonPhrase(status) : utf8Encode(reason.replace(/[\r\n]+/g, " "));
  let out = `SIP/2.0 ${status} ${phrase}\r\n`;
  const { Via, From, To, CSeq } = HeaderId;
  const CallId = HeaderId["Call-ID"];
  const RecordRoute = parts.recordRoute === true ? HeaderId["Record-Route"] : -1;
  // §8.2.6.1: a 100 carries the request's Timestamp.
  const Timestamp = status === 100 ? HeaderId.Timestamp : -1;
  for (let line = 0; line < request.lineCount; line++) {
    const id = request.lineId(line);
    if (id === 0) continue;
    if (id === Via || id === From || id === CallId || id === CSeq || id === RecordRoute || id === Timestamp) {
      out += ownLine(request, line, "");
    } else if (id === To) {
      // §8.2.6.2: any response but a 100 has a tag in To.
      out += ownLine(request, line, toTag === undefined || request.toTag !== undefined ? "" : `;tag=${toTag}`);
    }
  }
  if (headers !== undefined) out += headerLines(headers);
  return `${out}Content-Length: ${body.length}\r\n\r\n${body}`;
}

/** A header line of the request as it is, `more` behind its value; CR and LF that are no line end are not sent on. */
function ownLine(request: SipRequest, line: number, more: string): string {
  const { text } = request;
  if (request.syntaxFault === undefined) {
    if (more === "") return text.slice(request.lineStart(line), request.lineEnd(line));
    return `${text.slice(request.lineStart(line), request.valueEnd(line))}${more}\r\n`;
  }
  return `${request.lineName(line)}: ${singleLine(request.lineValue(line))}${more}\r\n`;
}

function headerLines(headers: readonly HeaderLine[]): string {
  let out = "";
  for (const [name, value] of headers) {
    if (!isToken(name)) throw new TypeError(`a header field's name must be a token, got ${JSON.stringify(name)}`);
    if (isLength(name)) continue;
    out += `${name}: ${hasControl(value) ? singleLine(value) : value}\r\n`;
  }
  return out;
}

function isLength(name: string): boolean {
  return name.length === 14 ? name.toLowerCase() === "content-length" : name === "l" || name === "L";
}

function hasControl(value: string): boolean {
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code === 13 || code === 10 || code > 255) return true;
  }
  return false;
}

function trimInside(piece: string, at: number, pieces: readonly string[]): string {
  const end = at === pieces.length - 1 ? piece.length : trimEnd(piece, 0, piece.length);
  return piece.slice(at === 0 ? 0 : skipSpace(piece, 0, end), end);
}

/** No value may start a header line of its own, whatever it was made of; text that is no octets is encoded. */
function singleLine(value: string): string {
  // Piece by piece: one expression for a line end and the white space around it is quadratic in white space without one.
  const line = value
    .split(/[\r\n]+/)
    .map(trimInside)
    .join(" ");
  return /[^\x00-\xff]/.test(line) ? utf8Encode(line) : line;
}
