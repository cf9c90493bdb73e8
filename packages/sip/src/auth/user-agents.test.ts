import assert from "node:assert/strict";
import { test } from "node:test";
import { algorithmsFor } from "./user-agents.ts";

test("algorithmsFor() offers SHA-256, then MD5, to user agents known to cope (RFC 8760 §2.3)", () => {
  for (const userAgent of [
    "Linphone/3.12.0 (belle-sip/1.6.3)",
    "LinphoneAndroid/5.2.3",
    "linphone",
    "Trapezoid/0.1.0",
  ]) {
    assert.deepEqual(algorithmsFor(userAgent), ["SHA-256", "MD5"], userAgent);
  }
});

test("algorithmsFor() offers MD5 alone to everybody else", () => {
  for (const userAgent of [
    undefined,
    "",
    "baresip v1.0.0 (x86_64/linux)",
    "SIPp",
    "JsSIP 3.13.0",
    "SIP.js/0.21",
    "Not Linphone",
  ]) {
    assert.deepEqual(algorithmsFor(userAgent), ["MD5"], `${userAgent}`);
  }
});

test("algorithmsFor() takes own rules", () => {
  const rules = [{ product: "ACME", algorithms: ["SHA-512-256"] as const }];
  assert.deepEqual(algorithmsFor("acme phone", rules), ["SHA-512-256"]);
  assert.deepEqual(algorithmsFor("Linphone/5", rules), ["MD5"]);
});
