/** Tells scanners by what they say of themselves. */

import { HeaderId, type SipRequest } from "@trapezoid/sip/message";
import { scannerFroms, scannerUserAgents } from "./scanner-markers.ts";

/** Verdicts on User-Agent values that are kept. */
const REMEMBERED = 1024;
/** Longer ones are looked at so far: names come first, and no request may make this a long task. */
const LOOKED_AT = 256;

export class Scanners {
  readonly #userAgents: RegExp;
  readonly #verdicts = new Map<string, boolean>();

  /** @param added Further markers in User-Agent, in any case. */
  constructor(added: readonly string[] = []) {
    const markers = [...scannerUserAgents, ...added].map((marker) => marker.replace(/[^A-Za-z0-9]/g, "\\$&"));
    // As a word of its own: "smap" says nothing about a "Cosmapphone".
    this.#userAgents = new RegExp(`(?<![a-z0-9])(?:${markers.join("|")})(?![a-z])`, "i");
  }

  /** What gave it away, for people; `undefined` when nothing did. */
  recognize(request: SipRequest): string | undefined {
    const agent = headerOf(request, HeaderId["User-Agent"]);
    if (agent !== undefined && this.#isScanner(agent)) return `User-Agent: ${agent}`;
    const from = headerOf(request, HeaderId.From)?.toLowerCase();
    if (from !== undefined && scannerFroms.some((marker) => from.includes(marker))) return `From: ${from}`;
    return undefined;
  }

  #isScanner(agent: string): boolean {
    let verdict = this.#verdicts.get(agent);
    if (verdict === undefined) {
      verdict = this.#userAgents.test(agent);
      if (this.#verdicts.size >= REMEMBERED) this.#verdicts.clear();
      // A copy: a slice would keep the whole message.
      this.#verdicts.set(Buffer.from(agent, "latin1").toString("latin1"), verdict);
    }
    return verdict;
  }
}

function headerOf(request: SipRequest, id: number): string | undefined {
  const line = request.findLine(id);
  return line === -1 ? undefined : request.lineValue(line).slice(0, LOOKED_AT);
}
