/** Which attacks are made: those whose names have the text of `--only` in them. */

import { err, ok, type Result } from "@trapezoid/base";

/** The error says which names there are. */
export function chooseAttacks(names: readonly string[], only: string | undefined): Result<readonly string[], string> {
  if (only === undefined) return ok(names);
  const chosen = names.filter((name) => name.toLowerCase().includes(only.toLowerCase()));
  if (chosen.length > 0) return ok(chosen);
  return err(`no attack has "${only}" in its name; there are:\n  ${names.join("\n  ")}`);
}
