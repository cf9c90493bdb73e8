/** SIPS and TLS between servers over real sockets: RFC 5630, RFC 5922. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { describe, test } from "node:test";
import { issueCertificate, makeAuthority } from "./rig/certificate.ts";
import { startDnsmasq } from "./rig/dnsmasq.ts";
import { freePorts } from "./rig/ports.ts";
import { missing } from "./rig/programs.ts";
import { type RawPhone, rawRequest, rawResponse, rawServer, tlsPhone, udpPhone } from "./rig/raw-phone.ts";
import { makeTempFolder } from "./rig/temp-folder.ts";
import { startTrapezoid, type Trapezoid } from "./rig/trapezoid.ts";
import { waitUntil } from "./rig/wait.ts";

const password = "correct-horse";

/** Everybody on loopback is believed: what is looked at is where requests go. */
function startHouse(): Promise<Trapezoid> {
  return startTrapezoid({
    domains: ["house.test"],
    trust: ["127.0.0.1"],
    listen: ["udp://127.0.0.1:0", "tls://127.0.0.1:0"],
    args: ["--workers", "2"],
    accounts: { "alice@house.test": password, "bob@house.test": password },
  });
}

/** Registers `scheme:bob@PLACE` with a Request-URI of the same scheme. */
async function register(phone: RawPhone, scheme: "sip" | "sips"): Promise<string> {
  const contact = `${scheme}:bob@${phone.place}${scheme === "sip" ? ";transport=tls" : ""}`;
  const lines = [`Contact: <${contact}>`, "Expires: 600"];
  const who = { from: "sip:bob@house.test", to: "sip:bob@house.test", lines };
  phone.send(rawRequest(phone, "REGISTER", `${scheme}:house.test`, who));
  assert.match((await phone.inbox.next(/^SIP\/2\.0 [2-6]/)).start, / 200 /);
  return contact;
}

describe("a phone that registered with a sips contact", () => {
  test("is called as sips by sips, over its connection, and every Record-Route is a sips one", async () => {
    await using server = await startHouse();
    await using bob = await tlsPhone(server.at("tls"));
    await using alice = await tlsPhone(server.at("tls"));
    const contact = await register(bob, "sips");
    alice.send(rawRequest(alice, "INVITE", "sips:bob@house.test", { lines: [`Contact: <sips:alice@${alice.place}>`] }));
    const invite = await bob.inbox.next(/^INVITE/);
    assert.equal(invite.start, `INVITE ${contact} SIP/2.0`);
    assert.match(invite.headers("Via")[0]!, /^SIP\/2\.0\/TLS /);
    assert.ok(invite.headers("Record-Route").length > 0);
    for (const value of invite.headers("Record-Route")) assert.match(value, /^<sips:[^;]+;lr>$/);
    invite.reply(rawResponse(invite, "486 Busy Here"));
    await alice.inbox.next(/^SIP\/2\.0 486/);
  });

  test("is called by sip from UDP as sip, over its connection all the same, with a Record-Route for each side (RFC 5630 §5.3, RFC 5658)", async () => {
    await using server = await startHouse();
    await using bob = await tlsPhone(server.at("tls"));
    await using alice = await udpPhone(server.at("udp"));
    const contact = await register(bob, "sips");
    const lines = [`Contact: <sip:alice@${alice.place}>`];
    const callId = "sip-to-sips";
    alice.send(rawRequest(alice, "INVITE", "sip:bob@house.test", { lines, callId }));
    const invite = await bob.inbox.next(/^INVITE/);
    assert.equal(invite.start, `INVITE ${contact.replace("sips:", "sip:")} SIP/2.0`);
    const routes = invite.headers("Record-Route");
    assert.equal(routes.length, 2);
    assert.match(routes[0]!, new RegExp(`^<sip:[^@]+@127\\.0\\.0\\.1:${server.port("tls")};transport=tls;lr>$`));
    assert.match(routes[1]!, new RegExp(`^<sip:[^@]+@127\\.0\\.0\\.1:${server.port("udp")};lr>$`));
    invite.reply(rawResponse(invite, "200 OK", [`Contact: <sip:bob@${bob.place}>`]));
    const ok = await alice.inbox.next(/^SIP\/2\.0 200/);
    const route = ok
      .headers("Record-Route")
      .reverse()
      .map((value) => `Route: ${value}`);
    alice.send(rawRequest(alice, "ACK", `sip:bob@${bob.place}`, { callId, toTag: "answer", lines: route }));
    await bob.inbox.next(/^ACK/);
    const back = { from: "sip:bob@house.test", fromTag: "answer", toTag: "raw", callId };
    const away = routes.map((value) => `Route: ${value}`);
    bob.send(rawRequest(bob, "BYE", `sip:alice@${alice.place}`, { ...back, lines: away }));
    const got = await alice.inbox.next(/^BYE/);
    assert.match(got.headers("Via")[0]!, /^SIP\/2\.0\/UDP /);
  });

  test("is refused where its way is not all TLS: over UDP, or with a sip Request-URI (RFC 5630 §5.2)", async () => {
    await using server = await startHouse();
    await using secure = await tlsPhone(server.at("tls"));
    await using plain = await udpPhone(server.at("udp"));
    const who = { from: "sip:bob@house.test", to: "sip:bob@house.test", lines: ["Contact: <sips:bob@phone.test>"] };
    secure.send(rawRequest(secure, "REGISTER", "sip:house.test", who));
    assert.match((await secure.inbox.next(/^SIP/)).start, /^SIP\/2\.0 400 A sips contact needs a sips Request-URI/);
    plain.send(rawRequest(plain, "REGISTER", "sips:house.test", who));
    assert.match((await plain.inbox.next(/^SIP/)).start, /^SIP\/2\.0 400 A sips contact needs TLS/);
  });
});

test("a phone that registered with a sip contact is not called by sips: 480 with Warning 380 (RFC 5630 §5.3)", async () => {
  await using server = await startHouse();
  await using bob = await tlsPhone(server.at("tls"));
  await using alice = await tlsPhone(server.at("tls"));
  await register(bob, "sip");
  alice.send(rawRequest(alice, "MESSAGE", "sips:bob@house.test"));
  const refused = await alice.inbox.next(/^SIP\/2\.0 [3-6]/);
  assert.match(refused.start, /^SIP\/2\.0 480 /);
  assert.equal(refused.headers("Warning")[0], `380 127.0.0.1:${server.port("tls")} "SIPS Not Allowed"`);
  assert.ok(!bob.inbox.messages.some(({ start }) => start.startsWith("MESSAGE")));
  // By sip, it is.
  alice.send(rawRequest(alice, "MESSAGE", "sip:bob@house.test"));
  await bob.inbox.next(/^MESSAGE sip:bob/);
});

describe("a client with a certificate", { skip: missing("openssl") }, () => {
  test("is who its certificate names: trusted by that name it needs no password; others do (RFC 5922 §7.4)", async () => {
    await using folder = await makeTempFolder("mutual");
    const authority = await makeAuthority(folder);
    const ours = await issueCertificate(folder, "ours-", ["house.test"]);
    const partner = await issueCertificate(folder, "partner-", ["sip.partner.test"]);
    const stranger = await issueCertificate(folder, "stranger-", ["sip.stranger.test"]);
    const config = (mode: string): string => `import { defineConfig } from "trapezoid";
      export default defineConfig({
        domains: ["house.test"],
        trust: ["sip.partner.test"],
        tls: {
          cert: ${JSON.stringify(ours.certificate)}, key: ${JSON.stringify(ours.key)},
          ca: ${JSON.stringify(authority)}, clientCertificates: "${mode}",
        },
      });`;
    const accounts = { "bob@house.test": password };
    await using server = await startTrapezoid({ listen: ["tls://127.0.0.1:0"], config: config("request"), accounts });
    const shown = ({ certificate, key }: typeof ours) => ({ cert: readFileSync(certificate), key: readFileSync(key) });
    const call = async (options: object): Promise<string> => {
      await using phone = await tlsPhone(server.at("tls"), options);
      phone.send(rawRequest(phone, "MESSAGE", "sip:bob@house.test", { from: "sip:carol@partner.test" }));
      return (await phone.inbox.next(/^SIP\/2\.0 [3-6]/)).start;
    };
    assert.match(await call(shown(partner)), /^SIP\/2\.0 480 /, "believed, though bob is not there");
    assert.match(await call(shown(stranger)), /^SIP\/2\.0 407 /);
    assert.match(await call({}), /^SIP\/2\.0 407 /);

    // Required: who has none does not get as far as asking.
    await writeFile(server.folder.file("trapezoid.config.ts"), config("require"));
    await server.process.waitFor(/the configuration was reloaded/);
    assert.match(await call(shown(partner)), /^SIP\/2\.0 480 /);
    await using none = await tlsPhone(server.at("tls"));
    none.send(rawRequest(none, "MESSAGE", "sip:bob@house.test"));
    await waitUntil(() => none.socket.closed, { what: "the end of a connection without a certificate" });
    assert.deepEqual(none.inbox.messages, []);
  });
});

test("a partner that says alias is called by the connection that it opened (RFC 5923 §8.2)", {
  skip: missing("openssl", "dnsmasq"),
}, async () => {
  await using folder = await makeTempFolder("alias");
  const authority = await makeAuthority(folder);
  const ours = await issueCertificate(folder, "ours-", ["house.test"]);
  const partner = await issueCertificate(folder, "partner-", ["partner.test"]);
  // Nobody listens there: the partner lives behind a firewall.
  const port = await freePorts();
  const srv = { name: "_sips._tcp.partner.test", target: "host.partner.test", port };
  const a = { "host.partner.test": "127.0.0.1" };
  await using dns = await startDnsmasq({ port: await freePorts(), a, srv: [srv] });
  await using server = await startTrapezoid({
    trust: ["127.0.0.1"],
    listen: ["tls://127.0.0.1:0"],
    config: `import { defineConfig } from "trapezoid";
      export default defineConfig({
        domains: ["house.test"],
        dns: { servers: [${JSON.stringify(dns.server)}] },
        tls: {
          cert: ${JSON.stringify(ours.certificate)}, key: ${JSON.stringify(ours.key)},
          ca: ${JSON.stringify(authority)}, clientCertificates: "request",
        },
      });`,
  });
  await using alice = await tlsPhone(server.at("tls"));
  const shown = { cert: readFileSync(partner.certificate), key: readFileSync(partner.key) };
  await using theirs = await tlsPhone(server.at("tls"), shown);
  const options = rawRequest(theirs, "OPTIONS", "sip:house.test");
  theirs.send(options.replace(/^(Via: [^;]*):\d+;branch=(\S+?);rport/m, `$1:${port};alias;branch=$2;rport`));
  await theirs.inbox.next(/^SIP\/2\.0 200/);
  alice.send(rawRequest(alice, "MESSAGE", "sips:carol@partner.test"));
  const message = await theirs.inbox.next(/^MESSAGE sips:carol@partner\.test/);
  message.reply(rawResponse(message, "202 Accepted"));
  await alice.inbox.next(/^SIP\/2\.0 202/);
});

describe("a foreign domain with TLS", { skip: missing("openssl", "dnsmasq") }, () => {
  test("is reached by _sips._tcp, must prove the domain itself, and sees our certificate (RFC 5922 §7.2, §7.3)", async () => {
    await using folder = await makeTempFolder("sips");
    const authority = await makeAuthority(folder);
    const ours = await issueCertificate(folder, "ours-", ["house.test"]);
    const right = await issueCertificate(folder, "right-", ["far.test"]);
    const wrong = await issueCertificate(folder, "wrong-", ["*.far.test", "host.far.test"]);
    const options = ({ certificate, key }: typeof right) => ({
      ...{ cert: readFileSync(certificate), key: readFileSync(key), ca: readFileSync(authority) },
      ...{ requestCert: true, rejectUnauthorized: true },
    });
    await using far = await rawServer(options(right));
    await using liar = await rawServer(options(wrong));
    const srv = { name: "_sips._tcp.far.test", target: "host.far.test", port: far.port };
    await using dns = await startDnsmasq({
      port: await freePorts(),
      a: { "host.far.test": "127.0.0.1" },
      srv: [srv, { ...srv, name: "_sips._tcp.liar.test", port: liar.port }],
    });
    await using server = await startTrapezoid({
      domains: ["house.test"],
      trust: ["127.0.0.1"],
      listen: ["tls://127.0.0.1:0"],
      config: `import { defineConfig } from "trapezoid";
        export default defineConfig({
          dns: { servers: [${JSON.stringify(dns.server)}] },
          tls: { cert: ${JSON.stringify(ours.certificate)}, key: ${JSON.stringify(ours.key)}, ca: ${JSON.stringify(authority)} },
          trunks: {
            pinned: { target: "sips:127.0.0.1:${far.port}", tls: { ca: ${JSON.stringify(authority)} } },
            lax: { target: "sips:localhost:${liar.port}", tls: { verify: false } },
          },
          route: (request, plan) => request.uri.user === "lax" ? plan.trunk("lax") : undefined,
        });`,
    });
    await using alice = await tlsPhone(server.at("tls"));

    alice.send(rawRequest(alice, "MESSAGE", "sips:bob@far.test"));
    const message = await far.inbox.next(/^MESSAGE/);
    assert.equal(message.start, "MESSAGE sips:bob@far.test SIP/2.0");
    assert.deepEqual(far.clients, ["house.test"]);
    assert.match(message.headers("Via")[0]!, /;alias\b/);
    message.reply(rawResponse(message, "202 Accepted"));
    await alice.inbox.next(/^SIP\/2\.0 202/);

    alice.send(rawRequest(alice, "MESSAGE", "sips:bob@liar.test"));
    assert.match((await alice.inbox.next(/^SIP\/2\.0 [3-6]/)).start, /^SIP\/2\.0 500 /);
    assert.deepEqual(liar.inbox.messages, []);

    // A trunk that need not prove anything is reached, and the log says so from the start.
    assert.match(server.process.output, /trunk lax need not prove who it is/);
    alice.send(rawRequest(alice, "MESSAGE", "sips:lax@house.test"));
    await liar.inbox.next(/^MESSAGE sips:lax@localhost/);
  });
});
