/** Where another parser reads something else than we do, and may: each with its reason. What is not in here is a finding. */

import { isToken, type SipMessage } from "@trapezoid/sip/message";
import type { Fact } from "./facts.ts";

export interface Intended {
  readonly facts: readonly Fact[];
  readonly why: string;
  readonly applies: (message: SipMessage, ours: unknown, theirs: unknown) => boolean;
}

const via: readonly Fact[] = ["branch", "sentBy", "sentByPort"];

const topVia = (message: SipMessage): string => message.header("Via") ?? "";
const contact = (message: SipMessage): string => message.header("Contact") ?? "";

/** How often a parameter of this name stands in a value. */
function times(value: string | undefined, name: string): number {
  return (value ?? "").toLowerCase().split(new RegExp(`;\\s*${name}(?![a-z-])`)).length - 1;
}

export const intended: readonly Intended[] = [
  {
    facts: via,
    why: "Of several Via values on one line they read the last, we the topmost (RFC 3261 §7.3.1).",
    applies: (message) => topVia(message).includes(","),
  },
  {
    facts: ["sentBy"],
    why: "They overwrite the sent-by host with an address in received, in maddr, or in brackets anywhere (RFC 3261 §18.2.1: another thing).",
    applies: (message) =>
      times(topVia(message), "received") + times(topVia(message), "maddr") > 0 || /=\s*\[/.test(topVia(message)),
  },
  {
    facts: ["contactHost"],
    why: "They overwrite a URI's host with its maddr (RFC 3261 §19.1.1: it is another thing).",
    applies: (message) => times(contact(message), "maddr") > 0,
  },
  {
    facts: ["branch", "fromTag", "toTag"],
    why: "Of a parameter that is there twice, which may not be (RFC 3261 §7.3.1), they take the last, we the first.",
    applies: (message) =>
      times(topVia(message), "branch") > 1 ||
      times(message.header("From"), "tag") > 1 ||
      times(message.header("To"), "tag") > 1,
  },
  {
    facts: ["fromTag", "toTag", "branch"],
    why: "They leave the quotes around a quoted string, which no tag or branch should be (RFC 3261 §25.1: a token).",
    applies: (_message, _ours, theirs) => typeof theirs === "string" && theirs.startsWith('"'),
  },
  {
    facts: ["contactUser", "contactHost", "contactPort"],
    why: "Without angle brackets they take a semicolon into the URI; it ends it (RFC 3261 §20).",
    applies: (message) => !contact(message).includes("<") && contact(message).includes(";"),
  },
  {
    facts: ["contactUser", "contactHost", "contactPort"],
    why: "Without angle brackets they take a comma into the URI; it begins the next value (RFC 3261 §20.10).",
    applies: (message) => !contact(message).includes("<") && contact(message).includes(","),
  },
  {
    facts: ["branch", "fromTag", "toTag"],
    why: "They pass over a value that is no token, such as an IPv6 reference or a quoted string; we read it as it is.",
    applies: (message, ours, theirs) =>
      theirs === undefined && (!isToken(String(ours)) || /=\s*"/.test(message.text.slice(0, message.bodyStart))),
  },
  {
    facts: ["contactUser"],
    why: "They make the password a part of the user (RFC 3261 §19.1.1: userinfo is both, user is not).",
    applies: (message, ours, theirs) => contact(message).includes(":") && String(theirs).startsWith(`${String(ours)}:`),
  },
  {
    facts: ["kind"],
    why: "They overwrite the method with the Request-URI's method parameter (RFC 3261 §19.1.1: not for a Request-URI).",
    applies: (message) => /;method=/i.test(message.text.slice(0, message.headersStart)),
  },
  {
    facts: ["callId", "branch", "fromTag", "toTag"],
    why: "They trim a no-break space and the like, which no white space of SIP's is (RFC 3261 §25.1: SP and HTAB).",
    applies: (_message, ours, theirs) => String(ours).trim() === theirs,
  },
];
