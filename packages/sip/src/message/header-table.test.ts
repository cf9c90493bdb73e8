import assert from "node:assert/strict";
import { test } from "node:test";
import { fieldValues } from "../../test/field-values.ts";
import { Values } from "../../test/message-values.ts";
import * as fields from "./fields.ts";
import { compactForms } from "./header-id.ts";
import { headerFields } from "./header-table.ts";
import * as typed from "./param-fields.ts";

const byName = new Map(headerFields.map((entry) => [entry.name, entry]));

/** What each RFC brought, and which of it has a compact form. */
const brought: Readonly<Record<string, string>> = {
  3261:
    "Accept Accept-Encoding Accept-Language Alert-Info Allow Authentication-Info Authorization Call-ID/i Call-Info Contact/m " +
    "Content-Disposition Content-Encoding/e Content-Language Content-Length/l Content-Type/c CSeq Date Error-Info Expires From/f " +
    "In-Reply-To Max-Forwards Min-Expires MIME-Version Organization Priority Proxy-Authenticate Proxy-Authorization Proxy-Require " +
    "Record-Route Reply-To Require Retry-After Route Server Subject/s Supported/k Timestamp To/t Unsupported User-Agent Via/v " +
    "Warning WWW-Authenticate",
  3262: "RAck RSeq",
  3313: "P-Media-Authorization",
  3323: "Privacy",
  3325: "P-Asserted-Identity P-Preferred-Identity",
  3326: "Reason",
  3327: "Path",
  3329: "Security-Client Security-Server Security-Verify",
  3515: "Refer-To/r",
  3608: "Service-Route",
  3841: "Accept-Contact/a Reject-Contact/j Request-Disposition/d",
  3891: "Replaces",
  3892: "Referred-By/b",
  3903: "SIP-ETag SIP-If-Match",
  3911: "Join",
  4028: "Session-Expires/x Min-SE",
  4412: "Resource-Priority Accept-Resource-Priority",
  4457: "P-User-Database",
  4474: "Identity-Info/n",
  4488: "Refer-Sub",
  4538: "Target-Dialog",
  4964: "P-Answer-State",
  5002: "P-Profile-Key",
  5009: "P-Early-Media",
  5318: "P-Refused-URI-List",
  5360: "Permission-Missing Trigger-Consent",
  5373: "Answer-Mode Priv-Answer-Mode",
  5393: "Max-Breadth",
  5502: "P-Served-User",
  5503: "P-DCS-Trace-Party-ID P-DCS-OSPS P-DCS-Billing-Info P-DCS-LAES P-DCS-Redirect",
  5626: "Flow-Timer",
  5806: "Diversion",
  5839: "Suppress-If-Match",
  6050: "P-Asserted-Service P-Preferred-Service",
  6086: "Info-Package Recv-Info",
  6442: "Geolocation Geolocation-Routing Geolocation-Error",
  6665: "Event/o Subscription-State Allow-Events/u",
  6794: "Policy-ID Policy-Contact",
  6809: "Feature-Caps",
  7044: "History-Info",
  7315: "P-Associated-URI P-Called-Party-ID P-Visited-Network-ID P-Access-Network-Info P-Charging-Function-Addresses P-Charging-Vector",
  7316: "P-Private-Network-Indication",
  7433: "User-to-User",
  7614: "Refer-Events-At",
  7615: "Proxy-Authentication-Info",
  7989: "Session-ID",
  8224: "Identity/y",
  8262: "Content-ID",
  8496: "P-Charge-Info",
  8876: "AlertMsg-Error",
};

for (const [rfc, names] of Object.entries(brought)) {
  test(`the header fields of RFC ${rfc} are in the table, with a type that reads what it writes`, () => {
    const v = new Values(Number(rfc));
    for (const [name, compact] of names.split(" ").map((one) => one.split("/") as [string, string?])) {
      const entry = byName.get(name);
      assert.ok(entry, name);
      assert.match(entry.source, new RegExp(`\\bRFC ${rfc}\\b`));
      assert.equal(entry.compact, compact, name);
      const constant = Object.entries(fields).find(([, field]) => (field as unknown) === entry.field)?.[0];
      const value = fieldValues[constant ?? ""]?.(v);
      assert.deepEqual(entry.field.parse(entry.field.format(value)), { ok: true, value });
    }
  });
}

test("the table holds every typed header field once, in order, and no other", () => {
  assert.deepEqual(
    headerFields.map(({ name }) => name),
    Object.values(fields)
      .map(({ name }) => name)
      .sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)),
  );
  assert.deepEqual(
    Object.values(brought).flatMap((names) => names.split(" ")).length,
    headerFields.length,
    "each is some RFC's",
  );
  const compact = headerFields.flatMap((entry) => (entry.compact === undefined ? [] : [[entry.compact, entry.name]]));
  assert.deepEqual(Object.fromEntries(compact), compactForms);
});

test("every typed parameter of a header field is in its row", () => {
  const { Ob, Gr, PnProvider, PnParam, PnPrid, PnPurr, MailboxTarget, MailboxCause } = typed;
  const ofUris = new Set<unknown>([Ob, Gr, PnProvider, PnParam, PnPrid, PnPurr, MailboxTarget, MailboxCause]);
  const listed = new Set<unknown>(headerFields.flatMap(({ params }) => params));
  for (const [constant, param] of Object.entries(typed)) {
    if (typeof param === "object" && !ofUris.has(param)) assert.ok(listed.has(param), constant);
  }
});
