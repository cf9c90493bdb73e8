/** SIPp scenarios of other projects against our user agent, many at a time: most of their time is waiting. */

import { describe, test } from "node:test";
import { missing } from "../../interop/rig/programs.ts";
import { moreScenarios } from "../sipp/sipp-case.ts";
import { agentCaseName, isHere, notAllowed } from "./agent-case.ts";
import { agentCases } from "./cases/index.ts";
import { runAgentCase } from "./run-agent-case.ts";

const here = agentCases.filter(isHere);
const elsewhere = agentCases.length - here.length;
if (elsewhere > 0) {
  const where = moreScenarios ?? "TRAPEZOID_SIPP_SCENARIOS, which names no folder";
  console.log(`${elsewhere} SIPp scenarios for user agents are left out: they are not in ${where}`);
}

// The long ones begin first.
const inOrder = [...here.filter(({ isLong }) => isLong), ...here.filter(({ isLong }) => !isLong)];

describe("SIPp scenarios against our user agent", { concurrency: 16, skip: missing("sipp") }, () => {
  for (const it of inOrder) test(agentCaseName(it), { timeout: 240_000, skip: notAllowed(it) }, () => runAgentCase(it));
});
