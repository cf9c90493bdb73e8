import assert from "node:assert/strict";
import { test } from "node:test";
import { banSubject } from "./ban-subject.ts";

test("addresses and networks may be banned, in one spelling", () => {
  for (const [text, subject] of [
    ["192.0.2.7", "192.0.2.7"],
    [" 198.51.100.7/24 ", "198.51.100.0/24"],
    ["2001:DB8::7", "2001:db8::7"],
    ["2001:db8::/32", "2001:db8::/32"],
    ["10.0.0.0/8", "10.0.0.0/8"],
  ] as const) {
    assert.deepEqual(banSubject(text), { ok: true, value: subject });
  }
});

test("what is no address, or nearly everybody, may not", () => {
  for (const text of ["example.com", "", "192.0.2.7/33", "alice@example.com"]) {
    const wrong = banSubject(text);
    assert.ok(!wrong.ok && wrong.error.startsWith(`"${text}" is no address or network: expected an address`), text);
  }
  for (const text of ["0.0.0.0/0", "128.0.0.0/1", "::/0", "2000::/3"]) {
    const wide = banSubject(text);
    assert.ok(!wide.ok && /too wide.*firewall\.deny/.test(wide.error), text);
  }
});

test("a zone is refused rather than left out (RFC 4007 §11)", () => {
  for (const [text, subject] of [
    ["fe80::1%eth0", "fe80::1"],
    ["fe80::1%25eth0", "fe80::1"],
    ["fe80::%eth0/64", "fe80::/64"],
  ] as const) {
    const zoned = banSubject(text);
    assert.ok(!zoned.ok && zoned.error.includes("names a zone (%") && zoned.error.includes(`say ${subject},`), text);
  }
});
