import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { TlsSettings } from "../config/types.ts";
import { ensureCertificate, readCertificate } from "./tls-certificate.ts";

const names = { domains: ["example.com"], hostName: "Box", addresses: ["127.0.0.1", "192.168.1.5", "::1", "fe80::1"] };
const now = Date.UTC(2026, 0, 1);

function settings(t: TestContext): TlsSettings {
  const folder = mkdtempSync(join(tmpdir(), "trapezoid-tls-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return {
    certFile: join(folder, "tls", "cert.pem"),
    keyFile: join(folder, "tls", "key.pem"),
    caFile: undefined,
    clientCertificates: "ignore",
    selfMade: true,
  };
}

test("a server without a certificate makes one that names its domain as a SIP identity (RFC 5922 §7.1)", async (t) => {
  const tls = settings(t);
  await ensureCertificate(tls, names, now);
  const certificate = new X509Certificate(readFileSync(tls.certFile));
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
  assert.equal(statSync(tls.keyFile).mode & 0o777, 0o600);
  assert.match(readCertificate(tls).key, /^-----BEGIN PRIVATE KEY-----/);
});

test("it is made once, and again only when it ends soon or is damaged", async (t) => {
  const tls = settings(t);
  await ensureCertificate(tls, names, now);
  const first = readFileSync(tls.certFile, "utf8");
  await ensureCertificate(tls, { ...names, domains: ["other.example"] }, now + 700 * 86_400_000);
  assert.equal(readFileSync(tls.certFile, "utf8"), first);
  await ensureCertificate(tls, names, now + 800 * 86_400_000);
  assert.notEqual(readFileSync(tls.certFile, "utf8"), first);
  writeFileSync(tls.certFile, "");
  await ensureCertificate(tls, names, now);
  readCertificate(tls);
});

test("a configured certificate is left alone, and its mistakes are named", async (t) => {
  const tls = settings(t);
  const other = settings(t);
  await ensureCertificate({ ...tls, selfMade: false }, names, now);
  assert.throws(() => readCertificate(tls), {
    code: "TLS_UNREADABLE",
    message: /cannot read .*cert\.pem \(ENOENT\); check tls/,
  });
  await ensureCertificate(tls, names, now);
  await ensureCertificate(other, names, now);
  assert.throws(() => readCertificate({ ...tls, keyFile: other.keyFile }), {
    code: "TLS_UNUSABLE",
    message: /another certificate/,
  });
  writeFileSync(tls.certFile, "nonsense");
  assert.throws(() => readCertificate(tls), { code: "TLS_UNUSABLE" });
});

test("authorities are certificates, every one of them, before anything is taken over", async (t) => {
  const tls = settings(t);
  await ensureCertificate(tls, names, now);
  const good = readFileSync(tls.certFile, "utf8");
  const caFile = `${tls.certFile}.ca`;
  writeFileSync(caFile, `# ours\n${good}\n${good}`);
  readCertificate({ ...tls, caFile });
  for (const [text, message] of [
    ["", /no certificate in it/],
    [readFileSync(tls.keyFile, "utf8"), /no certificate in it/],
    [`${good}${good.replace("MII", "AAA")}`, /certificate 2 is damaged/],
  ] as const) {
    writeFileSync(caFile, text);
    assert.throws(() => readCertificate({ ...tls, caFile }), { code: "TLS_CA_UNUSABLE", message });
  }
});
