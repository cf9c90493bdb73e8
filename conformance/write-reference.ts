/** Writes docs/reference/conformance.md from the tables that the tests hold: `node -C dev conformance/write-reference.ts`. */

import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "../tools/source-files.ts";
import { formatAgentScenarios } from "./agent-scenarios/write-section.ts";
import { responseChecks } from "./live/response-check.ts";
import { readVerdicts, type Suite, suites, type Verdict } from "./live/verdicts.ts";
import { cases } from "./sipp/cases.ts";
import { caseParts } from "./sipp/sipp-case.ts";

export const referenceFile: string = path.join(root, "docs/reference/conformance.md");

const intro = `# Conformance

\`npm run conformance\` sends the torture messages of RFC 4475 and RFC 5118 to a running server, lets SIPp scenarios of other projects
call each other through one, and puts our user agent in front of them. It closes with a table of what came of each, and with \`N passed, N failed\`. It needs the loopback
addresses of Linux and, for the scenarios, SIPp (package \`sip-tester\`); the rest of it needs nothing but the clone. This page is
written by \`node -C dev conformance/write-reference.ts\`; a test holds it to the tables.

## Torture messages

Each message is sent octet by octet, as a datagram and on a TCP connection of its own; those of RFC 5118 over IPv6. The server is
registrar and proxy of example.com, with the users that the messages name, some of whom have a phone; all other names lead to
a next hop that the test plays. The sender is trusted, but for \`regaut01\`, which is about not being so.

What goes on is compared with what was sent: Request-URI, Via, \`received\` and \`rport\`, Record-Route, Max-Forwards, Max-Breadth, a Route that
names the server, and on a stream Content-Length may differ in the way that RFC 3261 §16.6 and §18.2.1 say; every other octet is the
sender's. An answer has the right status, header fields (§8.2.6.2) and port (§18.2.2). After each message the server answers OPTIONS, and
within the time of its timers holds no transaction and no context.

- *forward*: it comes out at the next hop with its Request-URI as it was; *to contact*: with that of the user's phone; *Route taken off*:
  without the Route that named the server.
- *drop*: nothing is answered, nothing goes on. *wait*: a stream may still bring the rest, and then it is as said. *closed*: the server
  closes the connection.
- The word of the RFC is *must* where it leaves no choice, *should* where it advises, *may* where it leaves the matter to the receiver.
`;

const names: Readonly<Record<Suite, string>> = {
  rfc4475: "RFC 4475, Session Initiation Protocol (SIP) Torture Test Messages",
  rfc5118: "RFC 5118, SIP Torture Test Messages for IPv6",
};

export function formatReference(): string {
  const tables = suites.map((suite) => `### ${names[suite]}\n\n${formatMessages(readVerdicts(suite))}`);
  return `${[intro.trimEnd(), ...tables, formatResponses(), formatScenarios(), formatAgentScenarios(formatTable)].join("\n\n")}\n`;
}

function formatMessages(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ file, section, strength, udp, tcp, why }) => {
    return [path.parse(file).name, `§${section}`, strength, udp, tcp === udp ? "the same" : tcp, why];
  });
  return formatTable(["message", "", "word", "UDP", "TCP", "role, and the clause that decides"], rows);
}

function formatResponses(): string {
  const rows = responseChecks.map(({ file, rule }) => [path.parse(file).name, rule]);
  const text =
    "The responses among them belong to no request. They are also sent as answers to one, or with a Via of the server:";
  return `### As answers\n\n${text}\n\n${formatTable(["message", "as an answer"], rows)}`;
}

function formatScenarios(): string {
  const text = `## SIPp scenarios

The scenarios of six projects, each with one that answers it, and the server between them: ${cases.length} pairs, eight at a time. A pair passes when
SIPp says so of both sides. Some cannot pass at a proxy that keeps to the RFCs; they run too, and what stops them is
in the table. Scenarios whose licences forbid carrying them along run when \`TRAPEZOID_SIPP_SCENARIOS\` names a folder that has them
([where they are from](../../conformance/sipp/scenarios/ORIGIN.md)). \`peers/\` are answering and calling scenarios of ours.`;
  const rows = cases.map((it) => {
    const { caller, callee, outcome } = caseParts(it);
    return [caller, callee, outcome];
  });
  return `${text}\n\n${formatTable(["caller", "callee", "outcome"], rows)}\n\n${formatOthers()}`;
}

function formatOthers(): string {
  const [, ...lines] = readFileSync(new URL("sipp/others.tsv", import.meta.url), "utf8")
    .trim()
    .split("\n");
  const counts = new Map<string, number>();
  for (const line of lines) {
    const needs = line.split("\t")[1]!;
    counts.set(needs, (counts.get(needs) ?? 0) + 1);
  }
  const rows = [...counts].sort(([, a], [, b]) => b - a).map(([needs, count]) => [words[needs] ?? needs, `${count}`]);
  const text = `${lines.length} scenarios do not run through a proxy, for want of ([one by one](../../conformance/sipp/others.tsv)):`;
  return `${text}\n\n${formatTable(["", "scenarios"], rows)}`;
}

const words: Readonly<Record<string, string>> = {
  media: "media: they play a recording or a stream",
  SIPp: "SIPp 3.6.1: it does not load them, or they are about SIPp itself",
  "user agent": "a user agent, or an application on top of one: most of them run against ours, below",
  address: "an address or a domain that they name",
  direct: "a peer without a proxy between",
};

function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

if (import.meta.main) writeFileSync(referenceFile, formatReference());
