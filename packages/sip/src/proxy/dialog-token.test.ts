import assert from "node:assert/strict";
import { test } from "node:test";
import { sipHashKey } from "@trapezoid/base";
import {
  directionOf,
  endText,
  formatToken,
  hasEnd,
  hostHash,
  isFrom,
  parseToken,
  shortestTokenLength,
  type TokenSide,
} from "./dialog-token.ts";
import { fromBase64Url, toBase64Url } from "./hash-text.ts";

const key = sipHashKey(new Uint8Array(16).fill(7));
const end = (host: string, port = 5060): string => endText(key, { host, port }, "call", false);
const hash = (host: string): string => hostHash(key, host, "call");
const side = (flow: string | undefined, hosts = "", mayLeave = false): TokenSide => ({ flow, hosts, mayLeave });
const flows = ["u3fA_-9", "0a-1f", "u5060/10.0.0.2/5060", "[2001:db8::1%eth0]:5060 \xff"];
const sides = [
  ...flows.map((flow) => side(flow)),
  side("u1", "", true),
  side(undefined, end("a")),
  side(undefined, end("a") + end("b"), true),
];

test("parseToken(formatToken(x)) is x, whatever the sides hold", () => {
  for (const caller of sides) {
    for (const callee of [...sides, side(undefined)]) {
      const token = formatToken(key, "07", "call@host", "tag", caller, callee);
      assert.match(token, /^07[A-Za-z0-9_~.-]+$/);
      const contents = parseToken(key, token, "call@host");
      assert.deepEqual(contents?.caller, caller);
      assert.deepEqual(contents?.callee, callee);
    }
  }
});

test("a token is made for one Call-ID, by one key, and no character of it may change (RFC 5626 §5.2)", () => {
  const token = formatToken(key, "07", "call", "tag", side("a"), side(undefined, end("b")));
  assert.ok(parseToken(key, token, "call"));
  assert.equal(parseToken(key, token, "other"), undefined);
  assert.equal(parseToken(sipHashKey(new Uint8Array(16)), token, "call"), undefined);
  for (let at = 0; at < token.length; at++) {
    const changed = token.slice(0, at) + (token[at] === "x" ? "y" : "x") + token.slice(at + 1);
    assert.equal(parseToken(key, changed, "call"), undefined);
    assert.equal(parseToken(key, token.slice(0, at), "call"), undefined);
  }
});

test("nothing shorter than the shortest token is one", () => {
  assert.equal(formatToken(key, "07", "call", "tag", side(undefined), side(undefined)).length, shortestTokenLength);
});

test("next hops are known by host and port, by a hash that differs from call to call", () => {
  const known = side(undefined, end("a") + endText(key, { host: "b", port: 65_535 }, "call", true));
  assert.ok(hasEnd(known, hash("a"), 5060));
  assert.ok(hasEnd(known, hash("b"), 65_535));
  assert.ok(!hasEnd(known, hash("b"), 5060));
  assert.ok(!hasEnd(known, hash("c"), 5060));
  assert.ok(!hasEnd(side("flow"), hash("a"), 5060));
  assert.notEqual(hash("a"), hostHash(key, "a", "other call"));
});

test("sources are known by their host, or, of a phone that is attached by UDP, by host and port", () => {
  const known = side(undefined, end("a") + endText(key, { host: "b", port: 5062 }, "call", true));
  assert.ok(isFrom(known, hash("a"), 40_000));
  assert.ok(isFrom(known, hash("a"), undefined));
  assert.ok(isFrom(known, hash("b"), 5062));
  assert.ok(!isFrom(known, hash("b"), 5063));
  assert.ok(!isFrom(known, hash("b"), undefined));
  assert.ok(!isFrom(known, hash("c"), 5062));
});

test("the caller's tag tells the direction: From to the callee, To to the caller, neither is no direction", () => {
  const [a, b] = [side("a"), side("b")];
  const contents = parseToken(key, formatToken(key, "07", "call", "at", a, b), "call")!;
  assert.deepEqual(directionOf(contents, "at", "bt"), { sender: a, peer: b });
  assert.deepEqual(directionOf(contents, "bt", "at"), { sender: b, peer: a });
  assert.equal(directionOf(contents, "bt", "ct"), undefined);
});

test("base64url is the one of RFC 4648 §5", () => {
  for (const text of ["", "f", "fo", "foo", "foob", "fooba", "foobar", "\xff\xfe\xfd", "\0"]) {
    assert.equal(toBase64Url(text), Buffer.from(text, "latin1").toString("base64url"));
    assert.equal(fromBase64Url(toBase64Url(text)), text);
  }
  assert.equal(fromBase64Url("ab+/"), undefined);
});
