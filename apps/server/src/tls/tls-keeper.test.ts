import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { TlsIdentity, TlsSettings } from "@trapezoid/sip/transport/node";
import { createFakeClock } from "@trapezoid/testkit";
import { createTestAuthority } from "../../../../packages/sip/test/transport/certificates.ts";
import type { Config } from "../config/config.ts";
import { resolveConfig } from "../config/index.ts";
import { createLogger } from "../observe/logger.ts";
import { FileWatcher } from "../supervisor/file-watcher.ts";
import type { OwnCertificate } from "./load-tls.ts";
import { TlsKeeper } from "./tls-keeper.ts";

const day = 86_400_000;

interface Line {
  readonly level: string;
  readonly msg: string;
  readonly problem?: string;
}

async function setUp(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "trapezoid-keeper-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const clock = createFakeClock();
  const now = clock.now();
  const authority = await createTestAuthority();
  const issue = (domain = "example.com", until = now + 90 * day): Promise<TlsIdentity> =>
    authority.issue({ names: [["dns", domain]], from: now - day, until });
  const write = ({ cert, key }: TlsIdentity, name = "example"): void => {
    writeFileSync(join(folder, `${name}.pem`), cert);
    writeFileSync(join(folder, `${name}.key`), key, { mode: 0o600 });
  };
  writeFileSync(join(folder, "ca.pem"), authority.ca);
  const lines: Line[] = [];
  const handed: TlsSettings[] = [];
  const touched = new Map<string, () => void>();
  let own: OwnCertificate | undefined;
  const keeper = new TlsKeeper({
    log: createLogger({ write: (line) => lines.push(JSON.parse(line)) }),
    clock,
    own: async () => {
      if (own === undefined) throw new Error("this configuration has a certificate");
      return own;
    },
    watcher: (onChange) =>
      new FileWatcher({
        onChange,
        clock,
        settleMs: 1_000,
        watchFolder(path, changed) {
          touched.set(path, changed);
          return { [Symbol.dispose]: () => touched.delete(path) };
        },
      }),
  });
  t.after(() => keeper.close());
  const resolved = (config: Config) => {
    const overrides = { domains: [], listen: [], trust: [], http: undefined };
    const host = { hostName: "box", addresses: [], dataFolder: folder, configFolder: folder };
    return resolveConfig(config, overrides, host);
  };
  const tls = { cert: "example.pem", key: "example.key", ca: "ca.pem" };
  const config = resolved({ domains: ["example.com"], tls });
  return {
    ...{ folder, clock, now, issue, write, lines, handed, touched, keeper, resolved, config, tls },
    /** Files that the server made itself, or that came from an authority. */
    useOwn: (selfMade: boolean) => {
      const [certFile, keyFile] = [join(folder, "example.pem"), join(folder, "example.key")];
      own = { files: { certFile, keyFile, passphraseEnv: undefined }, selfMade };
    },
    serve: () =>
      keeper.serve({
        broadcast: async (settings) => void handed.push(settings),
        exclusively: (task) => task(),
      }),
    /** Something happened in the folder; long enough ago to be looked at, and for a second look at what was not good. */
    async settle(path = folder) {
      touched.get(path)?.();
      await clock.advanceAsync(1_000);
      await clock.advanceAsync(6_000);
    },
  };
}

const messages = (lines: readonly Line[], level: string): string[] =>
  lines.filter((line) => line.level === level).map(({ msg, problem }) => problem ?? msg);

test("a renewed certificate reaches every thread when its files have settled", async (t) => {
  const { keeper, config, issue, write, serve, settle, handed, lines, now } = await setUp(t);
  write(await issue());
  await keeper.open(config);
  serve();
  await settle();
  assert.equal(handed.length, 0, "what did not change is not handed out");
  const renewed = await issue("example.com", now + 120 * day);
  write(renewed);
  await settle();
  assert.equal(handed.length, 1);
  const bare = (pem: unknown): string => String(pem).replaceAll(/\s/g, "");
  assert.equal(bare(handed[0]?.cert), bare(renewed.cert));
  assert.match(messages(lines, "info")[0] ?? "", /new certificates are in force/);
  const [state] = keeper.certificates;
  assert.deepEqual([state?.name, state?.names], ["default", ["example.com"]]);
  assert.equal(state?.expiresAt, Math.floor((now + 120 * day) / 1000) * 1000);
  assert.deepEqual(keeper.counters, { reloads: 1, failures: 0 });
});

test("a certificate whose key comes a little later is taken, and nobody hears of the moment between", async (t) => {
  const { keeper, config, issue, write, serve, touched, clock, handed, lines, folder } = await setUp(t);
  write(await issue());
  await keeper.open(config);
  serve();
  const renewed = await issue();
  writeFileSync(join(folder, "example.pem"), renewed.cert);
  touched.get(folder)?.();
  await clock.advanceAsync(1_500);
  assert.equal(handed.length, 0);
  writeFileSync(join(folder, "example.key"), renewed.key);
  await clock.advanceAsync(6_000);
  assert.equal(handed.length, 1);
  assert.deepEqual(messages(lines, "error"), []);
});

test("files that cannot be used leave the old certificate in force, with one line that says why", async (t) => {
  const { keeper, config, issue, write, serve, settle, handed, lines, folder, now } = await setUp(t);
  write(await issue());
  await keeper.open(config);
  serve();
  writeFileSync(join(folder, "example.pem"), "nonsense");
  await settle();
  assert.equal(handed.length, 0);
  assert.match(messages(lines, "error")[0] ?? "", /there is no certificate in it: it is no PEM/);
  assert.equal(keeper.counters.failures, 1);
  write(await issue("example.com", now - 1000));
  await settle();
  assert.match(messages(lines, "error")[1] ?? "", /has ended, the certificate in force has not: it stays/);
  write(await issue());
  await settle();
  assert.equal(handed.length, 1);
});

test("a link that is moved to a renewed file is a change, beside the link and above it", async (t) => {
  const { keeper, issue, serve, settle, handed, folder, resolved, now } = await setUp(t);
  for (const [version, until] of [
    ["v1", 30],
    ["v2", 60],
  ] as const) {
    mkdirSync(join(folder, version));
    const { cert, key } = await issue("example.com", now + until * day);
    writeFileSync(join(folder, version, "c.pem"), cert);
    writeFileSync(join(folder, version, "k.pem"), key, { mode: 0o600 });
  }
  symlinkSync("v1", join(folder, "current"));
  await keeper.open(resolved({ domains: ["example.com"], tls: { cert: "current/c.pem", key: "current/k.pem" } }));
  serve();
  symlinkSync("v2", join(folder, "next"));
  renameSync(join(folder, "next"), join(folder, "current"));
  await settle();
  assert.equal(handed.length, 1);
  assert.equal(keeper.certificates[0]?.expiresAt, Math.floor((now + 60 * day) / 1000) * 1000);
});

test("the end of a certificate is announced once a day, and tickets get new keys", async (t) => {
  const { keeper, config, issue, write, serve, clock, handed, lines, now } = await setUp(t);
  write(await issue("example.com", now + 22.5 * day));
  await keeper.open(config);
  serve();
  const { ticketSecret } = keeper.settings;
  await clock.advanceAsync(day);
  assert.deepEqual(messages(lines, "warn"), []);
  assert.equal(handed.length, 1);
  assert.notDeepEqual(handed[0]?.ticketSecret, ticketSecret);
  await clock.advanceAsync(day);
  await clock.advanceAsync(day);
  assert.match(messages(lines, "warn")[0] ?? "", /ends on .*, in 20 days; renew it/);
  assert.match(messages(lines, "warn")[1] ?? "", /in 19 days/);
});

test("challenges are handed out beside the certificates, and taken back", async (t) => {
  const { keeper, config, issue, write, serve, handed } = await setUp(t);
  write(await issue());
  await keeper.open(config);
  serve();
  const answer = await issue();
  await keeper.setChallenges({ "example.com": answer });
  await keeper.setChallenges({});
  assert.deepEqual(
    handed.map(({ challenges }) => Object.keys(challenges ?? {})),
    [["example.com"], []],
  );
  assert.equal(handed[1]?.cert, keeper.settings.cert);
});

test("each domain has its certificate, and what the default one lacks is said (RFC 5922 §6, §7.5); trunks that prove nothing, too", async (t) => {
  const { keeper, issue, write, resolved, lines, tls } = await setUp(t);
  write(await issue());
  write(await issue("two.example"), "two");
  await keeper.open(
    resolved({
      domains: ["example.com", { name: "two.example", tls: { cert: "two.pem", key: "two.key" } }, "three.example"],
      listen: [{ uri: "tls://0.0.0.0:5061", advertise: "edge.example.com" }],
      trunks: { acme: { target: "sips:sip.acme.example", tls: { verify: false } } },
      tls,
    }),
  );
  const { domains, servers } = keeper.settings;
  assert.deepEqual(Object.keys(domains ?? {}), ["two.example"]);
  assert.deepEqual(servers, { "sip.acme.example": { verify: false } });
  assert.match(
    messages(lines, "warn")[0] ?? "",
    /does not prove three\.example, edge\.example\.com: it names example\.com/,
  );
  assert.match(messages(lines, "warn")[1] ?? "", /trunk acme need not prove who it is/);
  assert.deepEqual(
    keeper.certificates.map(({ name }) => name),
    ["default", "two.example"],
  );
});

test("without a global certificate the first domain's is shown to clients that name none", async (t) => {
  const { keeper, issue, write, resolved, lines } = await setUp(t);
  const two = await issue("two.example");
  write(two, "two");
  await keeper.open(
    resolved({
      domains: [{ name: "two.example", tls: { cert: "two.pem", key: "two.key" } }, "three.example"],
      tls: { ca: "ca.pem" },
      http: false,
    }),
  );
  assert.deepEqual(
    keeper.certificates.map(({ name }) => name),
    ["two.example"],
  );
  assert.equal(keeper.settings.cert, keeper.settings.domains?.["two.example"]?.cert);
  assert.match(messages(lines, "warn")[0] ?? "", /does not prove three\.example/);
});

for (const [what, config, expected] of [
  [
    "a public TLS listener",
    { listen: ["tls://0.0.0.0:5061"] },
    /^tls:\/\/0\.0\.0\.0:5061 shows a certificate .* give tls/,
  ],
  ["a public WSS listener", { listen: ["wss://192.0.2.1:443"] }, /^wss:\/\/192\.0\.2\.1:443 shows a certificate/],
  ["a public HTTP server", { http: "0.0.0.0:8443" }, /^https:\/\/0\.0\.0\.0:8443 shows a certificate/],
  ["loopback alone", { listen: ["tls://127.0.0.1:5061", "tls://[::1]:5061", "udp://0.0.0.0:5060"] }, undefined],
  ["no configuration", {}, undefined],
] as const) {
  test(`a certificate that the server made itself is ${expected === undefined ? "nothing to speak of" : "spoken of"} on ${what}`, async (t) => {
    const { keeper, issue, write, resolved, lines, useOwn } = await setUp(t);
    write(await issue("box"));
    useOwn(true);
    await keeper.open(resolved({ tls: { ca: "ca.pem" }, ...config }));
    const [warning] = messages(lines, "warn");
    if (expected === undefined) assert.equal(warning, undefined);
    else assert.match(warning ?? "", expected);
  });
}

test("one that an authority gave is not; until it has come, the log says what is waited for", async (t) => {
  const { keeper, issue, write, resolved, lines, useOwn } = await setUp(t);
  const config = resolved({
    domains: ["example.com"],
    listen: ["tls://0.0.0.0:5061"],
    tls: { ca: "ca.pem", acme: { agreeToTerms: true } },
  });
  write(await issue());
  useOwn(true);
  await keeper.open(config);
  assert.match(messages(lines, "warn")[0] ?? "", /until the one of tls\.acme has come$/);
  useOwn(false);
  await keeper.open(config);
  assert.equal(messages(lines, "warn").length, 1);
});

test("names that are trusted and that nobody is asked to prove are spoken of (RFC 5922 §7.4)", async (t) => {
  const { keeper, issue, write, resolved, lines, tls } = await setUp(t);
  write(await issue());
  const trust = ["10.0.0.0/8", "sip.partner.example"];
  await keeper.open(resolved({ domains: ["example.com"], tls, trust }));
  assert.match(messages(lines, "warn")[0] ?? "", /^trust names sip\.partner\.example, but nobody is asked/);
  await keeper.open(resolved({ domains: ["example.com"], tls: { ...tls, clientCertificates: "request" }, trust }));
  assert.equal(messages(lines, "warn").length, 1);
});
