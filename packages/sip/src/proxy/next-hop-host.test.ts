import assert from "node:assert/strict";
import { test } from "node:test";
import { hostOfText, sameWriting } from "./next-hop-host.ts";

test("the host that a URI leads to: maddr before the host, nothing for tel (RFC 3263 §4)", () => {
  assert.equal(hostOfText("sip:a@Host.Example:5070;transport=tcp"), "host.example");
  assert.equal(hostOfText("sip:a@host;maddr=10.0.0.9"), "10.0.0.9");
  assert.equal(hostOfText("sip:a@host;MAddr=10.0.0.9"), "10.0.0.9");
  assert.equal(hostOfText("tel:+1900"), undefined);
  assert.equal(hostOfText("sip:a@ host"), undefined);
});

test("an address of IPv6 is the same however it is written (RFC 5954 §4.2)", () => {
  assert.equal(hostOfText("sip:[2001:DB8:0::0001]:5060"), sameWriting("2001:db8::1"));
  assert.notEqual(hostOfText("sip:[2001:db8::2]"), sameWriting("2001:db8::1"));
});
