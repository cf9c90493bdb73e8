/** What a TLS listener shows to whom: the certificate by name, ALPN, tickets, challenges; whom it believes. RFC 6066, RFC 7301, RFC 8737. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { before, test } from "node:test";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { createTestAuthority, type TestAuthority } from "../../../test/transport/certificates.ts";
import { closed, message, TestPeer, within } from "../../../test/transport/test-peer.ts";
import type { TlsIdentity, TlsSettings } from "./tls-settings.ts";

let authority: TestAuthority;
let plain: TlsIdentity;

before(async () => {
  authority = await createTestAuthority();
  plain = await authority.issue({ names: [["dns", "server.example"]] });
});

async function listening(tls: TlsSettings) {
  const server = new TestPeer({ tls });
  const { port } = (await server.listen("tls")).endpoints[0]!;
  return { server, port, [Symbol.asyncDispose]: () => server.transport.close() };
}

const tickets = new WeakMap<TLSSocket, Promise<Buffer>>();

/** What a client needs to resume the session: with TLS 1.2 it comes during the handshake, with TLS 1.3 after it. */
function ticketOf(socket: TLSSocket): Promise<Buffer> {
  return within(tickets.get(socket)!, "no ticket");
}

/** A handshake as any client makes it; rejects when it fails. */
async function shake(port: number, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options });
  tickets.set(socket, new Promise((resolve) => socket.once("session", resolve)));
  await within(once(socket, "secureConnect"), "no handshake");
  socket.on("error", () => {});
  return socket;
}

async function shown(port: number, servername: string): Promise<string | undefined> {
  const socket = await shake(port, { servername });
  const { subjectaltname } = socket.getPeerCertificate();
  socket.destroy();
  return subjectaltname;
}

function clientOf(tls: TlsSettings) {
  const client = new TestPeer({ tls });
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.transport.close() });
}

test("a certificate is shown for every name that it holds; a configured domain goes before, a whole name before a wildcard (RFC 5922 §7.8)", async () => {
  const one = await authority.issue({
    names: [
      ["url", "sip:one.example"],
      ["dns", "sip.one.example"],
      ["dns", "two.example"],
    ],
  });
  const two = await authority.issue({ names: [["dns", "*.two.example"]] });
  const fallback = await authority.issue({
    names: [
      ["dns", "server.example"],
      ["dns", "own.two.example"],
    ],
  });
  await using rig = await listening({ ...fallback, domains: { "One.example": one, "two.example": two } });
  for (const [name, certificate] of [
    ["one.example", "one.example"],
    ["SIP.one.example", "one.example"],
    ["two.example", "*.two.example"],
    ["any.two.example", "*.two.example"],
    ["own.two.example", "own.two.example"],
    ["a.b.two.example", "server.example"],
    ["xn--bcher-kva.example", "server.example"],
  ] as const) {
    assert.match(
      (await shown(rig.port, name)) ?? "",
      new RegExp(certificate.replaceAll(".", "\\.").replace("*", "\\*")),
      name,
    );
  }
});

for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
  test(`${maxVersion}: SIP is chosen where it is offered, clients without ALPN are taken, others refused (RFC 7301 §3.2)`, async () => {
    await using rig = await listening(plain);
    const offering = await shake(rig.port, { ALPNProtocols: ["http/1.1", "sip/2"], maxVersion });
    assert.equal(offering.alpnProtocol, "sip/2");
    const silent = await shake(rig.port, { maxVersion });
    assert.equal(silent.alpnProtocol, false);
    assert.equal(silent.getProtocol(), maxVersion);
    for (const protocols of [["http/1.1"], ["acme-tls/1"], ["acme-tls/1", "http/1.1"]]) {
      await assert.rejects(shake(rig.port, { ALPNProtocols: protocols, maxVersion }), /alert number 120/);
    }
    offering.destroy();
    silent.destroy();
  });

  test(`${maxVersion}: a challenge is answered for its name while it is under way, and nothing else is said (RFC 8737 §3)`, async () => {
    const answer = await authority.issue({ commonName: "answer", names: [["dns", "server.example"]] });
    await using rig = await listening({ ...plain, challenges: { "Server.example": answer } });
    const socket = await shake(rig.port, { ALPNProtocols: ["acme-tls/1"], servername: "server.example", maxVersion });
    assert.equal(socket.alpnProtocol, "acme-tls/1");
    assert.equal(socket.getPeerCertificate().subject.CN, "answer");
    await within(once(socket.resume(), "end"), "the connection stayed open");
    const phone = await shake(rig.port, { servername: "server.example", maxVersion });
    assert.notEqual(phone.getPeerCertificate().subject?.CN, "answer");
    phone.destroy();
    await assert.rejects(
      shake(rig.port, { ALPNProtocols: ["acme-tls/1"], servername: "other.example", maxVersion }),
      /alert number 120/,
    );
    rig.server.transport.reloadTls(plain);
    await assert.rejects(
      shake(rig.port, { ALPNProtocols: ["acme-tls/1"], servername: "server.example", maxVersion }),
      /alert number 120/,
    );
  });

  test(`${maxVersion}: a session goes on at every listener with the same secret, and not with another (RFC 8446 §4.6.1)`, async () => {
    const ticketSecret = new Uint8Array(32).fill(7);
    await using one = await listening({ ...plain, ticketSecret });
    await using two = await listening({ ...plain, ticketSecret });
    await using other = await listening({ ...plain, ticketSecret: new Uint8Array(32).fill(8) });
    const first = await shake(one.port, { maxVersion, servername: "server.example" });
    const session = await ticketOf(first);
    first.destroy();
    for (const [rig, isResumed] of [
      [other, false],
      [one, true],
      [two, true],
    ] as const) {
      const again = await shake(rig.port, { maxVersion, servername: "server.example", session });
      assert.equal(again.isSessionReused(), isResumed);
      again.destroy();
    }
    two.server.transport.reloadTls({ ...plain, ticketSecret, ca: authority.ca, clientCertificates: "request" });
    const stricter = await shake(two.port, { maxVersion, servername: "server.example", session });
    assert.equal(stricter.isSessionReused(), false, "trust by other rules begins with a whole handshake");
    stricter.destroy();
  });

  test(`${maxVersion}: a resumed session keeps the names that its certificate proved`, async () => {
    const branch = await authority.issue({ names: [["url", "sip:branch.example"]] });
    const ticketSecret = new Uint8Array(32).fill(7);
    await using rig = await listening({ ...plain, ca: authority.ca, clientCertificates: "require", ticketSecret });
    const options = { maxVersion, servername: "server.example", cert: String(branch.cert), key: String(branch.key) };
    const first = await shake(rig.port, options);
    first.write(message("first"));
    assert.deepEqual((await rig.server.received.next()).flow.peerNames, ["branch.example"]);
    const session = await ticketOf(first);
    const again = await shake(rig.port, { ...options, session });
    assert.equal(again.isSessionReused(), true);
    again.write(message("again"));
    assert.deepEqual((await rig.server.received.next()).flow.peerNames, ["branch.example"]);
    first.destroy();
    again.destroy();
  });
}

test("ciphers without forward secrecy or authenticated encryption are refused, unless configured (RFC 9325 §4.2)", async () => {
  await using rig = await listening(plain);
  const old = { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-SHA" } as const;
  await assert.rejects(shake(rig.port, old), /alert number 40/);
  rig.server.transport.reloadTls({ ...plain, ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-SHA" });
  const socket = await shake(rig.port, old);
  assert.equal(socket.getCipher().name, "ECDHE-ECDSA-AES128-SHA");
  socket.destroy();
});

test("the server's order of ciphers counts", async () => {
  await using rig = await listening(plain);
  const ciphers = "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256";
  const socket = await shake(rig.port, { maxVersion: "TLSv1.2", ciphers });
  assert.equal(socket.getCipher().name, "ECDHE-ECDSA-AES128-GCM-SHA256");
  socket.destroy();
});

test("with minVersion TLSv1.3, TLS 1.2 is refused", async () => {
  await using rig = await listening({ ...plain, minVersion: "TLSv1.3" });
  await assert.rejects(shake(rig.port, { maxVersion: "TLSv1.2" }), /alert number 70/);
  (await shake(rig.port, {})).destroy();
});

test("a server with authorities of its own is believed by those alone, and one that need not prove itself is not asked", async () => {
  const stranger = await createTestAuthority("Stranger");
  const strange = await stranger.issue({ names: [["dns", "trunk.example"]] });
  await using rig = await listening(strange);
  const target = { kind: "tls", address: "127.0.0.1", port: rig.port, serverName: "trunk.example" } as const;
  for (const [servers, code] of [
    [{}, "SIP_TP_CERTIFICATE_REJECTED"],
    [{ "other.example": { verify: false } }, "SIP_TP_CERTIFICATE_REJECTED"],
    [{ "trunk.example": { ca: authority.ca } }, "SIP_TP_CERTIFICATE_REJECTED"],
    [{ "Trunk.example": { ca: stranger.ca } }, undefined],
    [{ "trunk.example": { verify: false } }, undefined],
  ] as const) {
    await using client = clientOf({ ca: authority.ca, servers });
    const opening = Promise.resolve(client.transport.flowTo(target));
    if (code !== undefined) await assert.rejects(opening, { code });
    else assert.deepEqual((await opening).peerNames, "Trunk.example" in servers ? ["trunk.example"] : []);
  }
});

test("a certificate for servers alone is not shown as a client's; one of its own for clients is, and one for a certain server", async () => {
  const serverOnly = await authority.issue({ names: [["dns", "house.example"]], uses: ["1.3.6.1.5.5.7.3.1"] });
  const both = await authority.issue({
    names: [["dns", "house.example"]],
    uses: ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"],
  });
  const own = await authority.issue({ names: [["dns", "client.example"]], uses: ["1.3.6.1.5.5.7.3.2"] });
  const special = await authority.issue({ names: [["dns", "special.example"]] });
  await using rig = await listening({ ...plain, ca: authority.ca, clientCertificates: "request" });
  const target = { kind: "tls", address: "127.0.0.1", port: rig.port, serverName: "server.example" } as const;
  for (const [tls, names] of [
    [serverOnly, []],
    [both, ["house.example"]],
    [{ ...serverOnly, client: own }, ["client.example"]],
    [{ ...serverOnly, client: own, servers: { "server.example": { identity: special } } }, ["special.example"]],
  ] as const) {
    await using client = clientOf({ ca: authority.ca, ...tls });
    (await client.transport.flowTo(target)).send(message("who am I"));
    assert.deepEqual((await rig.server.received.next()).flow.peerNames, names);
  }
});

test("a certificate that its authority took back proves nothing (RFC 5280 §6.3)", async () => {
  const good = await authority.issue({ names: [["dns", "good.example"]] });
  const lost = await authority.issue({ names: [["dns", "lost.example"]] });
  const crl = await authority.revoke(lost);
  await using rig = await listening({ ...plain, ca: authority.ca, crl, clientCertificates: "request" });
  const target = { kind: "tls", address: "127.0.0.1", port: rig.port, serverName: "server.example" } as const;
  for (const [identity, names] of [
    [good, ["good.example"]],
    [lost, []],
  ] as const) {
    await using client = clientOf({ ca: authority.ca, ...identity });
    const flow = await client.transport.flowTo(target);
    flow.send(message("who am I"));
    const heard = await rig.server.received.next();
    assert.deepEqual(heard.flow.peerNames, names);
    const end = closed(heard.flow);
    flow.close();
    await end;
  }
});
