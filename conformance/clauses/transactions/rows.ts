/** The transaction machines as the RFCs draw them: rows of a table, read from the `.tsv` files beside. */

import { readFileSync } from "node:fs";

export type Over = "udp" | "tcp";

export interface Row {
  /** `RFC 3261 §17.1.1.2`. */
  readonly clause: string;
  readonly state: string;
  readonly input: string;
  readonly over: Over | "any";
  readonly next: string;
  /** What is sent, passed up and reported. */
  readonly does: readonly string[];
  /** `A=T1` starts it, `-A` stops it; a timer that is not named goes on. */
  readonly timers: readonly string[];
  /** Where the row says more than the RFC, or other: why. */
  readonly note: string;
}

export interface Machine {
  readonly name: string;
  readonly side: "client" | "server";
  readonly method: "INVITE" | "OPTIONS";
  readonly rows: readonly Row[];
}

const header = "clause\tstate\tinput\tover\tnext\tdoes\ttimers\tnote";

function readRows(file: string): Row[] {
  const [first, ...lines] = readFileSync(new URL(file, import.meta.url), "utf8")
    .trimEnd()
    .split("\n");
  if (first !== header) throw new TypeError(`${file} must begin with the columns ${header}`);
  const words = (cell: string, by: string): string[] => (cell === "-" ? [] : cell.split(by));
  return lines.map((line) => {
    const [clause = "", state = "", input = "", over = "", next = "", does = "-", timers = "-", note = ""] =
      line.split("\t");
    if (over !== "udp" && over !== "tcp" && over !== "any") throw new TypeError(`${file}: "${over}" is no transport`);
    return { clause, state, input, over, next, does: words(does, ", "), timers: words(timers, " "), note };
  });
}

export const machines: readonly Machine[] = [
  { name: "INVITE client", side: "client", method: "INVITE", rows: readRows("invite-client.tsv") },
  { name: "non-INVITE client", side: "client", method: "OPTIONS", rows: readRows("non-invite-client.tsv") },
  { name: "INVITE server", side: "server", method: "INVITE", rows: readRows("invite-server.tsv") },
  { name: "non-INVITE server", side: "server", method: "OPTIONS", rows: readRows("non-invite-server.tsv") },
];

/** The rows that hold over a transport. */
export function rowsOver(machine: Machine, over: Over): Row[] {
  return machine.rows.filter((row) => row.over === "any" || row.over === over);
}
