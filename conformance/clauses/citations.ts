/** Clauses named in text: an RFC by its number, then its sections with a paragraph sign, and a step of one. */

export interface Citation {
  readonly rfc: number;
  /** `16.6 step 8`. */
  readonly clause: string;
}

const token = /RFC (\d{3,5})|§((?:\d+|[A-Z])(?:\.\d+)*)(?: step (\d+))?/g;

/** `rfc` is the one meant while none has been named; without it a bare section is no citation. */
export function citationsIn(text: string, rfc?: number): Citation[] {
  const found: Citation[] = [];
  let current = rfc;
  for (const [, number, section, step] of text.matchAll(token)) {
    if (number !== undefined) current = Number(number);
    else if (current !== undefined) {
      found.push({ rfc: current, clause: step === undefined ? section! : `${section} step ${step}` });
    }
  }
  return found;
}

/** The lines of a test file that are code: names of tests, not remarks. */
export function codeLines(source: string): string[] {
  return source
    .split("\n")
    .filter((line) => !/^\s*(?:\/\/|\/?\*)/.test(line))
    .map(withoutRemark);
}

/** What stands before a `//` outside of quotes. */
function withoutRemark(line: string): string {
  for (let at = line.indexOf("//"); at !== -1; at = line.indexOf("//", at + 2)) {
    const before = line.slice(0, at).replace(/\\./g, "");
    const quotes = ['"', "`"].map((quote) => before.split(quote).length - 1);
    if (quotes.every((count) => count % 2 === 0)) return line.slice(0, at);
  }
  return line;
}

/** Of a source file, remarks included. A bare section is of the RFC named before it on its line, else of the file's first one. */
export function sourceCitations(source: string): Citation[] {
  const first = /RFC (\d{3,5})/.exec(source)?.[1];
  const rfc = first === undefined ? undefined : Number(first);
  return source.split("\n").flatMap((line) => citationsIn(line, rfc));
}
