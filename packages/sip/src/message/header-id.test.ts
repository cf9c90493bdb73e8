import assert from "node:assert/strict";
import { test } from "node:test";
import { compactForms, HeaderId, headerId, headerIdAt, knownHeaderNames } from "./header-id.ts";
import { createNameAutomaton } from "./name-automaton.ts";

test("every name has its number, in any case", () => {
  for (const [index, name] of knownHeaderNames.entries()) {
    assert.equal(HeaderId[name], index + 1);
    for (const written of [name, name.toLowerCase(), name.toUpperCase()]) assert.equal(headerId(written), index + 1);
  }
});

test("every compact form is its name's number (RFC 3261 §7.3.3)", () => {
  for (const [compact, name] of Object.entries(compactForms)) {
    assert.equal(headerId(compact), HeaderId[name]);
    assert.equal(headerId(compact.toUpperCase()), HeaderId[name]);
  }
});

test("what is no known name has none: parts, longer ones, other characters", () => {
  for (const name of knownHeaderNames) {
    assert.equal(headerId(`${name}x`), 0);
    assert.equal(headerId(`x${name}`), 0);
    assert.equal(headerId(name.replace(/.$/, "@")), 0);
  }
  for (const text of ["", "q", "CSe", "Vi\xe1", "Via ", "V\u0129a", "漢"]) assert.equal(headerId(text), 0, text);
  assert.equal(headerIdAt("xVia:", 1, 4), HeaderId.Via);
  assert.equal(headerIdAt("Via", 0, 5), 0);
});

test("an automaton refuses more letters than its states can be numbered", () => {
  assert.throws(() => createNameAutomaton([["a".repeat(3000), 1]], { ignoreCase: true }), TypeError);
});
