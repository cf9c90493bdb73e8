import assert from "node:assert/strict";
import { test } from "node:test";
import { formatIp, parseIp } from "./ip.ts";

test("formatIp(parseIp(x)) is x for addresses in the form of RFC 5952 §4", () => {
  for (const text of [
    "0.0.0.0",
    "192.0.2.255",
    "::",
    "::1",
    "fe80::1",
    "2001:db8::",
    "2001:db8:0:1:1:1:1:1",
    "2001:0:0:1::1",
    "2001:db8::1:0:0:1",
    "::ffff:192.0.2.1",
  ]) {
    assert.equal(formatIp(parseIp(text)!), text);
  }
});

test("parseIp() reads every spelling of RFC 4291 §2.2 and drops a zone", () => {
  for (const [text, canonical] of [
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["::ffff:c000:201", "::ffff:192.0.2.1"],
    ["fe80::1%eth0", "fe80::1"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
  ] as const) {
    assert.equal(formatIp(parseIp(text)!), canonical);
  }
});

test("parseIp() takes nothing but addresses", () => {
  for (const text of [
    "",
    "1.2.3",
    "1.2.3.4.5",
    "256.1.1.1",
    "01.2.3.4",
    "1..2.3",
    "1.2.3.4 ",
    "a.b.c.d",
    "example.com",
    ":",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "12345::",
    "g::",
    "1:2:3:4:5:6:7::8:9",
    "[::1]",
    "1.2.3.4::",
  ]) {
    assert.equal(parseIp(text), undefined, text);
  }
});
