/**
 * Header fields that hold addresses: `( name-addr / addr-spec ) *( SEMI param )`. Those whose grammar has name-addr alone are read
 * in either form, too; all are written with angle brackets. RFC 3261 §20.10, §20.20, §20.31, §20.39 and the RFCs below.
 */

import { type Fault, ok, type Result } from "@trapezoid/base";
import { defineHeader } from "../define-header.ts";
import { skipSpace } from "../lexer.ts";
import { formatNameAddr, parseNameAddrAt } from "../name-addr.ts";
import type { HeaderField, NameAddr } from "../values.ts";
import { addressField } from "./kinds.ts";

/** §20.20. Its `tag`: `message.fromTag`. */
export const From: HeaderField<NameAddr> = addressField("From", false, "f");
/** §20.39. Its `tag`: `message.toTag`. */
export const To: HeaderField<NameAddr> = addressField("To", false, "t");
/** §20.31. */
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

/** RFC 3325 §9.1. */
export const PAssertedIdentity: HeaderField<NameAddr> = addressField("P-Asserted-Identity", true);
/** RFC 3325 §9.2. */
export const PPreferredIdentity: HeaderField<NameAddr> = addressField("P-Preferred-Identity", true);
/** RFC 5806 §4, RFC 7544 §4.2: who diverted the call, the latest first. */
export const Diversion: HeaderField<NameAddr> = addressField("Diversion", true);
/** RFC 7044 §5: where the request was sent, the oldest first. */
export const HistoryInfo: HeaderField<NameAddr> = addressField("History-Info", true);
/** RFC 7315 §5.1. */
export const PAssociatedUri: HeaderField<NameAddr> = addressField("P-Associated-URI", true);
/** RFC 7315 §5.2. */
export const PCalledPartyId: HeaderField<NameAddr> = addressField("P-Called-Party-ID", false);
/** RFC 5502 §6, RFC 8498 §6.2. */
export const PServedUser: HeaderField<NameAddr> = addressField("P-Served-User", false);
/** RFC 8496 §6: one address, without parameters of the field. */
export const PChargeInfo: HeaderField<NameAddr> = addressField("P-Charge-Info", false);
/** RFC 5002: the key may be a wildcarded address. */
export const PProfileKey: HeaderField<NameAddr> = addressField("P-Profile-Key", false);
/** RFC 5318: the members of a list that a server would not handle. */
export const PRefusedUriList: HeaderField<NameAddr> = addressField("P-Refused-URI-List", true);
/** RFC 5360 §5.9.3: in a 470, those who have not given their consent. */
export const PermissionMissing: HeaderField<NameAddr> = addressField("Permission-Missing", true);
/** RFC 5503 §5.1: who asks for a call to be traced. */
export const PDcsTracePartyId: HeaderField<NameAddr> = addressField("P-DCS-Trace-Party-ID", false);
