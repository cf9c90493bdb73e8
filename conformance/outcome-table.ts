/** What came of each torture message and each SIPp scenario, as `npm run conformance` shows it. */

import path from "node:path";
import {
  type AgentCase,
  agentCaseName,
  agentCaseParts,
  isHere as isHereForAgent,
} from "./agent-scenarios/agent-case.ts";
import { agentCases } from "./agent-scenarios/cases/index.ts";
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
    const parts: readonly (readonly [names: readonly string[], text: () => string])[] = [
      [suites.flatMap(readVerdicts).map((verdict) => testName(verdict, "udp")), () => this.#messages()],
      [cases.map(caseName), () => this.#pairs()],
      [agentCases.map(agentCaseName), () => this.#agentScenarios()],
    ];
    // A run may be of some files alone.
    const ran = parts.filter(([names]) => names.some((name) => this.#outcomes.has(name)));
    return ran.map(([, text]) => text()).join("\n\n");
  }

  #agentScenarios(): string {
    const here = agentCases.filter(isHereForAgent);
    const rows = here.map((it) => {
      const { scenario, role, outcome } = agentCaseParts(it);
      return [scenario, role, this.#cell(agentCaseName(it), outcome)];
    });
    const passed = (it: AgentCase): boolean => this.#outcomes.get(agentCaseName(it)) === "passed";
    const apply = here.filter(({ notApplicable }) => notApplicable === undefined);
    const closing = [
      `${apply.filter(passed).length} of ${apply.length} scenarios pass against our user agent; ${here.length - apply.length} are not applicable`,
    ];
    const left = agentCases.length - here.length;
    if (left > 0) closing.push(`${left} further ones need the scenarios that TRAPEZOID_SIPP_SCENARIOS names`);
    return [formatColumns([["SIPp scenario", "our user agent", ""], ...rows]), ...closing].join("\n");
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
