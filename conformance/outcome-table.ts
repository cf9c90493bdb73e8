/** What came of each torture message and each pair of SIPp scenarios, as `npm run conformance` shows it. */

import path from "node:path";
import { readVerdicts, suites, testName } from "./live/verdicts.ts";
import { cases } from "./sipp/cases.ts";
import { caseName, caseParts, isHere } from "./sipp/sipp-case.ts";

export type Outcome = "passed" | "failed" | "skipped";

export class OutcomeTable {
  /** By the name of the test. */
  readonly #outcomes = new Map<string, Outcome>();

  record(test: string, outcome: Outcome): void {
    this.#outcomes.set(test, outcome);
  }

  format(): string {
    return `${this.#messages()}\n\n${this.#pairs()}`;
  }

  #pairs(): string {
    const here = cases.filter(isHere);
    const rows = here.map((it) => {
      const { caller, callee, outcome } = caseParts(it);
      return [caller, callee, this.#cell(caseName(it), outcome)];
    });
    const left = cases.length - here.length;
    const closing = left === 0 ? "" : `\n${left} further pairs need the scenarios that TRAPEZOID_SIPP_SCENARIOS names`;
    return formatColumns([["SIPp caller", "callee", ""], ...rows]) + closing;
  }

  /** `words` when the test passed, which is what they promise. */
  #cell(test: string, words: string): string {
    const outcome = this.#outcomes.get(test);
    return outcome === "passed" ? words : `${(outcome ?? "not run").toUpperCase()} (${words})`;
  }

  #messages(): string {
    const rows = suites.flatMap(readVerdicts).map((verdict) => {
      const cell = (where: "parser" | "udp" | "tcp"): string => this.#cell(testName(verdict, where), verdict[where]);
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
