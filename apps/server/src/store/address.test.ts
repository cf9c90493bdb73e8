import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAddress } from "./address.ts";

test("an address is a user and a domain; without one the primary domain is meant", () => {
  const cases: Record<string, string> = {
    alice: "alice@example.com",
    "Alice@EXAMPLE.org.": "Alice@example.org",
    "sip:+4930123456@10.0.0.1": "+4930123456@10.0.0.1",
    " a.b_c-d@[2001:db8::1] ": "a.b_c-d@[2001:db8::1]",
    jo\u0308rg: "j\u00f6rg@example.com",
  };
  for (const [text, expected] of Object.entries(cases)) {
    const parsed = parseAddress(text, "example.com");
    assert.equal(parsed.ok && parsed.value.address, expected);
  }
});

test("what is no address says why", () => {
  const cases: Record<string, RegExp> = {
    "": /user is missing/,
    "@example.com": /user is missing/,
    "alice@": /domain is missing/,
    "a b": /cannot hold " "/,
    "a@b@example.com": /cannot hold "@"/,
    "a/b": /cannot hold "\/"/,
    "alice@-x-": /"-x-" is no domain/,
    "alice@exa mple.com": /no domain name/,
    "alice@[::zz]": /no IPv6/,
    [`${"a".repeat(65)}@example.com`]: /more than 64/,
  };
  for (const [text, expected] of Object.entries(cases)) {
    const parsed = parseAddress(text, "example.com");
    assert.ok(!parsed.ok, text);
    assert.equal(parsed.error.code, "STORE_BAD_ADDRESS");
    assert.match(parsed.error.message, expected);
  }
});
