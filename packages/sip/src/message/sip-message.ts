/** What requests and responses share: one latin1 text (a character per octet) and an index of its header lines; fields are parsed on first use. RFC 3261 §7. */

import type { Fault, Result } from "@trapezoid/base";
import { parseCSeqAt } from "./cseq.ts";
import { HeaderId, headerId, knownHeaderNames } from "./header-id.ts";
import { charClass, listElementEnd, SPACE, skipSpace, trimEnd, unfold } from "./lexer.ts";
import { parseNameAddrAt, tagAt } from "./name-addr.ts";
import type { CSeq, HeaderField, NameAddr, Via } from "./values.ts";
import { parseFirstVia } from "./via.ts";

/**
 * The index holds two numbers a header line: the packed one (8 bits of `HeaderId`, one bit that says whether the line is folded,
 * and the offset of its name), and the offset of its value. A line ends where the next one starts.
 */
export const packedFold = 0x100;
export const packedShift = 9;

const CallId = HeaderId["Call-ID"];

export abstract class SipMessage {
  /** The whole message, one character per octet. */
  readonly text: string;
  /** Offset of the first octet after the empty line. */
  readonly bodyStart: number;
  /** Offset of the first header line. */
  readonly headersStart: number;
  /** The first fault that indexing or a typed accessor met, for a 400's reason. */
  fault: Fault | undefined;
  /** What the message's structure breaks, found while indexing: such a message is answered 400 (505 for its version) or dropped (`checkRequest`). */
  readonly syntaxFault: Fault | undefined;
  readonly #index: readonly number[];
  readonly #headersEnd: number;
  // `null`: not looked for yet.
  #via: Via | undefined | null = null;
  #from: NameAddr | undefined | null = null;
  #to: NameAddr | undefined | null = null;
  #fromTag: string | undefined | null = null;
  #toTag: string | undefined | null = null;
  #cseq: CSeq | undefined | null = null;
  #callId: string | undefined | null = null;

  /** @internal Use `parseMessage`. */
  constructor(
    text: string,
    headersStart: number,
    headersEnd: number,
    bodyStart: number,
    index: readonly number[],
    syntaxFault: Fault | undefined,
  ) {
    this.text = text;
    this.headersStart = headersStart;
    this.bodyStart = bodyStart;
    this.fault = syntaxFault;
    this.syntaxFault = syntaxFault;
    this.#index = index;
    this.#headersEnd = headersEnd;
  }

  abstract readonly isRequest: boolean;

  /** Number of header lines. */
  get lineCount(): number {
    return this.#index.length >> 1;
  }

  /** `HeaderId` of a header line, 0 if unknown. */
  lineId(line: number): number {
    return this.#index[line << 1]! & 0xff;
  }

  /** Offset where a header line starts (its name). */
  lineStart(line: number): number {
    return this.#index[line << 1]! >> packedShift;
  }

  /** Offset of the first octet of the value, after colon and white space. */
  valueStart(line: number): number {
    return this.#index[(line << 1) + 1]!;
  }

  /** Offset after the line's last CRLF: where the next header line, or the empty line, starts. */
  lineEnd(line: number): number {
    const next = (line << 1) + 2;
    return next < this.#index.length ? this.#index[next]! >> packedShift : this.#headersEnd;
  }

  /** Offset after the value's last octet that is not white space. */
  valueEnd(line: number): number {
    const start = this.valueStart(line);
    let end = this.lineEnd(line);
    while (end > start && charClass[this.text.charCodeAt(end - 1)]! & SPACE) end--;
    return end;
  }

  /** The name as written. */
  lineName(line: number): string {
    const start = this.lineStart(line);
    let end = Math.min(this.text.indexOf(":", start), this.valueStart(line));
    while (end > start && this.text.charCodeAt(end - 1) <= 32) end--;
    return this.text.slice(start, end);
  }

  /** The value of a header line, trimmed, its folds replaced by one space (§7.3.1). */
  lineValue(line: number): string {
    const value = this.text.slice(this.valueStart(line), this.valueEnd(line));
    return this.#index[line << 1]! & packedFold ? unfold(value) : value;
  }

  /** The first line with this `HeaderId` at or after `from`; -1 when there is none. */
  findLine(id: number, from = 0): number {
    const index = this.#index;
    for (let i = from << 1; i < index.length; i += 2) if ((index[i]! & 0xff) === id) return i >> 1;
    return -1;
  }

  /** The first line with this name in any case or form. */
  findLineByName(name: string, from = 0): number {
    const id = headerId(name);
    if (id !== 0) return this.findLine(id, from);
    const lower = name.toLowerCase();
    for (let line = this.findLine(0, from); line !== -1; line = this.findLine(0, line + 1)) {
      if (this.lineName(line).toLowerCase() === lower) return line;
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
    for (let line = this.#findField(field, 0); line !== -1; line = this.#findField(field, line + 1)) {
      const start = this.valueStart(line);
      const at = field.list ? this.#elementStart(start, this.lineEnd(line)) : start;
      if (at !== -1) return this.#parsed(field, line, at, this.#elementEnd(field, line, at));
    }
    return undefined;
  }

  /** Every value of a typed field, in order; faulty ones are left out, the first of them noted in `fault`. */
  getAll<T>(field: HeaderField<T>): T[] {
    const all: T[] = [];
    for (let line = this.#findField(field, 0); line !== -1; line = this.#findField(field, line + 1)) {
      const lineEnd = this.lineEnd(line);
      let at = this.valueStart(line);
      do {
        if (field.list) at = this.#elementStart(at, lineEnd);
        if (at === -1) break;
        const end = this.#elementEnd(field, line, at);
        const value = this.#parsed(field, line, at, end);
        if (value !== undefined) all.push(value);
        at = end;
      } while (field.list);
    }
    return all;
  }

  /** The topmost Via value. */
  get via(): Via | undefined {
    if (this.#via === null) {
      const line = this.findLine(HeaderId.Via);
      this.#via =
        line === -1 ? undefined : this.#take(parseFirstVia(this.text, this.valueStart(line), this.lineEnd(line)));
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

  /** From's tag, read without parsing the rest of From. */
  get fromTag(): string | undefined {
    if (this.#fromTag === null) this.#fromTag = this.#tag(HeaderId.From);
    return this.#fromTag;
  }

  /** To's tag, read without parsing the rest of To. */
  get toTag(): string | undefined {
    if (this.#toTag === null) this.#toTag = this.#tag(HeaderId.To);
    return this.#toTag;
  }

  get callId(): string | undefined {
    if (this.#callId === null) {
      const line = this.findLine(CallId);
      this.#callId = line === -1 ? undefined : this.lineValue(line);
    }
    return this.#callId;
  }

  get cseq(): CSeq | undefined {
    if (this.#cseq === null) {
      const line = this.findLine(HeaderId.CSeq);
      this.#cseq =
        line === -1 ? undefined : this.#take(parseCSeqAt(this.text, this.valueStart(line), this.lineEnd(line)));
    }
    return this.#cseq;
  }

  /** Non-negative decimal value of a header field such as Max-Forwards, Expires or Content-Length, of at most ten digits. */
  number(id: number): number | undefined {
    const line = this.findLine(id);
    if (line === -1) return undefined;
    const start = this.valueStart(line);
    const end = this.lineEnd(line);
    let value = 0;
    let at = start;
    for (; at < end; at++) {
      const digit = this.text.charCodeAt(at) - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (at === start || at - start > 10 || skipSpace(this.text, at, end) !== end) return this.#notNumber(line);
    return value;
  }

  /** The body, one character per octet. */
  get body(): string {
    return this.text.slice(this.bodyStart);
  }

  #findField<T>(field: HeaderField<T>, from: number): number {
    if (field.id !== 0) return this.findLine(field.id, from);
    const line = this.findLineByName(field.name, from);
    if (field.compact === undefined) return line;
    const compact = this.findLineByName(field.compact, from);
    return line === -1 || (compact !== -1 && compact < line) ? compact : line;
  }

  /** The start of the next list element; -1 when only commas and white space are left (RFC 4475 §3.1.1.1). */
  #elementStart(at: number, end: number): number {
    at = skipSpace(this.text, at, end);
    while (at < end && this.text.charCodeAt(at) === 44) at = skipSpace(this.text, at + 1, end);
    return at < end ? at : -1;
  }

  #elementEnd<T>(field: HeaderField<T>, line: number, at: number): number {
    const end = this.lineEnd(line);
    return field.list ? listElementEnd(this.text, at, end) : end;
  }

  #parsed<T>(field: HeaderField<T>, line: number, start: number, end: number): T | undefined {
    if (field.parseAt !== undefined) return this.#take(field.parseAt(this.text, start, end));
    const value = this.text.slice(start, trimEnd(this.text, start, end));
    const isFolded = (this.#index[line << 1]! & packedFold) !== 0;
    const result = field.parse(isFolded ? unfold(value) : value);
    if (result.ok) return result.value;
    // In a folded line the fault's place is the value's.
    this.fault ??= { ...result.error, offset: start + (isFolded ? 0 : result.error.offset) };
    return undefined;
  }

  #nameAddr(id: number): NameAddr | undefined {
    const line = this.findLine(id);
    return line === -1 ? undefined : this.#take(parseNameAddrAt(this.text, this.valueStart(line), this.lineEnd(line)));
  }

  #tag(id: number): string | undefined {
    const line = this.findLine(id);
    return line === -1 ? undefined : tagAt(this.text, this.valueStart(line), this.lineEnd(line));
  }

  #take<T>(result: Result<T, Fault>): T | undefined {
    if (result.ok) return result.value;
    this.fault ??= result.error;
    return undefined;
  }

  #notNumber(line: number): undefined {
    const name = knownHeaderNames[this.lineId(line) - 1] ?? this.lineName(line);
    this.fault ??= {
      code: "SIP_MSG_BAD_NUMBER",
      message: `${name} must be a decimal number, got "${this.lineValue(line).slice(0, 40)}"`,
      offset: this.valueStart(line),
    };
    return undefined;
  }
}
