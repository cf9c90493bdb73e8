import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import {
  Accept,
  bodyParts,
  Contact,
  checkRequest,
  checkResponse,
  formatUri,
  getParam,
  HeaderId,
  isSipUri,
  type NameAddr,
  parseMessage,
  parseUri,
  Route,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  StreamFramer,
  unescapeUri,
  uriEquals,
  utf8Decode,
  Via,
} from "@trapezoid/sip/message";
import { readMessage, readVerdicts, suites, testName } from "./live/verdicts.ts";

const folder = (name: string) => new URL(`./${name}/`, import.meta.url);
const read = (suite: string, file: string) => readFileSync(new URL(file, folder(suite)), "latin1");

/** `ok`, the status of the answer, or `drop`. */
function verdictOf(text: string): string {
  const parsed = parseMessage(text);
  if (!parsed.ok) return "drop";
  if (!parsed.value.isRequest) return checkResponse(parsed.value as SipResponse) === undefined ? "ok" : "drop";
  return String(checkRequest(parsed.value as SipRequest)?.status ?? "ok");
}

for (const suite of suites) {
  const verdicts = readVerdicts(suite);

  test(`every message of ${suite} has a verdict`, () => {
    const files = readdirSync(folder(suite)).filter((file) => file.endsWith(".dat"));
    assert.deepEqual(files.sort(), verdicts.map(({ file }) => file).sort());
  });

  for (const verdict of verdicts) {
    test(testName(verdict, "parser"), () => {
      assert.equal(verdictOf(readMessage(verdict)), verdict.parser);
    });
  }
}

function message(file: string, suite = "rfc4475"): SipRequest {
  const parsed = parseMessage(read(suite, file));
  assert.ok(parsed.ok, file);
  return parsed.value as SipRequest;
}

const contacts = (of: SipMessage): NameAddr[] => of.getAll(Contact).filter((contact) => contact !== "*");

test("wsinv: what the tortuous INVITE says (RFC 4475 §3.1.1.1)", () => {
  const invite = message("wsinv.dat");
  assert.equal(invite.toTag, "1918181833n");
  assert.equal(invite.from?.displayName, 'J Rosenberg \\"');
  assert.equal(invite.fromTag, "98asjd8");
  assert.equal(invite.number(HeaderId["Max-Forwards"]), 68);
  assert.deepEqual(invite.cseq, { sequence: 9, method: "INVITE" });
  assert.deepEqual(
    invite.getAll(Via).map(({ transport, host, branch }) => [transport, host, branch]),
    [
      ["UDP", "192.0.2.2", "390skdjuw"],
      ["TCP", "spindle.example.com", "z9hG4bK9ikj8"],
      ["UDP", "192.168.255.111", "z9hG4bK30239"],
    ],
  );
  assert.equal(invite.header("NewFangledHeader"), "newfangled value continued newfangled value");
  assert.equal(formatUri(invite.get(Route)!.uri), "sip:services.example.com;lr;unknownwith=value;unknown-no-value");
  const [contact] = contacts(invite);
  assert.equal(contact!.displayName, 'Quoted string ""');
  assert.equal(getParam(contact!.params, "newparam"), "newvalue");
  assert.equal(getParam(contact!.params, "q"), "0.33");
  assert.equal(invite.header("s"), "");
  assert.equal(invite.fault, undefined);
});

test("intmeth: the full range of characters (RFC 4475 §3.1.1.2)", () => {
  const request = message("intmeth.dat");
  assert.equal(request.method, "!interesting-Method0123456789_*+`.%indeed'~");
  assert.ok(request.uri !== undefined && isSipUri(request.uri));
  assert.equal(request.uri.password, "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)");
  assert.equal(request.to?.displayName, "BEL:\u0007 NUL:\0 DEL:\u007f");
  assert.equal(request.from?.displayName, "token1~` token2'+_ token3*%!.-");
  assert.equal(getParam(request.from.params, "fromParam''~+*_!.-%"), "работающий");
  assert.equal(request.fromTag, "_token~1'+`*%!-.");
  assert.equal(request.header("extensionHeader-!.%*+_`'~"), "\xef\xbb\xbf\xe5\xa4\xa7\xe5\x81\x9c\xe9\x9b\xbb");
});

test("esc01, escnull, esc02, semiuri: escapes are read, kept, and only where there are some (RFC 4475 §3.1.1.3-5, §3.1.1.9)", () => {
  const esc01 = message("esc01.dat");
  const same = parseUri("sip:sips%3auser%40example.com@example.net");
  assert.ok(same.ok && uriEquals(esc01.uri!, same.value));
  assert.equal(isSipUri(esc01.uri!) && unescapeUri(esc01.uri.user!), "sips:user@example.com");
  const [nul, twoNuls] = contacts(message("escnull.dat"));
  assert.equal(formatUri(nul!.uri), "sip:%00@host5.example.com");
  assert.equal(uriEquals(nul!.uri, twoNuls!.uri), false);
  const esc02 = message("esc02.dat");
  assert.equal(esc02.method, "RE%47IST%45R");
  assert.equal(contacts(esc02).length, 2, "C%6Fntact is another header field");
  const semiuri = message("semiuri.dat");
  assert.equal(isSipUri(semiuri.uri!) && unescapeUri(semiuri.uri.user!), "user;par=u@example.net");
  assert.equal(semiuri.getAll(Accept).length, 6);
});

test("longreq: nothing is cut (RFC 4475 §3.1.1.7)", () => {
  const request = message("longreq.dat");
  assert.equal(request.getAll(Via).length, 34);
  assert.equal(request.fault, undefined);
  assert.ok(request.fromTag!.length > 150 && request.callId!.length > 60);
});

test("dblreq: one message in a datagram, two on a stream (RFC 4475 §3.1.1.8)", () => {
  const octets = read("rfc4475", "dblreq.dat");
  assert.equal(message("dblreq.dat").method, "REGISTER");
  assert.equal(message("dblreq.dat").text.includes("INVITE"), false);
  assert.deepEqual(
    new StreamFramer().push(octets).flatMap((framed) => (framed.kind === "message" ? [framed.text.slice(0, 8)] : [])),
    ["REGISTER", "INVITE s"],
  );
});

test("mpart01: the parts of a binary body (RFC 4475 §3.1.1.11)", () => {
  const parts = bodyParts(message("mpart01.dat"));
  assert.ok(parts.ok);
  assert.equal(parts.value.length, 2);
  assert.equal(parts.value[0]!.body, "Hello");
  assert.match(parts.value[1]!.body, /^\x30\x82.*\0/s);
});

test("unreason, noreason: reason phrases (RFC 4475 §3.1.1.12, §3.1.1.13)", () => {
  const phrase = utf8Decode((message("unreason.dat") as unknown as SipResponse).reason);
  assert.equal(phrase, "= 2**3 * 5**2 но сто девяносто девять - простое");
  assert.equal((message("noreason.dat") as unknown as SipResponse).reason, "");
});

test("clerr, ncl, mcl01: on a stream they cannot be followed (RFC 4475 §3.1.2.2, §3.1.2.3, §3.3.9)", () => {
  const framed = (file: string) => new StreamFramer().push(read("rfc4475", file)).map(({ kind }) => kind);
  assert.deepEqual(framed("clerr.dat"), [], "the rest may come");
  assert.deepEqual(framed("ncl.dat"), ["fault"]);
  assert.deepEqual(framed("mcl01.dat"), ["fault"]);
});

test("cparam01, cparam02, regescrt: whose parameter it is (RFC 4475 §3.3.12-14)", () => {
  const [one] = contacts(message("cparam01.dat"));
  assert.equal(formatUri(one!.uri), "sip:+19725552222@gw1.example.net");
  const [two] = contacts(message("cparam02.dat"));
  assert.equal(formatUri(two!.uri), "sip:+19725552222@gw1.example.net;unknownparam");
  const [three] = contacts(message("regescrt.dat"));
  assert.equal(formatUri(three!.uri), "sip:user@example.com?Route=%3Csip:sip.example.com%3E");
});

test("RFC 5118: hosts, ports and received (§4.3, §4.4, §4.5, §4.7, §4.9)", () => {
  const ipv6 = (file: string) => message(file, "rfc5118");
  const ambiguous = ipv6("port-ambiguous.dat").uri!;
  assert.ok(isSipUri(ambiguous));
  assert.deepEqual([ambiguous.host, ambiguous.port], ["[2001:db8::10:5070]", undefined]);
  const unambiguous = ipv6("port-unambiguous.dat").uri!;
  assert.ok(isSipUri(unambiguous));
  assert.deepEqual([unambiguous.host, unambiguous.port], ["[2001:db8::10]", 5070]);
  for (const file of ["via-received-param-with-delim.dat", "via-received-param-no-delim.dat"]) {
    assert.equal(ipv6(file).via?.received, "2001:db8::9:255");
  }
  assert.equal(ipv6("mult-ip-in-header.dat").getAll(Via).length, 3);
  assert.equal(ipv6("ipv4-mapped-ipv6.dat").via?.port, 19_823);
});
