import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, type TestContext, test } from "node:test";
import type { TlsIdentity } from "@trapezoid/sip/transport/node";
import { createTestAuthority, type TestAuthority } from "../../../../packages/sip/test/transport/certificates.ts";
import type { CertificateFiles } from "../config/types.ts";
import { type LoadedCertificate, loadCertificate, timeRemarks } from "./certificate.ts";

let authority: TestAuthority;
let example: TlsIdentity;

before(async () => {
  authority = await createTestAuthority("Root");
  example = await authority.issue({ names: [["dns", "example.com"]] });
});

function filesWith(t: TestContext, cert: unknown, key: unknown, passphraseEnv?: string): CertificateFiles {
  const folder = mkdtempSync(join(tmpdir(), "trapezoid-certificate-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [certFile, keyFile] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  writeFileSync(certFile, cert as string);
  writeFileSync(keyFile, key as string, { mode: 0o600 });
  return { certFile, keyFile, passphraseEnv };
}

const load = (files: CertificateFiles, wanted: readonly string[] = ["example.com"]): LoadedCertificate =>
  loadCertificate(files, "example.com", wanted, [authority.ca]);

const textsOf = ({ remarks }: LoadedCertificate): readonly string[] => remarks.map(({ text }) => text);

test("a certificate that proves its domain and fits its key is taken without a word", (t) => {
  const loaded = load(filesWith(t, example.cert, example.key));
  assert.deepEqual(loaded.remarks, []);
  assert.deepEqual(timeRemarks(loaded, Date.now()), []);
});

test("what is in a file by mistake is called by its name", async (t) => {
  const { cert, key } = example;
  const der = createPrivateKey(String(key)).export({ type: "pkcs8", format: "der" });
  const request = "-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n";
  const other = await authority.issue({ names: [["dns", "example.com"]] });
  for (const [badCert, badKey, message] of [
    ["", key, /there is no certificate in it: it is empty$/],
    [key, cert, /there is no certificate in it, but PRIVATE KEY; are cert and key interchanged\?$/],
    [request, key, /it is a request; put the certificate that the authority made of it here$/],
    ["certificate of example.com", key, /it is no PEM, which begins with -----BEGIN$/],
    [String(cert).slice(0, 300), key, /it is cut short$/],
    [der, key, /it is binary \(DER or PKCS#12\), expected PEM/],
    [String(cert).replace("MII", "AAA"), key, /certificate 1 is damaged/],
    [cert, cert, /no private key in the key's file, but CERTIFICATE; are cert and key interchanged/],
    [cert, String(key).replace("MIG", "AAA"), /the key is damaged/],
    [cert, other.key, /the key belongs to another certificate$/],
  ] as const) {
    const files = filesWith(t, badCert, badKey);
    assert.throws(() => load(files), { code: "TLS_UNUSABLE", message });
  }
  const files = filesWith(t, cert, key);
  assert.throws(() => load({ ...files, certFile: "/nowhere/cert.pem" }), {
    code: "TLS_UNREADABLE",
    message: "cannot read /nowhere/cert.pem (ENOENT): there is no such file; check tls in the configuration",
  });
});

test("an encrypted key needs its passphrase, from the environment", (t) => {
  const encrypted = createPrivateKey(String(example.key)).export({
    type: "pkcs8",
    format: "pem",
    cipher: "aes-256-cbc",
    passphrase: "open sesame",
  });
  t.after(() => delete process.env.TRAPEZOID_TEST_PASSPHRASE);
  const files = filesWith(t, example.cert, encrypted);
  assert.throws(() => load(files), {
    message: /the key is encrypted; name the environment variable .* passphraseEnv$/,
  });
  const named = { ...files, passphraseEnv: "TRAPEZOID_TEST_PASSPHRASE" };
  assert.throws(() => load(named), { message: /encrypted, and TRAPEZOID_TEST_PASSPHRASE is not set$/ });
  process.env.TRAPEZOID_TEST_PASSPHRASE = "guess";
  assert.throws(() => load(named), { message: /the passphrase in TRAPEZOID_TEST_PASSPHRASE does not open the key$/ });
  process.env.TRAPEZOID_TEST_PASSPHRASE = "open sesame";
  assert.match(load(named).key, /^-----BEGIN PRIVATE KEY-----/);
});

test("a domain that is not proved is named, with what is; a wildcard proves none (RFC 5922 §7.2)", async (t) => {
  const wild = await authority.issue({
    names: [
      ["dns", "*.example.com"],
      ["dns", "example.com"],
    ],
  });
  const files = filesWith(t, wild.cert, wild.key);
  assert.deepEqual(textsOf(load(files, ["example.com"])), []);
  assert.deepEqual(textsOf(load(files, ["example.com", "sip.example.com"])), [
    `${files.certFile} does not prove sip.example.com: it names *.example.com, example.com; a wildcard proves no SIP domain (RFC 5922 §7.2); phones that check refuse it`,
  ]);
  const uri = await authority.issue({
    names: [
      ["url", "sip:example.com"],
      ["dns", "sip.example.com"],
    ],
  });
  assert.match(
    textsOf(load(filesWith(t, uri.cert, uri.key), ["sip.example.com"]))[0] ?? "",
    /does not prove sip\.example\.com: it names example\.com; phones/,
  );
});

test("a chain is served in its order, wherever in the file its certificates are (RFC 8446 §4.4.2)", async (t) => {
  const middle = await authority.intermediate("Middle");
  const leaf = await middle.issue({ names: [["dns", "example.com"]] });
  const right = load(filesWith(t, `${leaf.cert}\n${middle.ca}`, leaf.key));
  assert.deepEqual(right.remarks, []);
  const wrong = load(filesWith(t, `${authority.ca}\n${middle.ca}\n${leaf.cert}`, leaf.key));
  assert.match(textsOf(wrong)[0] ?? "", /out of order/);
  assert.ok(wrong.cert.startsWith(right.cert), "certificate, then Middle");
  const gap = load(filesWith(t, leaf.cert, leaf.key));
  assert.match(textsOf(gap)[0] ?? "", /ends at CN=Middle, which is not in it/);
});

test("a certificate for clients alone, and a key for everybody, are spoken of", async (t) => {
  const client = await authority.issue({ names: [["dns", "example.com"]], uses: ["1.3.6.1.5.5.7.3.2"] });
  const files = filesWith(t, client.cert, client.key);
  chmodSync(files.keyFile, 0o644);
  const [uses, mode] = textsOf(load(files));
  assert.match(uses ?? "", /is not for servers/);
  assert.match(mode ?? "", /key\.pem can be read by every user of this machine/);
});

test("its end is announced three weeks before, and its absence of validity said aloud", async (t) => {
  const day = 86_400_000;
  const now = Date.UTC(2026, 5, 1);
  const issued = await authority.issue({ names: [["dns", "example.com"]], from: now, until: now + 90 * day });
  const files = filesWith(t, issued.cert, issued.key);
  const loaded = load(files);
  assert.deepEqual(timeRemarks(loaded, now + 69 * day), []);
  assert.deepEqual(timeRemarks(loaded, now + 70 * day), [
    { level: "warn", text: `${files.certFile} ends on 2026-08-30, in 20 days; renew it` },
  ]);
  assert.equal(timeRemarks(loaded, now + 90 * day)[0]?.level, "error");
  assert.match(timeRemarks(loaded, now - day)[0]?.text ?? "", /begins on 2026-06-01: .* is the clock/);
});
