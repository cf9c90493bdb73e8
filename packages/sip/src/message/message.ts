/** Requests and responses, and the one pass that indexes them. RFC 3261 §7, §18.3. */

import { type Fault, fault, ok, type Result } from "@trapezoid/base";
import { HeaderId, nameColumns, nameIds, nameSteps } from "./header-id.ts";
import { packedFold, packedShift } from "./header-lines.ts";
import { charClass, isSipVersion, SPACE, skipSpace, skipToken, TOKEN, trimEnd } from "./lexer.ts";
import { methodAt } from "./methods.ts";
import { nameRowShift, nameStart } from "./name-automaton.ts";
import { SipMessage } from "./sip-message.ts";
import { parseUri } from "./uri.ts";
import type { Uri } from "./values.ts";

export { SipMessage } from "./sip-message.ts";

/** Bounds of one message; what is beyond is refused, with the fault named here. */
export interface MessageLimits {
  /** Octets of start line and header fields together. `SIP_MSG_HEADERS_TOO_LARGE`. At most 4 MiB. */
  readonly headerBytes: number;
  /** Header lines. `SIP_MSG_TOO_MANY_HEADERS`. */
  readonly headerCount: number;
}

export const defaultMessageLimits: MessageLimits = { headerBytes: 32_768, headerCount: 256 };

/** What fits beside the `HeaderId` in a small integer. */
const maxHeaderBytes = 0x3f_ffff;

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
    headersEnd: number,
    bodyStart: number,
    index: readonly number[],
    syntaxFault: Fault | undefined,
  ) {
    super(text, headersStart, headersEnd, bodyStart, index, syntaxFault);
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
        this.fault ??= { ...parsed.error, offset: this.requestUriStart + parsed.error.offset };
      }
    }
    return this.#uri;
  }
}

export class SipResponse extends SipMessage {
  readonly isRequest = false as const;
  readonly status: number;

  /** @internal Use `parseMessage` or `buildResponse`. */
  constructor(
    text: string,
    status: number,
    headersStart: number,
    headersEnd: number,
    bodyStart: number,
    index: readonly number[],
    syntaxFault: Fault | undefined,
  ) {
    super(text, headersStart, headersEnd, bodyStart, index, syntaxFault);
    this.status = status;
  }

  /** The reason phrase, one character per octet. */
  get reason(): string {
    const end = this.headersStart - 2;
    const start = skipSpace(this.text, 12, end);
    return this.text.slice(start, trimEnd(this.text, start, end));
  }
}

const CONTENT_LENGTH = HeaderId["Content-Length"];

/**
 * Indexes one message. The text is exactly one message: a datagram, or what the stream framer cut out. Never throws.
 * Octets beyond Content-Length in a datagram are cut off (§18.3). An `Err` is what nobody could answer: no start line, or beyond
 * a limit. A message that is broken otherwise comes back with its `syntaxFault`, so that it can be answered 400 (`checkRequest`).
 */
export function parseMessage(
  text: string,
  limits: MessageLimits = defaultMessageLimits,
): Result<SipRequest | SipResponse, Fault> {
  const lineFeed = text.indexOf("\n");
  if (lineFeed < 1 || text.charCodeAt(lineFeed - 1) !== 13) {
    return fault("SIP_MSG_NO_START_LINE", "no start line ending in CRLF", 0);
  }
  // §7.5: CRLFs before the start line are passed over.
  if (lineFeed === 1) return withoutLeadingLines(text, limits);
  let wrong: Fault | undefined;
  if (text.indexOf("\r") !== lineFeed - 1) wrong = trouble("SIP_MSG_BARE_LINE_END", "CR alone in the start line", 0);
  const headersStart = lineFeed + 1;
  const headerBytes = Math.min(limits.headerBytes, maxHeaderBytes);
  const size = text.length;
  const index: number[] = [];
  let contentLength = -1;
  let at = headersStart;
  let bodyStart = -1;
  while (at < size) {
    const lineStart = at;
    // A line without an end is no line. The walk over the name needs none of its own: no name holds a line feed.
    let end = text.indexOf("\n", at);
    if (end === -1) break;
    let code = text.charCodeAt(at);
    if (code === 13 && end === at + 1) {
      bodyStart = at + 2;
      break;
    }
    // One walk over the name finds its end and its number.
    let state = nameStart;
    let next = nameSteps[state + nameColumns[code]!]!;
    while (next > 0) {
      state = next;
      code = text.charCodeAt(++at);
      next = nameSteps[state + nameColumns[code]!]!;
    }
    let packed = nameIds[state >> nameRowShift]!;
    let nameEnd = at;
    if (code !== 58) {
      if (charClass[code]! & TOKEN) {
        packed = 0;
        do code = text.charCodeAt(++at);
        while (charClass[code]! & TOKEN);
        nameEnd = at;
      }
      while (code === 32 || code === 9) code = text.charCodeAt(++at);
    }
    // White space before the first header field continues nothing, and a colon behind it names nothing.
    if (code === 58 && nameEnd > lineStart) code = text.charCodeAt(++at);
    else {
      packed = 0;
      wrong ??= trouble("SIP_MSG_BAD_HEADER_LINE", "a header line must be a token, a colon and a value", at);
    }
    packed |= lineStart << packedShift;
    while (code === 32 || code === 9) code = text.charCodeAt(++at);
    let value = at;
    for (;;) {
      // A CR or LF of its own is a line end to some: what follows it would be a header field that only they see.
      if (text.charCodeAt(end - 1) !== 13 || text.indexOf("\r", at) !== end - 1) {
        wrong ??= trouble("SIP_MSG_BARE_LINE_END", "CR or LF alone in a header field", at);
      }
      at = end + 1;
      // §7.3.1: a line that starts with white space continues the one before.
      code = at < size ? text.charCodeAt(at) : 0;
      if (code !== 32 && code !== 9) break;
      packed |= packedFold;
      end = text.indexOf("\n", at);
      if (end === -1) break;
    }
    if (end === -1) {
      at = lineStart;
      break;
    }
    if (packed & packedFold) {
      const first = value;
      while (value < at && charClass[text.charCodeAt(value)]! & SPACE) value++;
      // Nothing but folds: the empty value stands before the line's end, not behind it.
      if (value === at) value = first;
    }
    if (at > headerBytes) {
      return fault("SIP_MSG_HEADERS_TOO_LARGE", `the header fields exceed ${headerBytes} octets`, lineStart);
    }
    if ((packed & 0xff) === CONTENT_LENGTH) {
      const length = decimal(text, value, at);
      if (length === -1) {
        wrong ??= trouble(
          "SIP_MSG_BAD_CONTENT_LENGTH",
          "Content-Length must be a number of at most nine digits",
          value,
        );
      } else if (contentLength === -1) contentLength = length;
      else if (contentLength !== length) {
        wrong ??= trouble("SIP_MSG_BAD_CONTENT_LENGTH", "two Content-Length header fields disagree", value);
      }
    }
    index.push(packed, value);
    if (index.length > limits.headerCount << 1) {
      return fault("SIP_MSG_TOO_MANY_HEADERS", `more than ${limits.headerCount} header lines`, lineStart);
    }
  }
  const headersEnd = at;
  if (bodyStart === -1) {
    bodyStart = size;
    wrong ??= trouble("SIP_MSG_TRUNCATED", "the header fields do not end in an empty line", size);
  }
  let whole = text;
  const bodyBytes = size - bodyStart;
  if (contentLength >= 0 && bodyBytes !== contentLength) {
    // §18.3: octets beyond Content-Length in a datagram are discarded; too few are answered 400.
    if (bodyBytes > contentLength) whole = text.slice(0, bodyStart + contentLength);
    else {
      const message = `Content-Length says ${contentLength} octets, ${bodyBytes} arrived`;
      wrong ??= trouble("SIP_MSG_BODY_TOO_SHORT", message, bodyStart);
    }
  }
  // No method holds a slash, so this is a status line.
  if (text.charCodeAt(3) === 47 && text.charCodeAt(5) === 46) {
    const status = text.charCodeAt(7) === 32 && isSipVersion(text, 0) ? statusAt(text, 7) : -1;
    if (status === -1) return fault("SIP_MSG_BAD_STATUS_LINE", "expected SIP/2.0 SP status SP reason", 0);
    return ok(new SipResponse(whole, status, headersStart, headersEnd, bodyStart, index, wrong));
  }
  const methodEnd = skipToken(text, 0, lineFeed);
  if (methodEnd === 0 || text.charCodeAt(methodEnd) !== 32) {
    return fault("SIP_MSG_BAD_REQUEST_LINE", "expected METHOD SP Request-URI SP SIP/2.0", methodEnd);
  }
  let uriEnd = lineFeed - 9;
  if (uriEnd <= methodEnd || text.charCodeAt(uriEnd) !== 32 || !isSipVersion(text, uriEnd + 1)) {
    uriEnd = text.lastIndexOf(" ", lineFeed - 2);
    if (uriEnd <= methodEnd) {
      return fault("SIP_MSG_BAD_REQUEST_LINE", "expected METHOD SP Request-URI SP SIP/2.0", methodEnd);
    }
    wrong = versionTrouble(text.slice(uriEnd + 1, lineFeed - 1), uriEnd + 1);
  }
  const method = methodAt(text, 0, methodEnd);
  const requestUri = text.slice(methodEnd + 1, uriEnd);
  return ok(new SipRequest(whole, method, requestUri, headersStart, headersEnd, bodyStart, index, wrong));
}

function withoutLeadingLines(text: string, limits: MessageLimits): Result<SipRequest | SipResponse, Fault> {
  let at = 0;
  while (text.charCodeAt(at) === 13 && text.charCodeAt(at + 1) === 10) at += 2;
  return parseMessage(text.slice(at), limits);
}

function trouble(code: string, message: string, offset: number): Fault {
  return { code, message, offset };
}

function versionTrouble(version: string, offset: number): Fault {
  // RFC 4475 §3.1.2.16: another version is 505; what is no version at all is a broken request line.
  return /^SIP\/[0-9]+\.[0-9]+$/i.test(version)
    ? trouble("SIP_MSG_BAD_VERSION", `expected SIP/2.0, got "${version.slice(0, 20)}"`, offset)
    : trouble("SIP_MSG_BAD_REQUEST_LINE", "expected METHOD SP Request-URI SP SIP/2.0", offset);
}

/** -1 when there is no number, one of more than nine digits, or more than a number. */
function decimal(text: string, start: number, end: number): number {
  let at = start;
  let value = 0;
  while (at < end) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
    at++;
  }
  if (at === start || at - start > 9) return -1;
  while (at < end && charClass[text.charCodeAt(at)]! & SPACE) at++;
  return at === end ? value : -1;
}

/** The status after `SIP/2.0` at `at`; -1 unless it is 100 to 699. */
function statusAt(text: string, at: number): number {
  if (text.charCodeAt(at) !== 32) return -1;
  const a = text.charCodeAt(at + 1) - 48;
  const b = text.charCodeAt(at + 2) - 48;
  const c = text.charCodeAt(at + 3) - 48;
  if (!(a >= 1 && a <= 6 && b >= 0 && b <= 9 && c >= 0 && c <= 9)) return -1;
  // The space before an empty reason phrase may be missing.
  const after = text.charCodeAt(at + 4);
  return after === 32 || after === 13 ? a * 100 + b * 10 + c : -1;
}
