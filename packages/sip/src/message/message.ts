/** The lazy SIP message: one latin1 text (a character per octet) and an index of its header lines; fields are parsed on first use. RFC 3261 §7. */

import { type Fault, fault, ok, type Result } from "@trapezoid/base";
import { parseCSeq } from "./cseq.ts";
import { HeaderId, headerId, headerIdAt, knownHeaderNames } from "./header-id.ts";
import { splitList } from "./lexer.ts";
import { parseNameAddr } from "./name-addr.ts";
import { parseUri } from "./uri.ts";
import type { CSeq, HeaderField, NameAddr, Uri, Via } from "./values.ts";
import { parseVia } from "./via.ts";

/** Bounds of one message; what is beyond is refused, with the fault named here. */
export interface MessageLimits {
  /** Octets of start line and header fields together. */
  readonly headerBytes: number;
  readonly headerCount: number;
}

export const defaultMessageLimits: MessageLimits = { headerBytes: 32_768, headerCount: 256 };

// Four numbers a header line: id, start of line, start of value, end of line (its CRLF and folded lines included).
const STRIDE = 4;

/** What requests and responses share. */
export abstract class SipMessage {
  /** The whole message, one character per octet. */
  readonly text: string;
  /** Offset of the first octet after the empty line. */
  readonly bodyStart: number;
  /** Offset of the first header line. */
  readonly headersStart: number;
  /** The first fault that a typed accessor met, for a 400's reason. */
  fault: Fault | undefined = undefined;
  /** What the message's structure breaks, found while indexing; such a message is answered 400 (505 for its version) or dropped, and nothing else. */
  syntaxFault: Fault | undefined = undefined;
  readonly #index: readonly number[];
  #via: Via | undefined | null = null;
  #from: NameAddr | undefined | null = null;
  #to: NameAddr | undefined | null = null;
  #cseq: CSeq | undefined | null = null;
  #callId: string | undefined | null = null;

  /** @internal Use `parseMessage`. */
  constructor(text: string, headersStart: number, bodyStart: number, index: readonly number[]) {
    this.text = text;
    this.headersStart = headersStart;
    this.bodyStart = bodyStart;
    this.#index = index;
  }

  abstract readonly isRequest: boolean;

  /** Number of header lines. */
  get lineCount(): number {
    return this.#index.length / STRIDE;
  }

  /** `HeaderId` of a header line, 0 if unknown. */
  lineId(line: number): number {
    return this.#index[line * STRIDE]!;
  }

  /** Offset where a header line starts (its name). */
  lineStart(line: number): number {
    return this.#index[line * STRIDE + 1]!;
  }

  /** Offset of the first octet of the value, after colon and white space. */
  valueStart(line: number): number {
    return this.#index[line * STRIDE + 2]!;
  }

  /** Offset after the line's last CRLF: where the next header line, or the empty line, starts. */
  lineEnd(line: number): number {
    return this.#index[line * STRIDE + 3]!;
  }

  /** Offset after the value's last octet that is not white space. */
  valueEnd(line: number): number {
    const start = this.valueStart(line);
    let end = this.lineEnd(line);
    while (end > start && this.text.charCodeAt(end - 1) <= 32) end--;
    return end;
  }

  /** The name as written. */
  lineName(line: number): string {
    const start = this.lineStart(line);
    let end = this.text.indexOf(":", start);
    while (end > start && this.text.charCodeAt(end - 1) <= 32) end--;
    return this.text.slice(start, end);
  }

  /** The value of a header line, trimmed, its folds replaced by one space (§7.3.1). */
  lineValue(line: number): string {
    const value = this.text.slice(this.valueStart(line), this.valueEnd(line));
    return value.includes("\r\n") ? value.replace(/[ \t]*\r\n[ \t]+/g, " ") : value;
  }

  /** The first line with this `HeaderId` at or after `from`; -1 when there is none. */
  findLine(id: number, from = 0): number {
    const index = this.#index;
    for (let i = from * STRIDE; i < index.length; i += STRIDE) if (index[i] === id) return i / STRIDE;
    return -1;
  }

  /** The first line with this name in any case or form. */
  findLineByName(name: string, from = 0): number {
    const id = headerId(name);
    if (id !== 0) return this.findLine(id, from);
    const lower = name.toLowerCase();
    for (let line = from; line < this.lineCount; line++) {
      if (this.lineId(line) === 0 && this.lineName(line).toLowerCase() === lower) return line;
    }
    return -1;
  }

  /** The first line's value, as text; `undefined` when there is no such header field. */
  header(name: string): string | undefined {
    const line = this.findLineByName(name);
    return line === -1 ? undefined : this.lineValue(line);
  }

  /** Every line's value, as text, in order. */
  headers(name: string): string[] {
    const values: string[] = [];
    for (let line = this.findLineByName(name); line !== -1; line = this.findLineByName(name, line + 1)) {
      values.push(this.lineValue(line));
    }
    return values;
  }

  has(name: string): boolean {
    return this.findLineByName(name) !== -1;
  }

  /** The first value of a typed field; `undefined` when absent or faulty (`fault` then says why). */
  get<T>(field: HeaderField<T>): T | undefined {
    const line = field.id !== 0 ? this.findLine(field.id) : this.#findField(field, 0);
    if (line === -1) return undefined;
    const value = this.lineValue(line);
    return this.#parsed(field, field.list ? (splitList(value)[0] ?? "") : value);
  }

  /** Every value of a typed field, in order; faulty ones are left out, the first of them noted in `fault`. */
  getAll<T>(field: HeaderField<T>): T[] {
    const all: T[] = [];
    let line = field.id !== 0 ? this.findLine(field.id) : this.#findField(field, 0);
    while (line !== -1) {
      const value = this.lineValue(line);
      for (const part of field.list ? splitList(value) : [value]) {
        const parsed = this.#parsed(field, part);
        if (parsed !== undefined) all.push(parsed);
      }
      line = field.id !== 0 ? this.findLine(field.id, line + 1) : this.#findField(field, line + 1);
    }
    return all;
  }

  /** The topmost Via value. */
  get via(): Via | undefined {
    if (this.#via === null) {
      const line = this.findLine(HeaderId.Via);
      this.#via = line === -1 ? undefined : this.#take(parseVia(splitFirst(this.lineValue(line))));
    }
    return this.#via;
  }

  get from(): NameAddr | undefined {
    if (this.#from === null) this.#from = this.#nameAddr(HeaderId.From);
    return this.#from;
  }

  get to(): NameAddr | undefined {
    if (this.#to === null) this.#to = this.#nameAddr(HeaderId.To);
    return this.#to;
  }

  get fromTag(): string | undefined {
    return tagOf(this.from);
  }

  get toTag(): string | undefined {
    return tagOf(this.to);
  }

  get callId(): string | undefined {
    if (this.#callId === null) {
      const line = this.findLine(HeaderId["Call-ID"]);
      this.#callId = line === -1 ? undefined : this.lineValue(line);
    }
    return this.#callId;
  }

  get cseq(): CSeq | undefined {
    if (this.#cseq === null) {
      const line = this.findLine(HeaderId.CSeq);
      this.#cseq = line === -1 ? undefined : this.#take(parseCSeq(this.lineValue(line)));
    }
    return this.#cseq;
  }

  /** Non-negative decimal value of a header field such as Max-Forwards, Expires or Content-Length. */
  number(id: number): number | undefined {
    const line = this.findLine(id);
    if (line === -1) return undefined;
    const start = this.valueStart(line);
    const end = this.valueEnd(line);
    if (start === end || end - start > 10) return this.#faulty("SIP_MSG_BAD_NUMBER", line);
    let value = 0;
    for (let at = start; at < end; at++) {
      const digit = this.text.charCodeAt(at) - 48;
      if (digit < 0 || digit > 9) return this.#faulty("SIP_MSG_BAD_NUMBER", line);
      value = value * 10 + digit;
    }
    return value;
  }

  /** The body, one character per octet. */
  get body(): string {
    return this.text.slice(this.bodyStart);
  }

  #findField<T>(field: HeaderField<T>, from: number): number {
    const line = this.findLineByName(field.name, from);
    if (field.compact === undefined) return line;
    const compact = this.findLineByName(field.compact, from);
    return line === -1 || (compact !== -1 && compact < line) ? compact : line;
  }

  #parsed<T>(field: HeaderField<T>, text: string): T | undefined {
    return this.#take(field.parse(text));
  }

  #nameAddr(id: number): NameAddr | undefined {
    const line = this.findLine(id);
    return line === -1 ? undefined : this.#take(parseNameAddr(this.lineValue(line)));
  }

  #take<T>(result: Result<T, Fault>): T | undefined {
    if (result.ok) return result.value;
    this.fault ??= result.error;
    return undefined;
  }

  #faulty(code: string, line: number): undefined {
    const name = knownHeaderNames[this.lineId(line) - 1] ?? this.lineName(line);
    this.fault ??= {
      code,
      message: `${name} must be a decimal number, got "${this.lineValue(line).slice(0, 40)}"`,
      offset: this.valueStart(line),
    };
    return undefined;
  }
}

export class SipRequest extends SipMessage {
  readonly isRequest = true as const;
  readonly method: string;
  /** The Request-URI as written. */
  readonly requestUri: string;
  #uri: Uri | undefined | null = null;

  /** @internal Use `parseMessage` or `buildRequest`. */
  constructor(
    text: string,
    method: string,
    requestUri: string,
    headersStart: number,
    bodyStart: number,
    index: readonly number[],
  ) {
    super(text, headersStart, bodyStart, index);
    this.method = method;
    this.requestUri = requestUri;
  }

  /** Offset of the Request-URI in the text. */
  get requestUriStart(): number {
    return this.method.length + 1;
  }

  /** The Request-URI, parsed; `undefined` when it is faulty. */
  get uri(): Uri | undefined {
    if (this.#uri === null) {
      const parsed = parseUri(this.requestUri);
      if (parsed.ok) this.#uri = parsed.value;
      else {
        this.#uri = undefined;
        this.fault ??= parsed.error;
      }
    }
    return this.#uri;
  }
}

export class SipResponse extends SipMessage {
  readonly isRequest = false as const;
  readonly status: number;

  /** @internal Use `parseMessage` or `buildResponse`. */
  constructor(text: string, status: number, headersStart: number, bodyStart: number, index: readonly number[]) {
    super(text, headersStart, bodyStart, index);
    this.status = status;
  }

  /** The reason phrase, one character per octet. */
  get reason(): string {
    return this.text.slice(12, this.headersStart - 2);
  }
}

/**
 * Indexes one message. The text is exactly one message: a datagram, or what the stream framer cut out. Never throws.
 * Octets beyond Content-Length in a datagram are cut off (§18.3); fewer than it says is a fault.
 */
export function parseMessage(
  text: string,
  limits: MessageLimits = defaultMessageLimits,
): Result<SipRequest | SipResponse, Fault> {
  const lineFeed = text.indexOf("\n");
  if (lineFeed < 1 || text.charCodeAt(lineFeed - 1) !== 13) {
    return fault("SIP_MSG_NO_START_LINE", "no start line ending in CRLF", 0);
  }
  const headersStart = lineFeed + 1;
  const index: number[] = [];
  let contentLength = -1;
  let at = headersStart;
  let bodyStart = -1;
  while (at < text.length) {
    const first = text.charCodeAt(at);
    if (first === 13) {
      if (text.charCodeAt(at + 1) !== 10) return fault("SIP_MSG_BARE_CR", "CR without LF", at);
      bodyStart = at + 2;
      break;
    }
    const colon = text.indexOf(":", at);
    if (colon === -1) return fault("SIP_MSG_NO_COLON", "a header line has no colon", at);
    let end = text.indexOf("\n", at);
    if (end === -1) return fault("SIP_MSG_TRUNCATED", "the header fields do not end in an empty line", at);
    if (text.charCodeAt(end - 1) !== 13) return fault("SIP_MSG_BARE_LF", "LF without CR", end);
    if (colon > end) return fault("SIP_MSG_NO_COLON", "a header line has no colon", at);
    end++;
    // Folded continuation lines (§7.3.1).
    let next = text.charCodeAt(end);
    while (next === 32 || next === 9) {
      const more = text.indexOf("\n", end);
      if (more === -1) return fault("SIP_MSG_TRUNCATED", "the header fields do not end in an empty line", end);
      if (text.charCodeAt(more - 1) !== 13) return fault("SIP_MSG_BARE_LF", "LF without CR", more);
      end = more + 1;
      next = text.charCodeAt(end);
    }
    let nameEnd = colon;
    while (nameEnd > at && (text.charCodeAt(nameEnd - 1) === 32 || text.charCodeAt(nameEnd - 1) === 9)) nameEnd--;
    if (nameEnd === at) return fault("SIP_MSG_NO_NAME", "a header line starts with its colon", at);
    let value = colon + 1;
    while (value < end && text.charCodeAt(value) <= 32) value++;
    const id = headerIdAt(text, at, nameEnd);
    if (id === 0 && !isToken(text, at, nameEnd)) return fault("SIP_MSG_BAD_NAME", "a header name must be a token", at);
    if (id === CONTENT_LENGTH && contentLength === -1) {
      contentLength = decimal(text, value, end);
      if (contentLength === -2) return fault("SIP_MSG_BAD_CONTENT_LENGTH", "Content-Length must be a number", value);
    }
    index.push(id, at, value, end);
    if (index.length > limits.headerCount * STRIDE) {
      return fault("SIP_MSG_TOO_MANY_HEADERS", `more than ${limits.headerCount} header lines`, at);
    }
    if (end > limits.headerBytes) {
      return fault("SIP_MSG_HEADERS_TOO_LARGE", `the header fields exceed ${limits.headerBytes} octets`, at);
    }
    at = end;
  }
  if (bodyStart === -1) return fault("SIP_MSG_TRUNCATED", "the header fields do not end in an empty line", text.length);
  let whole = text;
  if (contentLength >= 0 && text.length - bodyStart !== contentLength) {
    if (text.length - bodyStart < contentLength) {
      return fault(
        "SIP_MSG_BODY_TOO_SHORT",
        `Content-Length says ${contentLength} octets, ${text.length - bodyStart} arrived`,
        bodyStart,
      );
    }
    // RFC 3261 §18.3: octets beyond Content-Length in a datagram are discarded.
    whole = text.slice(0, bodyStart + contentLength);
  }
  if (text.startsWith("SIP/2.0 ")) {
    const status = statusAt(text, 8);
    if (status === -1 || (text.charCodeAt(11) !== 32 && text.charCodeAt(11) !== 13)) {
      return fault("SIP_MSG_BAD_STATUS_LINE", "expected SIP/2.0 SP status SP reason", 8);
    }
    return ok(new SipResponse(whole, status, headersStart, bodyStart, index));
  }
  const methodEnd = text.indexOf(" ");
  const lineEnd = headersStart - 2;
  if (methodEnd < 1 || methodEnd > lineEnd || !isToken(text, 0, methodEnd)) {
    return fault("SIP_MSG_BAD_REQUEST_LINE", "expected METHOD SP Request-URI SP SIP/2.0", 0);
  }
  const versionAt = text.lastIndexOf(" ", lineEnd - 1);
  if (versionAt <= methodEnd) {
    return fault("SIP_MSG_BAD_REQUEST_LINE", "expected METHOD SP Request-URI SP SIP/2.0", methodEnd);
  }
  const uriEnd = versionAt;
  const request = new SipRequest(
    whole,
    methodAt(text, methodEnd),
    text.slice(methodEnd + 1, uriEnd),
    headersStart,
    bodyStart,
    index,
  );
  if (lineEnd - versionAt !== 8 || !isSipVersion(text, versionAt + 1)) {
    request.fault = request.syntaxFault = {
      code: "SIP_MSG_BAD_VERSION",
      message: `expected SIP/2.0, got "${text.slice(versionAt + 1, lineEnd).slice(0, 20)}"`,
      offset: versionAt + 1,
    };
  }
  return ok(request);
}

const CONTENT_LENGTH = HeaderId["Content-Length"];

/** -2 when there is no number or one of more than 9 digits. */
function decimal(text: string, start: number, end: number): number {
  let at = start;
  let value = 0;
  while (at < end) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
    at++;
  }
  if (at === start || at - start > 9) return -2;
  while (at < end && text.charCodeAt(at) <= 32) at++;
  return at === end ? value : -2;
}

function statusAt(text: string, at: number): number {
  const a = text.charCodeAt(at) - 48;
  const b = text.charCodeAt(at + 1) - 48;
  const c = text.charCodeAt(at + 2) - 48;
  if (!(a >= 1 && a <= 6 && b >= 0 && b <= 9 && c >= 0 && c <= 9)) return -1;
  return a * 100 + b * 10 + c;
}

// The version is compared without regard to case (§7.1).
function isSipVersion(text: string, at: number): boolean {
  return (
    text.charCodeAt(at + 3) === 47 &&
    text.charCodeAt(at + 4) === 50 &&
    text.charCodeAt(at + 5) === 46 &&
    text.charCodeAt(at + 6) === 48 &&
    (text.charCodeAt(at) | 0x20) === 115 &&
    (text.charCodeAt(at + 1) | 0x20) === 105 &&
    (text.charCodeAt(at + 2) | 0x20) === 112
  );
}

/** A shared string for the common methods, so that comparing them is comparing pointers. */
function methodAt(text: string, end: number): string {
  switch (end) {
    case 3:
      if (text.startsWith("ACK")) return "ACK";
      if (text.startsWith("BYE")) return "BYE";
      break;
    case 6:
      if (text.startsWith("INVITE")) return "INVITE";
      if (text.startsWith("CANCEL")) return "CANCEL";
      break;
    case 7:
      if (text.startsWith("OPTIONS")) return "OPTIONS";
      if (text.startsWith("MESSAGE")) return "MESSAGE";
      break;
    case 8:
      if (text.startsWith("REGISTER")) return "REGISTER";
      break;
  }
  return text.slice(0, end);
}

const tokenChars: readonly boolean[] = Array.from({ length: 256 }, (_, code) =>
  /[A-Za-z0-9\-.!%*_+`'~]/.test(String.fromCharCode(code)),
);

function isToken(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (tokenChars[text.charCodeAt(at)] !== true) return false;
  return true;
}

function tagOf(address: NameAddr | undefined): string | undefined {
  if (address === undefined) return undefined;
  for (const param of address.params) {
    if (param.name.length === 3 && param.name.toLowerCase() === "tag") return param.value;
  }
  return undefined;
}

/** The first element of a comma-separated list, without the cost of the rest when there is no comma. */
function splitFirst(value: string): string {
  return value.includes(",") ? (splitList(value)[0] ?? "") : value;
}
