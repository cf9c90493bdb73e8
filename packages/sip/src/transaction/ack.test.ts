import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRequest, parseResponse, requestText } from "../../test/transaction-rig.ts";
import { buildResponse } from "../message/index.ts";
import { ackText } from "./ack.ts";

test("the ACK has the INVITE's Request-URI, topmost Via, Route, From, Call-ID and CSeq number, and the response's To (RFC 3261 §17.1.1.3)", () => {
  const invite = requestText({
    cseq: "4711 INVITE",
    headers: [
      ["Via", "SIP/2.0/TCP 192.0.2.1;branch=z9hG4bKfurther"],
      ["Route", "<sip:p1.example.com;lr>, <sip:p2.example.com;lr>"],
      ["Route", "<sip:p3.example.com;lr>"],
      ["Contact", "<sip:alice@10.0.0.9>"],
      ["Content-Type", "application/sdp"],
    ],
  });
  const response = parseResponse(buildResponse(parseRequest(invite), 486, { toTag: "to1" }));
  const ack = parseRequest(ackText(invite, response)!);
  assert.equal(ack.method, "ACK");
  assert.equal(ack.requestUri, "sip:bob@example.com");
  assert.deepEqual(ack.headers("Via"), ["SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKpeer1"]);
  assert.deepEqual(ack.headers("Route"), [
    "<sip:p1.example.com;lr>, <sip:p2.example.com;lr>",
    "<sip:p3.example.com;lr>",
  ]);
  assert.equal(ack.header("From"), "<sip:alice@example.com>;tag=from1");
  assert.equal(ack.header("To"), "<sip:bob@example.com>;tag=to1");
  assert.equal(ack.callId, "call-1");
  assert.deepEqual(ack.cseq, { sequence: 4711, method: "ACK" });
  assert.equal(ack.header("Max-Forwards"), "70");
  assert.equal(ack.has("Contact"), false);
  assert.equal(ack.body, "");
});

test("of several Via values on one line the ACK takes the first", () => {
  const invite = requestText().replace(
    "branch=z9hG4bKpeer1",
    "branch=z9hG4bKpeer1, SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKb",
  );
  const response = parseResponse(buildResponse(parseRequest(invite), 486, { toTag: "to1" }));
  const ack = parseRequest(ackText(invite, response)!);
  assert.deepEqual(ack.headers("Via"), ["SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKpeer1"]);
});

test("an INVITE that cannot be read gets no ACK, and no exception", () => {
  const response = parseResponse(buildResponse(parseRequest(requestText()), 486, { toTag: "to1" }));
  assert.equal(ackText("", response), undefined);
});
