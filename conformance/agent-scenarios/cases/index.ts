/** Which scenarios run against our user agent, with which part for it. Those that do not are in others.tsv. */

import type { AgentCase } from "../agent-case.ts";
import { siphonCases } from "./siphon.ts";

export const agentCases: readonly AgentCase[] = [...siphonCases];
