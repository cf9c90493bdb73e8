import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, type TestContext, test } from "node:test";
import { createFakeClock } from "@trapezoid/testkit";
import { createTestAuthority, type TestAuthority } from "../../../../packages/sip/test/transport/certificates.ts";
import { FakeAuthority } from "../../test/acme-authority.ts";
import type { AcmeSettings } from "../config/types.ts";
import { createLogger } from "../observe/logger.ts";
import { keptCertificate, presentCertificate } from "./acme-files.ts";
import { AcmeKeeper } from "./acme-keeper.ts";

const minute = 60_000;
const day = 86_400_000;
let authority: TestAuthority;

before(async () => {
  authority = await createTestAuthority("Root");
});

function setUp(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "trapezoid-acme-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const clock = createFakeClock();
  const server = new FakeAuthority(authority, clock);
  const lines: { readonly level: string; readonly msg: string; readonly problem?: string; readonly next?: string }[] =
    [];
  let issued = 0;
  const keeper = new AcmeKeeper({
    clock,
    log: createLogger({ write: (line) => lines.push(JSON.parse(line)) }),
    send: () => server.send,
    port: server.port,
    random: () => 0.5,
    onIssued: async () => {
      issued++;
      return undefined;
    },
  });
  t.after(() => keeper.close());
  const settings: AcmeSettings = {
    directory: server.directory,
    email: "admin@example.com",
    challenge: "http-01",
    names: ["example.com", "sip.example.com"],
    http: [],
    caFile: undefined,
    externalAccount: undefined,
    folder,
  };
  return {
    ...{ clock, server, keeper, settings, lines },
    issued: () => issued,
    /** Then on, by as little as brings `until` about. No timer means that keys are being made, which takes what it takes. */
    async pass(ms: number, until: () => boolean): Promise<void> {
      await clock.advanceAsync(ms);
      for (let steps = 0; steps < 500 && !until(); ) {
        if (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
        else {
          await clock.advanceAsync(500);
          steps++;
        }
      }
      assert.ok(until(), JSON.stringify(lines));
    },
  };
}

const problems = (lines: readonly { readonly level: string; readonly problem?: string }[]): string[] =>
  lines.filter(({ level }) => level === "error").map(({ problem }) => problem ?? "");

test("a certificate for all names is ordered at once: account, order, challenges, finalization, download (RFC 8555 §7)", async (t) => {
  const { keeper, settings, server, pass, issued } = setUp(t);
  keeper.configure(settings);
  await pass(0, () => issued() === 1);
  assert.deepEqual(server.accounts, [{ termsOfServiceAgreed: true, contact: ["mailto:admin@example.com"] }]);
  const held = presentCertificate(settings);
  assert.equal(held?.names.subjectAltName, "DNS:example.com, DNS:sip.example.com");
  assert.equal(server.withdrawn, 1, "nothing is answered any longer");
  assert.deepEqual(keeper.counters, { issued: 1, failures: 0 });
});

test("it is renewed when a third of its life is left, with the same account", async (t) => {
  const { keeper, settings, server, pass, clock, issued } = setUp(t);
  keeper.configure(settings);
  await pass(0, () => issued() === 1);
  const first = presentCertificate(settings);
  for (let days = 0; days < 59; days++) await clock.advanceAsync(day);
  assert.equal(server.orders, 1);
  await pass(day, () => issued() === 2);
  assert.notEqual(presentCertificate(settings)?.cert, first?.cert);
  assert.equal(server.accounts.length, 1);
});

test("after a start there is nothing to ask for while the certificate is good, and a name more is a reason to", async (t) => {
  const { keeper, settings, server, pass, clock, issued } = setUp(t);
  keeper.configure(settings);
  await pass(0, () => issued() === 1);
  keeper.configure(undefined);
  keeper.configure(settings);
  await clock.advanceAsync(day);
  assert.equal(server.orders, 1);
  keeper.configure({ ...settings, names: [...settings.names, "other.example.com"] });
  await pass(0, () => issued() === 2);
  assert.equal(server.orders, 2);
});

test("a nonce that is refused is replaced, and nobody hears of it (RFC 8555 §6.5)", async (t) => {
  const { keeper, settings, server, pass, issued, lines } = setUp(t);
  const bad = { status: 400, type: "badNonce", detail: "stale" };
  server.refusals.push(bad, bad, undefined, bad, undefined, undefined, bad);
  keeper.configure(settings);
  await pass(0, () => issued() === 1);
  assert.deepEqual(problems(lines), []);
});

test("an authority that sees nothing is asked again after a minute, then ever later, with a line each that says why", async (t) => {
  const { keeper, settings, server, pass, clock, lines, issued } = setUp(t);
  server.fault = "connection refused";
  keeper.configure(settings);
  for (const [index, minutes] of [1, 5, 15, 60, 180, 360].entries()) {
    const attempt = index + 1;
    await pass(0, () => keeper.counters.failures === attempt);
    const said = lines.filter(({ level }) => level === "error").at(-1);
    assert.match(
      said?.problem ?? "",
      /^the authority could not see by http-01 that example\.com is this server: connection refused; does the name lead here/,
    );
    const wait = Date.parse(said?.next ?? "") - clock.now();
    assert.ok(Math.abs(wait - minutes * minute) < 5_000, `${wait} after attempt ${attempt}`);
    await clock.advanceAsync((minutes - 1) * minute);
    assert.equal(server.orders, attempt);
    if (minutes === 360) server.fault = undefined;
    await clock.advanceAsync(minute);
  }
  await pass(0, () => issued() === 1);
});

test("an authority that limits is not asked before it says (RFC 8555 §6.6)", async (t) => {
  const { keeper, settings, server, pass, clock, lines, issued } = setUp(t);
  const limited = { status: 429, type: "rateLimited", detail: "too many certificates" };
  server.refusals.push(undefined, { ...limited, headers: { "retry-after": "7200" } });
  keeper.configure(settings);
  await pass(0, () => keeper.counters.failures === 1);
  assert.match(problems(lines)[0] ?? "", /too many certificates \(rateLimited, 429\)$/);
  server.refusals.push({ ...limited, headers: {} });
  await clock.advanceAsync(119 * minute);
  assert.equal(keeper.counters.failures, 1);
  // Without a time: an hour.
  await pass(minute, () => keeper.counters.failures === 2);
  await clock.advanceAsync(59 * minute);
  assert.equal(issued(), 0);
  await pass(minute, () => issued() === 1);
});

test("an authority that is not there is tried again, and one that forgot the account gets it anew", async (t) => {
  const { keeper, settings, server, pass, lines, issued } = setUp(t);
  server.isDown = true;
  keeper.configure(settings);
  await pass(0, () => keeper.counters.failures === 1);
  assert.match(problems(lines)[0] ?? "", /connection refused/);
  server.isDown = false;
  await pass(minute, () => issued() === 1);
  server.forgetAccounts();
  keeper.configure({ ...settings, names: ["example.com", "sip.example.com", "new.example.com"] });
  await pass(0, () => issued() === 2);
  assert.equal(server.accounts.length, 2);
});

test("a challenge that is not offered is named with those that are", async (t) => {
  const { keeper, settings, pass, lines } = setUp(t);
  keeper.configure({ ...settings, challenge: "dns-01" as never });
  await pass(0, () => keeper.counters.failures === 1);
  assert.match(problems(lines)[0] ?? "", /does not offer dns-01 for example\.com, but http-01, tls-alpn-01/);
});

test("an account elsewhere is proved with its MAC key, which the environment holds (RFC 8555 §7.3.4)", async (t) => {
  const { keeper, settings, server, pass, lines, issued } = setUp(t);
  t.after(() => delete process.env.TRAPEZOID_TEST_MAC);
  const external = { ...settings, externalAccount: { keyId: "kid-1", macKeyEnv: "TRAPEZOID_TEST_MAC" } };
  keeper.configure(external);
  await pass(0, () => keeper.counters.failures === 1);
  assert.match(problems(lines)[0] ?? "", /TRAPEZOID_TEST_MAC .* is not set/);
  process.env.TRAPEZOID_TEST_MAC = Buffer.from("secret").toString("base64url");
  await pass(2 * minute, () => issued() === 1);
  const binding = server.accounts[0]?.externalAccountBinding as { readonly protected: string } | undefined;
  const header = JSON.parse(Buffer.from(binding?.protected ?? "", "base64url").toString());
  assert.deepEqual(header, { alg: "HS256", kid: "kid-1", url: "https://authority.test/account" });
});

test("closing ends an order that is under way, and takes its answers back", async (t) => {
  const { keeper, settings, server, pass, clock, lines } = setUp(t);
  server.slowness = Number.POSITIVE_INFINITY;
  keeper.configure(settings);
  await pass(0, () => server.presented !== undefined);
  keeper.close();
  await pass(0, () => server.withdrawn === 1);
  assert.equal(clock.pending, 0);
  assert.deepEqual(problems(lines), []);
});

test("an authority that never comes to an end is given up after five minutes", async (t) => {
  const { keeper, settings, server, pass, clock, lines } = setUp(t);
  server.slowness = Number.POSITIVE_INFINITY;
  keeper.configure(settings);
  await pass(0, () => server.presented !== undefined);
  for (let i = 0; i < 40; i++) await clock.advanceAsync(15_000);
  await pass(0, () => keeper.counters.failures === 1);
  assert.match(problems(lines)[0] ?? "", /has not looked at example\.com within 300 s/);
  assert.equal(server.withdrawn, 1);
});

test("until a new one has come, the old one is shown: with a name too few, ended, or of another authority", async (t) => {
  const { keeper, settings, pass, clock, issued } = setUp(t);
  assert.equal(keptCertificate(settings), undefined);
  keeper.configure(settings);
  await pass(0, () => issued() === 1);
  const files = keptCertificate(settings);
  assert.ok(files);
  const more = { ...settings, names: [...settings.names, "other.example.com"] };
  assert.equal(presentCertificate(more), undefined);
  assert.deepEqual(keptCertificate(more), files);
  assert.deepEqual(keptCertificate({ ...settings, directory: "https://other.test/directory" }), files);
  await clock.advanceAsync(200 * day);
  assert.deepEqual(keptCertificate(settings), files);
  writeFileSync(files.certFile, "cut sh");
  assert.equal(keptCertificate(settings), undefined);
});
