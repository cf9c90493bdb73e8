/** The registration that the RFC shows. RFC 3261 §24.1. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMessage, SipRequest, SipResponse } from "@trapezoid/sip/message";
import type { Flow } from "@trapezoid/sip/transport";
import { createFakeClock } from "@trapezoid/testkit";
import { createRegistrar } from "../../../apps/server/src/registrar/index.ts";
import { createMemoryBindingStore } from "../../../apps/server/src/store/memory/memory-binding-store.ts";
import { stampTopVia } from "../../../packages/sip/src/transport/received.ts";

const register = [
  "REGISTER sip:registrar.biloxi.com SIP/2.0",
  "Via: SIP/2.0/UDP bobspc.biloxi.com:5060;branch=z9hG4bKnashds7",
  "Max-Forwards: 70",
  "To: Bob <sip:bob@biloxi.com>",
  "From: Bob <sip:bob@biloxi.com>;tag=456248",
  "Call-ID: 843817637684230@998sdasdh09",
  "CSeq: 1826 REGISTER",
  "Contact: <sip:bob@192.0.2.4>",
  "Expires: 7200",
  "Content-Length: 0",
  "\r\n",
].join("\r\n");

test("the 200 to a REGISTER: Via with received, a tag in To, the contact with its expires (RFC 3261 §24.1)", async () => {
  const clock = createFakeClock();
  const registrar = createRegistrar({
    settings: { defaultExpires: 3600, minExpires: 60, maxExpires: 7200, maxContacts: 10 },
    queue: createMemoryBindingStore(clock),
    clock,
    newTag: () => "2493k59kd",
    isKnown: (address) => address === "bob@biloxi.com",
    log: (_level, message) => assert.fail(message),
  });
  const flow = { kind: "udp", id: "u", remote: { address: "192.0.2.4", port: 5060 } } as Flow;
  const request = parseMessage(stampTopVia(register, flow));
  assert.ok(request.ok && request.value instanceof SipRequest);
  const responses: string[] = [];
  const respond = (_status: number, text: string): unknown => responses.push(text);
  registrar.register({ request: request.value, flow, respond }, "bob@biloxi.com");
  await Promise.resolve();
  const [text, ...more] = responses;
  assert.deepEqual(more, []);
  const response = parseMessage(text!);
  assert.ok(response.ok && response.value instanceof SipResponse);
  const { value } = response;
  assert.equal(value.status, 200);
  assert.equal(value.header("Via"), "SIP/2.0/UDP bobspc.biloxi.com:5060;branch=z9hG4bKnashds7;received=192.0.2.4");
  assert.equal(value.header("To"), "Bob <sip:bob@biloxi.com>;tag=2493k59kd");
  assert.equal(value.header("From"), "Bob <sip:bob@biloxi.com>;tag=456248");
  assert.equal(value.header("Call-ID"), "843817637684230@998sdasdh09");
  assert.equal(value.header("CSeq"), "1826 REGISTER");
  assert.equal(value.header("Contact"), "<sip:bob@192.0.2.4>;expires=7200");
  assert.equal(value.header("Content-Length"), "0");
});
