/** Header fields that hold addresses. RFC 3261 §20.10, §20.20, §20.31, §20.39; RFC 3515, 3892, 3325, 7044, 5806. */

import { type Fault, ok, type Result } from "@trapezoid/base";
import { defineHeader } from "../define-header.ts";
import { skipSpace } from "../lexer.ts";
import { formatNameAddr, parseNameAddrAt } from "../name-addr.ts";
import type { HeaderField, NameAddr } from "../values.ts";
import { addressField } from "./kinds.ts";

export const From: HeaderField<NameAddr> = addressField("From", false, "f");
export const To: HeaderField<NameAddr> = addressField("To", false, "t");
export const ReplyTo: HeaderField<NameAddr> = addressField("Reply-To", false);

/** §20.10: `"*"` stands alone, and only in a REGISTER. */
export type Contact = NameAddr | "*";
export const Contact: HeaderField<Contact> = defineHeader<Contact>({
  name: "Contact",
  compact: "m",
  list: true,
  parse: (text) => parseContactAt(text, 0, text.length),
  parseAt: parseContactAt,
  format: (contact) => (contact === "*" ? "*" : formatNameAddr(contact)),
});

function parseContactAt(text: string, start: number, end: number): Result<Contact, Fault> {
  const at = skipSpace(text, start, end);
  const isWildcard = text.charCodeAt(at) === 42 && at < end && skipSpace(text, at + 1, end) === end;
  return isWildcard ? ok("*") : parseNameAddrAt(text, at, end);
}

export const ReferTo: HeaderField<NameAddr> = addressField("Refer-To", false, "r");
export const ReferredBy: HeaderField<NameAddr> = addressField("Referred-By", false, "b");
export const PAssertedIdentity: HeaderField<NameAddr> = addressField("P-Asserted-Identity", true);
export const PPreferredIdentity: HeaderField<NameAddr> = addressField("P-Preferred-Identity", true);
export const Diversion: HeaderField<NameAddr> = addressField("Diversion", true);
export const HistoryInfo: HeaderField<NameAddr> = addressField("History-Info", true);
