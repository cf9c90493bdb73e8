/** A message's header lines by number and offset: ids, names, values as text. RFC 3261 §7.3. */

import { headerId } from "./header-id.ts";
import { charClass, SPACE, unfold } from "./lexer.ts";

/**
 * The index holds two numbers a header line: the packed one (8 bits of `HeaderId`, one bit that says whether the line is folded,
 * and the offset of its name), and the offset of its value. A line ends where the next one starts.
 */
export const packedFold = 0x100;
export const packedShift = 9;

/** The text of a message and the index of its header lines. */
export abstract class HeaderLines {
  /** The whole message, one character per octet. */
  readonly text: string;
  /** Offset of the first header line. */
  readonly headersStart: number;
  readonly #index: readonly number[];
  readonly #headersEnd: number;

  /** @internal */
  constructor(text: string, headersStart: number, headersEnd: number, index: readonly number[]) {
    this.text = text;
    this.headersStart = headersStart;
    this.#index = index;
    this.#headersEnd = headersEnd;
  }

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

  /** Whether the line goes on after a line end (§7.3.1). */
  isFolded(line: number): boolean {
    return (this.#index[line << 1]! & packedFold) !== 0;
  }

  /** The value of a header line, trimmed, its folds replaced by one space (§7.3.1). */
  lineValue(line: number): string {
    const value = this.text.slice(this.valueStart(line), this.valueEnd(line));
    return this.isFolded(line) ? unfold(value) : value;
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
}
