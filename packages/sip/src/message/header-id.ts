/** Header field names as small numbers, so that a message's index is one array and a look-up one comparison. RFC 3261 §7.3. */

import { createNameAutomaton, nameRowShift, nameStart } from "./name-automaton.ts";

/** The canonical spelling of every header field that has a number. A name's number is its position here plus one; 0 is an unknown name. */
export const knownHeaderNames = [
  "Via",
  "From",
  "To",
  "Call-ID",
  "CSeq",
  "Contact",
  "Max-Forwards",
  "Route",
  "Record-Route",
  "Content-Length",
  "Content-Type",
  "Expires",
  "Authorization",
  "Proxy-Authorization",
  "WWW-Authenticate",
  "Proxy-Authenticate",
  "Require",
  "Proxy-Require",
  "Supported",
  "Unsupported",
  "Allow",
  "User-Agent",
  "Server",
  "Path",
  "Subject",
  "Accept",
  "Accept-Encoding",
  "Accept-Language",
  "Alert-Info",
  "Authentication-Info",
  "Call-Info",
  "Content-Disposition",
  "Content-Encoding",
  "Content-Language",
  "Date",
  "Error-Info",
  "In-Reply-To",
  "Min-Expires",
  "MIME-Version",
  "Organization",
  "Priority",
  "Reply-To",
  "Retry-After",
  "Timestamp",
  "Warning",
  "Reason",
  "Max-Breadth",
  "Event",
  "Allow-Events",
  "Subscription-State",
  "Refer-To",
  "Referred-By",
  "Replaces",
  "Session-Expires",
  "Min-SE",
  "RSeq",
  "RAck",
  "Service-Route",
  "Privacy",
  "P-Asserted-Identity",
  "P-Preferred-Identity",
  "SIP-ETag",
  "SIP-If-Match",
  "Identity",
  "Session-ID",
  "Accept-Contact",
  "Reject-Contact",
  "Request-Disposition",
  "Join",
  "Flow-Timer",
  "Proxy-Authentication-Info",
  "Diversion",
  "History-Info",
  "Accept-Resource-Priority",
  "AlertMsg-Error",
  "Answer-Mode",
  "Content-ID",
  "Feature-Caps",
  "Geolocation",
  "Geolocation-Error",
  "Geolocation-Routing",
  "Identity-Info",
  "Info-Package",
  "P-Access-Network-Info",
  "P-Answer-State",
  "P-Asserted-Service",
  "P-Associated-URI",
  "P-Called-Party-ID",
  "P-Charge-Info",
  "P-Charging-Function-Addresses",
  "P-Charging-Vector",
  "P-DCS-Billing-Info",
  "P-DCS-LAES",
  "P-DCS-OSPS",
  "P-DCS-Redirect",
  "P-DCS-Trace-Party-ID",
  "P-Early-Media",
  "P-Media-Authorization",
  "P-Preferred-Service",
  "P-Private-Network-Indication",
  "P-Profile-Key",
  "P-Refused-URI-List",
  "P-Served-User",
  "P-User-Database",
  "P-Visited-Network-ID",
  "Permission-Missing",
  "Policy-Contact",
  "Policy-ID",
  "Priv-Answer-Mode",
  "Recv-Info",
  "Refer-Events-At",
  "Refer-Sub",
  "Resource-Priority",
  "Security-Client",
  "Security-Server",
  "Security-Verify",
  "Suppress-If-Match",
  "Target-Dialog",
  "Trigger-Consent",
  "User-to-User",
] as const;

export type KnownHeaderName = (typeof knownHeaderNames)[number];

/** `HeaderId.Via`, `HeaderId["Call-ID"]`. */
export const HeaderId = Object.freeze(
  Object.fromEntries(knownHeaderNames.map((name, index) => [name, index + 1])),
) as Readonly<Record<KnownHeaderName, number>>;

/** Compact forms (RFC 3261 §7.3.3 and the IANA registry). */
export const compactForms: Readonly<Record<string, KnownHeaderName>> = {
  a: "Accept-Contact",
  b: "Referred-By",
  c: "Content-Type",
  d: "Request-Disposition",
  e: "Content-Encoding",
  f: "From",
  i: "Call-ID",
  j: "Reject-Contact",
  k: "Supported",
  l: "Content-Length",
  m: "Contact",
  n: "Identity-Info",
  o: "Event",
  r: "Refer-To",
  s: "Subject",
  t: "To",
  u: "Allow-Events",
  v: "Via",
  x: "Session-Expires",
  y: "Identity",
};

const automaton = createNameAutomaton(
  [
    ...knownHeaderNames.map((name, index) => [name, index + 1] as const),
    ...Object.entries(compactForms).map(([compact, name]) => [compact, HeaderId[name]] as const),
  ],
  { ignoreCase: true },
);
/** @internal The parts of the automaton of names and compact forms, for the pass that indexes a message. */
export const { columns: nameColumns, steps: nameSteps, ids: nameIds } = automaton;

/** The number of the header field name at `text[start, end)`, whatever its case or form; 0 when it is not a known one. */
export function headerIdAt(text: string, start: number, end: number): number {
  let state = nameStart;
  for (let at = start; at < end; at++) {
    state = nameSteps[state + nameColumns[text.charCodeAt(at)]!] ?? 0;
    if (state === 0) return 0;
  }
  return nameIds[state >> nameRowShift]!;
}

/** As `headerIdAt`, for a whole text. */
export function headerId(name: string): number {
  return headerIdAt(name, 0, name.length);
}
