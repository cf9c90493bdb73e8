/** What may follow a request: made from its own text, as its sender would. RFC 3261 §9.1, §12.2.1.1, §17.1.1.3. */

import { answerChallenges } from "@trapezoid/sip/auth";
import { nodeHash } from "@trapezoid/sip/auth/node";
import type { SipResponse } from "@trapezoid/sip/message";
import { draftOf, lengthLine, nameOf, textOf, valueText } from "../input/draft.ts";

/** `routes`: the Record-Route values of a 2xx, topmost first; `toTag` of the response that is acknowledged, if any. */
export function followUp(
  request: string,
  method: string,
  toTag: string | undefined,
  routes: readonly string[],
): string {
  const draft = draftOf(request);
  const [, uri = "sip:x", version = "SIP/2.0"] = draft.start.split(" ");
  draft.start = `${method} ${uri} ${version}`;
  draft.body = "";
  const isSame = method === "CANCEL" || method === "ACK";
  draft.lines = draft.lines.map((line) => {
    const name = nameOf(line).toLowerCase();
    if (name === "cseq") {
      const number = Number.parseInt(valueText(line), 10) || 1;
      return `CSeq: ${isSame ? number : number + 1} ${method}`;
    }
    if (name === "via" && !isSame) return line.replace(/branch=[^;\s]*/, `$&${method}`);
    if (name === "to" && toTag !== undefined && method !== "CANCEL" && !line.includes("tag="))
      return `${line};tag=${toTag}`;
    return line;
  });
  if (routes.length > 0 && method !== "CANCEL") draft.lines.push(`Route: ${routes.toReversed().join(", ")}`);
  const at = lengthLine(draft);
  if (at !== -1) draft.lines[at] = "Content-Length: 0";
  return textOf(draft);
}

/** The request once more, with a new branch, a CSeq higher by one and credentials; `undefined` when the challenge is none for us. */
export function withCredentials(request: string, response: SipResponse, password: string): string | undefined {
  const draft = draftOf(request);
  const [method = "", uri = ""] = draft.start.split(" ");
  const user = /sip:([a-z]+)@/.exec(draft.lines.find((line) => /^(from|f)\s*:/i.test(line)) ?? "")?.[1] ?? "alice";
  const answer = answerChallenges({ hash: nodeHash, response, account: { user, password }, method, uri });
  if (!answer.ok) return undefined;
  draft.lines = draft.lines.map((line) => {
    const name = nameOf(line).toLowerCase();
    if (name === "cseq") return line.replace(/\d+/, (digits) => String(Number(digits) + 1));
    return name === "via" || name === "v" ? line.replace(/branch=[^;\s]*/, "$&login") : line;
  });
  for (const [name, value] of answer.headers) draft.lines.push(`${name}: ${value}`);
  return textOf(draft);
}
