/** Can strangers tell who has an account? 500 requests of each kind for users that exist and 500 for users that do not. */

import { startTrapezoid } from "../../interop/rig/trapezoid.ts";
import { round, table } from "../rig/report.ts";
import { measureTimings, type TimingResult } from "./timing.ts";

const domain = "timing.test";
const known = Array.from({ length: 10 }, (_, index) => `user${index}`);

export interface Enumeration {
  readonly results: readonly TimingResult[];
  /** Neither statuses nor times differ. */
  readonly isBlind: boolean;
}

/** At this p a difference is believed; among several kinds of request chance alone comes near it now and then. */
const believed = 0.01;

function differ({ p, statuses }: TimingResult): boolean {
  return p < believed || statuses.known.join() !== statuses.unknown.join();
}

/** On a server of its own. A difference that shows is looked at once more, with fresh eyes: one of chance does not come back. */
export async function measureEnumeration(samples: number): Promise<Enumeration> {
  await using server = await startTrapezoid({
    accounts: Object.fromEntries(known.map((user) => [`${user}@${domain}`, "not-to-be-guessed"])),
    config: `import { defineConfig } from "trapezoid";
export default defineConfig({ domains: ["${domain}"], firewall: { allow: ["127.0.0.1"] } });
`,
  });
  const measure = (): Promise<readonly TimingResult[]> =>
    measureTimings({
      host: "127.0.0.1",
      port: server.port("udp"),
      domain,
      known,
      unknown: known.map((_, index) => `none${index}`),
      samples,
    });
  const first = await measure();
  if (!first.some(differ)) return { results: first, isBlind: true };
  const results = await measure();
  const isBlind = !results.some((result, index) => differ(result) && differ(first[index]!));
  return { results, isBlind };
}

export function enumerationTable({ results }: Enumeration): string {
  return table(
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
  );
}
