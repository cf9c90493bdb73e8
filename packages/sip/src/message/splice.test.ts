import assert from "node:assert/strict";
import { test } from "node:test";
import { Values } from "../../test/message-values.ts";
import { type Edit, splice } from "./splice.ts";

test("splice() changes what the edits name and nothing else", () => {
  const v = new Values(9);
  for (let n = 0; n < 200; n++) {
    const text = v.string("abc\r\n\xff", 0, 60);
    const edits: Edit[] = [];
    let expected = "";
    for (let at = 0; at <= text.length; ) {
      const start = Math.min(text.length, at + v.int(12));
      const end = Math.min(text.length, start + v.int(6));
      const inserted = v.string("XYZ", 0, 5);
      edits.push({ start, end, text: inserted });
      expected += text.slice(at, start) + inserted;
      at = end;
      if (v.chance(0.3) || end === text.length) {
        expected += text.slice(at);
        break;
      }
    }
    assert.equal(splice(text, edits), expected);
  }
  assert.equal(splice("abc", []), "abc");
  assert.equal(
    splice("abc", [
      { start: 0, end: 0, text: ">" },
      { start: 3, end: 3, text: "<" },
    ]),
    ">abc<",
  );
});

test("edits out of order or range are misuse", () => {
  for (const edits of [
    [
      { start: 2, end: 3, text: "" },
      { start: 1, end: 1, text: "" },
    ],
    [
      { start: 0, end: 2, text: "" },
      { start: 1, end: 3, text: "" },
    ],
    [{ start: 2, end: 1, text: "" }],
    [{ start: 0, end: 9, text: "" }],
  ]) {
    assert.throws(() => splice("abc", edits), TypeError);
  }
});
