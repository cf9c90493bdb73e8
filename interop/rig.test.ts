/** The rig itself, without our server: when these fail, look at the machine first. */

import assert from "node:assert/strict";
import { Resolver } from "node:dns/promises";
import test from "node:test";
import { startBaresip } from "./rig/baresip.ts";
import { makeCertificate } from "./rig/certificate.ts";
import { startDnsmasq } from "./rig/dnsmasq.ts";
import { registrarConfig, startKamailio } from "./rig/kamailio.ts";
import { startLinphone } from "./rig/linphone.ts";
import { freePorts } from "./rig/ports.ts";
import { missing } from "./rig/programs.ts";
import { startSipp } from "./rig/sipp.ts";
import { talk } from "./rig/talk.ts";
import { makeTempFolder } from "./rig/temp-folder.ts";

const password = "secret";

test("baresip over TCP and Linphone over TLS talk through Kamailio", {
  skip: missing("kamailio", "baresip", "linphonec", "openssl"),
}, async () => {
  const folder = await makeTempFolder("kamailio");
  const port = await freePorts(2);
  const tls = { port: port + 1, ...(await makeCertificate(folder, ["kamailio.test"])) };
  const config = await registrarConfig({ udp: port, tcp: port, tls, password, folder });
  await using _server = await startKamailio({ config, readyPort: { udp: port }, folder });
  await using alice = await startBaresip({
    user: "alice",
    domain: `127.0.0.1:${port}`,
    transport: "tcp",
    password,
    toneHz: 440,
  });
  await using lin = await startLinphone({
    user: "lin",
    domain: `127.0.0.1:${port + 1}`,
    transport: "tls",
    password,
    toneHz: 660,
  });
  await Promise.all([alice.registered(), lin.registered()]);
  await talk({ phone: alice, toneHz: 440 }, { phone: lin, toneHz: 660 }, `sip:lin@127.0.0.1:${port}`);
});

test("SIPp calls SIPp", { skip: missing("sipp") }, async () => {
  await using callee = await startSipp({ scenario: "callee.xml", calls: 5 });
  await using caller = await startSipp({
    scenario: "caller.xml",
    remote: callee.address,
    calls: 5,
    fields: { order: "SEQUENTIAL", lines: [`bob@${callee.address}`] },
    timeoutSeconds: 10,
  });
  const { status, succeeded, failed } = await caller.finished();
  assert.deepEqual({ status, succeeded, failed }, { status: 0, succeeded: 5, failed: 0 });
});

test("dnsmasq serves NAPTR, SRV and A records", { skip: missing("dnsmasq") }, async () => {
  await using dns = await startDnsmasq({
    port: await freePorts(),
    a: { "sip.a.test": "127.0.0.5" },
    srv: [{ name: "_sip._udp.a.test", target: "sip.a.test", port: 5070, priority: 1, weight: 2 }],
    naptr: [
      { name: "a.test", order: 10, preference: 20, flags: "s", service: "SIP+D2U", replacement: "_sip._udp.a.test" },
    ],
  });
  const resolver = new Resolver();
  resolver.setServers([dns.server]);
  const [service] = await resolver.resolveSrv("_sip._udp.a.test");
  assert.deepEqual([service?.name, service?.port, service?.priority, service?.weight], ["sip.a.test", 5070, 1, 2]);
  assert.equal((await resolver.resolveNaptr("a.test"))[0]!.replacement, "_sip._udp.a.test");
  assert.deepEqual(await resolver.resolve4("sip.a.test"), ["127.0.0.5"]);
  assert.deepEqual(dns.queries(), ["SRV _sip._udp.a.test", "NAPTR a.test", "A sip.a.test"]);
});
