/** TLS as an independent client sees it: which certificate for which name, what is refused, and certificates that change while phones are connected. */

import assert from "node:assert/strict";
import { readFile, rename, symlink, unlink } from "node:fs/promises";
import { describe, test } from "node:test";
import { issueCertificate, makeAuthority } from "./rig/certificate.ts";
import { baresipIn, startHouse } from "./rig/house.ts";
import { missing } from "./rig/programs.ts";
import { sClient } from "./rig/s-client.ts";
import { makeTempFolder, type TempFolder } from "./rig/temp-folder.ts";
import { startTrapezoid, type Trapezoid } from "./rig/trapezoid.ts";
import { waitUntil } from "./rig/wait.ts";

const config = (text: string): string =>
  `import { defineConfig } from "trapezoid";\nexport default defineConfig({ ${text} });\n`;

const tls = (certificate: string, key: string): string =>
  `{ cert: ${JSON.stringify(certificate)}, key: ${JSON.stringify(key)} }`;

const errorsOf = (server: Trapezoid): string[] =>
  server.process.output.split("\n").filter((line) => /"level":"?(error|50)/.test(line));

/** As certbot does: the files stay where they were, links are moved to them. */
async function pointTo(folder: TempFolder, label: string): Promise<void> {
  for (const name of ["cert.pem", "key.pem"]) {
    await symlink(folder.file(`${label}${name}`), folder.file(`live-${name}.new`));
    await rename(folder.file(`live-${name}.new`), folder.file(`live-${name}`));
  }
}

describe("openssl s_client", { skip: missing("openssl") }, () => {
  test("gets the certificate of the domain that it asks for, over TLS and WSS alike, and a default one", async () => {
    await using folder = await makeTempFolder("sni");
    const authority = await makeAuthority(folder);
    const one = await issueCertificate(folder, "one-", ["one.test"]);
    const two = await issueCertificate(folder, "two-", ["two.test", "sip.two.test"]);
    await using server = await startTrapezoid({
      listen: ["tls://127.0.0.1:0", "wss://127.0.0.1:0"],
      config: config(
        `domains: ["one.test", { name: "Two.test", tls: ${tls(two.certificate, two.key)} }], tls: ${tls(one.certificate, one.key)}`,
      ),
    });
    for (const place of [server.at("tls"), server.at("wss")]) {
      for (const [name, subject] of [
        ["one.test", "one.test"],
        ["two.test", "two.test"],
        ["SIP.two.test", "two.test"],
        ["three.test", "one.test"],
        [undefined, "one.test"],
      ] as const) {
        const report = await sClient(place, { ...(name && { name }), authority });
        assert.match(report.subject ?? report.output, new RegExp(`CN = ${subject}$`), `${name} at ${place}`);
        assert.equal(report.verified, 0);
        assert.equal(report.protocol, "TLSv1.3");
      }
    }
    assert.deepEqual(errorsOf(server), []);
    const metrics = await server.metrics();
    const ends = [...metrics].filter(([name]) => name.startsWith("trapezoid_tls_certificate_expiry_seconds"));
    assert.deepEqual(ends.map(([name]) => /name="([^"]+)"/.exec(name)?.[1]).sort(), ["default", "two.test"]);
    for (const [, end] of ends) assert.ok(Math.abs(end - Date.now() / 1000 - 2 * 86_400) < 3_600, String(end));
  });

  test("is refused TLS 1.1, renegotiation, and protocols other than SIP", async () => {
    await using server = await startTrapezoid({ listen: ["tls://127.0.0.1:0"] });
    const old = ["-cipher", "DEFAULT@SECLEVEL=0"];
    for (const version of ["-tls1", "-tls1_1"]) {
      const { subject, output } = await sClient(server.at("tls"), { args: [version, ...old] });
      assert.equal(subject, undefined);
      assert.match(output, /alert protocol version/);
    }
    const renegotiating = await sClient(server.at("tls"), { args: ["-tls1_2"], input: "R\n" });
    assert.match(renegotiating.output, /RENEGOTIATING[\s\S]*no renegotiation/);
    const other = await sClient(server.at("tls"), { args: ["-alpn", "h2"] });
    assert.match(other.output, /no application protocol/);
    const sip = await sClient(server.at("tls"), { args: ["-alpn", "sip/2"] });
    assert.equal(sip.alpn, "sip/2");
  });

  test("resumes its session at whichever thread it gets to", async () => {
    await using folder = await makeTempFolder("resume");
    await using server = await startTrapezoid({ listen: ["tls://127.0.0.1:0"], args: ["--workers", "2"] });
    const session = folder.file("session.pem");
    await sClient(server.at("tls"), { args: ["-tls1_2", "-sess_out", session] });
    assert.match(await readFile(session, "utf8"), /BEGIN SSL SESSION/);
    // The kernel chooses the thread by the client's port.
    for (let attempt = 0; attempt < 8; attempt++) {
      const { output } = await sClient(server.at("tls"), { args: ["-tls1_2", "-sess_in", session] });
      assert.match(output, /^Reused, TLSv1\.2/m);
    }
  });
});

describe("certificates that change", { skip: missing("openssl", "baresip") }, () => {
  test("the next connection gets the new one, the phone that is connected is called as before; broken files change nothing", async () => {
    await using folder = await makeTempFolder("renewal");
    const authority = await makeAuthority(folder);
    await issueCertificate(folder, "old-", ["old.house.test"]);
    await issueCertificate(folder, "new-", ["house.test"]);
    await pointTo(folder, "old-");
    await using server = await startHouse({
      users: ["alice", "bob"],
      listen: ["udp://127.0.0.1:0", "tls://127.0.0.1:0"],
      args: ["--workers", "2"],
      config: config(`tls: ${tls(folder.file("live-cert.pem"), folder.file("live-key.pem"))}`),
    });
    await using bob = await baresipIn(server, "bob", "tls");
    await using alice = await baresipIn(server, "alice", "udp");
    await Promise.all([alice.registered(), bob.registered()]);
    const shown = async (): Promise<string> => (await sClient(server.at("tls"), { authority })).subject ?? "";
    assert.match(await shown(), /CN = old\.house\.test$/);
    const connections = async (): Promise<number> => {
      const counts = [...(await server.metrics())].filter(([name]) => name.startsWith("trapezoid_sip_connections{"));
      return counts.reduce((sum, [, value]) => sum + value, 0);
    };
    await waitUntil(async () => (await connections()) === 1, { what: "nobody but bob being connected" });

    await pointTo(folder, "new-");
    await waitUntil(async () => (await shown()).endsWith("CN = house.test"), { what: "the new certificate" });
    await waitUntil(async () => (await connections()) === 1, { what: "bob's connection alone" });
    await alice.dial(`sip:bob@${server.at("udp")}`);
    await bob.rings();
    await alice.hangUp();

    await unlink(folder.file("live-cert.pem"));
    server.process.kill("SIGHUP");
    await server.process.waitFor(/there is no such file.*the configuration was not reloaded/);
    assert.match(await shown(), /CN = house\.test$/);
  });
});
