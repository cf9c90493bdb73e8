/** One line of input, letter by letter: for questions in the middle of a call. */

import { printable } from "../../table.ts";
import { type Key, keyNames } from "./terminal.ts";

/** Of what can be typed. */
const maxLength = 1_000;

export type Edited = { readonly text: string; readonly done: "no" | "yes" | "given-up" };

export function editLine(text: string, key: Key): Edited {
  switch (key) {
    case keyNames.enter:
      return { text: text.trim(), done: text.trim() === "" ? "given-up" : "yes" };
    case keyNames.escape:
    case keyNames.endOfInput:
      return { text, done: "given-up" };
    case keyNames.backspace:
      return { text: [...text].slice(0, -1).join(""), done: "no" };
    case keyNames.eraseLine:
      return { text: "", done: "no" };
    case keyNames.eraseWord:
      return { text: text.replace(/\S*\s*$/, ""), done: "no" };
  }
  const isCharacter = [...key].length === 1;
  return { text: isCharacter && text.length < maxLength ? text + printable(key) : text, done: "no" };
}
