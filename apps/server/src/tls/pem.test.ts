import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, type TestContext, test } from "node:test";
import { createTestAuthority, type TestAuthority } from "../../../../packages/sip/test/transport/certificates.ts";
import { readAuthorities, readRevocations } from "./pem.ts";

let one: TestAuthority;
let two: TestAuthority;

before(async () => {
  one = await createTestAuthority("One");
  two = await createTestAuthority("Two");
});

function fileWith(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "trapezoid-pem-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "list.pem");
  writeFileSync(file, text);
  return file;
}

test("authorities are certificates, every one of them, whatever else stands between", async (t) => {
  const pem = readAuthorities(fileWith(t, `# ours\n${one.ca}\n# theirs\n${two.ca}`));
  assert.equal(pem.split("BEGIN CERTIFICATE").length - 1, 2);
  const { key } = await one.issue({ names: [["dns", "a.example"]] });
  for (const [text, message] of [
    ["", /there is no certificate in it: it is empty; tls\.ca expects certificates in PEM$/],
    [String(key), /there is no certificate in it, but PRIVATE KEY/],
    [`${one.ca}\n${two.ca.replace("MII", "AAA")}`, /certificate 2 is damaged/],
  ] as const) {
    assert.throws(() => readAuthorities(fileWith(t, text)), { code: "TLS_CA_UNUSABLE", message });
  }
  assert.throws(() => readAuthorities("/nowhere/ca.pem"), { code: "TLS_UNREADABLE" });
});

test("revocation lists are read one by one: OpenSSL would take the first alone (RFC 5280 §6.3)", async (t) => {
  const lists = [await one.revoke(), await two.revoke()];
  assert.equal(readRevocations(fileWith(t, lists.join("\n"))).length, 2);
  assert.throws(() => readRevocations(fileWith(t, one.ca)), {
    code: "TLS_CRL_UNUSABLE",
    message: /there is no list in it, but CERTIFICATE.*openssl crl/,
  });
});
