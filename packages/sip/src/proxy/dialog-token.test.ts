import assert from "node:assert/strict";
import { test } from "node:test";
import { sipHashKey } from "@trapezoid/base";
import { flowTowardsPeer, formatToken, parseToken, shortestTokenLength } from "./dialog-token.ts";
import { fromBase64Url, toBase64Url } from "./hash-text.ts";

const key = sipHashKey(new Uint8Array(16).fill(7));
const flows = [undefined, "u3fA_-9", "0a-1f", "u5060/10.0.0.2/5060", "[2001:db8::1%eth0]:5060 \xff", ""];

test("parseToken(formatToken(x)) is x, whatever the flow ids hold", () => {
  for (const callerFlow of flows) {
    for (const calleeFlow of flows) {
      const token = formatToken(key, "07", "call@host", "tag", callerFlow, calleeFlow);
      assert.match(token, /^07[A-Za-z0-9_~.-]+$/);
      const contents = parseToken(key, token, "call@host");
      assert.equal(contents?.callerFlow, callerFlow || undefined);
      assert.equal(contents?.calleeFlow, calleeFlow || undefined);
    }
  }
});

test("a token is made for one Call-ID, by one key, and no character of it may change", () => {
  const token = formatToken(key, "07", "call", "tag", "a", "b");
  assert.ok(parseToken(key, token, "call"));
  assert.equal(parseToken(key, token, "other"), undefined);
  assert.equal(parseToken(sipHashKey(new Uint8Array(16)), token, "call"), undefined);
  for (let at = 0; at < token.length; at++) {
    const changed = token.slice(0, at) + (token[at] === "x" ? "y" : "x") + token.slice(at + 1);
    assert.equal(parseToken(key, changed, "call"), undefined);
    assert.equal(parseToken(key, token.slice(0, at), "call"), undefined);
  }
});

test("without flows a token is as short as it can be", () => {
  assert.equal(formatToken(key, "07", "call", "tag", undefined, undefined).length, shortestTokenLength);
});

test("the caller's tag tells the direction: From to the callee, To to the caller, neither is no direction", () => {
  const contents = parseToken(key, formatToken(key, "07", "call", "at", "a", "b"), "call")!;
  assert.deepEqual(flowTowardsPeer(contents, "at", "bt"), { id: "b" });
  assert.deepEqual(flowTowardsPeer(contents, "bt", "at"), { id: "a" });
  assert.equal(flowTowardsPeer(contents, "bt", "ct"), null);
});

test("base64url is the one of RFC 4648 §5", () => {
  for (const text of ["", "f", "fo", "foo", "foob", "fooba", "foobar", "\xff\xfe\xfd", "\0"]) {
    assert.equal(toBase64Url(text), Buffer.from(text, "latin1").toString("base64url"));
    assert.equal(fromBase64Url(toBase64Url(text)), text);
  }
  assert.equal(fromBase64Url("ab+/"), undefined);
});
