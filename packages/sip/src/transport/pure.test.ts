/** The small pure parts of the transport. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseVia } from "../message/via.ts";
import { parseUdpFlowId, udpFlowId } from "./flow-id.ts";
import { formatListenUri, parseHostPort, parseListenUri } from "./host-port.ts";
import { provesIdentity, sipIdentities } from "./identity.ts";
import { frameToText, octetsToText, textToFrame, textToOctets } from "./octets.ts";
import { detourTarget, responseTarget } from "./response-target.ts";
import { shouldUseStream } from "./stream-rule.ts";

function target(via: string) {
  const parsed = parseVia(via);
  assert.ok(parsed.ok);
  return responseTarget(parsed.value);
}

test("udpFlowId() names both endpoints and parseUdpFlowId() reads them back", () => {
  for (const [local, remote] of [
    [
      { address: "127.0.0.1", port: 5060 },
      { address: "192.0.2.7", port: 51234 },
    ],
    [
      { address: "::1", port: 1 },
      { address: "2001:db8::ff", port: 65535 },
    ],
  ] as const) {
    const id = udpFlowId(local, remote);
    assert.match(id, /^u[A-Za-z0-9_-]+$/);
    assert.deepEqual(parseUdpFlowId(id), { local, remote });
  }
  for (const id of [
    "",
    "u",
    "c00abc",
    "u127.0.0.1",
    `u${"!".repeat(16)}`,
    `x${"A".repeat(16)}`,
    `u${"\u1234".repeat(16)}`,
  ]) {
    assert.equal(parseUdpFlowId(id), undefined);
  }
});

test("parseListenUri() reads every kind, IPv6 in brackets, and knows the default ports", () => {
  for (const text of ["udp://0.0.0.0:5060", "tls://[::]:5061", "ws://localhost:8080", "tcp://[2001:db8::1]:0"]) {
    const parsed = parseListenUri(text);
    assert.ok(parsed.ok);
    assert.equal(formatListenUri(parsed.value), text);
  }
  const defaults = parseListenUri("TLS://sip.example.com/");
  assert.deepEqual(defaults, { ok: true, value: { kind: "tls", host: "sip.example.com", port: 5061 } });
  for (const text of ["sctp://h:1", "udp:5060", "udp://", "udp://h:99999", "udp://[1]:2", "udp://a b"]) {
    assert.equal(parseListenUri(text).ok, false, text);
  }
});

test("parseHostPort() keeps the brackets of IPv6 and adds them to a bare address", () => {
  assert.deepEqual(parseHostPort("2001:db8::1"), { ok: true, value: { host: "[2001:db8::1]", port: undefined } });
  assert.deepEqual(parseHostPort("sip.example.com:5070"), { ok: true, value: { host: "sip.example.com", port: 5070 } });
});

test("shouldUseStream(): 1300 octets, or 200 below a known MTU (RFC 3261 §18.1.1)", () => {
  assert.equal(shouldUseStream(1300, "udp"), false);
  assert.equal(shouldUseStream(1301, "udp"), true);
  assert.equal(shouldUseStream(8800, "udp", 9000), false);
  assert.equal(shouldUseStream(8801, "udp", 9000), true);
  assert.equal(shouldUseStream(60000, "tcp"), false);
});

test("responseTarget(): UDP goes to received and rport, else to received and the port of sent-by (RFC 3581 §4)", () => {
  assert.deepEqual(target("SIP/2.0/UDP pc.example.com:5070;received=192.0.2.7;rport=51234"), {
    kind: "udp",
    host: "192.0.2.7",
    port: 51234,
    numeric: true,
  });
  assert.deepEqual(target("SIP/2.0/UDP pc.example.com:5070;received=192.0.2.7"), {
    kind: "udp",
    host: "192.0.2.7",
    port: 5070,
    numeric: true,
  });
  assert.deepEqual(target("SIP/2.0/UDP [2001:db8::1]"), {
    kind: "udp",
    host: "2001:db8::1",
    port: 5060,
    numeric: true,
  });
});

test("responseTarget(): a name without a port goes through RFC 3263 §5 (RFC 3261 §18.2.2)", () => {
  assert.deepEqual(target("SIP/2.0/UDP pc.example.com"), {
    kind: "udp",
    host: "pc.example.com",
    port: undefined,
    numeric: false,
  });
});

test("responseTarget(): maddr with its ttl goes before received (RFC 3261 §18.2.2)", () => {
  assert.deepEqual(target("SIP/2.0/UDP pc.example.com;maddr=224.0.1.75;ttl=16;received=192.0.2.7"), {
    kind: "udp",
    host: "224.0.1.75",
    port: 5060,
    numeric: true,
    ttl: 16,
  });
});

test("responseTarget(): streams try the received address at the port of sent-by, then sent-by (RFC 3261 §18.2.2)", () => {
  assert.deepEqual(target("SIP/2.0/TLS pc.example.com;received=192.0.2.7;rport=51234"), {
    kind: "tls",
    host: "192.0.2.7",
    port: 5061,
    numeric: true,
    fallback: { host: "pc.example.com", port: undefined },
  });
  assert.equal(target("SIP/2.0/WSS df7jal23ls0d.invalid;received=192.0.2.7"), undefined);
  assert.equal(target("SIP/2.0/SCTP pc.example.com"), undefined);
});

test("sipIdentities(): sip URIs without a user; DNS names only where there are none; CN only without SAN (RFC 5922 §7.1)", () => {
  const names = (subjectAltName: string | undefined, commonName?: string) =>
    sipIdentities({ subjectAltName, commonName });
  assert.deepEqual(names("DNS:b.example, URI:SIP:Example.com, URI:sip:x@example.net, URI:sips:example.org"), [
    "example.com",
  ]);
  assert.deepEqual(names("DNS:B.example, URI:https://a.example, DNS:c.example", "cn.example"), [
    "b.example",
    "c.example",
  ]);
  assert.deepEqual(names(undefined, "CN.example"), ["cn.example"]);
  assert.deepEqual(names("URI:https://a.example", "cn.example"), []);
  assert.deepEqual(names(undefined, "Jane Doe"), []);
  assert.deepEqual(names("URI:sip:example.com:5061;transport=tls"), ["example.com"]);
});

test("provesIdentity(): the whole name, any case, no wildcard, no suffix (RFC 5922 §7.2)", () => {
  const proves = (subjectAltName: string, wanted: string) =>
    provesIdentity({ subjectAltName, commonName: undefined }, wanted);
  assert.equal(proves("DNS:Example.COM", "example.com"), true);
  assert.equal(proves("DNS:foo.example.com", "example.com"), false);
  assert.equal(proves("DNS:*.example.com", "foo.example.com"), false);
  assert.equal(proves("IP Address:192.0.2.1", "192.0.2.1"), true);
  assert.equal(proves("IP Address:0:0:0:0:0:0:0:1", "::1"), true);
  assert.equal(proves("DNS:192.0.2.2, IP Address:192.0.2.1", "192.0.2.3"), false);
  assert.equal(proves('DNS:"evil.example\\u002c DNS:example.com"', "example.com"), false);
});

test("octets survive as latin1 text, those that windows-1252 changes included", () => {
  const octets = Uint8Array.from({ length: 20_000 }, (_, at) => at & 255);
  assert.deepEqual(textToOctets(octetsToText(octets)), octets);
  assert.equal(octetsToText(Uint8Array.of(0x80, 0x9f)), "\x80\x9f");
});

test("a text frame stands for its UTF-8 octets, and octets that are no UTF-8 need a binary frame (RFC 6455 §5.6)", () => {
  assert.equal(frameToText("Zoë \u{1f4de}"), "Zo\xc3\xab \xf0\x9f\x93\x9e");
  assert.equal(textToFrame("Zo\xc3\xab \xf0\x9f\x93\x9e"), "Zoë \u{1f4de}");
  assert.equal(textToFrame("\xef\xbb\xbfA"), "\ufeffA");
  assert.equal(textToFrame("Zo\xeb"), undefined);
});

test("detourTarget(): without rport a response over UDP goes to the port of sent-by, with maddr to that address (RFC 3261 §18.2.2, RFC 3581 §4)", () => {
  const detour = (via: string, address = "192.0.2.7", kind: "udp" | "tcp" = "udp") => {
    const parsed = parseVia(via);
    assert.ok(parsed.ok);
    const found = detourTarget(parsed.value, { kind, remote: { address, port: 40000 } });
    return found && `${found.host} ${found.port}`;
  };
  assert.equal(detour("SIP/2.0/UDP 192.0.2.7:5070"), "192.0.2.7 5070");
  assert.equal(detour("SIP/2.0/UDP pc.example.com;received=192.0.2.7"), "192.0.2.7 5060");
  assert.equal(detour("SIP/2.0/UDP 192.0.2.7:5070;maddr=192.0.2.9"), "192.0.2.9 5070");
  assert.equal(detour("SIP/2.0/UDP 192.0.2.7:5070;maddr=192.0.2.9;rport=40000;received=192.0.2.7"), "192.0.2.9 5070");
  assert.equal(detour("SIP/2.0/UDP 127.0.0.1:5070;maddr=127.0.0.2", "127.0.0.1"), "127.0.0.2 5070");
  for (const back of [
    "SIP/2.0/UDP 192.0.2.7:5070;rport=40000;received=192.0.2.7",
    "SIP/2.0/UDP 192.0.2.7:40000",
    // Nothing is sent to port 0; another transport's sent-by is not UDP's.
    "SIP/2.0/UDP 192.0.2.7:0",
    "SIP/2.0/TCP 192.0.2.7:5070",
    // Not looked up, not asked for by multicast, and not this host itself.
    "SIP/2.0/UDP 192.0.2.7:5070;maddr=example.com",
    "SIP/2.0/UDP 192.0.2.7:5070;maddr=224.0.1.75",
    "SIP/2.0/UDP 192.0.2.7:5070;maddr=127.0.0.1",
    "SIP/2.0/UDP 192.0.2.7:5070;maddr=0.0.0.0",
    "SIP/2.0/UDP 192.0.2.7:5070;maddr=[::ffff:127.0.0.1]",
    "SIP/2.0/UDP 192.0.2.7:5070;maddr=[0::1]",
  ]) {
    assert.equal(detour(back), undefined, back);
  }
  assert.equal(detour("SIP/2.0/UDP 192.0.2.7:5070", "192.0.2.7", "tcp"), undefined);
});
