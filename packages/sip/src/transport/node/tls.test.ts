/** Certificates: whom we show which, whom we believe, and changing them while connections go on. RFC 5922, RFC 5923. */

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { before, test } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import { createFakeClock } from "@trapezoid/testkit";
import { createTestAuthority, type TestAuthority } from "../../../test/transport/certificates.ts";
import { closed, message, TestPeer, within } from "../../../test/transport/test-peer.ts";
import type { Target } from "../contract.ts";
import type { TlsIdentity, TlsSettings } from "./tls-settings.ts";

let authority: TestAuthority;
let plain: TlsIdentity;

before(async () => {
  authority = await createTestAuthority();
  plain = await authority.issue({
    names: [
      ["dns", "server.example"],
      ["ip", "127.0.0.1"],
    ],
  });
});

async function listening(tls: TlsSettings, options = {}) {
  const server = new TestPeer({ tls, ...options });
  const { port } = (await server.listen("tls")).endpoints[0]!;
  return { server, port, [Symbol.asyncDispose]: () => server.transport.close() };
}

/** Connects as a client that trusts the test authority and wants `serverName` proved. */
async function reach(port: number, serverName: string | undefined, tls: TlsSettings = { ca: authority.ca }) {
  const client = new TestPeer({ tls });
  const target = {
    kind: "tls",
    address: "127.0.0.1",
    port,
    ...(serverName === undefined ? {} : { serverName }),
  } as const;
  try {
    const flow = await client.transport.flowTo(target);
    return { client, target, flow, [Symbol.asyncDispose]: () => client.transport.close() };
  } catch (error) {
    await client.transport.close();
    throw error;
  }
}

test("a sip URI in the certificate proves its domain and makes DNS names count for nothing (RFC 5922 §7.1, RFC 3261 §26.1.2)", async () => {
  const identity = await authority.issue({
    names: [
      ["url", "sip:example.com"],
      ["dns", "host.example.com"],
    ],
  });
  await using rig = await listening(identity);
  await using client = await reach(rig.port, "Example.com");
  assert.deepEqual(client.flow.peerNames, ["example.com"]);
  await assert.rejects(reach(rig.port, "host.example.com"), {
    code: "SIP_TP_IDENTITY_MISMATCH",
    message: /"host\.example\.com".*example\.com/,
  });
});

test("a wildcard proves nothing (RFC 5922 §7.2)", async () => {
  const identity = await authority.issue({ names: [["dns", "*.example.com"]] });
  await using rig = await listening(identity);
  await assert.rejects(reach(rig.port, "sip.example.com"), { code: "SIP_TP_IDENTITY_MISMATCH" });
});

test("the common name counts where there is no subjectAltName, and only there (RFC 5922 §7.1)", async () => {
  await using old = await listening(await authority.issue({ commonName: "old.example.com" }));
  await using client = await reach(old.port, "old.example.com");
  assert.deepEqual(client.flow.peerNames, ["old.example.com"]);
  const both = await authority.issue({ commonName: "old.example.com", names: [["dns", "new.example.com"]] });
  await using newer = await listening(both);
  await assert.rejects(reach(newer.port, "old.example.com"), { code: "SIP_TP_IDENTITY_MISMATCH" });
});

test("a certificate of an unknown authority is not trusted, unless verification is off (RFC 3261 §26.1.2, §26.3.1)", async () => {
  const stranger = await createTestAuthority("Stranger");
  await using rig = await listening(await stranger.issue({ names: [["dns", "server.example"]] }));
  await assert.rejects(reach(rig.port, "server.example"), { code: "SIP_TP_CERTIFICATE_REJECTED" });
  await using client = await reach(rig.port, "server.example", { verifyServers: false });
  assert.equal(client.flow.send(message("trusting")), true);
  assert.deepEqual(client.flow.peerNames, []);
});

test("each domain shows its own certificate, and unknown ones get the default (SNI)", async () => {
  const one = await authority.issue({ names: [["dns", "one.example"]] });
  const star = await authority.issue({ names: [["dns", "a.two.example"]] });
  await using rig = await listening({ ...plain, domains: { "One.example": one, "*.two.example": star } });
  for (const name of ["one.example", "a.two.example", "server.example"]) {
    await using _ = await reach(rig.port, name);
  }
  await using client = await reach(rig.port, undefined);
  assert.deepEqual(client.flow.peerNames, ["server.example"]);
});

test("reloading shows the new certificate to new connections and drops none", async () => {
  await using rig = await listening(plain);
  await using first = await reach(rig.port, "server.example");
  const renewed = await authority.issue({ names: [["dns", "renewed.example"]] });
  rig.server.transport.reloadTls(renewed);
  await using second = await reach(rig.port, "renewed.example");
  await assert.rejects(reach(rig.port, "server.example"), { code: "SIP_TP_IDENTITY_MISMATCH" });
  for (const { flow } of [first, second]) {
    flow.send(message("alive"));
    const { flow: back } = await rig.server.received.next();
    assert.equal(back.send(message("still")), true);
  }
  await first.client.received.next();
});

test("a reload that cannot be used changes nothing", async () => {
  await using rig = await listening(plain);
  const { key } = await authority.issue({ names: [["dns", "other.example"]] });
  for (const bad of [
    { cert: "nonsense", key: "nonsense" },
    { cert: plain.cert, key },
  ]) {
    assert.throws(() => rig.server.transport.reloadTls(bad), { code: "SIP_TP_TLS_SETTINGS_INVALID" });
  }
  assert.throws(() => rig.server.transport.reloadTls({}), { code: "SIP_TP_TLS_NOT_CONFIGURED" });
  await using _ = await reach(rig.port, "server.example");
});

test("a TLS listener without a certificate says what is missing", async () => {
  await using server = new TestPeer();
  await assert.rejects(server.listen("tls"), { code: "SIP_TP_TLS_NOT_CONFIGURED" });
});

test("mutual TLS: a client's trusted certificate gives the flow its names, none gives none (RFC 5922 §7.4, RFC 3261 §26.3.1)", async () => {
  const clientIdentity = await authority.issue({ names: [["url", "sip:branch.example"]] });
  const stranger = await createTestAuthority("Stranger");
  const strange = await stranger.issue({ names: [["dns", "branch.example"]] });
  await using rig = await listening({ ...plain, ca: authority.ca, clientCertificates: "request" });
  for (const [tls, names] of [
    [{ ca: authority.ca, ...clientIdentity }, ["branch.example"]],
    [{ ca: authority.ca, ...strange }, []],
    [{ ca: authority.ca }, []],
  ] as const) {
    await using client = await reach(rig.port, "server.example", tls);
    client.flow.send(message("who am I"));
    assert.deepEqual((await rig.server.received.next()).flow.peerNames, names);
  }
});

test("mutual TLS that is required refuses clients without a trusted certificate", async () => {
  const clientIdentity = await authority.issue({ names: [["url", "sip:branch.example"]] });
  await using rig = await listening({ ...plain, ca: authority.ca, clientCertificates: "require" });
  await using good = await reach(rig.port, "server.example", { ca: authority.ca, ...clientIdentity });
  good.flow.send(message("good"));
  await rig.server.received.next();
  // With TLS 1.3 a client learns of it after its own handshake is done.
  const bad = await reach(rig.port, "server.example").catch((error: Error) => error);
  if (!(bad instanceof Error)) {
    await closed(bad.flow);
    await bad.client.transport.close();
  }
  assert.equal(rig.server.transport.counters.connections, 1);
  assert.equal(rig.server.received.length, 0);
});

test("an inbound connection is used for a domain only if its peer has proved it (RFC 5923 §9.3, RFC 3261 §26.3.2.2)", async () => {
  const clientIdentity = await authority.issue({ names: [["dns", "branch.example"]] });
  await using rig = await listening({ ...plain, ca: authority.ca, clientCertificates: "request" });
  await using client = await reach(rig.port, "server.example", { ca: authority.ca, ...clientIdentity });
  client.flow.send(message("hello"));
  const { flow } = await rig.server.received.next();
  const target = { kind: "tls", ...flow.remote } as const;
  assert.equal(await rig.server.transport.flowTo({ ...target, serverName: "Branch.example" }), flow);
  // To come from an address proves no more than to claim a name.
  for (const serverName of ["other.example", flow.remote.address]) {
    await assert.rejects(async () => rig.server.transport.flowTo({ ...target, serverName }), {
      code: "SIP_TP_CONNECT_REFUSED",
    });
  }
});

test("a peer that proved its name is reached by its own connection where it says that it listens (RFC 5923 §8.2, §9.2)", async () => {
  const clientIdentity = await authority.issue({ names: [["dns", "branch.example"]] });
  await using rig = await listening({ ...plain, ca: authority.ca, clientCertificates: "request" });
  await using client = await reach(rig.port, "server.example", { ca: authority.ca, ...clientIdentity });
  await using nameless = await reach(rig.port, "server.example");
  const inbound = async (from: typeof client) => {
    from.flow.send(message("hello"));
    return (await rig.server.received.next()).flow;
  };
  const flow = await inbound(client);
  const { transport } = rig.server;
  // Where nobody listens: what is not reused is refused.
  const there = { kind: "tls", address: "127.0.0.1", port: 9, serverName: "branch.example" } as const;
  const elsewhere = (target: Target) =>
    assert.rejects(async () => transport.flowTo(target), { code: "SIP_TP_CONNECT_REFUSED" });
  await elsewhere(there);
  // One that proved nothing is no alias for anybody.
  transport.alias(await inbound(nameless), 9);
  await elsewhere(there);
  transport.alias(flow, 9);
  assert.equal(await transport.flowTo(there), flow);
  await elsewhere({ ...there, serverName: "other.example" });
  await elsewhere({ ...there, port: 10 });
  // It moved.
  transport.alias(flow, 10);
  await elsewhere(there);
  assert.equal(await transport.flowTo({ ...there, port: 10 }), flow);
  const end = closed(flow);
  flow.close();
  await end;
  await elsewhere({ ...there, port: 10 });
});

test("a connection that we opened and could show a certificate on may be used by its peer (RFC 5923 §8.1)", async () => {
  await using rig = await listening(plain);
  await using known = await reach(rig.port, "server.example", { ca: authority.ca, ...plain });
  await using nameless = await reach(rig.port, "server.example");
  assert.deepEqual([known.flow.alias, nameless.flow.alias], [true, false]);
});

test("a connection that we opened to an address is used again for it", async () => {
  const identity = await authority.issue({ names: [["ip", "127.0.0.1"]] });
  await using rig = await listening(identity);
  await using client = await reach(rig.port, "127.0.0.1");
  assert.equal(await client.client.transport.flowTo({ ...client.target, serverName: "127.0.0.1" }), client.flow);
});

test("a connection that we opened for one domain is not used for another at the same address (RFC 5923 §9.3)", async () => {
  const both = await authority.issue({
    names: [
      ["dns", "one.example"],
      ["dns", "two.example"],
    ],
  });
  const only = await authority.issue({ names: [["dns", "three.example"]] });
  await using rig = await listening({ ...both, domains: { "three.example": only } });
  await using one = await reach(rig.port, "one.example");
  // Its certificate proves this one too.
  assert.equal(await one.client.transport.flowTo({ ...one.target, serverName: "two.example" }), one.flow);
  const three = await one.client.transport.flowTo({ ...one.target, serverName: "three.example" });
  assert.notEqual(three, one.flow);
  assert.equal(await one.client.transport.flowTo({ ...one.target, serverName: "one.example" }), one.flow);
});

test("TLS before 1.2 is refused (RFC 3261 §26.2.1)", async () => {
  await using rig = await listening(plain);
  const socket = connect({
    port: rig.port,
    host: "127.0.0.1",
    rejectUnauthorized: false,
    minVersion: "TLSv1",
    maxVersion: "TLSv1.1",
    ciphers: "DEFAULT@SECLEVEL=0",
  });
  const [error] = (await within(
    once(socket, "error").catch((cause) => [cause]),
    "no refusal",
  )) as [Error];
  assert.match(String((error as NodeJS.ErrnoException).code), /ALERT_PROTOCOL_VERSION|ECONNRESET|UNSUPPORTED_PROTOCOL/);
  assert.equal(rig.server.transport.counters.connectionsRefused.handshake, 1);
});

test("a handshake that is not done in time is ended", async () => {
  const clock = createFakeClock();
  await using rig = await listening(plain, { clock, timeouts: { handshakeMs: 5_000 } });
  const silent = connectTcp(rig.port, "127.0.0.1");
  await once(silent, "connect");
  // Handshakes that are done are not ended; this one also shows that the silent one has been accepted.
  const done = connect({ port: rig.port, host: "127.0.0.1", rejectUnauthorized: false }) as TLSSocket;
  await once(done, "secureConnect");
  assert.match(new X509Certificate(done.getPeerX509Certificate()!.raw).subjectAltName ?? "", /server\.example/);
  done.write(message("done"));
  await rig.server.received.next();
  await clock.advanceAsync(5_200);
  await within(once(silent, "close"), "the silent connection did not end");
  assert.equal(rig.server.transport.counters.connections, 1);
  assert.equal(rig.server.transport.counters.connectionsCut.handshakeMs, 1);
  assert.equal(rig.server.transport.counters.handshakes, 0);
  done.destroy();
});
