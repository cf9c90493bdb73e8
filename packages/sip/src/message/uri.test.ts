import assert from "node:assert/strict";
import { test } from "node:test";
import { Values } from "../../test/message-values.ts";
import { escapeParam, escapeUser, formatUri, isSipUri, isTelUri, parseUri, sipUri, unescapeUri } from "./uri.ts";
import type { SipUri } from "./values.ts";

function sip(text: string): SipUri {
  const result = parseUri(text);
  assert.ok(result.ok && isSipUri(result.value), text);
  return result.value;
}

test("parseUri(formatUri(uri)) is the uri: SIP, SIPS, tel and others", () => {
  const v = new Values(3);
  for (let n = 0; n < 500; n++) {
    const uri = v.uri();
    assert.deepEqual(parseUri(formatUri(uri)), { ok: true, value: uri }, formatUri(uri));
  }
});

test("every component (RFC 3261 §19.1.1)", () => {
  assert.deepEqual(sip("sips:alice:se%20cret@atlanta.com:5061;transport=tcp;lr?subject=project%20x&priority="), {
    scheme: "sips",
    user: "alice",
    password: "se%20cret",
    host: "atlanta.com",
    port: 5061,
    params: [
      { name: "transport", value: "tcp" },
      { name: "lr", value: undefined },
    ],
    headers: [
      ["subject", "project%20x"],
      ["priority", ""],
    ],
  });
});

test("the user part holds semicolons, questions and more (RFC 4475 §3.1.1.2, §3.1.1.9)", () => {
  assert.equal(sip("sip:user;par=u%40example.net@example.com").user, "user;par=u%40example.net");
  const uri = sip(
    "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com",
  );
  assert.equal(uri.user, "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
  assert.equal(uri.password, "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)");
  assert.equal(sip("sip:%00@host").user, "%00", "RFC 4475 §3.1.1.4");
});

test("the scheme is read without case", () => {
  assert.equal(sip("SIP:a@b").scheme, "sip");
  assert.equal(sip("SiPs:a@b").scheme, "sips");
});

test("IPv6 references, and the ports that are none (RFC 5118 §4.2, §4.3, §4.4, §4.10)", () => {
  assert.equal(sip("sip:[2001:db8::10:5070]").port, undefined);
  assert.equal(sip("sip:[2001:db8::10]:5070").port, 5070);
  assert.equal(sip("sip:user@[2001:db8:::192.0.2.1]").host, "[2001:db8:::192.0.2.1]");
  assert.equal(parseUri("sip:2001:db8::10").ok, false);
});

test("tel URIs (RFC 3966 §3)", () => {
  const result = parseUri("tel:+1-(201)-555.0123;ext=12;isub=9");
  assert.ok(result.ok && isTelUri(result.value));
  assert.equal(result.value.number, "+1-(201)-555.0123");
  assert.equal(result.value.params.length, 2);
  assert.ok(parseUri("tel:7042;phone-context=example.com").ok);
  assert.ok(parseUri("tel:+1;isub=/:@&$,-_.!~*'()[]?&$aA1%21+=").ok);
  assert.ok(parseUri("tel:*21#;phone-context=+1").ok);
  for (const bad of [
    "tel:",
    "tel:+",
    "tel:+1a",
    "tel:+1;",
    "tel:12 34",
    "tel:hello",
    "tel:1?x=y",
    "tel:1;x=%",
    "tel:+1#",
  ]) {
    assert.equal(parseUri(bad).ok, false, bad);
  }
});

test("other schemes pass as text (RFC 4475 §3.3.2, §3.3.3)", () => {
  for (const text of [
    "nobodyKnowsThisScheme:totallyopaquecontent",
    "soap.beep://192.0.2.103:3002",
    "urn:service:sos",
  ]) {
    const result = parseUri(text);
    assert.ok(result.ok);
    assert.equal(formatUri(result.value), text);
    assert.equal(result.value.scheme, text.slice(0, text.indexOf(":")).toLowerCase());
  }
});

test("what is no URI is refused, and where (RFC 4475 §3.1.2.7, §3.1.2.8, §3.1.2.14)", () => {
  for (const [text, offset] of [
    ["", 0],
    ["sip:", 4],
    ["<sip:a@b>", 0],
    ["sip:a@b; lr", 8],
    [" sip:a@b", 0],
    ["sip:a@b ", 7],
    ["sip:@b", 4],
    ["sip:a@", 6],
    ["sip:a@b@c", 7],
    ["sip:a@b:", 8],
    ["sip:a@b:65536", 8],
    ["sip:a@b:5x", 9],
    ["sip:a@b;", 8],
    ["sip:a@b;;lr", 8],
    ["sip:a@b;=x", 8],
    ["sip:a@b?", 8],
    ["sip:a@b?x", 8],
    ["sip:a@b?x=1&", 12],
    ["sip:a%4@b", 5],
    ["sip:a%zz@b", 5],
    ["sip:a@b;x=%1", 10],
    ["sip:a@[::1", 6],
    ["sip:a@[1:2]", 6],
    ["sip:a@b\r\nVia: x", 7],
    ['sip:"a"@b', 4],
    ["alice@b", 5],
    ["1sip:a", 0],
    ["http:", 5],
    ["http:a b", 6],
  ] as const) {
    const result = parseUri(text);
    assert.ok(!result.ok, text);
    assert.equal(result.error.offset, offset, JSON.stringify(text));
    assert.equal(result.error.code, "SIP_MSG_BAD_URI");
  }
});

test("escapeUser() and escapeParam() write any text so that unescapeUri() reads it (RFC 3261 §19.1.2)", () => {
  const v = new Values(4);
  for (let n = 0; n < 300; n++) {
    const text = `${v.text()}x`;
    const uri = sipUri({ user: escapeUser(text), host: "h", params: [{ name: "p", value: escapeParam(text) }] });
    const back = sip(formatUri(uri));
    assert.equal(unescapeUri(back.user!), text);
    assert.equal(unescapeUri(back.params[0]!.value!), text);
  }
  assert.equal(unescapeUri("100%zz%4"), "100%zz%4");
});
