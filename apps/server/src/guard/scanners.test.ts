import assert from "node:assert/strict";
import { test } from "node:test";
import { buildRequest, parseMessage, SipRequest } from "@trapezoid/sip/message";
import { Scanners } from "./scanners.ts";

function request(headers: readonly (readonly [string, string])[]): SipRequest {
  const parsed = parseMessage(buildRequest({ method: "OPTIONS", uri: "sip:100@192.0.2.1", headers }));
  assert.ok(parsed.ok && parsed.value instanceof SipRequest);
  return parsed.value;
}

test("scanners are known by what they call themselves", () => {
  const scanners = new Scanners();
  for (const agent of [
    "friendly-scanner",
    "Friendly-Scanner",
    "sundayddr",
    "sip-scan",
    "sipcli/v1.8",
    "pplsip",
    "VaxSIPUserAgent/3.1",
    "x sipvicious 0.3",
    "smap 0.6.0",
    `${"x".repeat(100)} iWar`,
  ]) {
    assert.equal(scanners.recognize(request([["User-Agent", agent]])), `User-Agent: ${agent}`);
    assert.notEqual(scanners.recognize(request([["User-Agent", agent]])), undefined, "and again");
  }
  const from = '"sipvicious"<sip:100@1.1.1.1>;tag=6133';
  assert.equal(scanners.recognize(request([["From", from]])), `From: ${from}`);
});

test("phones are not taken for scanners", () => {
  const scanners = new Scanners();
  for (const agent of [
    "Linphone/5.1",
    "Z 5.6.1 v2.10.20",
    "Cosmapphone/1",
    "Cosmap/1",
    "Yealink SIP-T46U",
    "SIPp",
    "PortSIP UC Client",
    "",
  ]) {
    assert.equal(scanners.recognize(request([["User-Agent", agent]])), undefined, agent);
  }
  assert.equal(scanners.recognize(request([])), undefined);
});

test("names may be added; they are no patterns", () => {
  const scanners = new Scanners(["Evil.Dialer (x)"]);
  assert.notEqual(scanners.recognize(request([["User-Agent", "evil.dialer (x)/7"]])), undefined);
  assert.equal(scanners.recognize(request([["User-Agent", "evil-dialer"]])), undefined);
});
