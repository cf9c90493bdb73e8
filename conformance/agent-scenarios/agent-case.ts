/** A scenario of another project with our user agent in front of it, and what has to come of it. */

import type { SippOptions } from "../../interop/rig/sipp.ts";
import { type Reason, scenarioFile, shortName } from "../sipp/sipp-case.ts";
import type { Role } from "./role.ts";

export interface AgentCase {
  /** By its set and path, as in the server's cases. */
  readonly scenario: string;
  readonly role: Role;
  /** Another scenario, of a second SIPp that calls the same agent and speaks with the first (third-party call control). */
  readonly twin?: string;
  /** Default UDP. */
  readonly transport?: "udp" | "tcp";
  /** Of both sides; default 127.0.0.1. */
  readonly host?: "::1";
  /** The user that is called; default `service`. */
  readonly user?: string;
  /** How many calls the scenario is run for; default 1. */
  readonly calls?: number;
  /** `-set NAME VALUE`. `AGENT` is our address. */
  readonly set?: Readonly<Record<string, string>>;
  /** `-key NAME VALUE`. */
  readonly keys?: Readonly<Record<string, string>>;
  /** The one line of `[field0]`, `[field1]` …; `AGENT_HOST` and `AGENT_PORT` are put in. */
  readonly fields?: string;
  readonly args?: readonly string[];
  /** Files that the scenario plays. */
  readonly files?: SippOptions["files"];
  /** It takes longer than half a minute: it begins first. */
  readonly isLong?: true;
  /** It drops packets at random, and fails where it drops too many: then it is tried once more. */
  readonly throwsDice?: true;
  /** The scenario leaves the call, or a request of ours, as it is: there is nothing more to wait for. */
  readonly leavesCall?: true;
  /** Of SIPp, where the scenario passes; default 0. */
  readonly exitStatus?: number;
  /** How long the scenario may take. Default 100,000. */
  readonly timeoutMs?: number;
  /** It does not pass, and that is right: what SIPp's log says, and why. */
  readonly notApplicable?: Reason;
}

export interface AgentCaseParts {
  readonly scenario: string;
  readonly role: string;
  /** `passes`, or `not applicable: …`. */
  readonly outcome: string;
}

export function agentCaseParts({ scenario, role, transport, host, notApplicable }: AgentCase): AgentCaseParts {
  return {
    scenario: shortName(scenario) + (transport === "tcp" ? " over TCP" : "") + (host === undefined ? "" : " over IPv6"),
    role: role.name,
    outcome: notApplicable === undefined ? "passes" : `not applicable: ${notApplicable[1]}`,
  };
}

/** What its test is called; the table of outcomes finds it by this. */
export function agentCaseName(it: AgentCase): string {
  const { scenario, role, outcome } = agentCaseParts(it);
  return `${scenario} ↔ our agent ${role}: ${outcome}`;
}

export function isHere({ scenario, twin = scenario }: AgentCase): boolean {
  return scenarioFile(scenario) !== undefined && scenarioFile(twin) !== undefined;
}

/** Why it cannot run as whoever we are; `false`: it can. */
export function notAllowed({ files = {} }: AgentCase): string | false {
  const playsPackets = Object.keys(files).some((name) => name.endsWith(".pcap"));
  return playsPackets && process.getuid?.() !== 0 ? "SIPp sends recorded packets for root alone" : false;
}

/** Every scenario that a case plays. */
export function runScenarios(cases: readonly AgentCase[]): ReadonlySet<string> {
  return new Set(cases.flatMap(({ scenario, twin }) => (twin === undefined ? [scenario] : [scenario, twin])));
}
