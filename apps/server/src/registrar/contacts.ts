/** What a REGISTER asks for: its Contact values, checked and bounded. RFC 3261 §10.2.1, §10.3 steps 6 and 7. */

import {
  Contact,
  equalsIgnoreCase,
  formatParams,
  formatUri,
  HeaderId,
  type Param,
  type Params,
  type SipRequest,
  splitList,
} from "@trapezoid/sip/message";
import type { RegistrarSettings } from "../config/types.ts";
import type { Refusal } from "./refusal.ts";

/** One contact to set, or (0 seconds) to remove. */
export interface ContactRequest {
  readonly uri: string;
  /** From `;`, without q and expires. */
  readonly params: string;
  /** Thousandths. */
  readonly q: number;
  /** Granted seconds. */
  readonly expires: number;
  readonly instance: string | undefined;
  /** As sent; whether it counts is decided by the rules of RFC 5626. */
  readonly regId: number | undefined;
}

export interface ContactRequests {
  /** `Contact: *`. */
  readonly all: boolean;
  readonly contacts: readonly ContactRequest[];
}

export function contactsOf(request: SipRequest, settings: RegistrarSettings): ContactRequests | Refusal {
  const header = request.number(HeaderId.Expires);
  const contacts: ContactRequest[] = [];
  let all = false;
  for (
    let line = request.findLine(HeaderId.Contact);
    line !== -1;
    line = request.findLine(HeaderId.Contact, line + 1)
  ) {
    const value = request.lineValue(line);
    for (const text of value.includes(",") ? splitList(value) : [value]) {
      const parsed = Contact.parse(text);
      if (!parsed.ok) return { status: 400, reason: `Bad Contact: ${parsed.error.message}` };
      if (parsed.value === "*") {
        all = true;
        continue;
      }
      const contact = contactOf(formatUri(parsed.value.uri), parsed.value.params, header, settings);
      if ("status" in contact) return contact;
      contacts.push(contact);
      // Each is compared with all the others: no request may make that a long task. Twice, for those that replace as many.
      if (contacts.length > 2 * settings.maxContacts)
        return { status: 403, reason: "Too many contacts in one request" };
    }
  }
  // RFC 3261 §10.2.2: the wildcard stands alone, and only to remove everything.
  if (all && (contacts.length > 0 || header !== 0)) {
    return { status: 400, reason: "Contact: * needs Expires: 0 and no other contact" };
  }
  return { all, contacts };
}

function contactOf(
  uri: string,
  params: Params,
  header: number | undefined,
  settings: RegistrarSettings,
): ContactRequest | Refusal {
  const { kept, q: weight, expires: asked, instance, regId } = pick(params);
  const q = weight === undefined ? 1000 : thousandths(weight);
  if (q === undefined) return { status: 400, reason: "Bad Contact: q must be between 0 and 1" };
  // RFC 3261 §10.3 step 6: the contact's own parameter, else the header field, else our default; §20.10: what is no number means 3600.
  const wanted =
    asked === undefined ? (header ?? settings.defaultExpires) : (seconds(asked) ?? settings.defaultExpires);
  // RFC 3261 §10.3 step 6: only what is under an hour may be called too brief.
  if (wanted > 0 && wanted < settings.minExpires && wanted < 3600) {
    return { status: 423, reason: "", headers: [["Min-Expires", String(settings.minExpires)]] };
  }
  return {
    uri,
    params: kept,
    q,
    expires: Math.min(wanted, settings.maxExpires),
    instance: instance === undefined || instance === "" ? undefined : normalInstance(instance),
    regId: regId === undefined ? undefined : seconds(regId),
  };
}

/** The parameters that mean something here, and the text of the rest. */
function pick(params: Params) {
  let kept = "";
  let q: string | undefined;
  let expires: string | undefined;
  let instance: string | undefined;
  let regId: string | undefined;
  for (const param of params) {
    const { name, value } = param;
    if (is(param, "q")) q = value ?? "";
    else if (is(param, "expires")) expires = value ?? "";
    else {
      if (equalsIgnoreCase(name, "+sip.instance")) instance = value;
      else if (is(param, "reg-id")) regId = value;
      kept += formatParams([param]);
    }
  }
  return { kept, q, expires, instance, regId };
}

function is({ name }: Param, expected: string): boolean {
  return name.length === expected.length && equalsIgnoreCase(name, expected);
}

function thousandths(text: string): number | undefined {
  return /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(text) ? Math.round(Number(text) * 1000) : undefined;
}

function seconds(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

// RFC 8141 §3.1: `urn:` and the namespace are compared without case, and so is what a UUID is written in (RFC 4122 §3).
function normalInstance(instance: string): string {
  return /^<urn:uuid:/i.test(instance) ? instance.toLowerCase() : instance;
}
