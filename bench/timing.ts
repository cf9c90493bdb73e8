/**
 * Can strangers tell by the clock who has an account? 500 requests of each kind for users that exist and 500 for users that do not, to a
 * server of its own. Prints a table and a line of JSON; ends with 1 when some p is under 0.01. `--samples N` for sharper eyes.
 */

import { parseArgs } from "node:util";
import { startTrapezoid } from "../interop/rig/trapezoid.ts";
import { measureTimings } from "./attack/timing.ts";
import { round, table } from "./rig/report.ts";

const { values } = parseArgs({ options: { samples: { type: "string", default: "500" } } });
const domain = "timing.test";
const known = Array.from({ length: 10 }, (_, index) => `user${index}`);
await using server = await startTrapezoid({
  accounts: Object.fromEntries(known.map((user) => [`${user}@${domain}`, "not-to-be-guessed"])),
  config: `import { defineConfig } from "trapezoid";
export default defineConfig({ domains: ["${domain}"], firewall: { allow: ["127.0.0.1"] } });
`,
});
const results = await measureTimings({
  host: "127.0.0.1",
  port: server.port("udp"),
  domain,
  known,
  unknown: known.map((_, index) => `none${index}`),
  samples: Number(values.samples),
});
console.log(
  table(
    ["request", "credentials", "known", "median µs", "unknown", "median µs", "p"],
    results.map((result) => [
      result.method,
      result.credentials,
      result.statuses.known.join(),
      round(result.medianKnown),
      result.statuses.unknown.join(),
      round(result.medianUnknown),
      round(result.p, 4),
    ]),
  ),
);
console.log(JSON.stringify({ bench: "timing", results }));
process.exitCode = results.some(({ p }) => p < 0.01) ? 1 : 0;
