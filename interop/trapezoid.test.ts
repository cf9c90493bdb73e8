/** The trapezoid itself: caller, caller's proxy, callee's proxy, callee, each proxy found through SRV records (RFC 3263). */

import assert from "node:assert/strict";
import { test } from "node:test";
import { startBaresip } from "./rig/baresip.ts";
import { type Dnsmasq, startDnsmasq } from "./rig/dnsmasq.ts";
import { baresipIn, startHouse } from "./rig/house.ts";
import { registrarConfig, startKamailio } from "./rig/kamailio.ts";
import { freePorts } from "./rig/ports.ts";
import { missing } from "./rig/programs.ts";
import { talk } from "./rig/talk.ts";
import { makeTempFolder } from "./rig/temp-folder.ts";

/** An address of loopback for each server, so that trust in one is not trust in all. */
const kamailioAddress = "127.0.0.2";
const nameserver = "127.53.0.1";

const skip =
  missing("kamailio", "baresip", "dnsmasq", "unshare") ||
  (process.getuid?.() !== 0 && "needs root: a nameserver on port 53 in a mount namespace");

async function startDns(trapezoidPort: number, kamailioPort: number): Promise<Dnsmasq> {
  return startDnsmasq({
    address: nameserver,
    // Kamailio asks port 53 alone.
    port: 53,
    a: { "sip.house.test": "127.0.0.1", "edge.far.test": kamailioAddress },
    srv: [
      { name: "_sip._udp.house.test", target: "sip.house.test", port: trapezoidPort },
      { name: "_sip._udp.far.test", target: "edge.far.test", port: kamailioPort },
    ],
  });
}

test("phone, Trapezoid, Kamailio, phone, and back; both hear the other", { skip }, async () => {
  const [ourPort, theirPort] = [await freePorts(2), await freePorts(2)];
  await using dns = await startDns(ourPort, theirPort);
  const config = `import { defineConfig } from "trapezoid";
export default defineConfig({
  domains: ["house.test"],
  dns: { servers: ["${dns.server}"] },
  trust: ["${kamailioAddress}"],
});
`;
  const listen = [`udp://127.0.0.1:${ourPort}`];
  await using server = await startHouse({ users: ["alice"], domains: [], listen, config });
  const folder = await makeTempFolder("kamailio");
  await using _kamailio = await startKamailio({
    config: await registrarConfig({
      udp: theirPort,
      address: kamailioAddress,
      domains: ["far.test"],
      relay: true,
      folder,
    }),
    readyPort: { udp: theirPort, address: kamailioAddress },
    nameserver,
    folder,
  });
  await using alice = await baresipIn(server, "alice", "udp", { domain: "house.test", proxy: server.at("udp") });
  await using bob = await startBaresip({
    user: "bob",
    domain: "far.test",
    proxy: `${kamailioAddress}:${theirPort}`,
    transport: "udp",
    password: "unused",
    toneHz: 880,
  });
  await Promise.all([alice.registered(), bob.registered()]);
  const voices = [
    { phone: alice, toneHz: 440 },
    { phone: bob, toneHz: 880 },
  ] as const;
  await talk(voices[0], voices[1], "sip:bob@far.test");
  await talk(voices[1], voices[0], "sip:alice@house.test");
  assert.ok(dns.queries().includes("SRV _sip._udp.far.test"), "Trapezoid asked for the SRV records of far.test");
  assert.ok(dns.queries().includes("SRV _sip._udp.house.test"), "Kamailio asked for those of house.test");
  // Each end of the figure is two proxies away: both left their Record-Route.
  const invite = bob.messages().find((one) => one.direction === "received" && one.kind === "INVITE")!;
  assert.equal(invite.text.match(/^Record-Route:/gim)?.length, 2);
  assert.equal(invite.text.match(/^Via:/gim)?.length, 3);
});
