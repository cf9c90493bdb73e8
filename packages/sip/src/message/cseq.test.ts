import assert from "node:assert/strict";
import { test } from "node:test";
import { formatCSeq, parseCSeq } from "./cseq.ts";

test("parseCSeq(formatCSeq(cseq)) is the cseq", () => {
  for (const value of [
    { sequence: 0, method: "INVITE" },
    { sequence: 4_294_967_295, method: "!interesting-Method0123456789_*+`.%indeed'~" },
    { sequence: 1, method: "INVITEX" },
    { sequence: 1, method: "invite" },
  ]) {
    assert.deepEqual(parseCSeq(formatCSeq(value)), { ok: true, value });
  }
});

test("leading zeros, white space and folds (RFC 4475 §3.1.1.1)", () => {
  assert.deepEqual(parseCSeq(" 0009\r\n  INVITE "), { ok: true, value: { sequence: 9, method: "INVITE" } });
});

test("what is no CSeq is refused (RFC 3261 §20.16, RFC 4475 §3.1.2.4)", () => {
  for (const text of [
    "",
    "INVITE",
    "1",
    "1 ",
    "1INVITE",
    "-1 INVITE",
    "36893488147419103232 REGISTER",
    "1 IN VITE",
    "1 A/B",
  ]) {
    assert.equal(parseCSeq(text).ok, false, text);
  }
});
