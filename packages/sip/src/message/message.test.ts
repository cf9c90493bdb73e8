import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCSeq } from "./cseq.ts";
import { defineHeader } from "./define-header.ts";
import { Contact, Route, Subject, Supported } from "./fields.ts";
import { HeaderId } from "./header-id.ts";
import { parseMessage, type SipRequest, type SipResponse } from "./message.ts";
import { formatUri } from "./uri.ts";

function lines(...all: string[]): string {
  return all.map((line) => `${line}\r\n`).join("");
}

function request(text: string): SipRequest {
  const result = parseMessage(text);
  assert.ok(result.ok && result.value.isRequest, text);
  return result.value as SipRequest;
}

function response(text: string): SipResponse {
  const result = parseMessage(text);
  assert.ok(result.ok && !result.value.isRequest, text);
  return result.value as SipResponse;
}

const invite = lines(
  "INVITE sip:bob@biloxi.com;lr SIP/2.0",
  "Via: SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bK776asdhds , SIP/2.0/TCP second",
  "v: SIP/2.0/TLS third",
  "Max-Forwards: 70",
  "t: Bob <sip:bob@biloxi.com>",
  "FROM : Alice <sip:alice@atlanta.com>;tag=1928301774",
  "Call-ID: a84b4c76e66710@pc33.atlanta.com",
  "CSeq: 314159 INVITE",
  'm: <sip:alice@pc33.atlanta.com>;q=0.7, "x, y" <sip:b>',
  "X-Own: one",
  "Subject: a",
  "\tfolded  ",
  "   subject",
  "x-own:two",
  "Content-Length: 4",
  "",
).concat("\0\xffab");

test("a request's parts, in any case, compact form and folding (RFC 3261 §7.3.1, §7.3.3)", () => {
  const message = request(invite);
  assert.equal(message.method, "INVITE");
  assert.equal(message.requestUri, "sip:bob@biloxi.com;lr");
  assert.equal(invite.slice(message.requestUriStart).indexOf("sip:bob"), 0);
  assert.equal(message.uri?.scheme, "sip");
  assert.equal(message.via?.host, "pc33.atlanta.com");
  assert.equal(message.via?.branch, "z9hG4bK776asdhds");
  assert.equal(message.fromTag, "1928301774");
  assert.equal(message.toTag, undefined);
  assert.equal(message.from?.displayName, "Alice");
  assert.equal(message.callId, "a84b4c76e66710@pc33.atlanta.com");
  assert.deepEqual(message.cseq, { sequence: 314_159, method: "INVITE" });
  assert.equal(message.number(HeaderId["Max-Forwards"]), 70);
  assert.equal(message.get(Subject), "a folded subject");
  assert.equal(message.header("s"), "a folded subject");
  assert.deepEqual(message.headers("X-OWN"), ["one", "two"]);
  assert.equal(message.getAll(Contact).length, 2);
  assert.equal(message.body, "\0\xffab");
  assert.equal(message.has("Route"), false);
  assert.equal(message.get(Route), undefined);
  assert.equal(message.fault, undefined);
});

test("header lines by number and offset: names, values, ends", () => {
  const message = request(invite);
  const first = message.findLine(HeaderId.Via);
  const second = message.findLine(HeaderId.Via, first + 1);
  assert.deepEqual([first, second], [0, 1]);
  assert.equal(message.lineName(second), "v");
  assert.equal(message.lineName(message.findLine(HeaderId.From)), "FROM");
  assert.equal(message.lineValue(second), "SIP/2.0/TLS third");
  assert.equal(message.findLine(HeaderId.Via, second + 1), -1);
  for (let line = 0; line < message.lineCount; line++) {
    assert.equal(
      message.lineEnd(line),
      line + 1 < message.lineCount ? message.lineStart(line + 1) : message.bodyStart - 2,
    );
    assert.equal(message.text.slice(message.lineEnd(line) - 2, message.lineEnd(line)), "\r\n");
    const raw = message.text.slice(message.valueStart(line), message.valueEnd(line));
    assert.equal(raw, raw.trim());
  }
  assert.equal(message.lineStart(0), message.headersStart);
});

test("a response's parts, with a reason phrase or without (RFC 3261 §7.2, RFC 4475 §3.1.1.12, §3.1.1.13)", () => {
  const ok = response(lines("SIP/2.0 200 = 2**3 * 5**2 \xd0\xbd\xd0\xbe", "CSeq: 1 BYE", ""));
  assert.equal(ok.status, 200);
  assert.equal(ok.reason, "= 2**3 * 5**2 \xd0\xbd\xd0\xbe");
  assert.equal(response(lines("SIP/2.0 100 ", "")).reason, "");
  assert.equal(response(lines("sip/2.0 699", "")).status, 699);
  assert.equal(
    response(lines("SIP/2.0 200 voil\xc3\xa0 ", "")).reason,
    "voil\xc3\xa0",
    "an octet of UTF-8 is no space",
  );
});

test("status lines that are none are refused (RFC 4475 §3.1.2.19)", () => {
  for (const line of [
    "SIP/2.0 4294967301 better not",
    "SIP/2.0 099 x",
    "SIP/2.0 700 x",
    "SIP/3.0 200 OK",
    "SIP/2.0 20 OK",
    "SIP/2.0  200",
  ]) {
    assert.equal(parseMessage(lines(line, "")).ok, false, line);
  }
});

test("faulty values are undefined, the first fault stays with its offset in the message", () => {
  const text = lines(
    "OPTIONS sip:a SIP/2.0",
    "From: <sip:a",
    "Via: SIP/2.0/UDP h;;",
    "CSeq: x",
    "m: <sip:a>, <sip:b;;>",
    "",
  );
  const message = request(text);
  assert.equal(message.via, undefined);
  assert.equal(message.fault?.code, "SIP_MSG_BAD_VIA");
  assert.equal(message.fault?.offset, text.indexOf(";;") + 1);
  assert.equal(message.from, undefined);
  assert.equal(message.cseq, undefined);
  assert.equal(message.fault?.code, "SIP_MSG_BAD_VIA", "the first one");
  message.fault = undefined;
  assert.equal(message.getAll(Contact).length, 1);
  assert.equal((message as SipRequest).fault?.offset, text.indexOf("b;;>") + 2);
});

test("a value of nothing but folds is empty, and ends where its line does (RFC 3261 §7.3.1)", () => {
  const message = request(lines("OPTIONS sip:a SIP/2.0", "To:", " ", "\t", "Call-ID: x", ""));
  assert.equal(message.lineValue(0), "");
  assert.equal(message.text.slice(message.lineStart(0), message.valueEnd(0)), "To:");
});

test("a value's fault in an own field points into the message", () => {
  const own = defineHeader({ name: "X-Seq", list: true, parse: parseCSeq, format: () => "" });
  const text = lines("OPTIONS sip:a SIP/2.0", "X-Seq: 1 A, 2B", "");
  const message = request(text);
  assert.deepEqual(message.getAll(own), [{ sequence: 1, method: "A" }]);
  assert.equal(message.fault?.offset, text.indexOf("B"));
});

test("empty lists have no values and no fault", () => {
  const message = request(lines("OPTIONS sip:a SIP/2.0", "Supported:", "k: , ,", "Supported: a", ""));
  assert.equal(message.get(Supported), "a");
  assert.deepEqual(message.getAll(Supported), ["a"]);
  assert.equal(message.fault, undefined);
});

test("number() takes digits alone", () => {
  for (const [value, number] of [
    ["0068", 68],
    ["4294967296", 4_294_967_296],
    ["", undefined],
    ["-1", undefined],
    ["1 2", undefined],
    ["12345678901", undefined],
    ["1\r\n ", 1],
  ] as const) {
    const message = request(lines("OPTIONS sip:a SIP/2.0", `Expires: ${value}`, "X: y", ""));
    assert.equal(message.number(HeaderId.Expires), number, value);
    assert.equal(message.fault?.code, number === undefined ? "SIP_MSG_BAD_NUMBER" : undefined);
  }
});

test("octets beyond Content-Length are cut off, too few are a fault (RFC 3261 §18.3, RFC 4475 §3.1.1.8, §3.1.2.2, RFC 3261 §7.4.2)", () => {
  const text = lines("REGISTER sip:a SIP/2.0", "l: 2", "");
  assert.equal(request(`${text}abINVITE`).text, `${text}ab`);
  assert.equal(request(`${text}a`).syntaxFault?.code, "SIP_MSG_BODY_TOO_SHORT");
  assert.equal(
    request(`${lines("REGISTER sip:a SIP/2.0", "")}rest`).body,
    "rest",
    "without one, the datagram's end is the body's",
  );
});

test("Content-Length must be one number (RFC 4475 §3.1.2.3, §3.3.9)", () => {
  for (const values of [["-999"], ["1 1"], [""], ["x"], ["9999999999"], ["0", "5"]]) {
    const message = request(lines("REGISTER sip:a SIP/2.0", ...values.map((value) => `Content-Length: ${value}`), ""));
    assert.equal(message.syntaxFault?.code, "SIP_MSG_BAD_CONTENT_LENGTH", values.join());
  }
});

test("a broken message that can be answered keeps its sound lines (RFC 3261 §21.4.1)", () => {
  for (const [code, text] of [
    ["SIP_MSG_TRUNCATED", lines("OPTIONS sip:a SIP/2.0", "Call-ID: x")],
    ["SIP_MSG_TRUNCATED", `${lines("OPTIONS sip:a SIP/2.0", "Call-ID: x")}From: <sip:a`],
    ["SIP_MSG_BAD_HEADER_LINE", lines("OPTIONS sip:a SIP/2.0", "no colon", "Call-ID: x", "")],
    ["SIP_MSG_BAD_HEADER_LINE", lines("OPTIONS sip:a SIP/2.0", ": nameless", "Call-ID: x", "")],
    ["SIP_MSG_BAD_HEADER_LINE", lines("OPTIONS sip:a SIP/2.0", " : nameless", "Call-ID: x", "")],
    ["SIP_MSG_BAD_HEADER_LINE", lines("OPTIONS sip:a SIP/2.0", " folded start line", "Call-ID: x", "")],
    ["SIP_MSG_BAD_HEADER_LINE", lines("OPTIONS sip:a SIP/2.0", "Ca(ll: x", "Call-ID: x", "")],
    ["SIP_MSG_BARE_LINE_END", lines("OPTIONS sip:a SIP/2.0", "Subject: a\nVia: smuggled", "Call-ID: x", "")],
    ["SIP_MSG_BARE_LINE_END", lines("OPTIONS sip:a SIP/2.0", "Subject: a\rVia: smuggled", "Call-ID: x", "")],
    ["SIP_MSG_BARE_LINE_END", lines("OPTIONS sip:a\r SIP/2.0", "Call-ID: x", "")],
    ["SIP_MSG_BAD_VERSION", lines("OPTIONS sip:a SIP/7.0", "Call-ID: x", "")],
    ["SIP_MSG_BAD_REQUEST_LINE", lines("OPTIONS sip:a SIP/2.0  ", "Call-ID: x", "")],
  ] as const) {
    const message = request(text);
    assert.equal(message.syntaxFault?.code, code, JSON.stringify(text));
    assert.equal(message.fault, message.syntaxFault);
    assert.equal(message.callId, "x");
    for (let line = 0; line < message.lineCount; line++) message.lineName(line);
  }
});

test("what nobody could answer is an error", () => {
  for (const text of [
    "",
    "\r\n",
    "OPTIONS",
    "OPTIONS\r\n\r\n",
    "OPTIONS sip:a SIP/2.0",
    "OPTIONS sip:a SIP/2.0\n\n",
    "\0\0\0\0",
    "GET / HTTP",
    "OPTIONS \r\n\r\n",
    " SIP/2.0\r\n\r\n",
  ]) {
    assert.equal(parseMessage(text).ok, false, JSON.stringify(text));
  }
});

test("CRLFs before the start line are passed over (RFC 3261 §7.5)", () => {
  assert.equal(request(`\r\n\r\n${invite}`).text, invite);
});

test("limits on header lines and octets hold", () => {
  const text = lines("OPTIONS sip:a SIP/2.0", ...new Array<string>(9).fill("X: y"), "");
  assert.ok(parseMessage(text, { headerCount: 9, headerBytes: 100 }).ok);
  const many = parseMessage(text, { headerCount: 8, headerBytes: 100 });
  assert.ok(!many.ok && many.error.code === "SIP_MSG_TOO_MANY_HEADERS");
  const large = parseMessage(text, { headerCount: 9, headerBytes: 70 });
  assert.ok(!large.ok && large.error.code === "SIP_MSG_HEADERS_TOO_LARGE");
});

test("methods are compared with case, and unknown ones pass (RFC 3261 §7.1, RFC 4475 §3.1.1.2)", () => {
  for (const method of ["INVITE", "invite", "INVITEX", "!interesting-Method0123456789_*+`.%indeed'~", "RE%47IST%45R"]) {
    assert.equal(request(lines(`${method} sip:a SIP/2.0`, "")).method, method);
  }
});

test("a name that ends with the text, or beyond latin1, is no endless walk", () => {
  for (const text of [
    "OPTIONS sip:a SIP/2.0\r\nVi",
    "OPTIONS sip:a SIP/2.0\r\nVia",
    "OPTIONS sip:a SIP/2.0\r\nVi漢: x\r\n\r\n",
  ]) {
    assert.ok(request(text).syntaxFault, JSON.stringify(text));
  }
});

test("the Request-URI's fault points into the message", () => {
  const message = request(lines("OPTIONS sip:a@b:x SIP/2.0", ""));
  assert.equal(message.uri, undefined);
  assert.equal(message.fault?.offset, "OPTIONS sip:a@b:".length);
  assert.equal(formatUri(request(lines("OPTIONS tel:+1 SIP/2.0", "")).uri!), "tel:+1");
});
