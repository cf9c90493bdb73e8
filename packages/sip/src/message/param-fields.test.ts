import assert from "node:assert/strict";
import { test } from "node:test";
import { Values } from "../../test/message-values.ts";
import { paramValues } from "../../test/param-values.ts";
import * as fields from "./fields.ts";
import { defineParam, type ParamField, uriParam } from "./param-field.ts";
import * as typed from "./param-fields.ts";
import { formatParams, parseParams } from "./params.ts";
import { formatUri, isSipUri, parseUri, sipUri } from "./uri.ts";
import type { HeaderField, Params } from "./values.ts";

const v = new Values(20_260_102);

function params(text: string): Params {
  const parsed = parseParams(text);
  assert.ok(parsed.ok, text);
  return parsed.value;
}

function isParam(value: unknown): value is ParamField<unknown> {
  return typeof value === "object" && value !== null && "set" in value;
}

const uriParams: ReadonlySet<unknown> = new Set([
  typed.Ob,
  typed.Gr,
  typed.PnProvider,
  typed.PnParam,
  typed.PnPrid,
  typed.PnPurr,
  typed.MailboxTarget,
  typed.MailboxCause,
]);

/** As they come out of a message or a URI. */
function overTheWire(field: ParamField<unknown>, set: Params): Params {
  if (!uriParams.has(field)) return params(formatParams(set));
  const uri = parseUri(formatUri(sipUri({ host: "h", params: set })));
  assert.ok(uri.ok && isSipUri(uri.value));
  return uri.value.params;
}

for (const [constant, field] of Object.entries(typed)) {
  if (!isParam(field)) continue;
  test(`${constant}: get(set(value)) is the value, and its neighbours stay`, () => {
    const generate = paramValues[constant];
    assert.ok(generate, `no values for ${constant}`);
    for (let n = 0; n < 300; n++) {
      const value: unknown = generate(v);
      const before: Params = [
        { name: "a-own", value: "1" },
        { name: "b-own", value: undefined },
      ];
      const set: Params = overTheWire(field, field.set(before, value));
      assert.deepEqual(field.get(set), value, formatParams(set));
      assert.deepEqual(set.slice(0, 2), before);
      // In its old place, under the name in any case.
      const old = [{ name: field.name.toUpperCase(), value: "x" }, ...before];
      const again: Params = field.set(old, value);
      assert.equal(again.length, 3);
      assert.deepEqual(field.get(overTheWire(field, again)), value);
      assert.equal(again[0]!.name, field.name);
    }
    assert.equal(field.get(params(";other")), undefined);
  });
}

test("the values of the typed parameters name each of them", () => {
  const named = Object.entries(typed).filter(([, field]) => isParam(field));
  assert.deepEqual(Object.keys(paramValues).sort(), named.map(([constant]) => constant).sort());
});

test("what does not fit is not read", () => {
  const cases: readonly (readonly [Pick<ParamField<unknown>, "get">, string])[] = [
    [typed.RegId, ";reg-id=0"],
    [typed.RegId, ";reg-id=2147483648"],
    [typed.RegId, ";reg-id"],
    [typed.RegId, ";reg-id=-1"],
    [typed.ContactQ, ";q=1.1"],
    [typed.ContactQ, ";q=."],
    [typed.ContactQ, ";q=high"],
    [typed.Refresher, ";refresher=both"],
    [typed.PubGruu, ';pub-gruu="not a uri"'],
    [typed.HistoryIndex, ";index=1..2"],
    [typed.HistoryIndex, ";index"],
    [typed.ReasonLocation, ";location=moon"],
  ];
  for (const [field, text] of cases) assert.equal(field.get(params(text)), undefined, text);
});

test("what cannot be written is a TypeError", () => {
  assert.throws(() => typed.RegId.set([], 0), TypeError);
  assert.throws(() => typed.ContactQ.set([], 1.5), TypeError);
  assert.throws(() => typed.ContactQ.set([], Number.NaN), TypeError);
  assert.throws(() => typed.Refresher.set([], "both" as "uac"), TypeError);
  assert.throws(() => typed.SubscriptionReason.set([], "a b"), TypeError);
  assert.throws(() => typed.SipInstance.set([], "a>b"), TypeError);
  assert.throws(() => typed.HistoryIndex.set([], []), TypeError);
  assert.throws(() => typed.TransitIoi.set([], ["a,b"]), TypeError);
  assert.throws(() => defineParam({ name: "a b", read: () => 1, write: () => ({ value: "1" }) }), TypeError);
  assert.equal(uriParam("x").get([{ name: "X", value: "a%2Cb" }]), "a,b");
});

/** A field's value from a text, and its typed parameter. */
function read<V, T>(
  field: HeaderField<V>,
  text: string,
  of: (value: V) => Params,
  param: ParamField<T>,
): T | undefined {
  const parsed = field.parse(text);
  assert.ok(parsed.ok, text);
  return param.get(of(parsed.value));
}

test("parameters of the RFCs' examples", () => {
  const contact = (text: string) => {
    const parsed = fields.Contact.parse(text);
    assert.ok(parsed.ok && parsed.value !== "*");
    return parsed.value.params;
  };
  // RFC 5626 §9.2, RFC 5627 §9.
  const outbound = contact(
    '<sip:line1@192.0.2.2;transport=tcp>; reg-id=1;+sip.instance="<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"',
  );
  assert.equal(typed.RegId.get(outbound), 1);
  assert.equal(typed.SipInstance.get(outbound), "urn:uuid:00000000-0000-1000-8000-000A95A0E128");
  const gruus = contact(
    '<sip:callee@192.0.2.1>;pub-gruu="sip:callee@example.com;gr=urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"' +
      ';temp-gruu="sip:tgruu.7hs==jd7vnzga5w7fajsc7-ajd6fabz0f8g5@example.com;gr";expires=3600',
  );
  const publicGruu = typed.PubGruu.get(gruus);
  const temporaryGruu = typed.TempGruu.get(gruus);
  assert.ok(publicGruu !== undefined && isSipUri(publicGruu) && temporaryGruu !== undefined && isSipUri(temporaryGruu));
  assert.equal(typed.Gr.get(publicGruu.params), "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
  assert.equal(typed.Gr.get(temporaryGruu.params), "");
  assert.equal(typed.ContactExpires.get(gruus), 3600);

  const reason = 'Q.850;cause=1;text="Unallocated (unassigned) number";location=LN';
  assert.equal(
    read(fields.Reason, reason, (value) => value.params, typed.ReasonCause),
    1,
  );
  assert.equal(
    read(fields.Reason, reason, (value) => value.params, typed.ReasonLocation),
    "LN",
  );
  assert.equal(
    read(fields.SessionExpires, "4000;refresher=UAC", (value) => value.params, typed.Refresher),
    "uac",
  );
  assert.deepEqual(
    read(
      fields.PChargingVector,
      'icid-value=1234bc9876e;icid-generated-at=192.0.6.8;orig-ioi=home1.net;transit-ioi="operatora.1,void"',
      (value) => value,
      typed.TransitIoi,
    ),
    ["operatora.1", "void"],
  );
});

test("a History-Info entry carries its Reason and Privacy in the URI (RFC 7044 §5)", () => {
  const entry = (text: string) => {
    const parsed = fields.HistoryInfo.parse(text);
    assert.ok(parsed.ok);
    return parsed.value;
  };
  const left = entry("<sip:UserB@example.com?Privacy=history&Reason=SIP%3Bcause%3D486>;index=1.2;mp=1.1");
  assert.equal(typed.ReasonCause.get(typed.historyReason(left)!.params), 486);
  assert.deepEqual(typed.historyPrivacy(left), ["history"]);
  assert.deepEqual(typed.HistoryIndex.get(left.params), [1, 2]);
  assert.deepEqual(typed.HistoryMp.get(left.params), [1, 1]);
  for (const text of ["<sip:45432@192.168.0.3>;index=1.3", "<tel:+1>;index=1", "<sip:a@b?Reason=%3B>;index=1"]) {
    assert.equal(typed.historyReason(entry(text)), undefined, text);
  }
});

test("a Bearer challenge names its authorization server (RFC 8898 §4)", () => {
  const challenge =
    'Bearer realm="example.com", scope="openid", authz_server="https://as.example.com", error="invalid_token"';
  const of = (value: { readonly params: Params }) => value.params;
  assert.equal(read(fields.WwwAuthenticate, challenge, of, typed.AuthzServer), "https://as.example.com");
  assert.equal(read(fields.WwwAuthenticate, challenge, of, typed.BearerScope), "openid");
  assert.equal(read(fields.WwwAuthenticate, challenge, of, typed.BearerError), "invalid_token");
  assert.equal(
    read(fields.WwwAuthenticate, 'Digest realm="a", algorithm=sha-512-256', of, typed.DigestAlgorithm),
    "SHA-512-256",
  );
});
