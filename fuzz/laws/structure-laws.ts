/** What holds of every message that was indexed: offsets, lines, body, as the plain reading has them. RFC 3261 §7.3, §18.3. */

import type { SipMessage } from "@trapezoid/sip/message";
import { law, shown } from "./law.ts";
import { countValues, type ReferenceLine, readPlainly } from "./reference.ts";

/** For a message with any fault. */
export function checkOffsets(message: SipMessage, input: string): void {
  const { text, lineCount } = message;
  law(input.endsWith(text) || input.includes(text), "text is a part of the input", () => shown(text));
  let at = message.headersStart;
  law(at >= 2 && at <= text.length, "headersStart is in range", () => `${at} of ${text.length}`);
  for (let line = 0; line < lineCount; line++) {
    const start = message.lineStart(line);
    const value = message.valueStart(line);
    const valueEnd = message.valueEnd(line);
    const end = message.lineEnd(line);
    law(start === at, "header lines lie end to end", () => `line ${line} starts at ${start}, expected ${at}`);
    law(
      value >= start && valueEnd >= value && end >= valueEnd && end > start && end <= text.length,
      "a header line's offsets are in order",
      () => `line ${line}: ${start}, ${value}, ${valueEnd}, ${end} of ${text.length}`,
    );
    at = end;
  }
  law(
    message.bodyStart >= at && message.bodyStart <= text.length,
    "bodyStart is in range",
    () => `${message.bodyStart} after ${at} of ${text.length}`,
  );
}

export function checkFault(message: SipMessage): void {
  for (const fault of [message.fault, message.syntaxFault]) {
    if (fault === undefined) continue;
    const { offset, code } = fault;
    law(
      Number.isInteger(offset) && offset >= 0 && offset <= message.text.length,
      "a fault's offset is in range",
      () => `${code} at ${offset} of ${message.text.length}`,
    );
  }
}

/** For a message without a syntax fault: nothing is lost, nothing is made up. Returns the plain reading. */
export function checkAgainstReference(message: SipMessage): readonly ReferenceLine[] {
  const { lines, body } = readPlainly(message.text);
  law(
    lines.length === message.lineCount,
    "every header line is indexed",
    () => `${message.lineCount} lines, expected ${lines.length}`,
  );
  let contentLength = -1;
  for (let line = 0; line < lines.length; line++) {
    const { name, key, value } = lines[line]!;
    law(
      message.lineName(line) === name,
      "a header line has its name",
      () => `${shown(message.lineName(line))}, expected ${shown(name)}`,
    );
    law(
      message.lineValue(line) === value,
      "a header line has its value, folds as one space",
      () => `${shown(message.lineValue(line))}, expected ${shown(value)}`,
    );
    if (contentLength === -1 && key === "content-length") contentLength = Number(value);
  }
  law(
    message.body === body,
    "the body follows the empty line",
    () => `${shown(message.body)}, expected ${shown(body)}`,
  );
  law(
    contentLength === -1 || body.length === contentLength,
    "the body is as long as Content-Length says (§18.3)",
    () => `${body.length} octets, Content-Length ${contentLength}`,
  );
  return lines;
}

/** How many values the lines of one header field hold: each line one, or a list. `key`: its name in lower case. */
export function valuesOf(lines: readonly ReferenceLine[], key: string, isList: boolean): number {
  let count = 0;
  for (const line of lines) if (line.key === key) count += isList ? countValues(line.value) : 1;
  return count;
}
