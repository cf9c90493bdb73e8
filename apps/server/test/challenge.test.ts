/** Challenges cost the server nothing that outlives them. RFC 3261 §26.3.2.4. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestHouse } from "./house.ts";

test("a challenge is sent without state: its To tag is one by which the ACK is known, not one of a transaction (RFC 3261 §26.1.5, §26.3.2.4)", () => {
  const house = openTestHouse({}, ["alice"]);
  for (const request of [
    { uri: "sip:bob@example.com" },
    { method: "MESSAGE", uri: "sip:bob@example.com" },
    { method: "REGISTER", uri: "sip:example.com", to: "sip:alice@example.com" },
  ]) {
    const [challenge] = house.send(request);
    assert.ok(challenge?.status === 401 || challenge?.status === 407);
    assert.match(challenge.toTag ?? "", /^01-/);
  }
});
