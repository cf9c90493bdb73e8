import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMessage, type SipResponse } from "../../message/message.ts";
import { formatNameAddr, parseNameAddr } from "../../message/name-addr.ts";
import type { NameAddr } from "../../message/values.ts";
import { readRegistered } from "./registered.ts";

function response(lines: readonly string[]): SipResponse {
  const parsed = parseMessage(`SIP/2.0 200 OK\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`);
  assert.ok(parsed.ok && !parsed.value.isRequest);
  return parsed.value;
}

function address(text: string): NameAddr {
  const parsed = parseNameAddr(text);
  assert.ok(parsed.ok);
  return parsed.value;
}

const own = (regId: number) => address(`<sip:a@h>;+sip.instance="<urn:uuid:1>";reg-id=${regId}`);
const bindings = [
  'Contact: <sip:a@h>;+sip.instance="<urn:uuid:1>";reg-id=1;expires=100;pub-gruu="sip:a@d;gr=1"',
  'Contact: <sip:a@h>;+sip.instance="<urn:uuid:1>";reg-id=2;expires=200, <sip:other@h>;expires=300',
];

test("our binding is the one of our instance and reg-id, else the one of our URI (RFC 5626 §6, RFC 3261 §10.2.4)", () => {
  assert.equal(readRegistered(response(bindings), own(1), 600).expiresSeconds, 100);
  assert.equal(readRegistered(response(bindings), own(2), 600).expiresSeconds, 200);
  assert.equal(readRegistered(response(bindings), address("<sip:other@h>"), 600).expiresSeconds, 300);
  assert.deepEqual(
    readRegistered(response(bindings), own(2), 600).bindings.map(({ uri }) =>
      formatNameAddr({ displayName: undefined, uri, params: [] }),
    ),
    ["<sip:a@h>", "<sip:a@h>", "<sip:other@h>"],
  );
});

test("how long: by the binding, else by Expires, else as asked for (RFC 3261 §10.2.4)", () => {
  const of = (...lines: string[]) => readRegistered(response(lines), address("<sip:a@h>"), 600).expiresSeconds;
  assert.equal(of("Contact: <sip:a@h>;expires=30", "Expires: 40"), 30);
  assert.equal(of("Contact: <sip:a@h>", "Expires: 40"), 40);
  assert.equal(of("Contact: <sip:a@h>"), 600);
});

test("GRUUs are those of our binding alone; outbound and Flow-Timer are what the response says (RFC 5627 §4.2, RFC 5626 §4.2.1, §4.4)", () => {
  assert.ok(readRegistered(response(bindings), own(1), 600).publicGruu);
  assert.equal(readRegistered(response(bindings), own(2), 600).publicGruu, undefined);
  const { isOutbound, flowTimer } = readRegistered(response(["Require: outbound", "Flow-Timer: 60"]), own(1), 600);
  assert.deepEqual([isOutbound, flowTimer], [true, 60]);
  assert.equal(readRegistered(response([]), own(1), 600).isOutbound, false);
});
