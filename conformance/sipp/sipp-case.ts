/** A pair of SIPp scenarios with the server between them, and what has to come of it. */

import { existsSync } from "node:fs";
import path from "node:path";

/** What the caller's log says, and why. */
export type Reason = readonly [log: RegExp, because: string];

export interface SippCase {
  /** A scenario that calls, by its set and path. `peers/` are ours, `interop/` those of the interoperability tests. */
  readonly caller: string;
  /** One that answers. Absent: the server answers. */
  readonly callee?: string;
  /** The user that is called; default: one of this case's own. */
  readonly user?: string;
  /** The caller is not trusted. */
  readonly stranger?: true;
  /** Of both; default UDP. */
  readonly transport?: "udp" | "tcp";
  readonly calleeTransport?: "udp" | "tcp";
  /** `{{NAME}}` in scenarios of ours. */
  readonly values?: Readonly<Record<string, string>>;
  /** `-set NAME VALUE` of the caller. `USER`, `CALLER` and `SERVER` are put in. */
  readonly set?: Readonly<Record<string, string>>;
  /** The one line of `[field0]`, `[field1]` …; `CALLEE_PORT` is put in. */
  readonly fields?: string;
  /** The caller leaves the call as it is: the callee need not end. */
  readonly leavesCall?: true;
  /** It does not pass, and that is right. */
  readonly fails?: Reason;
}

const folders = path.join(import.meta.dirname, "scenarios");

/** Further scenarios, whose licences keep them out of this repository. */
export const moreScenarios: string | undefined = process.env.TRAPEZOID_SIPP_SCENARIOS || undefined;

/** `undefined` when it is not on this machine. */
export function scenarioFile(name: string): string | undefined {
  if (name.startsWith("peers/")) return path.join(import.meta.dirname, name);
  if (name.startsWith("interop/"))
    return path.join(import.meta.dirname, "..", "..", "interop", "sipp", path.basename(name));
  const places = [folders, ...(moreScenarios === undefined ? [] : [moreScenarios])];
  return places.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
}

export function isHere({ caller, callee }: SippCase): boolean {
  return scenarioFile(caller) !== undefined && (callee === undefined || scenarioFile(callee) !== undefined);
}

export interface CaseParts {
  readonly caller: string;
  readonly callee: string;
  /** `passes`, or `does not pass: …`. */
  readonly outcome: string;
}

export function caseParts({ caller, callee, transport, calleeTransport, fails }: SippCase): CaseParts {
  const by = transport === "tcp" ? " over TCP" : "";
  const to = (calleeTransport ?? transport) === "tcp" ? " over TCP" : "";
  return {
    caller: shortName(caller) + by,
    callee: callee === undefined ? "the server" : shortName(callee) + to,
    outcome: fails === undefined ? "passes" : `does not pass: ${fails[1]}`,
  };
}

/** What the test of a pair is called; the table of outcomes finds it by this. */
export function caseName(it: SippCase): string {
  const { caller, callee, outcome } = caseParts(it);
  return `${caller} ↔ ${callee} ${outcome}`;
}

/** The set and the name, without the folders between. */
export function shortName(scenario: string): string {
  return scenario.replace(/\.xml$/, "").replace(/\/(?:test\/scenarios|etc\/scenarios|units|regress)\//, "/");
}
