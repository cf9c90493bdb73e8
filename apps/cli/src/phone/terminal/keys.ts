/** Keys from what a terminal in raw mode sends. ECMA-48 §5.4, §5.6. */

import { type Key, keyNames } from "./terminal.ts";

const controls: Readonly<Record<string, Key>> = {
  "\r": keyNames.enter,
  "\n": keyNames.enter,
  "\u007f": keyNames.backspace,
  "\b": keyNames.backspace,
  "\u0003": keyNames.interrupt,
  "\u0004": keyNames.endOfInput,
  "\u0015": keyNames.eraseLine,
  "\u0017": keyNames.eraseWord,
};

/** A whole sequence: CSI, SS3 (function keys), or a key pressed with Alt. */
const sequence = /^\u001b(?:\[[0-?]*[ -/]*[@-~]|O[@-~]|[^[O])/;

/** The keys in one chunk of input. Arrows and function keys mean nothing here and are left out; an escape by itself is a key. */
export function decodeKeys(chunk: string): Key[] {
  const keys: Key[] = [];
  for (let at = 0; at < chunk.length; ) {
    if (chunk[at] === "\u001b") {
      const match = sequence.exec(chunk.slice(at));
      if (match === null) keys.push(keyNames.escape);
      at += match?.[0].length ?? 1;
      continue;
    }
    const character = String.fromCodePoint(chunk.codePointAt(at)!);
    at += character.length;
    const control = controls[character];
    if (control !== undefined) keys.push(control);
    else if (character >= " ") keys.push(character);
  }
  return keys;
}
