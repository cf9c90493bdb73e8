/** What docs/reference/conformance.md says of the scenarios against our user agent. */

import { agentCaseParts } from "./agent-case.ts";
import { agentCases } from "./cases/index.ts";

type FormatTable = (head: readonly string[], rows: readonly (readonly string[])[]) => string;

export function formatAgentScenarios(formatTable: FormatTable): string {
  const count = agentCases.filter(({ notApplicable }) => notApplicable === undefined).length;
  const text = `## SIPp scenarios against our user agent

The same projects' scenarios with our user agent in front of each, up to sixteen at a time: it is called where the scenario calls, and calls where the
scenario waits. \`npm run conformance -- agent-scenarios\` runs them alone. A scenario passes when SIPp says so, our agent has seen
what its part wants to see, and holds no session and no dialog afterwards. ${count} pass; what the other ${agentCases.length - count} expect
is their own product's policy, or against an RFC: they run too, and must fail in the way that is said.`;
  const rows = agentCases.map((it) => {
    const { scenario, role, outcome } = agentCaseParts(it);
    return [scenario, role, outcome];
  });
  return `${text}\n\n${formatTable(["scenario", "our user agent", "outcome"], rows)}`;
}
