import assert from "node:assert/strict";
import { test } from "node:test";
import { TrapezoidError } from "@trapezoid/base";
import { parseUri } from "../message/uri.ts";
import type { Uri } from "../message/values.ts";
import type { Target, TransportKind } from "../transport/contract.ts";
import type { Located } from "./contract.ts";
import { createLocator, type LocatorOptions } from "./locator.ts";
import { createStaticDns, type StaticDns } from "./static-dns.ts";

const all: readonly TransportKind[] = ["udp", "tcp", "tls", "ws", "wss"];

function rig(zone: string, options: Partial<LocatorOptions> = {}) {
  const dns: StaticDns = createStaticDns(zone);
  const clock = { now: () => 0 };
  return { dns, locator: createLocator({ dns, clock, transports: all, random: () => 0, ...options }) };
}

function uri(text: string): Uri {
  const parsed = parseUri(text);
  assert.ok(parsed.ok, text);
  return parsed.value;
}

function show(target: Target): string {
  const name = target.serverName === undefined ? "" : ` ${target.serverName}`;
  return `${target.kind} ${target.address} ${target.port}${name}`;
}

async function shown(located: Located): Promise<string[]> {
  return (await located).map(show);
}

async function errorOf(located: Located): Promise<TrapezoidError> {
  try {
    await located;
  } catch (error) {
    assert.ok(error instanceof TrapezoidError);
    return error;
  }
  throw new assert.AssertionError({ message: "it was found" });
}

const numeric: readonly (readonly [string, string])[] = [
  ["sip:192.0.2.1", "udp 192.0.2.1 5060"],
  ["sip:192.0.2.1:5070", "udp 192.0.2.1 5070"],
  ["sips:192.0.2.1", "tls 192.0.2.1 5061 192.0.2.1"],
  ["sips:192.0.2.1:443", "tls 192.0.2.1 443 192.0.2.1"],
  ["sip:[2001:db8::1]", "udp 2001:db8::1 5060"],
  ["sip:192.0.2.1;transport=TCP", "tcp 192.0.2.1 5060"],
  ["sip:192.0.2.1;transport=", "udp 192.0.2.1 5060"],
  ["sip:192.0.2.1;transport=tls", "tls 192.0.2.1 5061 192.0.2.1"],
  ["sips:192.0.2.1;transport=tcp", "tls 192.0.2.1 5061 192.0.2.1"],
  ["sip:192.0.2.1;transport=ws", "ws 192.0.2.1 80"],
  ["sips:192.0.2.1;transport=ws", "wss 192.0.2.1 443 192.0.2.1"],
  ["sip:a@example.com;maddr=192.0.2.9", "udp 192.0.2.9 5060"],
  ["sips:a@example.com:5099;maddr=[2001:db8::9]", "tls 2001:db8::9 5099 example.com"],
];

for (const [text, expected] of numeric) {
  test(`locate(${text}) is ${expected}, at once and without DNS (RFC 3263 §4.1, §4.2)`, () => {
    const { locator, dns } = rig("");
    const located = locator.locate(uri(text));
    assert.ok(Array.isArray(located), "a promise");
    assert.deepEqual(located.map(show), [expected]);
    assert.deepEqual(dns.questions, []);
    assert.equal(locator.counters.numeric, 1);
  });
}

const addresses = `
  example.com        A     192.0.2.1
  example.com        AAAA  2001:db8::1
`;

test("locate() with a port asks for address records only, of both families (RFC 3263 §4.2, RFC 7984 §3.1)", async () => {
  const { locator, dns } = rig(`${addresses} _sip._udp.example.com SRV 1 1 5060 other.example.com`);
  assert.deepEqual(await shown(locator.locate(uri("sip:example.com:5060"))), [
    "udp 192.0.2.1 5060",
    "udp 2001:db8::1 5060",
  ]);
  assert.deepEqual(dns.questions, ["A example.com", "AAAA example.com"]);
  assert.deepEqual(await shown(locator.locate(uri("sips:Example.COM.:5071"))), [
    "tls 192.0.2.1 5071 example.com",
    "tls 2001:db8::1 5071 example.com",
  ]);
  assert.deepEqual(await shown(locator.locate(uri("sip:example.com:5060;transport=tcp"))), [
    "tcp 192.0.2.1 5060",
    "tcp 2001:db8::1 5060",
  ]);
});

test("locate() asks only for the address families that we have, in our order", async () => {
  const six = rig(addresses, { families: [6] });
  assert.deepEqual(await shown(six.locator.locate(uri("sip:example.com:5060"))), ["udp 2001:db8::1 5060"]);
  assert.deepEqual(six.dns.questions, ["AAAA example.com"]);
  const sixFirst = rig(addresses, { families: [6, 4] });
  assert.deepEqual(await shown(sixFirst.locator.locate(uri("sip:example.com:5060"))), [
    "udp 2001:db8::1 5060",
    "udp 192.0.2.1 5060",
  ]);
});

const full = `
  ${addresses}
  example.com             NAPTR 50  50 "s" "SIPS+D2T" "" _sips._tcp.example.com.
  example.com             NAPTR 90  50 "s" "SIP+D2T"  "" _sip._tcp.example.com
  example.com             NAPTR 100 50 "s" "SIP+D2U"  "" _sip._udp.example.com.
  _sips._tcp.example.com  SRV 0 1 5061 server1.example.com
  _sip._tcp.example.com   SRV 0 1 5060 server1.example.com
  _sip._tcp.example.com   SRV 0 2 5060 server2.example.com
  _sip._udp.example.com   SRV 0 1 5062 server2.example.com.
  server1.example.com     A 192.0.2.11
  server2.example.com     A 192.0.2.12
`;

test("locate() follows the NAPTR record of the lowest order that we support (RFC 3263 §4.1, its example)", async () => {
  const { locator, dns } = rig(full, { transports: ["udp", "tcp"] });
  assert.deepEqual(await shown(locator.locate(uri("sip:user@example.com"))), [
    "tcp 192.0.2.11 5060",
    "tcp 192.0.2.12 5060",
  ]);
  assert.deepEqual(dns.questions.slice(0, 2), ["NAPTR example.com", "SRV _sip._tcp.example.com"]);
});

test("locate() of a SIP URI keeps SIPS services when we have TLS, and does not fall from them to others (RFC 3263 §4.1, RFC 3403 §4.1)", async () => {
  const { locator } = rig(full);
  assert.deepEqual(await shown(locator.locate(uri("sip:user@example.com"))), ["tls 192.0.2.11 5061 example.com"]);
});

test("locate() of a SIPS URI discards NAPTR records without SIPS (RFC 3263 §4.1)", async () => {
  const zone = `
    example.com NAPTR 1 1 "s" "SIP+D2U" "" _sip._udp.example.com
    example.com NAPTR 2 1 "s" "SIPS+D2T" "" _sips._tcp.example.com
    _sip._udp.example.com  SRV 0 1 5060 plain.example.com
    _sips._tcp.example.com SRV 0 1 5071 safe.example.com
    plain.example.com A 192.0.2.1
    safe.example.com  A 192.0.2.2
  `;
  const { locator } = rig(zone);
  assert.deepEqual(await shown(locator.locate(uri("sips:example.com"))), ["tls 192.0.2.2 5071 example.com"]);
  assert.deepEqual(await shown(locator.locate(uri("sip:example.com"))), ["udp 192.0.2.1 5060"]);
});

test("locate() orders NAPTR records of one order by preference, and tries them in turn (RFC 3403 §4.1)", async () => {
  const zone = `
    example.com NAPTR 10 20 "S" "sip+d2u" "" _sip._udp.example.com
    example.com NAPTR 10 10 "s" "SIP+D2T" "" _sip._tcp.elsewhere.example
    example.com NAPTR 11 10 "s" "SIP+D2W" "" _sip._ws.example.com
    _sip._udp.example.com       SRV 0 1 5060 a.example.com
    _sip._tcp.elsewhere.example SRV 0 1 5066 b.elsewhere.example
    a.example.com               A 192.0.2.1
    b.elsewhere.example         A 192.0.2.2
  `;
  assert.deepEqual(await shown(rig(zone).locator.locate(uri("sip:example.com"))), [
    "tcp 192.0.2.2 5066",
    "udp 192.0.2.1 5060",
  ]);
});

test("locate() knows the services of WebSocket (RFC 7118 §5.5)", async () => {
  const zone = `
    example.com NAPTR 1 1 "s" "SIPS+D2W" "" _sips._ws.example.com
    _sips._ws.example.com SRV 0 1 8443 a.example.com
    a.example.com A 192.0.2.1
  `;
  assert.deepEqual(await shown(rig(zone).locator.locate(uri("sip:example.com"))), ["wss 192.0.2.1 8443 example.com"]);
});

test("locate() passes over NAPTR records that are not for SIP or not for SRV, and then goes on as without any", async () => {
  const zone = `
    ${addresses}
    example.com NAPTR 1 1 "u" "E2U+sip" "!^.*$!sip:a@b!" .
    example.com NAPTR 1 1 "s" "SIP+D2S" "" _sip._sctp.example.com
    example.com NAPTR 1 1 "a" "SIP+D2U" "" a.example.com
    example.com NAPTR 1 1 "s" "SIP+D2U" "!x!y!" _sip._udp.example.com
    _sip._tcp.example.com SRV 0 1 5099 example.com
  `;
  assert.deepEqual(await shown(rig(zone).locator.locate(uri("sip:example.com"))), [
    "tcp 192.0.2.1 5099",
    "tcp 2001:db8::1 5099",
  ]);
});

test("locate() without NAPTR asks for SRV of every transport we support and takes those that exist, in our order (RFC 3263 §4.1)", async () => {
  const zone = `
    _sip._tcp.example.com  SRV 0 1 5061 a.example.com
    _sip._udp.example.com  SRV 9 1 5062 a.example.com
    _sips._tcp.example.com SRV 0 1 5063 a.example.com
    a.example.com A 192.0.2.1
  `;
  const { locator, dns } = rig(zone, { transports: ["tcp", "udp", "tls"] });
  assert.deepEqual(await shown(locator.locate(uri("sip:example.com"))), ["tcp 192.0.2.1 5061", "udp 192.0.2.1 5062"]);
  assert.deepEqual(dns.questions.slice(0, 3), [
    "NAPTR example.com",
    "SRV _sip._tcp.example.com",
    "SRV _sip._udp.example.com",
  ]);
  assert.deepEqual(await shown(locator.locate(uri("sips:example.com"))), ["tls 192.0.2.1 5063 example.com"]);
});

test("locate() with TLS alone asks for _sips, whatever the scheme (RFC 3263 §4.2)", async () => {
  const zone = "_sips._tcp.example.com SRV 0 1 5063 a.example.com\n a.example.com A 192.0.2.1";
  const { locator } = rig(zone, { transports: ["tls"] });
  assert.deepEqual(await shown(locator.locate(uri("sip:example.com"))), ["tls 192.0.2.1 5063 example.com"]);
});

test("locate() without NAPTR and SRV takes UDP, for SIPS TLS, at the default port (RFC 3263 §4.1, §4.2)", async () => {
  const { locator } = rig("example.com A 192.0.2.1");
  assert.deepEqual(await shown(locator.locate(uri("sip:example.com"))), ["udp 192.0.2.1 5060"]);
  assert.deepEqual(await shown(locator.locate(uri("sips:example.com"))), ["tls 192.0.2.1 5061 example.com"]);
  const tcpOnly = rig("example.com A 192.0.2.1", { transports: ["tcp", "tls"] });
  assert.deepEqual(await shown(tcpOnly.locator.locate(uri("sip:example.com"))), ["tcp 192.0.2.1 5060"]);
});

test("locate() with a transport asks for its SRV records, not for NAPTR (RFC 3263 §4.2)", async () => {
  const { locator, dns } = rig(full);
  assert.deepEqual(await shown(locator.locate(uri("sip:example.com;transport=udp"))), ["udp 192.0.2.12 5062"]);
  assert.deepEqual(await shown(locator.locate(uri("sip:example.com;transport=tls"))), [
    "tls 192.0.2.11 5061 example.com",
  ]);
  assert.deepEqual(await shown(locator.locate(uri("sips:example.com;transport=tcp"))), [
    "tls 192.0.2.11 5061 example.com",
  ]);
  assert.deepEqual(await shown(locator.locate(uri("sip:example.com;transport=ws"))), [
    "ws 192.0.2.1 80",
    "ws 2001:db8::1 80",
  ]);
  assert.ok(!dns.questions.some((question) => question.startsWith("NAPTR")));
});

test("locate() takes the addresses of the domain when NAPTR leads to no SRV record (RFC 3263 §4.2)", async () => {
  const zone = `example.com NAPTR 1 1 "s" "SIP+D2T" "" _sip._tcp.example.com\n example.com A 192.0.2.1`;
  assert.deepEqual(await shown(rig(zone).locator.locate(uri("sip:example.com"))), ["tcp 192.0.2.1 5060"]);
});

test("locate() takes the host of maddr for TARGET, and the URI's own for the certificate (RFC 3263 §4, RFC 5922 §7.2)", async () => {
  const { locator } = rig(full);
  assert.deepEqual(await shown(locator.locate(uri("sips:a@customer.example;maddr=example.com"))), [
    "tls 192.0.2.11 5061 customer.example",
  ]);
  assert.deepEqual(await shown(locator.locate(uri("sips:a@example.com"))), ["tls 192.0.2.11 5061 example.com"]);
});

const balanced = `
  _sip._udp.example.com SRV 20 0 5060 backup.example.com
  _sip._udp.example.com SRV 10 1 5060 light.example.com
  _sip._udp.example.com SRV 10 3 5060 heavy.example.com
  backup.example.com  A 192.0.2.3
  light.example.com A 192.0.2.1
  heavy.example.com A 192.0.2.2
  heavy.example.com A 192.0.2.22
`;

test("locate() goes by priority first, then draws by weight anew each time, cached or not (RFC 2782)", async () => {
  let draw = 0;
  const { locator } = rig(balanced, { random: () => draw });
  const heavy = ["udp 192.0.2.2 5060", "udp 192.0.2.22 5060"];
  draw = 0.99;
  assert.deepEqual(await shown(locator.locate(uri("sip:example.com;transport=udp"))), [
    "udp 192.0.2.1 5060",
    ...heavy,
    "udp 192.0.2.3 5060",
  ]);
  draw = 0;
  const cached = locator.locate(uri("sip:example.com;transport=udp"));
  assert.ok(Array.isArray(cached));
  assert.deepEqual(cached.map(show), [...heavy, "udp 192.0.2.1 5060", "udp 192.0.2.3 5060"]);
});

test("locate() for stateless forwarding gives one text one order, whatever the order of the answer and whatever failed (RFC 3263 §4.4)", async () => {
  const turned = balanced.split("\n").reverse().join("\n");
  const one = rig(balanced, { random: Math.random }).locator;
  const two = rig(turned, { random: Math.random }).locator;
  const target = uri("sip:example.com;transport=udp");
  const first = new Map<string, number>();
  for (let i = 0; i < 400; i++) {
    const stateless = `z9hG4bK${i}`;
    const order = await shown(one.locate(target, { stateless }));
    assert.deepEqual(await shown(two.locate(target, { stateless })), order);
    for (const failed of await one.locate(target)) one.reportFailure(failed);
    assert.deepEqual(await shown(one.locate(target, { stateless })), order);
    first.set(order[0]!, (first.get(order[0]!) ?? 0) + 1);
  }
  // Weights 3 and 1: three quarters, give or take what chance gives.
  assert.ok(Math.abs(first.get("udp 192.0.2.2 5060")! / 400 - 0.75) < 0.1, `${[...first]}`);
});

test("locate() of a large request puts TCP in front of UDP, to the same addresses (RFC 3261 §18.1.1)", async () => {
  const { locator } = rig(balanced);
  const large = { large: true };
  assert.deepEqual(await shown(locator.locate(uri("sip:192.0.2.1:5070"), large)), [
    "tcp 192.0.2.1 5070",
    "udp 192.0.2.1 5070",
  ]);
  assert.deepEqual(await shown(locator.locate(uri("sips:192.0.2.1"), large)), ["tls 192.0.2.1 5061 192.0.2.1"]);
  const targets = await shown(locator.locate(uri("sip:example.com"), large));
  assert.deepEqual(
    targets.map((target) => target.slice(0, 3)),
    ["tcp", "tcp", "tcp", "tcp", "udp", "udp", "udp", "udp"],
  );
  const udpOnly = rig("", { transports: ["udp"] });
  assert.deepEqual(await shown(udpOnly.locator.locate(uri("sip:192.0.2.1"), large)), ["udp 192.0.2.1 5060"]);
});

test("locateSentBy() finds where a response goes when its connection failed (RFC 3263 §5)", async () => {
  const { locator } = rig(full);
  const via = (transport: string, host: string, port?: number) => locator.locateSentBy({ transport, host, port });
  assert.deepEqual(await shown(via("UDP", "192.0.2.7")), ["udp 192.0.2.7 5060"]);
  assert.deepEqual(await shown(via("TCP", "[2001:db8::7]", 5070)), ["tcp 2001:db8::7 5070"]);
  assert.deepEqual(await shown(via("UDP", "server1.example.com", 5080)), ["udp 192.0.2.11 5080"]);
  assert.deepEqual(await shown(via("UDP", "example.com")), ["udp 192.0.2.12 5062"]);
  assert.deepEqual(await shown(via("TLS", "example.com")), ["tls 192.0.2.11 5061 example.com"]);
  assert.equal((await errorOf(via("SCTP", "example.com"))).code, "SIP_LOCATE_NO_TRANSPORT");
});

test("locate() knows localhost without DNS (RFC 6761 §6.3)", async () => {
  const { locator, dns } = rig("");
  assert.deepEqual(await shown(locator.locate(uri("sip:alice@localhost"))), ["udp 127.0.0.1 5060", "udp ::1 5060"]);
  assert.deepEqual(await shown(locator.locate(uri("sip:alice@pbx.localhost:5070"))), [
    "udp 127.0.0.1 5070",
    "udp ::1 5070",
  ]);
  assert.deepEqual(dns.questions, []);
});

test("locate() leaves internationalized names as they come", async () => {
  const { locator } = rig("xn--bcher-kva.example A 192.0.2.1");
  assert.deepEqual(await shown(locator.locate(uri("sip:xn--bcher-kva.example"))), ["udp 192.0.2.1 5060"]);
});

test("locate() refuses URIs that name no server", async () => {
  const { locator } = rig("");
  const tel = await errorOf(locator.locate(uri("tel:+12015550123")));
  assert.equal(tel.code, "SIP_LOCATE_NOT_SIP");
  assert.match(tel.message, /tel:\+12015550123/);
  assert.equal((await errorOf(locator.locate(uri("http://example.com")))).code, "SIP_LOCATE_NOT_SIP");
});

test("locate() refuses transports that we do not have, and TLS over UDP (RFC 3263 §4.1)", async () => {
  const { locator } = rig("", { transports: ["udp", "tcp"] });
  for (const text of [
    "sip:192.0.2.1;transport=sctp",
    "sip:192.0.2.1;transport=ws",
    "sip:example.com;transport=tls",
    "sips:example.com",
    "sips:example.com:5061",
    "sips:192.0.2.1",
    "sips:example.com;transport=udp",
  ]) {
    assert.equal((await errorOf(locator.locate(uri(text)))).code, "SIP_LOCATE_NO_TRANSPORT", text);
  }
  const error = await errorOf(rig("").locator.locate(uri("sips:example.com;transport=udp")));
  assert.match(error.message, /TLS over udp.*available: udp, tcp, tls/);
});

test("locate() says what it asked for when there is nothing", async () => {
  const { locator } = rig("");
  const error = await errorOf(locator.locate(uri("sip:nobody.example;transport=tcp")));
  assert.equal(error.code, "SIP_LOCATE_NO_RECORDS");
  assert.match(
    error.message,
    /no SRV or address record for nobody\.example .*SRV _sip\._tcp\.nobody\.example, A nobody\.example/,
  );
});

test("locate() takes a single SRV record with the target . for a no (RFC 2782)", async () => {
  const zone = `${addresses} _sip._udp.example.com SRV 0 0 0 .`;
  assert.equal((await errorOf(rig(zone).locator.locate(uri("sip:example.com")))).code, "SIP_LOCATE_DECLINED");
  const tcp = `${zone}\n _sip._tcp.example.com SRV 0 0 5060 example.com`;
  assert.deepEqual(await shown(rig(tcp).locator.locate(uri("sip:example.com"))), [
    "tcp 192.0.2.1 5060",
    "tcp 2001:db8::1 5060",
  ]);
});

test("locate() leaves out servers without an address, and says so when none has one", async () => {
  const zone = `
    _sip._udp.example.com SRV 1 1 5060 gone.example.com
    _sip._udp.example.com SRV 2 1 5060 here.example.com
    here.example.com A 192.0.2.1
  `;
  assert.deepEqual(await shown(rig(zone).locator.locate(uri("sip:example.com;transport=udp"))), ["udp 192.0.2.1 5060"]);
  const error = await errorOf(rig(zone.replace(/here.example.com A.*/, "")).locator.locate(uri("sip:example.com")));
  assert.equal(error.code, "SIP_LOCATE_NO_ADDRESSES");
  assert.match(error.message, /gone\.example\.com, here\.example\.com/);
});

test("locate() looks at no more records of an answer than it is told", async () => {
  const lines = Array.from(
    { length: 40 },
    (_, i) => `_sip._udp.example.com SRV ${i} 1 5060 s${i}.example.com\n s${i}.example.com A 192.0.2.${i}`,
  );
  const { locator, dns } = rig(lines.join("\n"), { limits: { maxRecords: 5 }, families: [4] });
  assert.equal((await locator.locate(uri("sip:example.com;transport=udp"))).length, 5);
  assert.equal(dns.questions.length, 6);
});
