/** Locating SIP servers through a real name server on loopback. RFC 3263. */

import assert from "node:assert/strict";
import test from "node:test";
import { systemClock } from "@trapezoid/base";
import { createLocator, type Located, type Locator } from "@trapezoid/sip/locate";
import { createNodeDns } from "@trapezoid/sip/locate/node";
import { parseUri } from "@trapezoid/sip/message";
import { startDnsmasq } from "./rig/dnsmasq.ts";
import { freePorts } from "./rig/ports.ts";
import { missing } from "./rig/programs.ts";

const skip = missing("dnsmasq");

const zone = {
  a: {
    // Name, then an IPv4 and perhaps an IPv6 address.
    "one.house.test": "192.0.2.1,2001:db8::1",
    "two.house.test": "192.0.2.2",
    "plain.test": "192.0.2.9",
    "half.test": "192.0.2.10",
  },
  naptr: [
    {
      name: "house.test",
      order: 10,
      preference: 10,
      flags: "s",
      service: "SIPS+D2T",
      replacement: "_sips._tcp.house.test",
    },
    {
      name: "house.test",
      order: 20,
      preference: 10,
      flags: "s",
      service: "SIP+D2T",
      replacement: "_sip._tcp.house.test",
    },
    {
      name: "house.test",
      order: 20,
      preference: 20,
      flags: "s",
      service: "SIP+D2U",
      replacement: "_sip._udp.house.test",
    },
  ],
  srv: [
    { name: "_sips._tcp.house.test", target: "one.house.test", port: 5061, priority: 1, weight: 0 },
    { name: "_sip._tcp.house.test", target: "one.house.test", port: 5070, priority: 1, weight: 0 },
    { name: "_sip._udp.house.test", target: "two.house.test", port: 5080, priority: 2, weight: 0 },
    { name: "_sip._udp.house.test", target: "one.house.test", port: 5081, priority: 1, weight: 0 },
    { name: "_sip._udp.half.test", target: "one.house.test", port: 5090, priority: 1, weight: 100 },
    { name: "_sip._udp.half.test", target: "two.house.test", port: 5090, priority: 1, weight: 300 },
    { name: "_sip._udp.none.test", target: "", port: 0, priority: 0, weight: 0 },
  ],
};

async function withServer(run: (server: string, queries: () => string[]) => Promise<void>): Promise<void> {
  await using dns = await startDnsmasq({ port: await freePorts(), ...zone });
  await run(dns.server, dns.queries);
}

function locatorWith(servers: readonly string[], options: { tls?: boolean; timeoutMs?: number } = {}): Locator {
  return createLocator({
    dns: createNodeDns({ servers, tries: 1, timeoutMs: options.timeoutMs ?? 2_000, systemNames: "never" }),
    clock: systemClock,
    transports: options.tls === true ? ["udp", "tcp", "tls"] : ["udp", "tcp"],
  });
}

function locate(locator: Locator, text: string): Located {
  const uri = parseUri(text);
  assert.ok(uri.ok, text);
  return locator.locate(uri.value);
}

async function shown(located: Located): Promise<string[]> {
  return (await located).map(({ kind, address, port }) => `${kind} ${address} ${port}`);
}

test("NAPTR chooses the transport, SRV the port, A and AAAA the address (RFC 3263 §4)", { skip }, () =>
  withServer(async (server, queries) => {
    assert.deepEqual(await shown(locate(locatorWith([server], { tls: true }), "sip:house.test")), [
      "tls 192.0.2.1 5061",
      "tls 2001:db8::1 5061",
    ]);
    assert.deepEqual(queries().slice(0, 2), ["NAPTR house.test", "SRV _sips._tcp.house.test"]);
    assert.deepEqual(await shown(locate(locatorWith([server]), "sip:house.test")), [
      "tcp 192.0.2.1 5070",
      "tcp 2001:db8::1 5070",
      "udp 192.0.2.1 5081",
      "udp 2001:db8::1 5081",
      "udp 192.0.2.2 5080",
    ]);
  }),
);

test(
  "a transport goes to its SRV records, a port to the addresses, a bare name to both (RFC 3263 §4.2)",
  { skip },
  () =>
    withServer(async (server) => {
      const locator = locatorWith([server]);
      assert.deepEqual(await shown(locate(locator, "sip:house.test;transport=tcp")), [
        "tcp 192.0.2.1 5070",
        "tcp 2001:db8::1 5070",
      ]);
      assert.deepEqual(await shown(locate(locator, "sip:one.house.test:5099")), [
        "udp 192.0.2.1 5099",
        "udp 2001:db8::1 5099",
      ]);
      assert.deepEqual(await shown(locate(locator, "sip:plain.test")), ["udp 192.0.2.9 5060"]);
    }),
);

test("weights share the load three to one, from the cache (RFC 2782)", { skip }, () =>
  withServer(async (server, queries) => {
    const locator = locatorWith([server]);
    await locate(locator, "sip:half.test;transport=udp");
    const asked = queries().length;
    let heavy = 0;
    for (let i = 0; i < 1_000; i++) {
      const located = locate(locator, "sip:half.test;transport=udp");
      assert.ok(!(located instanceof Promise));
      if (located[0]!.address === "192.0.2.2") heavy++;
    }
    assert.ok(heavy > 690 && heavy < 810, `${heavy} of 1,000`);
    assert.equal(queries().length, asked);
  }),
);

test("names that are not there and services that are declined are told apart", { skip }, () =>
  withServer(async (server) => {
    const locator = locatorWith([server]);
    await assert.rejects(async () => locate(locator, "sip:nobody.test"), { code: "SIP_LOCATE_NO_RECORDS" });
    await assert.rejects(async () => locate(locator, "sip:none.test;transport=udp"), { code: "SIP_LOCATE_DECLINED" });
  }),
);

test("a name server that is not there is passed over for the next; alone it is named as the trouble", { skip }, () =>
  withServer(async (server) => {
    const nobody = `127.0.0.1:${await freePorts()}`;
    const located = locate(locatorWith([nobody, server], { timeoutMs: 300 }), "sip:plain.test:5060");
    assert.deepEqual(await shown(located), ["udp 192.0.2.9 5060"]);
    await assert.rejects(async () => locate(locatorWith([nobody], { timeoutMs: 300 }), "sip:plain.test:5060"), {
      code: "SIP_LOCATE_DNS_FAILED",
      message: /DNS did not answer for plain\.test/,
    });
  }),
);

test("the time to live of an address record is known to the cache", { skip }, () =>
  withServer(async (server) => {
    const { records, ttlMs } = await createNodeDns({ servers: [server] }).resolve("a", "plain.test");
    assert.deepEqual(records, ["192.0.2.9"]);
    assert.equal(ttlMs, 5_000);
  }),
);

test("single names come from the hosts file when DNS does not know them", { skip }, () =>
  withServer(async (server) => {
    assert.deepEqual((await createNodeDns({ servers: [server] }).resolve("a", "localhost")).records, ["127.0.0.1"]);
    const strict = createNodeDns({ servers: [server], systemNames: "never" });
    await assert.rejects(strict.resolve("a", "localhost"), { code: "EREFUSED" });
  }),
);
