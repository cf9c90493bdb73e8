/** What came of each torture message, as `npm run conformance` shows it. */

import path from "node:path";
import { readVerdicts, suites, testName } from "./live/verdicts.ts";

export type Outcome = "passed" | "failed" | "skipped";

export class OutcomeTable {
  /** By the name of the test. */
  readonly #outcomes = new Map<string, Outcome>();

  record(test: string, outcome: Outcome): void {
    this.#outcomes.set(test, outcome);
  }

  format(): string {
    const rows = suites.flatMap(readVerdicts).map((verdict) => {
      const cell = (where: "parser" | "udp" | "tcp"): string => {
        const outcome = this.#outcomes.get(testName(verdict, where));
        return outcome === "passed" ? verdict[where] : `${(outcome ?? "not run").toUpperCase()} (${verdict[where]})`;
      };
      const rfc = `RFC ${verdict.suite.slice(3)} §${verdict.section}`;
      return [path.parse(verdict.file).name, rfc, cell("parser"), cell("udp"), cell("tcp")];
    });
    return formatColumns([["message", "", "parser", "live, UDP", "live, TCP"], ...rows]);
  }
}

function formatColumns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
