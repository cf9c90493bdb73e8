/**
 * Can strangers tell by the clock who has an account? Prints a table and a line of JSON; ends with 1 when they can. `--samples N` for
 * sharper eyes; `npm run attack` does the same with 500.
 */

import { parseArgs } from "node:util";
import { enumerationTable, measureEnumeration } from "./attack/enumeration.ts";

const { values } = parseArgs({ options: { samples: { type: "string", default: "500" } } });
const enumeration = await measureEnumeration(Number(values.samples));
console.log(enumerationTable(enumeration));
console.log(JSON.stringify({ bench: "timing", ...enumeration }));
process.exitCode = enumeration.isBlind ? 0 : 1;
