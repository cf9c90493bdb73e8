/** Comments: text in parentheses, which nest. RFC 3261 §25.1. */

/** The offset after the comment that opens at `at`; -1 when it is not closed. */
export function commentEnd(text: string, at: number): number {
  let depth = 0;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 92) at++;
    else if (code === 40) depth++;
    else if (code === 41 && --depth === 0) return at + 1;
  }
  return -1;
}

/** What stands between the parentheses of the comment in `text[start, end)`, its escapes undone; those inside stay. */
export function commentText(text: string, start: number, end: number): string {
  return text.slice(start + 1, end - 1).replace(/\\([\s\S])/g, "$1");
}

/** Text as a comment; a line break, which none can hold, becomes a space. */
export function formatComment(text: string): string {
  return `(${text.replace(/[\r\n]+/g, " ").replace(/[()\\]/g, "\\$&")})`;
}
