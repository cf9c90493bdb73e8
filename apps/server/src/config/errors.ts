/** What can be wrong with a configuration. Every text is one line for a person: what, what was expected, what to do. */

import { define } from "@trapezoid/base";

export const configMissing = define(
  "CONFIG_MISSING",
  (file: string) => `there is no configuration at ${file}; give --config the path of a trapezoid.config.ts`,
);

/** It does not load: syntax, an import that is not there, an exception. */
export const configBroken = define("CONFIG_BROKEN", (file: string, why: string) => `${file} does not load: ${why}`);

/** It loads but says what cannot be. `where` is a file, or what was given on the command line. */
export const configInvalid = define("CONFIG_INVALID", (where: string, problem: string) => `${where}: ${problem}`);

/** A value on the command line that cannot be. */
export const optionInvalid = define("OPTION_INVALID", (option: string, problem: string) => `${option}: ${problem}`);
