/** Certificates that come by themselves, from a real authority: RFC 8555 with http-01, and RFC 8737. */

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { globSync, readFileSync, statSync } from "node:fs";
import { describe, test } from "node:test";
import { type Dnsmasq, startDnsmasq } from "./rig/dnsmasq.ts";
import { baresipIn, password } from "./rig/house.ts";
import { type Pebble, startPebble } from "./rig/pebble.ts";
import { freePorts, isFree } from "./rig/ports.ts";
import { missing } from "./rig/programs.ts";
import { sClient } from "./rig/s-client.ts";
import { startTrapezoid, type Trapezoid, type TrapezoidOptions } from "./rig/trapezoid.ts";
import { waitUntil } from "./rig/wait.ts";

const names = ["house.test", "sip.house.test"];

function resolver(): Promise<Dnsmasq> {
  return freePorts().then((port) =>
    startDnsmasq({ port, a: Object.fromEntries(names.map((name) => [name, "127.0.0.1"])) }),
  );
}

interface HouseOptions extends TrapezoidOptions {
  readonly tlsPort: number;
  /** Text of `tls.acme`, beside directory, authority and terms. */
  readonly acme: string;
}

function startHouse(pebble: Pebble, { tlsPort, acme, args = [], ...options }: HouseOptions): Promise<Trapezoid> {
  return startTrapezoid({
    listen: ["udp://127.0.0.1:0", `tls://127.0.0.1:${tlsPort}`],
    args: ["--workers", "2", ...args],
    config: `import { defineConfig } from "trapezoid";
      export default defineConfig({
        domains: ["house.test"],
        tls: { acme: {
          agreeToTerms: true, email: "admin@house.test", domains: ${JSON.stringify(names)},
          directory: ${JSON.stringify(pebble.directory)}, ca: ${JSON.stringify(pebble.authority)}, ${acme}
        } },
      });`,
    ...options,
  });
}

const hasCome = (server: Trapezoid, from = 0): Promise<unknown> =>
  server.process.waitFor(/the certificate for house\.test, sip\.house\.test has come/, { timeoutMs: 60_000, from });

/** A client that believes the authority and wants the name proved gets through. */
async function proves(server: Trapezoid, pebble: Pebble, name: string): Promise<string> {
  const args = ["-verify_hostname", name, "-verify_return_error"];
  const report = await sClient(server.at("tls"), { name, authority: pebble.root, args });
  assert.equal(report.verified, 0, report.output);
  return report.issuer ?? "";
}

function keptIn(server: Trapezoid): string {
  const [file] = globSync(`${server.data}/tls/acme/*/certificate.pem`);
  assert.ok(file, "the certificate is kept");
  return file;
}

describe("an authority that is asked by http-01", { skip: missing("pebble", "dnsmasq", "openssl") }, () => {
  test("gives a certificate for all names, which the next connection gets; the port is listened on for so long alone", async () => {
    await using dns = await resolver();
    const [httpPort, tlsPort] = [await freePorts(), await freePorts()];
    await using pebble = await startPebble({ dns: dns.server, httpPort, tlsPort: 1, sleepSeconds: 2 });
    await using server = await startHouse(pebble, { tlsPort, acme: `http: "127.0.0.1:${httpPort}"` });
    // Until it has come, there is one that nobody vouches for, and the log says so.
    const before = await sClient(server.at("tls"), { authority: pebble.root });
    if (!server.process.output.includes("has come")) assert.notEqual(before.verified, 0);
    await hasCome(server);
    for (const name of names) assert.match(await proves(server, pebble, name), /Pebble Intermediate CA/);
    assert.equal(await isFree(httpPort), true, "nobody listens for http-01 any more");

    for (const file of globSync(`${server.data}/tls/acme/*/*`)) assert.equal(statSync(file).mode & 0o777, 0o600, file);
    const { subjectAltName, publicKey } = new X509Certificate(readFileSync(keptIn(server)));
    assert.equal(subjectAltName, names.map((name) => `DNS:${name}`).join(", "));
    assert.equal(publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
    const metrics = await server.metrics();
    assert.equal(metrics.get('trapezoid_acme_orders_total{thread="main",outcome="issued"}'), 1);

    // The next start has it already.
    await server.stop();
    await using again = await startHouse(pebble, {
      tlsPort,
      acme: `http: "127.0.0.1:${httpPort}"`,
      folder: server.folder,
    });
    await proves(again, pebble, "house.test");
    assert.equal(pebble.issued(), 1);
  });

  test("is answered by the HTTP server too, when a web server passes it on", async () => {
    await using dns = await resolver();
    const [httpPort, tlsPort] = [await freePorts(), await freePorts()];
    await using pebble = await startPebble({ dns: dns.server, httpPort, tlsPort: 1 });
    const args = ["--http", `127.0.0.1:${httpPort}`];
    await using server = await startHouse(pebble, { tlsPort, acme: "http: false", args });
    await hasCome(server);
    await proves(server, pebble, "sip.house.test");
    const other = await fetch(`http://127.0.0.1:${httpPort}/.well-known/acme-challenge/guess`);
    assert.equal(other.status, 404);
  });

  test("that wants an account elsewhere is shown it (RFC 8555 §7.3.4)", async () => {
    await using dns = await resolver();
    const [httpPort, tlsPort] = [await freePorts(), await freePorts()];
    const macKey = Buffer.from("thirty-two octets for an account").toString("base64url");
    const externalAccounts = { "kid-7": macKey };
    await using pebble = await startPebble({ dns: dns.server, httpPort, tlsPort: 1, externalAccounts });
    const acme = `http: "127.0.0.1:${httpPort}", externalAccount: { keyId: "kid-7", macKeyEnv: "ACME_MAC_KEY" }`;
    await using server = await startHouse(pebble, { tlsPort, acme, env: { ACME_MAC_KEY: macKey } });
    await hasCome(server);
    await proves(server, pebble, "house.test");
  });

  test("that cannot see the names keeps nobody from phoning: the log says what to look at, and when it is asked again", async () => {
    await using dns = await resolver();
    const [httpPort, tlsPort] = [await freePorts(), await freePorts()];
    // It asks where nobody listens.
    await using pebble = await startPebble({ dns: dns.server, httpPort: await freePorts(), tlsPort: 1 });
    const accounts = { "bob@house.test": password };
    await using server = await startHouse(pebble, { tlsPort, acme: `http: "127.0.0.1:${httpPort}"`, accounts });
    await server.process.waitFor(
      /could not see by http-01 that (sip\.)?house\.test is this server: .*port 80 to tls\.acme\.http.*"next":"20/,
      { timeoutMs: 60_000 },
    );
    const { subject } = await sClient(server.at("tls"), { name: "house.test" });
    assert.match(subject ?? "", /CN = house\.test/);
    assert.equal(await isFree(httpPort), true);
  });
});

describe("an authority that is asked by tls-alpn-01", {
  skip: missing("pebble", "dnsmasq", "openssl", "baresip"),
}, () => {
  test("gives a certificate and renews it while a registered phone stays connected", async () => {
    await using dns = await resolver();
    const tlsPort = await freePorts();
    await using pebble = await startPebble({ dns: dns.server, httpPort: 1, tlsPort, validitySeconds: 45 });
    const accounts = { "alice@house.test": password, "bob@house.test": password };
    await using server = await startHouse(pebble, { tlsPort, acme: 'challenge: "tls-alpn-01"', accounts });
    await hasCome(server);
    await proves(server, pebble, "house.test");
    const first = new X509Certificate(readFileSync(keptIn(server))).serialNumber;
    // Whoever asks for it when nobody is to be answered is refused.
    const late = await sClient(server.at("tls"), { name: "house.test", args: ["-alpn", "acme-tls/1"] });
    assert.match(late.output, /no application protocol/);

    await using bob = await baresipIn(server, "bob", "tls");
    await using alice = await baresipIn(server, "alice", "udp");
    await Promise.all([alice.registered(), bob.registered()]);
    const opened = async (): Promise<number> => {
      const counts = [...(await server.metrics())].filter(([name]) => /^trapezoid_sip_connections\{/.test(name));
      return counts.reduce((sum, [, value]) => sum + value, 0);
    };
    await waitUntil(async () => (await opened()) === 1, { what: "nobody but bob being connected" });

    await hasCome(server, server.process.output.lastIndexOf("has come") + 8);
    const second = new X509Certificate(readFileSync(keptIn(server))).serialNumber;
    assert.notEqual(second, first);
    const shown = await sClient(server.at("tls"), { name: "house.test", args: ["-showcerts"] });
    const pem = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/.exec(shown.output)?.[0] ?? "";
    assert.equal(new X509Certificate(pem).serialNumber, second);
    await waitUntil(async () => (await opened()) === 1, { what: "bob's connection alone" });
    await alice.dial(`sip:bob@${server.at("udp")}`);
    await bob.rings();
    await alice.hangUp();
  });
});
