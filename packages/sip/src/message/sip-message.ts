/** What requests and responses share: one latin1 text (a character per octet) and an index of its header lines; fields are parsed on first use. RFC 3261 §7. */

import type { Fault, Result } from "@trapezoid/base";
import { parseCSeqAt } from "./cseq.ts";
import { HeaderId, knownHeaderNames } from "./header-id.ts";
import { HeaderLines } from "./header-lines.ts";
import { listElementEnd, skipSpace, trimEnd, unfold } from "./lexer.ts";
import { parseNameAddrAt, tagAt } from "./name-addr.ts";
import type { CSeq, HeaderField, NameAddr, Via } from "./values.ts";
import { parseFirstVia } from "./via.ts";

const CallId = HeaderId["Call-ID"];

export abstract class SipMessage extends HeaderLines {
  /** Offset of the first octet after the empty line. */
  readonly bodyStart: number;
  /** The first fault that indexing or a typed accessor met, for a 400's reason. */
  fault: Fault | undefined;
  /** What the message's structure breaks, found while indexing: such a message is answered 400 (505 for its version) or dropped (`checkRequest`). */
  readonly syntaxFault: Fault | undefined;
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
    super(text, headersStart, headersEnd, index);
    this.bodyStart = bodyStart;
    this.fault = syntaxFault;
    this.syntaxFault = syntaxFault;
  }

  abstract readonly isRequest: boolean;

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
    const isFolded = this.isFolded(line);
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
