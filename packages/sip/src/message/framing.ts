/** Cuts a stream into messages by Content-Length, and tells keep-alives. RFC 3261 §7.5, §18.3, RFC 5626 §4.4.1. */

import type { Fault } from "@trapezoid/base";
import { HeaderId, headerIdAt } from "./header-id.ts";

export interface FramerLimits {
  /** Octets of start line and header fields together, the empty line included. */
  readonly headerBytes: number;
  readonly bodyBytes: number;
}

export const defaultFramerLimits: FramerLimits = { headerBytes: 32_768, bodyBytes: 65_536 };

/** What a stream brought, in order. */
export type Framed =
  | { readonly kind: "message"; readonly text: string }
  /** A double CRLF between messages: to be answered with one CRLF. */
  | { readonly kind: "ping" }
  /** A single CRLF between messages: the answer to our ping, or nothing. */
  | { readonly kind: "pong" }
  /** The stream cannot be followed further and must be closed; `head` is the message up to its body, for a 400; where the header fields are too large, up to where they become so, without the empty line. */
  | { readonly kind: "fault"; readonly fault: Fault; readonly head: string | undefined };

const ping: Framed = Object.freeze({ kind: "ping" });
const pong: Framed = Object.freeze({ kind: "pong" });
const CONTENT_LENGTH = HeaderId["Content-Length"];

/**
 * One per connection. Octets come as latin1 text in pieces of any size. Pieces are kept apart until a message is whole, so that
 * a peer that sends octet by octet costs no more than its octets.
 */
export class StreamFramer {
  readonly #limits: FramerLimits;
  /** Pieces of the message under way, and their length together. */
  #pieces: string[] = [];
  #length = 0;
  /** Octets that the message under way needs; 0 while its header fields are not whole. */
  #needed = 0;
  /** The last three octets of the pieces, for an empty line that crosses pieces. */
  #tail = "";
  /** Octets of a double CRLF that came since the last message. */
  #idle = 0;
  #broken = false;

  constructor(limits: FramerLimits = defaultFramerLimits) {
    this.#limits = limits;
  }

  /** Octets held for a message that is not whole. */
  get bufferedBytes(): number {
    return this.#length;
  }

  /** Whether a message has begun and is not whole. */
  get isPending(): boolean {
    return this.#length > 0;
  }

  /** Takes the next octets; returns what they completed. After a fault nothing more comes. */
  push(octets: string): Framed[] {
    const out: Framed[] = [];
    let at = 0;
    while (at < octets.length && !this.#broken) {
      if (this.#length === 0) {
        at = this.#between(octets, at, out);
        if (at === octets.length) break;
      }
      at = this.#needed === 0 ? this.#head(octets, at, out) : this.#body(octets, at, out);
    }
    return out;
  }

  /** CRLFs between messages (§7.5: to be ignored before a start line). */
  #between(octets: string, at: number, out: Framed[]): number {
    let single = false;
    for (; at < octets.length; at++) {
      const code = octets.charCodeAt(at);
      if (code === 13 && (this.#idle === 0 || this.#idle === 2)) this.#idle++;
      else if (code === 10 && this.#idle === 1) {
        this.#idle = 2;
        single = true;
      } else if (code === 10 && this.#idle === 3) {
        this.#idle = 0;
        single = false;
        out.push(ping);
      } else {
        this.#idle = 0;
        break;
      }
    }
    // It may be the first half of a ping: told as a pong at once all the same, since a client waits for that.
    if (single) out.push(pong);
    return at;
  }

  #head(octets: string, at: number, out: Framed[]): number {
    // The empty line may have begun in earlier pieces.
    const overlap = this.#tail.length;
    const piece = at === 0 ? octets : octets.slice(at);
    const window = overlap === 0 ? piece : this.#tail + piece.slice(0, 3);
    let end = -1;
    if (overlap > 0) {
      const crossing = window.indexOf("\r\n\r\n");
      if (crossing !== -1) end = crossing + 4 - overlap;
    }
    if (end === -1) {
      const found = piece.indexOf("\r\n\r\n");
      if (found !== -1) end = found + 4;
    }
    const headBytes = this.#length + (end === -1 ? piece.length : end);
    if (headBytes > this.#limits.headerBytes) {
      const fits = piece.slice(0, this.#limits.headerBytes - this.#length);
      const read = this.#pieces.join("") + fits;
      return this.#fail(
        out,
        "SIP_FRAME_HEADERS_TOO_LARGE",
        `the header fields exceed ${this.#limits.headerBytes} octets`,
        read.slice(0, read.lastIndexOf("\r\n") + 2),
      );
    }
    if (end === -1) {
      this.#keep(piece);
      this.#tail = (this.#tail + piece.slice(-3)).slice(-3);
      return octets.length;
    }
    this.#tail = "";
    const head = this.#pieces.length === 0 ? piece.slice(0, end) : this.#pieces.join("") + piece.slice(0, end);
    const length = contentLengthOf(head);
    if (typeof length === "string") return this.#fail(out, "SIP_FRAME_BAD_CONTENT_LENGTH", length, head);
    if (length > this.#limits.bodyBytes) {
      const message = `a body of ${length} octets exceeds ${this.#limits.bodyBytes}`;
      return this.#fail(out, "SIP_FRAME_BODY_TOO_LARGE", message, head);
    }
    if (this.#pieces.length === 0 && piece.length >= end + length) {
      out.push({ kind: "message", text: piece.slice(0, end + length) });
      return at + end + length;
    }
    this.#pieces = [head];
    this.#length = head.length;
    this.#needed = head.length + length;
    if (length === 0) this.#complete(out);
    return at + end;
  }

  #body(octets: string, at: number, out: Framed[]): number {
    const missing = this.#needed - this.#length;
    const to = Math.min(octets.length, at + missing);
    this.#keep(octets.slice(at, to));
    if (this.#length === this.#needed) this.#complete(out);
    return to;
  }

  #keep(piece: string): void {
    this.#pieces.push(piece);
    // Many small pieces would cost more memory than their octets.
    if (this.#pieces.length === 256) this.#pieces = [this.#pieces.join("")];
    this.#length += piece.length;
  }

  #complete(out: Framed[]): void {
    out.push({ kind: "message", text: this.#pieces.join("") });
    this.#pieces = [];
    this.#length = 0;
    this.#needed = 0;
  }

  #fail(out: Framed[], code: string, message: string, head?: string): number {
    out.push({ kind: "fault", fault: { code, message, offset: 0 }, head });
    this.#broken = true;
    this.#pieces = [];
    this.#length = 0;
    return 0;
  }
}

/** Content-Length of a message's head, or what is wrong with it. */
function contentLengthOf(head: string): number | string {
  let length = -1;
  let at = head.indexOf("\n") + 1;
  while (at > 0 && at < head.length) {
    const first = head.charCodeAt(at) | 0x20;
    // Only Content-Length, and its compact form l, are looked at.
    if (first === 99 || first === 108) {
      const colon = head.indexOf(":", at);
      if (colon === -1) break;
      let nameEnd = colon;
      while (nameEnd > at && head.charCodeAt(nameEnd - 1) <= 32) nameEnd--;
      if (headerIdAt(head, at, nameEnd) === CONTENT_LENGTH) {
        const value = decimalAt(head, colon + 1);
        if (value === -1) return "Content-Length must be a number of at most nine digits";
        if (length !== -1 && length !== value) return "two Content-Length fields disagree";
        length = value;
      }
    }
    at = head.indexOf("\n", at) + 1;
  }
  // §18.3: a stream cannot be cut without it.
  return length === -1 ? "a message on a stream needs a Content-Length" : length;
}

/** The number that is all of the value at `at`, folds included; -1 when there is another thing. */
function decimalAt(head: string, at: number): number {
  while (isSpace(head, at)) at++;
  const start = at;
  let value = 0;
  for (; at - start < 10; at++) {
    const digit = head.charCodeAt(at) - 48;
    if (!(digit >= 0 && digit <= 9)) break;
    value = value * 10 + digit;
  }
  if (at === start || at - start > 9) return -1;
  while (isSpace(head, at)) at++;
  return head.startsWith("\r\n", at) ? value : -1;
}

function isSpace(head: string, at: number): boolean {
  const code = head.charCodeAt(at);
  if (code === 32 || code === 9) return true;
  if (code !== 13 || head.charCodeAt(at + 1) !== 10) return code === 10 && isFold(head, at + 1);
  return isFold(head, at + 2);
}

function isFold(head: string, at: number): boolean {
  const next = head.charCodeAt(at);
  return next === 32 || next === 9;
}
