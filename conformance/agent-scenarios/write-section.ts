/** What docs/reference/conformance.md says of the scenarios against our user agent. */

import { readFileSync } from "node:fs";
import { agentCaseParts, runScenarios } from "./agent-case.ts";
import { agentCases } from "./cases/index.ts";

type FormatTable = (head: readonly string[], rows: readonly (readonly string[])[]) => string;

/** A scenario that does not run against our user agent. */
export interface OtherScenario {
  readonly scenario: string;
  readonly needs: string;
  readonly why: string;
}

export function readOthers(): OtherScenario[] {
  const [, ...lines] = readFileSync(new URL("others.tsv", import.meta.url), "utf8")
    .trim()
    .split("\n");
  return lines.map((line) => {
    const [scenario = "", needs = "", why = ""] = line.split("\t");
    return { scenario, needs, why };
  });
}

const words: Readonly<Record<string, string>> = {
  SIPp: "SIPp 3.6.1: it does not load them, or cannot play them",
  server: "a registrar: they run against the server",
  policy: "a peer that does what an RFC forbids",
};

export function formatAgentScenarios(formatTable: FormatTable): string {
  const count = agentCases.filter(({ notApplicable }) => notApplicable === undefined).length;
  const text = `## SIPp scenarios against our user agent

The same projects' scenarios with a user agent of \`@trapezoid/call\` in front of each, sixteen at a time: it is called where the scenario calls, and calls
where the scenario waits. \`npm run conformance -- agent-scenarios\` runs them alone, in a minute. A scenario passes when SIPp says so, our agent has seen
what its part wants to see, and holds no session and no dialog afterwards. Of ${agentCases.length}, ${count} pass. What the others expect is their own
product's policy, or against an RFC: they are not applicable, yet run too, and must fail in the way that is said. Where a scenario fails, the
first unexpected message is shown with what was expected. Recordings that SIPp sends as raw packets need the right to do so (root).`;
  const rows = agentCases.map((it) => {
    const { scenario, role, outcome } = agentCaseParts(it);
    return [scenario, role, outcome];
  });
  return `${text}\n\n${formatTable(["scenario", "our user agent", "outcome"], rows)}\n\n${formatOthers(formatTable)}`;
}

function formatOthers(formatTable: FormatTable): string {
  const others = readOthers();
  const counts = Object.groupBy(others, ({ needs }) => needs);
  const rows = Object.entries(counts).map(([needs, list]) => [words[needs] ?? needs, `${list!.length}`]);
  const scenarios = runScenarios(agentCases).size;
  const text = `These are ${scenarios} scenarios; ${others.length} do not run against it, for want of ([one by one](../../conformance/agent-scenarios/others.tsv)):`;
  return `${text}\n\n${formatTable(["", "scenarios"], rows)}`;
}
