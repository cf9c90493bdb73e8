/** Recognizes names octet by octet: one walk finds where a name ends and which it is. */

/**
 * A state is a row of 32 columns, a column is the class of an octet, 0 is no way on. States are numbered by the offset of their row,
 * so that a step is `steps[state + columns[octet]]`. Beyond the text the column is `undefined` and so is the step: loop while it is
 * more than 0.
 */
export interface NameAutomaton {
  readonly columns: Uint8Array;
  readonly steps: Uint16Array;
  /** The number of the name that ends in a row (`state >> 5`); 0 for none. */
  readonly ids: Uint8Array;
}

/** The state to start in. */
export const nameStart = 32;
/** A state's row is `state >> nameRowShift`. */
export const nameRowShift = 5;

/** An automaton of names made of letters and hyphens, their numbers from 1 to 255. */
export function createNameAutomaton(
  names: readonly (readonly [name: string, id: number])[],
  options: { readonly ignoreCase: boolean },
): NameAutomaton {
  const columns = new Uint8Array(256);
  for (let code = 0; code < 256; code++) {
    const char = String.fromCharCode(code);
    const letter = options.ignoreCase ? char.toLowerCase() : char;
    if (letter >= "a" && letter <= "z") columns[code] = letter.charCodeAt(0) - 96;
    else if (char === "-") columns[code] = 27;
  }
  // A row for each beginning that a name has: names that begin alike share rows.
  const beginnings = new Set<string>();
  for (const [name] of names) {
    const folded = options.ignoreCase ? name.toLowerCase() : name;
    for (let end = 1; end <= name.length; end++) beginnings.add(folded.slice(0, end));
  }
  const rows = beginnings.size + 2;
  if (rows > 2047) throw new TypeError("the names have too many letters for one automaton");
  const steps = new Uint16Array(rows << nameRowShift);
  const ids = new Uint8Array(rows);
  let free = 2;
  for (const [name, id] of names) {
    let state = nameStart;
    for (let at = 0; at < name.length; at++) {
      const step = state + columns[name.charCodeAt(at)]!;
      if (steps[step] === 0) steps[step] = free++ << nameRowShift;
      state = steps[step]!;
    }
    ids[state >> nameRowShift] = id;
  }
  return { columns, steps, ids };
}
