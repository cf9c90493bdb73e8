import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalNetwork } from "./ip.ts";
import { isSourceKey, sourceKey } from "./source-key.ts";

test("addresses and networks have one spelling (RFC 5952)", () => {
  for (const [text, canonical] of [
    ["192.0.2.7", "192.0.2.7"],
    ["192.0.2.7/32", "192.0.2.7"],
    ["198.51.100.77/24", "198.51.100.0/24"],
    ["10.255.255.255/9", "10.128.0.0/9"],
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["2001:db8::1/64", "2001:db8::/64"],
    ["2001:db8:1:ffff::/49", "2001:db8:1:8000::/49"],
    ["fe80::1%eth0", "fe80::1"],
    ["::ffff:192.0.2.1", "::ffff:c000:201"],
    ["::", "::"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
  ] as const) {
    assert.equal(canonicalNetwork(text), canonical);
    assert.equal(canonicalNetwork(canonical), canonical);
  }
  for (const text of [
    "",
    "example.com",
    "192.0.2",
    "192.0.2.7/33",
    "192.0.2.7/",
    "::/129",
    "192.0.2.0/a",
    "1.2.3.4/24/8",
  ]) {
    assert.equal(canonicalNetwork(text), undefined, text);
  }
});

test("a source is an IPv4 address, or the /64 of an IPv6 one (RFC 6177)", () => {
  for (const [address, key] of [
    ["192.0.2.7", "192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::9", "2001:db8:1:2::/64"],
    ["fe80::1%eth0", "fe80::/64"],
    ["::1", "::/64"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
  ] as const) {
    assert.equal(sourceKey(address), key);
    assert.equal(isSourceKey(key), true);
    assert.equal(canonicalNetwork(key), key);
  }
  for (const text of ["10.0.0.0/8", "2001:db8::1", "2001:db8::/32"]) assert.equal(isSourceKey(text), false);
});
