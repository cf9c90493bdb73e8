/** Header fields as they stand in the octets, read without the parser under test. RFC 3261 §7.3, §7.5, §18.3. */

export interface HeaderLine {
  /** In lower case, compact forms written out. */
  readonly name: string;
  /** The whole line with its folds and its CRLF. */
  readonly text: string;
  /** What follows the colon, without the CRLF; folds are in it. */
  readonly value: string;
}

const compact: Readonly<Record<string, string>> = {
  c: "content-type",
  f: "from",
  i: "call-id",
  l: "content-length",
  m: "contact",
  t: "to",
  v: "via",
};

export interface RawMessage {
  /** With its CRLF. */
  readonly startLine: string;
  readonly lines: readonly HeaderLine[];
  /** After the empty line, as far as Content-Length says. */
  readonly body: string;
}

/** One character is one octet. Of a message without an empty line everything is head. */
export function readRaw(octets: string): RawMessage {
  const headEnd = octets.indexOf("\r\n\r\n");
  const head = headEnd === -1 ? octets : octets.slice(0, headEnd + 2);
  const [startLine = "", ...rest] = head.split(/(?<=\r\n)(?![ \t])/);
  const lines = rest.map((text): HeaderLine => {
    const colon = text.indexOf(":");
    const written = text.slice(0, colon).trim().toLowerCase();
    return { name: compact[written] ?? written, text, value: text.slice(colon + 1).replace(/\r\n$/, "") };
  });
  const after = headEnd === -1 ? "" : octets.slice(headEnd + 4);
  const length = lines.find(({ name }) => name === "content-length")?.value.trim();
  return { startLine, lines, body: length === undefined ? after : after.slice(0, Number(length)) };
}

/** The message alone: what a datagram has beyond Content-Length is left out (§18.3). */
export function formatRaw({ startLine, lines, body }: RawMessage): string {
  return `${startLine}${lines.map(({ text }) => text).join("")}\r\n${body}`;
}

export function linesNamed(message: RawMessage, name: string): readonly HeaderLine[] {
  return message.lines.filter((line) => line.name === name);
}

/** The value of the first line of that name; "" when there is none. */
export function fieldValue(message: RawMessage, name: string): string {
  return linesNamed(message, name)[0]?.value ?? "";
}

/** Values with what §7.3.1 lets a sender choose freely taken out: folds and white space at the ends. */
export function plain(value: string): string {
  return value.replace(/\r\n[ \t]+/g, " ").trim();
}

/** The status of a response; `undefined` for a request. */
export function statusOf(octets: string): number | undefined {
  const match = /^SIP\/2\.0 (\d{3}) /.exec(octets);
  return match === null ? undefined : Number(match[1]);
}

/** Cuts whole messages off a stream, as far as §18.3 lets them be counted; the rest stays. */
export function cutStream(octets: string): { readonly messages: readonly string[]; readonly rest: string } {
  const messages: string[] = [];
  let rest = octets.replace(/^(?:\r\n)+/, "");
  for (;;) {
    const headEnd = rest.indexOf("\r\n\r\n");
    if (headEnd === -1) return { messages, rest };
    const length = /^(?:content-length|l)[ \t]*:[ \t]*(\d+)/im.exec(rest.slice(0, headEnd + 2))?.[1];
    if (length === undefined) return { messages, rest };
    const end = headEnd + 4 + Number(length);
    if (rest.length < end) return { messages, rest };
    messages.push(rest.slice(0, end));
    rest = rest.slice(end).replace(/^(?:\r\n)+/, "");
  }
}
