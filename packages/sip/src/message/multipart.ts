/** Multipart bodies: several parts between boundary lines, octets untouched. RFC 2046 §5.1, RFC 5621. */

import { type Fault, fault, ok, type Result } from "@trapezoid/base";
import type { HeaderLine } from "./build.ts";

import { trimmed } from "./fields/kinds.ts";
import { type MediaType, parseMediaType } from "./fields/param-kinds.ts";

import { equalsIgnoreCase, isToken, trimEnd, unfold } from "./lexer.ts";
import type { SipMessage } from "./message.ts";
import { getParam } from "./params.ts";

/** One part: a body of its own with the header fields that describe it. */
export interface BodyPart {
  /** Names as written, values unfolded. */
  readonly headers: readonly HeaderLine[];
  /** Octets, one a character. */
  readonly body: string;
}

/** More parts than this in one body are a fault (`SIP_MSG_TOO_MANY_PARTS`). */
export const maxBodyParts = 64;

/** The boundary of a multipart type; `undefined` for other types. */
export function boundaryOf(type: MediaType): string | undefined {
  return equalsIgnoreCase(type.type, "multipart") ? getParam(type.params, "boundary") : undefined;
}

/** Parts by a boundary. What stands before the first and after the last boundary line is left out, as RFC 2046 wants. */
export function parseMultipart(body: string, boundary: string): Result<readonly BodyPart[], Fault> {
  if (!isBoundary(boundary)) return bad("the boundary is not one of 1 to 70 allowed characters", 0);
  const delimiter = `--${boundary}`;
  let line = nextDelimiter(body, delimiter, 0);
  if (line === undefined) return bad("the first boundary line is missing", 0);
  const parts: BodyPart[] = [];
  while (!line.isLast) {
    const next = nextDelimiter(body, delimiter, line.end);
    if (next === undefined) return bad("the last boundary line is missing", body.length);
    if (parts.length === maxBodyParts)
      return fault("SIP_MSG_TOO_MANY_PARTS", `more than ${maxBodyParts} parts`, next.start);
    const part = parsePart(body, line.end, Math.max(line.end, next.start));
    if (!part.ok) return part;
    parts.push(part.value);
    line = next;
  }
  return ok(parts);
}

/** The parts of a message's body: those of a multipart, else the whole body as one part; none without a body. */
export function bodyParts(message: SipMessage): Result<readonly BodyPart[], Fault> {
  const { body } = message;
  if (body === "") return ok([]);
  const headers: HeaderLine[] = [];
  for (const name of ["Content-Type", "Content-Disposition", "Content-Encoding", "Content-Language"]) {
    const value = message.header(name);
    if (value !== undefined) headers.push([name, value]);
  }
  const boundary = boundaryOfText(message.header("Content-Type"));
  return boundary === undefined ? ok([{ headers, body }]) : parseMultipart(body, boundary);
}

function boundaryOfText(contentType: string | undefined): string | undefined {
  if (contentType === undefined) return undefined;
  const type = parseMediaType("Content-Type", contentType);
  return type.ok ? boundaryOf(type.value) : undefined;
}

/** The value of a part's header field, its name in any case. */
export function partHeader(part: BodyPart, name: string): string | undefined {
  return part.headers.find(([own]) => equalsIgnoreCase(own, name))?.[1];
}

/** Inverse of `parseMultipart`. Throws `TypeError` when a part holds the boundary or a header cannot be written. */
export function formatMultipart(parts: readonly BodyPart[], boundary: string): string {
  if (!isBoundary(boundary)) throw new TypeError(`not a boundary: ${JSON.stringify(boundary)}`);
  if (parts.length === 0) throw new TypeError("a multipart body has at least one part");
  let out = "";
  for (const part of parts) {
    if (holdsDelimiter(part.body, boundary)) throw new TypeError("a part holds the boundary: take chooseBoundary()");
    out += `--${boundary}\r\n`;
    for (const [name, value] of part.headers) {
      if (!isToken(name) || /[\r\n]/.test(value)) throw new TypeError(`not a header field: ${JSON.stringify(name)}`);
      out += `${name}: ${value}\r\n`;
    }
    out += `\r\n${part.body}\r\n`;
  }
  return `${out}--${boundary}--\r\n`;
}

/** A boundary that no part holds; the same parts give the same one. */
export function chooseBoundary(parts: readonly BodyPart[]): string {
  for (let n = 1; ; n++) {
    const boundary = `part-boundary-${n}`;
    if (!parts.some((part) => holdsDelimiter(part.body, boundary))) return boundary;
  }
}

function holdsDelimiter(body: string, boundary: string): boolean {
  return body.startsWith(`--${boundary}`) || body.includes(`\r\n--${boundary}`);
}

interface Delimiter {
  /** Where the part before it ends: the CRLF in front belongs to the delimiter. */
  readonly start: number;
  /** Where the part after it starts. */
  readonly end: number;
  readonly isLast: boolean;
}

function nextDelimiter(body: string, delimiter: string, from: number): Delimiter | undefined {
  for (let at = body.indexOf(delimiter, from); at !== -1; at = body.indexOf(delimiter, at + 1)) {
    // It stands at the start of a line: of the body, of a part (whose first line it then is), or after a CRLF.
    if (at !== 0 && !body.startsWith("\r\n", at - 2)) continue;
    let after = at + delimiter.length;
    const isLast = body.startsWith("--", after);
    if (isLast) after += 2;
    while (body.charCodeAt(after) === 32 || body.charCodeAt(after) === 9) after++;
    const start = at === 0 ? 0 : at - 2;
    if (body.startsWith("\r\n", after)) return { start, end: after + 2, isLast };
    if (isLast && after === body.length) return { start, end: after, isLast };
  }
  return undefined;
}

function parsePart(body: string, start: number, end: number): Result<BodyPart, Fault> {
  const headers: HeaderLine[] = [];
  let at = start;
  while (!body.startsWith("\r\n", at)) {
    let lineEnd = body.indexOf("\r\n", at);
    while (lineEnd !== -1 && /[ \t]/.test(body.charAt(lineEnd + 2))) lineEnd = body.indexOf("\r\n", lineEnd + 2);
    // A part may end with its header fields.
    if (lineEnd === -1 || lineEnd > end) lineEnd = end;
    if (lineEnd === at) return ok({ headers, body: "" });
    const colon = body.indexOf(":", at);
    const name = colon === -1 || colon >= lineEnd ? "" : body.slice(at, trimEnd(body, at, colon));
    if (!isToken(name)) return bad("expected a header field and a colon in a part", at);
    const value = trimmed(unfold(body.slice(colon + 1, lineEnd)));
    // As in a message: a CR or LF of its own is a line end to some.
    if (/[\r\n]/.test(value)) return bad("CR or LF alone in a part's header field", colon + 1);
    headers.push([name, value]);
    at = lineEnd + 2;
    if (at >= end) return ok({ headers, body: "" });
  }
  return ok({ headers, body: body.slice(at + 2, Math.max(at + 2, end)) });
}

function isBoundary(text: string): boolean {
  return /^[A-Za-z0-9'()+_,\-./:=? ]{0,69}[A-Za-z0-9'()+_,\-./:=?]$/.test(text);
}

function bad(expected: string, offset: number): Result<never, Fault> {
  return fault("SIP_MSG_BAD_MULTIPART", expected, offset);
}
