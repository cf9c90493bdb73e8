import assert from "node:assert/strict";
import { test } from "node:test";
import { formatListenUri } from "@trapezoid/sip/transport";
import type { CommandLineOverrides } from "../worker/contract.ts";
import type { Config } from "./config.ts";
import { resolveConfig } from "./resolve.ts";
import type { ResolvedConfig } from "./types.ts";

const none: CommandLineOverrides = { domains: [], listen: [], trust: [], http: undefined };
const host = {
  hostName: "Box",
  addresses: ["127.0.0.1", "192.168.1.5", "::1"],
  dataFolder: "/data",
  configFolder: "/etc/trapezoid",
};

const resolved = (config?: Config, overrides: Partial<CommandLineOverrides> = {}, at = host): ResolvedConfig =>
  resolveConfig(config, { ...none, ...overrides }, at, { name: "trapezoid.config.ts" });
const listeners = (config: ResolvedConfig): string[] =>
  config.listeners.map((listener) => formatListenUri(listener.uri));

test("a server with no configuration: trapezoid.internal, every address, TLS on this machine alone (RFC 3261 §18.2.1)", () => {
  const config = resolved();
  assert.equal(config.primaryDomain, "trapezoid.internal");
  assert.deepEqual(listeners(config), [
    "udp://0.0.0.0:5060",
    "tcp://0.0.0.0:5060",
    "udp://[::]:5060",
    "tcp://[::]:5060",
    "tls://127.0.0.1:5061",
  ]);
  assert.deepEqual(config.http, { host: "127.0.0.1", port: 8080, secure: false });
  assert.deepEqual(config.store, { kind: "sqlite", file: "/data/trapezoid.db" });
  assert.equal(config.tls.certificate, undefined);
  assert.equal(config.tls.ownFolder, "/data/tls");
  assert.deepEqual(config.trust, { networks: [], names: [], trunks: [] });
  assert.equal(config.domains.get("trapezoid.internal")?.inbound, "authenticated");
});

test("own addresses, the host name and localhost are aliases; wildcards are not", () => {
  const { aliases } = resolved({ listen: [{ uri: "udp://0.0.0.0:5060", advertise: "Sip.Example.com:5090" }] });
  for (const alias of [
    "localhost",
    "127.0.0.1",
    "192.168.1.5",
    "::1",
    "box",
    "sip.example.com:5090",
    "127.0.0.1:8080",
  ]) {
    assert.ok(aliases.includes(alias), alias);
  }
  assert.ok(!aliases.includes("0.0.0.0"));
});

test("no IPv6 listener where there is no IPv6", () => {
  assert.ok(!listeners(resolved({}, {}, { ...host, addresses: ["127.0.0.1"] })).some((uri) => uri.includes("[::]")));
});

test("the command line's domain is the primary one, the configured ones follow with their settings", () => {
  const config = resolved(
    { domains: ["one.example", { name: "Two.Example", inbound: "anyone", auth: { algorithms: ["SHA-256"] } }] },
    { domains: ["three.example"] },
  );
  assert.deepEqual([...config.domains.keys()], ["three.example", "one.example", "two.example"]);
  assert.equal(config.primaryDomain, "three.example");
  assert.deepEqual(config.domains.get("two.example"), {
    name: "two.example",
    inbound: "anyone",
    algorithms: ["SHA-256"],
  });
});

test("--listen replaces the configured listeners and the default ones", () => {
  const config = resolved({ listen: ["udp://0.0.0.0:5060"] }, { listen: ["tcp://127.0.0.1:0", "tcp://127.0.0.1:0"] });
  assert.deepEqual(listeners(config), ["tcp://127.0.0.1:0", "tcp://127.0.0.1:0"]);
});

test("a ws:// listener with host and port of --http shares its server", () => {
  const config = resolved({ listen: ["ws://127.0.0.1:8080", "ws://127.0.0.1:8081", "wss://127.0.0.1:8080"] });
  assert.deepEqual(
    config.listeners.map((listener) => listener.sharedWithHttp),
    [true, false, false],
  );
});

test("HTTP on another address than loopback is HTTPS", () => {
  assert.equal(resolved({ http: "0.0.0.0:8443" }).http?.secure, true);
  assert.equal(resolved({}, { http: "[::1]:8080" }).http?.secure, false);
  assert.equal(resolved({ http: false }).http, undefined);
  assert.equal(resolved({ http: "127.0.0.1:80" }, { http: "off" }).http, undefined);
});

test("no client certificate can be required where SIP over WebSocket shares the HTTPS server's port", () => {
  const config = (listen: string): Config => ({
    http: "0.0.0.0:8443",
    listen: [listen],
    tls: { cert: "c.pem", key: "c.key", clientCertificates: "require" },
  });
  assert.throws(() => resolved(config("wss://0.0.0.0:8443")), { code: "CONFIG_INVALID", message: /a port of its own/ });
  assert.equal(resolved(config("wss://0.0.0.0:7443")).tls.clientCertificates, "require");
});

test("trust takes addresses, networks, trunks and certificate names, from both places", () => {
  const config = resolved(
    {
      trunks: { acme: { target: "sip:trunk.acme.example" }, own: { target: "sip:10.1.1.1", trust: true } },
      trust: ["10.0.0.0/8", "acme", "Sip.Partner.example"],
    },
    { trust: ["127.0.0.1", "2001:db8::/32"] },
  );
  assert.deepEqual(config.trust, {
    networks: ["10.0.0.0/8", "127.0.0.1", "2001:db8::/32"],
    names: ["sip.partner.example"],
    trunks: ["acme", "own"],
  });
});

test("a domain and a trunk's server may have TLS files of their own; the trunk's counts for the name of its target", () => {
  const config = resolved({
    domains: ["one.example", { name: "Two.example", tls: { cert: "two.pem", key: "two.key", passphraseEnv: "TWO" } }],
    tls: { ca: ["ca.pem", "system"], crl: "crl.pem", client: { cert: "c.pem", key: "c.key" } },
    trunks: {
      acme: { target: "sips:SIP.acme.example:5061", tls: { ca: "/keys/acme.pem", verify: false } },
      plain: { target: "sip:plain.example" },
    },
  });
  const { tls } = config;
  const two = { certFile: "/etc/trapezoid/two.pem", keyFile: "/etc/trapezoid/two.key", passphraseEnv: "TWO" };
  assert.deepEqual([...tls.domains], [["two.example", two]]);
  assert.deepEqual(tls.caFiles, ["/etc/trapezoid/ca.pem", "system"]);
  assert.equal(tls.crlFile, "/etc/trapezoid/crl.pem");
  assert.equal(tls.client?.certFile, "/etc/trapezoid/c.pem");
  const acme = { trunk: "acme", caFiles: ["/keys/acme.pem"], certificate: undefined, verify: false };
  assert.deepEqual([...tls.servers], [["sip.acme.example", acme]]);
  assert.ok(listeners(config).includes("tls://0.0.0.0:5061"), "there is a certificate to show to everybody");
});

test("an authority is asked for the domains that have no certificate, and for what TLS listeners advertise (RFC 8555)", () => {
  const config = resolved({
    domains: ["one.example", { name: "two.example", tls: { cert: "c", key: "k" } }, "office.internal"],
    listen: [
      { uri: "tls://0.0.0.0:5061", advertise: "Edge.example" },
      { uri: "udp://0.0.0.0:5060", advertise: "plain.example" },
    ],
    tls: { acme: { agreeToTerms: true, email: "a@one.example" } },
  });
  assert.deepEqual(config.tls.acme, {
    directory: "https://acme-v02.api.letsencrypt.org/directory",
    email: "a@one.example",
    challenge: "http-01",
    names: ["one.example", "edge.example"],
    http: [{ host: "::", port: 80 }],
    caFile: undefined,
    externalAccount: undefined,
    folder: "/data/tls",
  });
  const other = resolved({
    tls: { acme: { agreeToTerms: true, domains: ["A.example"], challenge: "tls-alpn-01", http: "0.0.0.0:8081" } },
  });
  assert.deepEqual([other.tls.acme?.names, other.tls.acme?.http], [["a.example"], []]);
  assert.ok(listeners(other).includes("tls://0.0.0.0:5061"));
});

test("a domain in another script is written as it is on the wire (RFC 5890)", () => {
  assert.equal(resolved({ domains: ["Bücher.example"] }).primaryDomain, "xn--bcher-kva.example");
});

test("files of the configuration are relative to it", () => {
  const config = resolved({ tls: { cert: "cert.pem", key: "/keys/key.pem" }, store: "sqlite:data/x.db" });
  const pair = { certFile: "/etc/trapezoid/cert.pem", keyFile: "/keys/key.pem", passphraseEnv: undefined };
  assert.deepEqual(config.tls.certificate, pair);
  assert.equal(config.store.file, "/etc/trapezoid/data/x.db");
  assert.ok(listeners(resolved({ tls: { cert: "a", key: "b" } })).includes("tls://0.0.0.0:5061"));
});

test("undefined hides no default", () => {
  const config = resolved({ registrar: { maxExpires: undefined as never, minExpires: 30 }, timers: { t1: 100 } });
  assert.deepEqual(config.registrar, { defaultExpires: 3600, minExpires: 30, maxExpires: 7200, maxContacts: 10 });
  assert.equal(config.timers.t1, 100);
  assert.equal(config.timers.t2, 4000);
});

const mistakes: readonly (readonly [unknown, RegExp])[] = [
  [
    { trunks: { "acme.eu": { target: "sip:acme.example", register: { user: "4711" } } } },
    /: trunks\.acme\.eu\.register is not in this version yet; remove it$/,
  ],
  [{ domain: ["a.example"] }, /unknown setting "domain"; check the spelling$/],
  [{ domains: "a.example" }, /domains: expected an array, found "a\.example"$/],
  [{ domains: [5] }, /domains\[0\]: expected .*, found 5$/],
  [{ domains: ["exa mple"] }, /domains\[0\]: expected a domain name \(example\.com\), found "exa mple"$/],
  [
    { domains: [{ name: "a.example", inbound: "all" }] },
    /domains\[0\]\.inbound: expected "anyone" or "authenticated", found "all"$/,
  ],
  [{ domains: ["a.example", "A.example"] }, /domains: a\.example is there twice/],
  [{ listen: ["5060"] }, /listen\[0\]: expected a listening address \(udp:\/\/0\.0\.0\.0:5060\), found "5060"$/],
  [{ listen: ["http://0.0.0.0:5060"] }, /listen\[0\]/],
  [{ listen: ["udp://0.0.0.0:70000"] }, /listen\[0\]/],
  [{ trunks: { acme: { target: "trunk.acme.example" } } }, /trunks\.acme\.target: expected a SIP URI/],
  [{ trunks: { acme: {} } }, /trunks\.acme\.target: expected a SIP URI .*, found nothing$/],
  [{ trust: ["10.0.0.0/33"] }, /trust: "10\.0\.0\.0\/33" is no address/],
  [{ trust: ["acne"] }, /trust: "acne" is no address/],
  [{ timers: { t1: 0 } }, /timers\.t1: expected milliseconds as a whole number, 1 to 60000, found 0$/],
  [{ timers: { t1: "500" } }, /timers\.t1: expected milliseconds as a whole number, 1 to 60000, found "500"$/],
  [{ registrar: { minExpires: 10_000 } }, /registrar\.minExpires: expected at most maxExpires \(7200\), found 10000$/],
  [{ overload: true }, /overload: expected settings of overload control, or false, found true$/],
  [{ overload: { lagMs: 0 } }, /overload\.lagMs: expected milliseconds as a whole number, 1 to 60000, found 0$/],
  [{ overload: { busy: 95 } }, /overload\.busy: expected a share, 0\.5 to 1, found 95$/],
  [{ overload: { retryAfter: { min: 60 } } }, /overload\.retryAfter: expected min at most max, found 60 and 30$/],
  [
    { overload: { emergency: { resourcePriority: ["esnet 0"] } } },
    /overload\.emergency\.resourcePriority\[0\]: expected a namespace \(esnet\)/,
  ],
  [{ overload: { oc: true } }, /overload\.oc: expected settings of RFC 7339, or false, found true$/],
  [
    { overload: { oc: { tell: "all" } } },
    /overload\.oc\.tell: expected "everyone" or "trusted" or "nobody", found "all"$/,
  ],
  [{ http: 8080 }, /http: expected an address and a port/],
  [{ http: "127.0.0.1" }, /http: expected an address and a port/],
  [{ mode: "b2bua" }, /mode: expected "proxy" or "stateless" or "redirect", found "b2bua"$/],
  [{ route: "alice" }, /route: expected a function \(request, plan\) => plan, found "alice"$/],
  [{ tls: { cert: "cert.pem" } }, /tls\.key: expected the path of a file, found nothing$/],
  [{ tls: { minVersion: "TLSv1.1" } }, /tls\.minVersion: expected "TLSv1\.2" or "TLSv1\.3"/],
  [{ tls: { acme: {} as never } }, /tls\.acme\.agreeToTerms: expected true: you have read the authority's terms/],
  [{ tls: { acme: { agreeToTerms: true } } }, /tls\.acme: there is no domain that an authority could know/],
  [
    { tls: { acme: { agreeToTerms: true, domains: ["10.0.0.1"] } } },
    /tls\.acme\.domains: expected names of the public DNS, found 10\.0\.0\.1/,
  ],
  [
    { tls: { acme: { agreeToTerms: true, directory: "http://a.example" } } },
    /directory: expected the address of a directory/,
  ],
  [
    { tls: { cert: "c", key: "k", acme: { agreeToTerms: true, domains: ["a.example"] } } },
    /tls: expected acme, or cert and key/,
  ],
  [{ tls: { ciphers: "RC5" } }, /tls\.ciphers: expected OpenSSL's names of ciphers/],
  [{ tls: { groups: "curve" } }, /tls\.groups: expected names of groups/],
  [
    { trunks: { a: { target: "sip:x.example", tls: {} }, b: { target: "sips:X.example", tls: { verify: false } } } },
    /trunks\.b\.tls: trunk a goes to x\.example too/,
  ],
  [[], /expected an object, found a list$/],
  [null, /expected an object, found null$/],
];
for (const [config, text] of mistakes) {
  test(`a mistake is one line: ${JSON.stringify(config)}`, () => {
    assert.throws(
      () => resolveConfig(config as Config, none, host, { name: "trapezoid.config.ts" }),
      (error: Error & { code: string }) => {
        assert.equal(error.code, "CONFIG_INVALID");
        assert.match(error.message, text);
        assert.ok(error.message.startsWith("trapezoid.config.ts: ") && !error.message.includes("\n"));
        return true;
      },
    );
  });
}

test("a mistake on the command line names the option", () => {
  for (const [overrides, text] of [
    [{ domains: ["a b"] }, /^--domain: expected a domain name/],
    [{ listen: ["5060"] }, /^--listen: expected udp, tcp/],
    [{ trust: ["10.0.0.0/99"] }, /^--trust: "10\.0\.0\.0\/99"/],
    [{ http: "8080" }, /^--http: expected an address and a port/],
  ] as const) {
    assert.throws(() => resolved({}, overrides), { code: "OPTION_INVALID", message: text });
  }
});

test("overload control is on, each of its settings has a default, and false leaves nothing but the limits", () => {
  const { overload } = resolved();
  assert.equal(overload.enabled, true);
  assert.deepEqual(resolved({ overload: {} }).overload, overload);
  const changed = resolved({
    overload: { lagMs: 50, retryAfter: { max: 9 }, emergency: { numbers: ["999"] } },
  }).overload;
  assert.deepEqual(changed, {
    ...overload,
    lagMs: 50,
    retryAfter: { min: 5, max: 9 },
    emergency: { ...overload.emergency, numbers: ["999"] },
  });
  const silent = { ...overload.oc, tell: "nobody", ask: false };
  assert.deepEqual(resolved({ overload: false }).overload, { ...overload, enabled: false, oc: silent });
  assert.deepEqual(resolved({ overload: { oc: false } }).overload, { ...overload, oc: silent });
  assert.deepEqual(resolved({ overload: { oc: { ask: false } } }).overload.oc, { ...overload.oc, ask: false });
});

test("a secret is not repeated in an error", () => {
  assert.throws(
    () => resolved({ tls: { cert: "c", key: 4711 as never } }),
    (error: Error) => error.message.includes("tls.key") && !error.message.includes("4711"),
  );
});
