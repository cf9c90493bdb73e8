import assert from "node:assert/strict";
import { test } from "node:test";
import { bracket, hostEquals, hostKey, ipv6Groups, isIpAddress, isIpv4, isIpv6, unbracket } from "./host.ts";

test("IPv4 addresses are four octets", () => {
  for (const yes of ["0.0.0.0", "192.0.2.1", "255.255.255.255"]) assert.ok(isIpv4(yes), yes);
  for (const no of ["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1..2.3", "1.2.3.4 ", "a.b.c.d", ".1.2.3"]) {
    assert.equal(isIpv4(no), false, no);
  }
});

test("IPv6 addresses with and without brackets (RFC 3261 §25.1, RFC 5118 §4)", () => {
  for (const yes of [
    "::",
    "::1",
    "[2001:db8::1]",
    "1:2:3:4:5:6:7:8",
    "1:2:3:4:5:6:1.2.3.4",
    "::ffff:192.0.2.1",
    "1::8",
    "1:2:3:4:5:6:7::",
  ]) {
    assert.ok(isIpv6(yes), yes);
  }
  for (const no of [
    "",
    ":",
    ":::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1::2::3",
    "12345::",
    "g::",
    "::1.2.3",
    "::1.2.3.256",
    "1:2:3:4:5:6:7:8::",
  ]) {
    assert.equal(isIpv6(no), false, no);
  }
  assert.deepEqual(ipv6Groups("[2001:db8:::192.0.2.1]"), ipv6Groups("2001:db8::192.0.2.1"), "RFC 5118 §4.10");
});

test("hosts are equal without case, IPv6 by value (RFC 3261 §19.1.4, RFC 5954 §4.2)", () => {
  assert.ok(hostEquals("Example.COM", "example.com"));
  assert.ok(hostEquals("[2001:DB8::0001]", "[2001:db8:0:0::1]"));
  assert.equal(hostEquals("[2001:db8::1]", "[2001:db8::2]"), false);
  assert.equal(hostEquals("example.com", "example.org"), false);
});

test("brackets are put and taken where they belong", () => {
  assert.equal(bracket("::1"), "[::1]");
  assert.equal(bracket("[::1]"), "[::1]");
  assert.equal(bracket("1.2.3.4"), "1.2.3.4");
  assert.equal(unbracket("[::1]"), "::1");
  assert.equal(unbracket("host"), "host");
  assert.ok(isIpAddress("::1") && isIpAddress("1.2.3.4") && !isIpAddress("host"));
});

test("hostKey() is the same for all spellings of one host (RFC 5954 §4.2, RFC 5118 §4.10)", () => {
  for (const host of ["[2001:db8::c000:201]", "2001:DB8::192.0.2.1", "[2001:db8:::192.0.2.1]"]) {
    assert.equal(hostKey(host), hostKey("2001:db8:0:0:0:0:c000:201"), host);
  }
  assert.equal(hostKey("Example.COM."), "example.com");
  assert.equal(hostKey("192.0.2.1"), "192.0.2.1");
  assert.notEqual(hostKey("[2001:db8::1]"), hostKey("[2001:db8::2]"));
  assert.equal(hostKey("[not:an:address"), "[not:an:address");
});
