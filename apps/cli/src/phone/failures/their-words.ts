/** What the other side said of its refusal, in its own words. RFC 3261 §20.43, RFC 3326. */

import { getParam, Reason, reasonPhrase, Server, UserAgent, utf8Decode, Warning } from "@trapezoid/sip/message";
import { printable } from "../../table.ts";
import type { FailureFacts } from "./facts.ts";

/** `403 Forbidden: "no calls to premium numbers"`. */
export function theirWords({ status, reason, response }: FailureFacts): string {
  const phrase = utf8Decode(reason) || reasonPhrase(status);
  const texts = [
    ...(response?.getAll(Warning) ?? []).map(({ text }) => text),
    ...(response?.getAll(Reason) ?? []).flatMap(({ params }) => getParam(params, "text") ?? []),
  ];
  const said = texts.length === 0 ? "" : `: ${[...new Set(texts)].map((text) => `"${text}"`).join(", ")}`;
  return printable(`${status} ${phrase}${said}`);
}

/** `Kamailio (5.6.3)`: who answered, by its own word. */
export function productOf({ response }: Pick<FailureFacts, "response">): string | undefined {
  const product = response?.get(Server) ?? response?.get(UserAgent);
  return product === undefined || product === "" ? undefined : printable(product);
}
