import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMessage, type SipRequest, type SipResponse } from "./message.ts";
import { checkRequest, checkResponse } from "./validate.ts";

const sound: Readonly<Record<string, string>> = {
  Via: "SIP/2.0/UDP h;branch=z9hG4bK1",
  From: "<sip:a@b>;tag=1",
  To: "<sip:b@c>",
  "Call-ID": "x@y",
  CSeq: "1 OPTIONS",
  "Max-Forwards": "70",
};

function check(
  changes: Readonly<Record<string, string | undefined>> = {},
  start = "OPTIONS sip:a@b SIP/2.0",
  more = "",
): string | undefined {
  const fields = Object.entries({ ...sound, ...changes }).filter(([, value]) => value !== undefined);
  const text = `${start}\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join("")}${more}\r\n`;
  const parsed = parseMessage(text);
  assert.ok(parsed.ok);
  const verdict = parsed.value.isRequest
    ? checkRequest(parsed.value as SipRequest)
    : checkResponse(parsed.value as SipResponse);
  return verdict && `${verdict.status} ${verdict.reason}`;
}

test("a sound request passes, with unknown schemes and without Max-Forwards too (RFC 3261 §8.2.2.1, §16.3)", () => {
  assert.equal(check(), undefined);
  assert.equal(check({ "Max-Forwards": undefined }), undefined);
  assert.equal(check({}, "OPTIONS nobodyKnowsThisScheme:opaque SIP/2.0"), undefined);
  assert.equal(check({ From: "<sip:a@b>", Via: "SIP/2.0/UDP h" }), undefined, "RFC 2543 clients (RFC 4475 §3.4.1)");
  assert.equal(check({ "Max-Forwards": "0" }), undefined, "483 is the proxy's word");
});

test("mandatory header fields are there and can be read (RFC 3261 §8.1.1)", () => {
  for (const name of ["Via", "From", "To", "Call-ID", "CSeq"]) {
    assert.equal(check({ [name]: undefined }), `400 Missing ${name} Header Field`);
    assert.equal(check({ [name]: "" }), `400 Bad ${name} Header Field`);
  }
  assert.equal(check({ From: "<sip:a" }), "400 Bad From Header Field");
  assert.equal(check({ "Call-ID": "a b" }), "400 Bad Call-ID Header Field");
  for (const hops of ["256", "-1", "x", ""])
    assert.equal(check({ "Max-Forwards": hops }), "400 Bad Max-Forwards Header Field");
});

test("CSeq has the request's method and stays below 2**31 (RFC 3261 §8.1.1.5, RFC 4475 §3.1.2.17)", () => {
  assert.equal(check({ CSeq: "1 INVITE" }), "400 CSeq Method Does Not Match");
  assert.equal(check({ CSeq: "1 options" }), "400 CSeq Method Does Not Match");
  const unknown = check({ CSeq: "1 OPTIONS" }, "NEWMETHOD sip:a@b SIP/2.0");
  assert.equal(unknown, "501 Not Implemented", "RFC 4475 §3.1.2.18");
  assert.equal(check({ CSeq: "2147483647 OPTIONS" }), undefined);
  assert.equal(check({ CSeq: "2147483648 OPTIONS" }), "400 CSeq Out Of Range");
});

test("fields of one value stand once (RFC 4475 §3.3.8)", () => {
  for (const [line, name] of [
    ["t: <sip:b@c>", "To"],
    ["f: <sip:a@b>", "From"],
    ["CSeq: 1 OPTIONS", "CSeq"],
    ["i: x@y", "Call-ID"],
    ["Max-Forwards: 5", "Max-Forwards"],
    ["Expires: 1\r\nExpires: 1", "Expires"],
    ["c: a/b\r\nContent-Type: a/b", "Content-Type"],
    ["Content-Length: 0\r\nl: 0", "Content-Length"],
  ] as const) {
    assert.equal(check({}, undefined, `${line}\r\n`), `400 Multiple ${name} Header Fields`);
  }
});

test("other versions are 505, broken request lines 400 (RFC 3261 §21.5.6, RFC 4475 §3.1.2.10, §3.1.2.16)", () => {
  assert.equal(check({}, "OPTIONS sip:a@b SIP/7.0"), "505 Version Not Supported");
  assert.equal(check({}, "OPTIONS sip:a@b SIP/2.0  ")?.slice(0, 3), "400");
  assert.equal(check({}, "OPTIONS sip:a@b sip/2.0"), undefined, "RFC 3261 §7.1: the version is read without case");
});

test("the Request-URI is a URI without header fields (RFC 3261 §19.1.1, RFC 4475 §3.1.2.7, §3.1.2.8, §3.1.2.11)", () => {
  for (const uri of ["<sip:a@b>", "sip:a@b; lr", " sip:a@b", "sip:a@b?x=y", "a@b"]) {
    assert.equal(check({}, `OPTIONS ${uri} SIP/2.0`)?.slice(0, 3), "400", uri);
  }
});

test("a branch that is the cookie alone is no branch (RFC 4475 §3.2.1)", () => {
  assert.equal(check({ Via: "SIP/2.0/UDP h;branch=z9hG4bK" }), "400 Bad Via Branch");
});

test("a REGISTER's Contact and Expires can be read (RFC 3261 §10.3, RFC 4475 §3.1.2.13)", () => {
  const register = (more: string) => check({ CSeq: "1 REGISTER" }, "REGISTER sip:b SIP/2.0", more);
  assert.equal(register("Contact: <sip:a@b?Route=x>, *\r\n"), undefined);
  assert.equal(register("Contact: sip:a@b?Route=x\r\n"), "400 Bad Contact Header Field");
  assert.equal(register("Expires: soon\r\n"), "400 Bad Expires Header Field");
  assert.equal(
    check({}, undefined, "Contact: sip:a@b?Route=x\r\n"),
    undefined,
    "others' Contact is not a proxy's business (RFC 3261 §16.3)",
  );
});

test("responses: the same fields, or they are dropped (RFC 3261 §18.1.2, RFC 4475 §3.1.2.5)", () => {
  const ok = "SIP/2.0 200 OK";
  assert.equal(check({}, ok), undefined);
  assert.equal(check({ CSeq: "9292394834772304023312 OPTIONS" }, ok), "400 Bad CSeq Header Field");
  assert.equal(check({ Via: undefined }, ok), "400 Missing Via Header Field");
  assert.equal(check({}, ok, "Content-Length: 5\r\n")?.slice(0, 3), "400");
});
