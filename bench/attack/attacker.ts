/** A process that attacks: `attacker.ts NAME TARGET`, with the target as JSON. Its last line is its report as JSON. */

import type { Attack, Target } from "./attack.ts";
import { datagramAttacks } from "./datagrams.ts";
import { streamAttacks } from "./streams.ts";

const attacks: Readonly<Record<string, Attack>> = { ...datagramAttacks, ...streamAttacks };
const [name = "", target = "{}"] = process.argv.slice(2);
const report = await attacks[name]!(JSON.parse(target) as Target);
console.log(JSON.stringify(report));
process.exit(0);
