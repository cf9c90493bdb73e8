import assert from "node:assert/strict";
import { test } from "node:test";
import { Values } from "../../test/message-values.ts";
import { formatParams, getParam, hasParam, parseParams, withoutParam, withParam } from "./params.ts";

test("parseParams(formatParams(params)) is the params", () => {
  const v = new Values(2);
  for (let n = 0; n < 300; n++) {
    const params = v.params();
    assert.deepEqual(parseParams(formatParams(params)), { ok: true, value: params });
  }
});

test("white space may stand around = and ; (RFC 4475 §3.1.1.1)", () => {
  assert.deepEqual(parseParams(' ; a = 1 ;\r\n b ; c\t=\t"x \\" y" '), {
    ok: true,
    value: [
      { name: "a", value: "1" },
      { name: "b", value: undefined },
      { name: "c", value: 'x " y', quoted: true },
    ],
  });
  assert.deepEqual(parseParams("a=1;b"), parseParams(";a=1;b"));
  assert.deepEqual(parseParams("  "), { ok: true, value: [] });
});

test("a fault says where it is", () => {
  for (const [text, offset] of [
    [";;", 1],
    [";a;", 3],
    [";a=1,b", 4],
    [';a="open', 3],
    [";a b", 3],
    [";=x", 1],
  ] as const) {
    const result = parseParams(text);
    assert.ok(!result.ok, text);
    assert.equal(result.error.offset, offset, text);
  }
});

test("names are compared without case (RFC 3261 §7.3.1) and kept as written", () => {
  const params = [
    { name: "TAG", value: "a" },
    { name: "lr", value: undefined },
  ];
  assert.equal(getParam(params, "tag"), "a");
  assert.equal(getParam(params, "lr"), undefined);
  assert.ok(hasParam(params, "LR"));
  assert.equal(hasParam(params, "l"), false);
  assert.equal(formatParams(params), ";TAG=a;lr");
  const walked = parseParams(";TRANSPORT=a;branchy=b;bran=c;branch=d");
  assert.ok(walked.ok);
  assert.deepEqual(
    walked.value.map(({ name }) => name),
    ["TRANSPORT", "branchy", "bran", "branch"],
  );
});

test("withParam() replaces in place, appends, and quotes what needs it; withoutParam() removes", () => {
  const params = [
    { name: "a", value: "1" },
    { name: "b", value: "2" },
  ];
  assert.equal(formatParams(withParam(params, "A", "3")), ";A=3;b=2");
  assert.equal(formatParams(withParam(params, "c")), ";a=1;b=2;c");
  assert.equal(formatParams(withParam(params, "c", "x y")), ';a=1;b=2;c="x y"');
  assert.equal(formatParams(withoutParam(params, "A")), ";b=2");
  assert.equal(
    formatParams([{ name: "a", value: "1;b=\r\nVia: x" }]),
    ';a="1;b= Via: x"',
    "no value escapes its place",
  );
});
