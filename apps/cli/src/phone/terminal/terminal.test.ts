import assert from "node:assert/strict";
import { test } from "node:test";
import { cutToWidth, displayWidth, padToWidth, wrapToWidth } from "./display-width.ts";
import { decodeKeys } from "./keys.ts";
import { editLine } from "./line-editor.ts";

test("columns: marks take none, wide characters two", () => {
  assert.equal(displayWidth("abc"), 3);
  assert.equal(displayWidth("e\u0301"), 1);
  assert.equal(displayWidth("通話"), 4);
  assert.equal(displayWidth("📞"), 2);
});

test("a text is cut with a mark, never in the middle of a character", () => {
  assert.equal(cutToWidth("abcdef", 6), "abcdef");
  assert.equal(cutToWidth("abcdef", 4), "abc…");
  assert.equal(cutToWidth("通話中", 4), "通…");
  assert.equal(cutToWidth("abc", 0), "");
  assert.equal(padToWidth("通話", 6), "通話  ");
});

test("lines break between words, and within one that is too long", () => {
  assert.deepEqual(wrapToWidth("offers audio opus", 12), ["offers audio", "opus"]);
  assert.deepEqual(wrapToWidth("abcdefgh ij", 4), ["abcd", "efgh", "ij"]);
  assert.deepEqual(wrapToWidth("", 4), []);
});

test("keys come as characters and names; arrows, function keys and Alt are no keys of ours", () => {
  assert.deepEqual(decodeKeys("h?T"), ["h", "?", "T"]);
  assert.deepEqual(decodeKeys("\r\u007f\u0003\u0015"), ["enter", "backspace", "interrupt", "erase-line"]);
  assert.deepEqual(decodeKeys("\u001b[A\u001bOP\u001b[1;5Cq"), ["q"]);
  assert.deepEqual(decodeKeys("\u001b"), ["escape"]);
  assert.deepEqual(decodeKeys("\u001bxq"), ["q"]);
  assert.deepEqual(decodeKeys("é通📞"), ["é", "通", "📞"]);
});

test("a line is edited until Enter, and given up by Escape or with nothing in it", () => {
  let text = "";
  for (const key of ["b", "o", "x", "backspace", "b", " ", "h", "i", "erase-word"]) text = editLine(text, key).text;
  assert.equal(text, "bob ");
  assert.deepEqual(editLine(text, "enter"), { text: "bob", done: "yes" });
  assert.deepEqual(editLine("", "enter"), { text: "", done: "given-up" });
  assert.equal(editLine("bob", "escape").done, "given-up");
  assert.equal(editLine("bob", "erase-line").text, "");
  assert.equal(editLine("bob", "f12").text, "bob");
});
