/** What `verdicts.tsv` says of each torture message: for the parser alone, and for a live server over UDP and over TCP. */

import { readFileSync } from "node:fs";

export type Suite = "rfc4475" | "rfc5118";

export interface Verdict {
  readonly suite: Suite;
  readonly file: string;
  /** Of the RFC that the suite is named after. */
  readonly section: string;
  /** `ok`, the status of the answer, or `drop`. */
  readonly parser: string;
  readonly strength: "must" | "should" | "may";
  readonly udp: string;
  readonly tcp: string;
  /** The role that the server has here, and the clause that decides. */
  readonly why: string;
}

export const suites: readonly Suite[] = ["rfc4475", "rfc5118"];

const folder = (suite: Suite): URL => new URL(`../${suite}/`, import.meta.url);

export function readVerdicts(suite: Suite): readonly Verdict[] {
  const [, ...rows] = readFileSync(new URL("verdicts.tsv", folder(suite)), "utf8")
    .trim()
    .split("\n");
  return rows.map((row) => {
    const [file, section, parser, strength, udp, tcp, why] = row.split("\t");
    return { suite, file, section, parser, strength, udp, tcp, why } as Verdict;
  });
}

/** One character is one octet. */
export function readMessage({ suite, file }: Verdict): string {
  return readFileSync(new URL(file, folder(suite)), "latin1");
}

/** What the test of a message is called; the table of outcomes finds it by this. */
export function testName(verdict: Verdict, where: "parser" | "udp" | "tcp"): string {
  const { suite, file, section } = verdict;
  const how = { parser: "parsed", udp: "over UDP", tcp: "over TCP" }[where];
  return `${file} ${how}: ${verdict[where]} (RFC ${suite.slice(3)} §${section})`;
}
