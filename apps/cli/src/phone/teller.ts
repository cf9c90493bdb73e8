/** Says what happens: lines for people, or one JSON object a line for programs. */

import { printable } from "../table.ts";
import type { Screen } from "./terminal/screen.ts";
import type { Terminal } from "./terminal/terminal.ts";

export interface Teller {
  readonly json: boolean;
  /**
   * Something happened. `text`: for people; `undefined` for what is of use to programs alone.
   *
   * @param fields What cannot be said in JSON, such as `undefined`, is left out.
   */
  tell(event: string, fields: Readonly<Record<string, unknown>>, text: string | undefined): void;
}

export function createTeller(
  terminal: Pick<Terminal, "write">,
  screen: Pick<Screen, "print">,
  options: { readonly json: boolean; readonly now: () => number },
): Teller {
  const { json, now } = options;
  return {
    json,
    tell(event, fields, text) {
      if (json) terminal.write(`${JSON.stringify({ event, at: new Date(now()).toISOString(), ...fields })}\n`);
      // Whatever peers wrote, their lines are no commands to the terminal.
      else if (text !== undefined) screen.print(text.split("\n").map(printable).join("\n"));
    },
  };
}
