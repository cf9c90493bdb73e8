/** The clauses of each RFC as rows: what each demands, in our words, and of whom. Read from `rows/*.tsv`. */

import { readdirSync, readFileSync } from "node:fs";

/** `covered` wants a test; `partly` wants one and names what is missing; `open` and `n/a` say why there is none. */
export type ClauseState = "covered" | "partly" | "open" | "n/a" | "parts";

export interface ClauseRow {
  readonly rfc: number;
  /** `16.6 step 8`. */
  readonly clause: string;
  /** The strongest word that the RFC uses there; `-` where it describes. */
  readonly level: "MUST" | "SHOULD" | "MAY" | "-";
  readonly who: string;
  readonly demand: string;
  readonly state: ClauseState;
  /** Why it is not, or not wholly, covered. */
  readonly reason: string;
}

export const titles: Readonly<Record<number, string>> = {
  3261: "SIP",
  3262: "Reliable provisional responses",
  3263: "Locating SIP servers",
  3264: "Offer/answer with session descriptions",
  3311: "UPDATE",
  3327: "Path",
  3428: "MESSAGE",
  3515: "REFER",
  3581: "Symmetric response routing (rport)",
  3608: "Service-Route",
  3891: "Replaces",
  3903: "PUBLISH",
  3911: "Join",
  4028: "Session timers",
  4320: "Actions for non-INVITE transactions",
  4488: "REFER without subscription",
  4538: "Target-Dialog",
  4916: "Connected identity",
  5393: "Amplification in forking proxies",
  5626: "Client-initiated connections (outbound)",
  5630: "SIPS",
  5658: "Record-Route issues",
  5922: "Domain certificates",
  5923: "Connection reuse",
  6026: "Correct handling of 2xx to INVITE",
  6189: "ZRTP",
  6086: "INFO and its packages",
  6228: "199 Early Dialog Terminated",
  6665: "Event notification",
  7118: "SIP over WebSocket",
  7339: "SIP overload control",
  7989: "Session-ID",
  8760: "Digest with SHA-256 and SHA-512/256",
};

const header = "clause\tlevel\tfor\tdemand\tstate";
const folder = new URL("./rows/", import.meta.url);

/** All rows, RFC by RFC, in their order. Throws `TypeError` where a row cannot be read. */
export function readClauseRows(): ClauseRow[] {
  return readdirSync(folder)
    .sort()
    .flatMap((file) => parseRows(file, readFileSync(new URL(file, folder), "utf8")));
}

/** `file` is `rfc3261.tsv`. */
export function parseRows(file: string, text: string): ClauseRow[] {
  const rfc = Number(/^rfc(\d+)\.tsv$/.exec(file)?.[1]);
  if (titles[rfc] === undefined) throw new TypeError(`${file} is named after no RFC that has a title here`);
  const [first, ...lines] = text.trimEnd().split("\n");
  if (first !== header) throw new TypeError(`${file} must begin with the columns ${header}`);
  const seen = new Set<string>();
  return lines.map((line) => {
    const [clause = "", level = "", who = "", demand = "", state = ""] = line.split("\t");
    const where = `${file}, clause ${clause}`;
    if (!/^[\dA-Z][\d.]*( step \d+)?$/.test(clause)) throw new TypeError(`${where}: expected 16.6 or 16.6 step 8`);
    if (seen.has(clause)) throw new TypeError(`${where} stands there twice`);
    seen.add(clause);
    if (level !== "MUST" && level !== "SHOULD" && level !== "MAY" && level !== "-") {
      throw new TypeError(`${where}: "${level}" is no level`);
    }
    if (who === "" || demand === "") throw new TypeError(`${where}: it says not what is demanded of whom`);
    return { rfc, clause, level, who, demand, ...parseState(where, state) };
  });
}

function parseState(where: string, text: string): Pick<ClauseRow, "state" | "reason"> {
  if (text === "") return { state: "covered", reason: "" };
  if (text === "parts") return { state: "parts", reason: "" };
  const match = /^(partly|open|n\/a): (.+)$/.exec(text);
  if (match === null) throw new TypeError(`${where}: a state is parts, or partly, open or n/a with its reason`);
  return { state: match[1] as ClauseState, reason: match[2]! };
}
