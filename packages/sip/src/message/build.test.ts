import assert from "node:assert/strict";
import { test } from "node:test";
import { buildRequest, buildResponse } from "./build.ts";
import { parseMessage, type SipRequest, type SipResponse } from "./message.ts";
import { reasonPhrase } from "./reason-phrases.ts";

function request(text: string): SipRequest {
  const parsed = parseMessage(text);
  assert.ok(parsed.ok && parsed.value.isRequest);
  return parsed.value as SipRequest;
}

function response(text: string): SipResponse {
  const parsed = parseMessage(text);
  assert.ok(parsed.ok && !parsed.value.isRequest);
  assert.equal(parsed.value.syntaxFault, undefined);
  return parsed.value as SipResponse;
}

const invite = buildRequest({
  method: "INVITE",
  uri: "sip:bob@example.com",
  headers: [
    ["Via", "SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/UDP b;branch=z9hG4bK2"],
    ["v", "SIP/2.0/UDP c;branch=z9hG4bK3"],
    ["From", "<sip:a@b>;tag=1"],
    ["t", "sip:bob@example.com"],
    ["Call-ID", "x@y"],
    ["CSeq", "1 INVITE"],
    ["Record-Route", "<sip:p1;lr>"],
    ["Timestamp", "54"],
    ["Content-Length", "99"],
    ["L", "98"],
  ],
  body: "v=0\r\n\xff",
});

test("buildRequest() writes what parseMessage() reads, Content-Length last and right", () => {
  const message = request(invite);
  assert.equal(message.method, "INVITE");
  assert.equal(message.requestUri, "sip:bob@example.com");
  assert.deepEqual(message.headers("Content-Length"), ["6"]);
  assert.match(invite, /Content-Length: 6\r\n\r\nv=0\r\n\xff$/);
  assert.equal(message.body, "v=0\r\n\xff");
});

test("buildResponse() copies Via, From, To, Call-ID and CSeq as they are (RFC 3261 §8.2.6.2)", () => {
  const ok = buildResponse(request(invite), 200, {
    toTag: "99",
    headers: [["Contact", "<sip:bob@h>"]],
    body: "x",
    recordRoute: true,
  });
  assert.equal(
    ok,
    "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/UDP b;branch=z9hG4bK2\r\nv: SIP/2.0/UDP c;branch=z9hG4bK3\r\n" +
      "From: <sip:a@b>;tag=1\r\nt: sip:bob@example.com;tag=99\r\nCall-ID: x@y\r\nCSeq: 1 INVITE\r\nRecord-Route: <sip:p1;lr>\r\n" +
      "Contact: <sip:bob@h>\r\nContent-Length: 1\r\n\r\nx",
  );
  assert.equal(response(ok).toTag, "99");
  assert.equal(response(buildResponse(request(invite), 200)).has("Record-Route"), false);
});

test("a 100 carries the request's Timestamp and nobody else does (RFC 3261 §8.2.6.1)", () => {
  assert.equal(response(buildResponse(request(invite), 100)).header("Timestamp"), "54");
  assert.equal(response(buildResponse(request(invite), 180)).has("Timestamp"), false);
});

test("a To tag that is there stays (RFC 3261 §8.2.6.2)", () => {
  const bye = request(invite.replace("t: sip:bob@example.com", "To: <sip:bob@example.com>;tag=old"));
  assert.equal(response(buildResponse(bye, 200, { toTag: "new" })).header("To"), "<sip:bob@example.com>;tag=old");
});

test("nothing a peer or caller gives starts a line of its own", () => {
  const smuggler = request(
    "OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/UDP a\nX: 1\r\nCall-ID: a\rY: 2\r\nTo: <sip:a>\nZ: 3\r\n\r\n",
  );
  const text = buildResponse(smuggler, 400, {
    reason: "Bad\r\nW: 4",
    toTag: "1",
    headers: [
      ["Warning", "a\r\nV: 5"],
      ["Subject", "café漢"],
    ],
  });
  for (const line of text.split("\r\n")) assert.doesNotMatch(line, /^[V-Z]: |[\r\n]|[^\0-\xff]/);
  assert.equal(response(text).lineCount, 6);
  const empty = request("OPTIONS sip:a SIP/2.0\r\nTo:\r\n \r\n\r\n");
  assert.equal(response(buildResponse(empty, 400, { toTag: "1" })).header("To"), ";tag=1");
});

test("what cannot be written is misuse", () => {
  const headers: [string, string][] = [];
  assert.throws(() => buildRequest({ method: "IN VITE", uri: "sip:a", headers }), TypeError);
  for (const uri of ["", "sip:a b", "sip:a\r\n", "<sip:a>"]) {
    assert.throws(() => buildRequest({ method: "INVITE", uri, headers }), TypeError);
  }
  assert.throws(() => buildRequest({ method: "INVITE", uri: "sip:a", headers: [["A B", "x"]] }), TypeError);
  for (const status of [99, 700, 200.5, Number.NaN])
    assert.throws(() => buildResponse(request(invite), status), TypeError);
});

test("reason phrases are the registered ones, or the class's (RFC 3261 §8.1.3.2)", () => {
  assert.equal(reasonPhrase(487), "Request Terminated");
  assert.equal(reasonPhrase(499), "Bad Request");
  assert.equal(reasonPhrase(183), "Session Progress");
  assert.match(buildResponse(request(invite), 486, { reason: "Caf\u00e9 zu" }), /^SIP\/2\.0 486 Caf\xc3\xa9 zu\r\n/);
});
