/** Which scenarios run against our user agent, with which part for it. Those that do not are in others.tsv. */

import type { AgentCase } from "../agent-case.ts";
import { builtinCases } from "./builtin.ts";
import { drachtioCases } from "./drachtio.ts";
import { jambonzCases } from "./jambonz.ts";
import { mitelCases } from "./mitel.ts";
import { routrCases } from "./routr.ts";
import { siphonCases } from "./siphon.ts";

export const agentCases: readonly AgentCase[] = [
  ...siphonCases,
  ...drachtioCases,
  ...jambonzCases,
  ...routrCases,
  ...builtinCases,
  ...mitelCases,
];
