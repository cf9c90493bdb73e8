import assert from "node:assert/strict";
import { test } from "node:test";
import { hopEndOf, sameWriting } from "./hop-end.ts";

test("where a URI leads to: maddr before the host, the scheme's port where none is named, nothing for tel (RFC 3263 §4)", () => {
  for (const [uri, host, port] of [
    ["sip:a@Host.Example:5070;transport=tcp", "host.example", 5070],
    ["sip:a@host;maddr=10.0.0.9", "10.0.0.9", 5060],
    ["sip:a@host;MAddr=10.0.0.9;transport=TLS", "10.0.0.9", 5061],
    ["sips:host", "host", 5061],
  ] as const) {
    assert.deepEqual(hopEndOf(uri), { host, port });
  }
  assert.equal(hopEndOf("tel:+1900"), undefined);
  assert.equal(hopEndOf("sip:a@ host"), undefined);
});

test("an address of IPv6 is the same however it is written (RFC 5954 §4.2)", () => {
  assert.equal(hopEndOf("sip:[2001:DB8:0::0001]:5060")?.host, sameWriting("2001:db8::1"));
  assert.notEqual(hopEndOf("sip:[2001:db8::2]")?.host, sameWriting("2001:db8::1"));
});
