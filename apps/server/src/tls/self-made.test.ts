import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { loadCertificate } from "./certificate.ts";
import { ensureCertificate } from "./self-made.ts";

const names = { domains: ["example.com"], hostName: "Box", addresses: ["127.0.0.1", "192.168.1.5", "::1", "fe80::1"] };
const now = Date.UTC(2026, 0, 1);

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "trapezoid-tls-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "tls");
}

test("a server without a certificate makes one that names its domain as a SIP identity (RFC 5922 §7.1)", async (t) => {
  const files = await ensureCertificate(folderOf(t), names, now);
  const certificate = new X509Certificate(readFileSync(files.certFile));
  for (const name of [
    "URI:sip:example.com",
    "DNS:example.com",
    "DNS:box",
    "DNS:localhost",
    "IP Address:127.0.0.1",
    "IP Address:192.168.1.5",
  ]) {
    assert.ok(certificate.subjectAltName?.includes(name), `${name} in ${certificate.subjectAltName}`);
  }
  assert.ok(!certificate.subjectAltName?.includes("FE80"));
  assert.equal(statSync(files.keyFile).mode & 0o777, 0o600);
  assert.deepEqual(loadCertificate(files, "default", ["example.com"]).remarks, []);
});

test("it is made once, and again only when it ends soon or is damaged", async (t) => {
  const folder = folderOf(t);
  const { certFile, keyFile } = await ensureCertificate(folder, names, now);
  const first = readFileSync(certFile, "utf8");
  await ensureCertificate(folder, { ...names, domains: ["other.example"] }, now + 700 * 86_400_000);
  assert.equal(readFileSync(certFile, "utf8"), first);
  await ensureCertificate(folder, names, now + 800 * 86_400_000);
  assert.notEqual(readFileSync(certFile, "utf8"), first);
  for (const file of [certFile, keyFile]) {
    writeFileSync(file, "");
    loadCertificate(await ensureCertificate(folder, names, now), "default", []);
  }
});
