/** The URIs that the RFC shows, part by part. RFC 3261 §19.1.3. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { formatUri, isSipUri, parseUri } from "@trapezoid/sip/message";

const examples = [
  ["sip:alice@atlanta.com", "alice", undefined, "atlanta.com", "", ""],
  ["sip:alice:secretword@atlanta.com;transport=tcp", "alice", "secretword", "atlanta.com", "transport=tcp", ""],
  [
    "sips:alice@atlanta.com?subject=project%20x&priority=urgent",
    "alice",
    undefined,
    "atlanta.com",
    "",
    "subject=project%20x priority=urgent",
  ],
  ["sip:+1-212-555-1212:1234@gateway.com;user=phone", "+1-212-555-1212", "1234", "gateway.com", "user=phone", ""],
  ["sips:1212@gateway.com", "1212", undefined, "gateway.com", "", ""],
  ["sip:alice@192.0.2.4", "alice", undefined, "192.0.2.4", "", ""],
  [
    "sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com",
    undefined,
    undefined,
    "atlanta.com",
    "method=REGISTER",
    "to=alice%40atlanta.com",
  ],
  ["sip:alice;day=tuesday@atlanta.com", "alice;day=tuesday", undefined, "atlanta.com", "", ""],
] as const;

for (const [text, user, password, host, params, headers] of examples) {
  test(`${text} (RFC 3261 §19.1.3)`, () => {
    const parsed = parseUri(text);
    assert.ok(parsed.ok && isSipUri(parsed.value));
    const uri = parsed.value;
    assert.equal(uri.scheme, text.slice(0, text.indexOf(":")));
    assert.deepEqual([uri.user, uri.password, uri.host, uri.port], [user, password, host, undefined]);
    assert.equal(uri.params.map(({ name, value }) => `${name}=${value}`).join(" "), params);
    assert.equal(uri.headers.map(([name, value]) => `${name}=${value}`).join(" "), headers);
    assert.equal(formatUri(uri), text);
  });
}
