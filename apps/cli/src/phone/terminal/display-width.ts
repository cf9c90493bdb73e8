/** How many columns a text takes on a terminal: none for marks, two for wide characters (Unicode Standard Annex 11). */

const zero = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const wide =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]$/u;

export function displayWidth(text: string): number {
  let columns = 0;
  for (const character of text) columns += widthOf(character);
  return columns;
}

function widthOf(character: string): number {
  if (character < "\u0300") return 1;
  return zero.test(character) ? 0 : wide.test(character) ? 2 : 1;
}

/** The text, cut to so many columns with a mark at the end. */
export function cutToWidth(text: string, columns: number, mark = "…"): string {
  if (displayWidth(text) <= columns) return text;
  const room = Math.max(0, columns - displayWidth(mark));
  let taken = "";
  let used = 0;
  for (const character of text) {
    const width = widthOf(character);
    if (used + width > room) break;
    taken += character;
    used += width;
  }
  return columns <= 0 ? "" : taken + mark;
}

export function padToWidth(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - displayWidth(text)));
}

/** Breaks between words into lines of at most so many columns; a longer word is broken where it must be. */
export function wrapToWidth(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (let word of text.split(" ")) {
    if (line !== "" && displayWidth(line) + 1 + displayWidth(word) <= columns) {
      line += ` ${word}`;
      continue;
    }
    if (line !== "") lines.push(line);
    while (displayWidth(word) > columns) {
      const head = cutToWidth(word, columns, "");
      if (head === "") break;
      lines.push(head);
      word = word.slice(head.length);
    }
    line = word;
  }
  if (line !== "") lines.push(line);
  return lines;
}
