import assert from "node:assert/strict";
import { test } from "node:test";
import { Values } from "../../test/message-values.ts";
import { formatNameAddr, parseNameAddr, tagAt } from "./name-addr.ts";
import { getParam } from "./params.ts";
import { formatUri } from "./uri.ts";
import type { NameAddr } from "./values.ts";

function address(text: string): NameAddr {
  const result = parseNameAddr(text);
  assert.ok(result.ok, text);
  return result.value;
}

test("parseNameAddr(formatNameAddr(address)) is the address", () => {
  const v = new Values(6);
  for (let n = 0; n < 500; n++) {
    const value = v.nameAddr();
    assert.deepEqual(parseNameAddr(formatNameAddr(value)), { ok: true, value });
  }
});

test("parameters after a bare URI are the header's, inside brackets the URI's (RFC 3261 §20.10)", () => {
  const bare = address("sip:alice@example.com;tag=1");
  assert.equal(formatUri(bare.uri), "sip:alice@example.com");
  assert.equal(getParam(bare.params, "tag"), "1");
  const bracketed = address("<sip:alice@example.com;unknownparam>;expires=5");
  assert.equal(formatUri(bracketed.uri), "sip:alice@example.com;unknownparam", "RFC 4475 §3.3.12, §3.3.13");
  assert.equal(getParam(bracketed.params, "expires"), "5");
  const headers = address("<sip:user@example.com?Route=%3Csip:sip.example.com%3E>");
  assert.equal(formatUri(headers.uri), "sip:user@example.com?Route=%3Csip:sip.example.com%3E", "RFC 4475 §3.3.14");
});

test("white space and folds (RFC 4475 §3.1.1.1, §3.1.1.6)", () => {
  const to = address("\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n");
  assert.equal(getParam(to.params, "tag"), "1918181833n");
  assert.equal(
    address('"J Rosenberg \\\\\\""       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8').displayName,
    'J Rosenberg \\"',
  );
  assert.equal(address("caller<sip:caller@example.com>;tag=323").displayName, "caller");
  assert.equal(address("Two\r\n  Words <sip:a@b>").displayName, "Two Words");
  assert.equal(address('"Two\r\n  Words" <sip:a@b>').displayName, "Two Words");
});

test("a bracket in a quoted parameter makes no display name of a bare URI (RFC 3261 §20.10)", () => {
  const bare = address('sip:alice@example.com;note="<home>;tag=2";tag=1');
  assert.equal(bare.displayName, undefined);
  assert.equal(formatUri(bare.uri), "sip:alice@example.com");
  assert.deepEqual(bare.params, [
    { name: "note", value: "<home>;tag=2", quoted: true },
    { name: "tag", value: "1" },
  ]);
  const text = 'sip:a@b;note="x>;tag=2";tag=1';
  assert.equal(tagAt(text, 0, text.length), "1");
});

test("display names are UTF-8, quoted or (liberally) not", () => {
  assert.equal(address('"J\xc3\xbcrgen" <sip:a@b>').displayName, "Jürgen");
  assert.equal(address("J\xc3\xbcrgen <sip:a@b>").displayName, "Jürgen");
  assert.equal(address('"J\xfcrgen" <sip:a@b>').displayName, "Jürgen", "Latin-1 of old phones");
  assert.equal(address('"" <sip:a@b>').displayName, "");
  assert.equal(address("<sip:a@b>").displayName, undefined);
});

test("what is no address is refused (RFC 4475 §3.1.2.1, §3.1.2.6, §3.1.2.13, §3.1.2.14, §3.1.2.15)", () => {
  for (const text of [
    "",
    " ",
    '"Joe" <sip:joe@example.org>;;;;',
    '"Mr. J. User <sip:j.user@example.com>',
    "sip:user@example.com?Route=%3Csip:sip.example.com%3E",
    '"Watson, Thomas" < sip:t.watson@example.org >',
    "Bell, Alexander <sip:a.g.bell@example.com>;tag=43",
    '"a" sip:a@b',
    '"a"b <sip:a@b>',
    "<sip:a@b",
    "<sip:a@b>x",
    "<>",
    "sip:a,b@c",
    "sip:a@b c",
  ]) {
    assert.equal(parseNameAddr(text).ok, false, text);
  }
});

test("tagAt() reads the tag that parseNameAddr() finds", () => {
  const v = new Values(7);
  for (let n = 0; n < 500; n++) {
    const value = v.nameAddr();
    const text = formatNameAddr(value);
    const parsed = getParam(value.params, "tag");
    assert.equal(tagAt(text, 0, text.length), parsed, text);
  }
  const tag = (text: string) => tagAt(text, 0, text.length);
  assert.equal(tag('"x;tag=1 <" <sip:a;tag=2@b;tag=3> ; other="a;tag=4" ; TaG = 5'), "5");
  assert.equal(tag("sip:a@b;tagx=1;tag"), undefined);
  assert.equal(tag('"open'), undefined);
  assert.equal(tag('<sip:a@b>;x="open;tag=1'), undefined);
  assert.equal(tag(""), undefined);
});
