import assert from "node:assert/strict";
import { test } from "node:test";
import { Values } from "../../test/message-values.ts";
import { equalsIgnoreCase, isToken, quote, splitList, unquote, utf8Decode, utf8Encode } from "./lexer.ts";

test("splitList() splits outside quotes and angle brackets only (RFC 3261 §7.3.1)", () => {
  assert.deepEqual(splitList('"a, \\"b" <sip:x,y@h>;p="1,2" , <sip:b>,c'), [
    '"a, \\"b" <sip:x,y@h>;p="1,2"',
    "<sip:b>",
    "c",
  ]);
  assert.deepEqual(splitList(" , ,a,,\t b ,"), ["a", "b"], "empty elements are left out (RFC 4475 §3.1.1.1)");
  assert.deepEqual(splitList(""), []);
  assert.deepEqual(splitList('a,"open, b'), ["a", '"open, b']);
  assert.deepEqual(splitList("a,<open, b"), ["a", "<open, b"]);
});

test("unquote(quote(text)) is the text, whatever its characters (RFC 3261 §25.1)", () => {
  const v = new Values(1);
  for (let n = 0; n < 300; n++) {
    const text = v.text();
    assert.equal(unquote(quote(text)), text);
  }
  assert.equal(unquote('"\\B\\E\\L:\\\u0007 \\"x\\\\"'), 'BEL:\u0007 "x\\');
  assert.equal(quote('a"\r\nb\\'), '"a\\" b\\\\"', "a line break cannot be quoted");
});

test("utf8Decode() reads what utf8Encode() wrote, and what is no UTF-8 as Latin-1", () => {
  for (const text of ["", "plain", "é", "漢字", "😀", "\u0080\u07ff\u0800\uffff\u{10000}\u{10ffff}"]) {
    const octets = utf8Encode(text);
    assert.equal(octets, Buffer.from(text, "utf8").toString("latin1"));
    assert.equal(utf8Decode(octets), text);
  }
  // Cut, overlong, surrogate, beyond U+10FFFF, continuation alone.
  for (const bad of [
    "caf\xe9",
    "\xc3",
    "\xc0\xaf",
    "\xe0\x80\xaf",
    "\xed\xa0\x80",
    "\xf4\x90\x80\x80",
    "\x80",
    "\xe2\x82",
  ]) {
    assert.equal(utf8Decode(bad), bad);
  }
  assert.equal(utf8Encode("\ud800x"), "\xef\xbf\xbdx");
});

test("tokens are RFC 3261 §25.1's", () => {
  assert.ok(isToken("!interesting-Method0123456789_*+`.%indeed'~"));
  for (const no of ["", "a b", "a;", "a@b", '"a"', "é", "a/b", "<a>"]) assert.equal(isToken(no), false, no);
});

test("equalsIgnoreCase() folds ASCII letters and nothing else", () => {
  assert.ok(equalsIgnoreCase("Tag", "tAG"));
  assert.equal(equalsIgnoreCase("[", "{"), false);
  assert.equal(equalsIgnoreCase("@", "`"), false);
  assert.equal(equalsIgnoreCase("ab", "abc"), false);
});
