import assert from "node:assert/strict";
import { test } from "node:test";
import { formatNameAddr, formatUri, type NameAddr, parseNameAddr, type SipUri } from "@trapezoid/sip/message";
import { byTransport, ownAddress, serverUri, shownUri, targetUri } from "./addresses.ts";

const alice = address("<sip:alice@example.com:5070>");

function address(text: string): NameAddr {
  const parsed = parseNameAddr(text);
  assert.ok(parsed.ok);
  return parsed.value;
}

function target(text: string, as?: NameAddr, hostsFirst = false): string {
  const found = targetUri(text, { as, hostsFirst });
  return found.ok ? formatUri(found.value) : found.error.message;
}

test("whom to call: URIs, addresses, machines, and names at the caller's domain", () => {
  assert.equal(target("sip:bob@example.org"), "sip:bob@example.org");
  assert.equal(target("sips:bob@example.org;transport=tcp"), "sips:bob@example.org;transport=tcp");
  assert.equal(target(" bob@example.org "), "sip:bob@example.org");
  assert.equal(target("192.0.2.7"), "sip:192.0.2.7");
  assert.equal(target("[2001:db8::1]:5070"), "sip:[2001:db8::1]:5070");
  assert.equal(target("pbx:5070"), "sip:pbx:5070");
  assert.equal(target("bob", alice), "sip:bob@example.com:5070");
  assert.equal(target("+1 201 555 0123", alice), "sip:+12015550123@example.com:5070");
  assert.equal(target("john.doe", alice), "sip:john.doe@example.com:5070");
});

test("a machine goes before a user where machines are asked", () => {
  assert.equal(target("pbx.example.com", alice, true), "sip:pbx.example.com");
  assert.equal(target("localhost", alice, true), "sip:localhost");
});

test("a telephone number is reached by the caller's domain (RFC 3261 §19.1.6)", () => {
  assert.equal(target("tel:+1-201-555-0123", alice), "sip:+12015550123@example.com:5070;user=phone");
  assert.match(target("tel:+1-201-555-0123"), /say with --as who calls/);
});

test("what reaches nobody says how to write it", () => {
  assert.match(target("bob"), /^"bob" has no domain; write it as bob@example\.com, or say with --as who calls$/);
  assert.match(target(""), /reaches nobody/);
  assert.match(target("sip:bob@"), /^"sip:bob@" is no address \(/);
});

function own(text: string, server?: SipUri): string {
  const found = ownAddress(text, server);
  return found.ok ? formatNameAddr(found.value) : found.error.message;
}

test("who one is: with and without a scheme, with a name, at the domain of the server", () => {
  const server = serverUri("192.0.2.1:5070");
  assert.ok(server.ok);
  assert.equal(own("alice@example.com"), "<sip:alice@example.com>");
  assert.equal(own('"Alice" <sip:alice@example.com>'), '"Alice" <sip:alice@example.com>');
  assert.equal(own("alice", server.value), "<sip:alice@192.0.2.1:5070>");
  assert.match(own("alice"), /^"alice" has no domain; write it as alice@example\.com$/);
  assert.match(own("sip:example.com"), /names nobody/);
});

test("a transport is asked for in the URI, unless it says one itself", () => {
  const uri = (text: string): SipUri => {
    const parsed = serverUri(text);
    assert.ok(parsed.ok);
    return parsed.value;
  };
  assert.equal(formatUri(byTransport(uri("example.com"), "tcp")), "sip:example.com;transport=tcp");
  assert.equal(formatUri(byTransport(uri("sip:example.com;transport=udp"), "tcp")), "sip:example.com;transport=udp");
  assert.equal(formatUri(byTransport(uri("sips:example.com"), "tls")), "sips:example.com");
  assert.equal(formatUri(byTransport(uri("example.com"), "wss")), "sips:example.com;transport=ws");
  assert.equal(formatUri(byTransport(uri("example.com"), undefined)), "sip:example.com");
});

test("addresses are shown without what machines need", () => {
  assert.equal(shownUri(alice.uri), "alice@example.com:5070");
  assert.equal(shownUri(address("<sip:%23100@example.com;user=phone>").uri), "#100@example.com");
});
