import assert from "node:assert/strict";
import { test } from "node:test";
import { Values } from "../../test/message-values.ts";
import { formatUri, parseUri, uriEquals } from "./uri.ts";

function equal(a: string, b: string): boolean {
  const [left, right] = [parseUri(a), parseUri(b)];
  assert.ok(left.ok && right.ok, `${a} ${b}`);
  assert.equal(uriEquals(left.value, right.value), uriEquals(right.value, left.value), "symmetric");
  return uriEquals(left.value, right.value);
}

for (const [a, b] of [
  ["sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtlanTa.CoM;Transport=tcp"],
  ["sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"],
  ["sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"],
  [
    "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
    "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
  ],
  [
    "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
    "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
  ],
  ["sip:a@[2001:db8::1]", "sip:a@[2001:DB8:0:0:0:0:0:1]"],
  ["sip:a@[::ffff:192.0.2.1]", "sip:a@[::ffff:c000:201]"],
  ["SIP:a@b", "sip:a@b"],
  ["sip:a%3bb@h", "sip:a%3Bb@h"],
  ["sip:a@b;x=%41", "sip:a@b;x=a"],
  // Not allowed (§19.1.1), but sent: the first one counts.
  ["sip:a@b;lr;lr=on", "sip:a@b;LR"],
] as const) {
  test(`${a} is ${b} (RFC 3261 §19.1.4, RFC 5954 §4)`, () => assert.ok(equal(a, b)));
}

for (const [a, b] of [
  ["SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"],
  ["sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"],
  ["sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"],
  ["sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"],
  ["sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"],
  ["sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"],
  ["sip:bob@b", "sips:bob@b"],
  ["sip:bob@b;user=phone", "sip:bob@b"],
  ["sip:bob@b;ttl=1", "sip:bob@b"],
  ["sip:bob@b;method=INVITE", "sip:bob@b"],
  ["sip:bob@b;maddr=1.2.3.4", "sip:bob@b"],
  ["sip:bob@b;x=1", "sip:bob@b;x=2"],
  ["sip:bob@b;x", "sip:bob@b;x=2"],
  ["sip:a%3Bb@h", "sip:a;b@h"],
  ["sip:bob:a@b", "sip:bob:b@b"],
  ["sip:bob:a@b", "sip:bob@b"],
  ["sip:bob@b", "sip:b"],
  ["sip:%00@h", "sip:%00-@h"],
  ["sip:1@h", "tel:1"],
  ["http://a/B", "http://a/b"],
] as const) {
  test(`${a} is not ${b} (RFC 3261 §19.1.4)`, () => assert.equal(equal(a, b), false));
}

test("equality is not transitive: an unknown parameter in one URI only does not count (RFC 3261 §19.1.4)", () => {
  assert.ok(equal("sip:c@h;newparam=5", "sip:c@h"));
  assert.ok(equal("sip:c@h", "sip:c@h;newparam=6"));
  assert.equal(equal("sip:c@h;newparam=5", "sip:c@h;newparam=6"), false);
});

test("tel URIs: separators, case and order do not count, parameters do (RFC 3966 §4)", () => {
  assert.ok(equal("tel:+1-201-555-0123", "tel:+1(201)5550123"));
  assert.ok(equal("tel:12a;phone-context=EXAMPLE.com;ext=1-2", "tel:1-2A;ext=12;PHONE-context=example.com"));
  assert.ok(equal("tel:1;phone-context=+1-914", "tel:1;phone-context=+1914"));
  for (const [a, b] of [
    ["tel:+12015550123", "tel:12015550123"],
    ["tel:1;phone-context=a.com", "tel:1;phone-context=b.com"],
    ["tel:+1;ext=1", "tel:+1"],
    ["tel:+1;a=1", "tel:+1;b=1"],
  ] as const) {
    assert.equal(equal(a, b), false, `${a} ${b}`);
  }
});

test("every URI equals itself", () => {
  const v = new Values(5);
  for (let n = 0; n < 200; n++) {
    const uri = v.uri();
    // Two parameters of one name contradict each other (§19.1.1 allows one).
    if ("params" in uri && new Set(uri.params.map(({ name }) => name)).size < uri.params.length) continue;
    assert.ok(uriEquals(uri, uri), formatUri(uri));
  }
});
