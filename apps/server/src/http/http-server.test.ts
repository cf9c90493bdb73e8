import assert from "node:assert/strict";
import { test } from "node:test";
import type { TakeoverAlarm } from "../guard/index.ts";
import { createLogger } from "../observe/logger.ts";
import { createMetrics, type ThreadStats } from "../observe/metrics.ts";
import type { Account, Ban, Binding } from "../store/contract.ts";
import { createHttpServer } from "./http-server.ts";
import type { HttpSources, ServerStatus } from "./sources.ts";

const token = "t0ken-of-the-test";
const bearer = { authorization: `Bearer ${token}` };
const secrets = { md5: "5ec2e7", sha256: "5ec2e7", sha512_256: "5ec2e7" };
const account: Account = {
  address: "alice@example.com",
  user: "alice",
  domain: "example.com",
  secrets,
  addressSecrets: secrets,
  createdAt: 1_735_732_800_000,
};
const binding: Binding = {
  aor: "alice@example.com",
  contact: "sip:alice@192.0.2.4:5060",
  params: "",
  q: 500,
  expiresAt: 1_735_736_400_000,
  callId: "1@192.0.2.4",
  cseq: 1,
  path: [],
  flowId: "u1",
  source: "udp 192.0.2.4:5060",
  userAgent: "Phone <1>",
  instance: undefined,
  regId: undefined,
  updatedAt: 1_735_732_800_000,
};

function server(state: ServerStatus["state"] = "running", more: Partial<HttpSources> = {}) {
  const asked: boolean[] = [];
  const banned = new Map<string, Ban>();
  const alarms: TakeoverAlarm[] = [];
  const stats = async (collect: boolean): Promise<readonly ThreadStats[]> => {
    asked.push(collect);
    return [
      { thread: "worker-1", stats: { "transport.received": 2, "proxy.contexts": 1, timers: 3, heapUsedBytes: 10 } },
      { thread: "worker-2", stats: { "transport.received": 3, "proxy.contexts": 0, timers: 0, "new.thing": 7 } },
    ];
  };
  const sources: HttpSources = {
    token,
    accounts: { list: async () => [account], count: async () => 1 },
    bindings: {
      list: async (aor) => (aor === binding.aor ? [binding] : []),
      listAll: async () => [binding],
      count: async () => 1,
    },
    bans: {
      get all() {
        return [...banned.values()];
      },
      async add(subject, forMs, detail = "") {
        const until = forMs === undefined ? undefined : forMs;
        const ban: Ban = { subject, reason: "manual", detail, since: 0, until, times: 0 };
        banned.set(subject, ban);
        return ban;
      },
      remove: async (subject) => banned.delete(subject),
    },
    alarms: { list: (limit) => alarms.slice(0, limit) },
    metrics: createMetrics({ version: "1.2.3", collect: () => stats(false) }),
    status: () => ({
      version: "1.2.3",
      domains: ["example.com"],
      listeners: ["udp://127.0.0.1:5060"],
      uptimeSeconds: 5,
      state,
    }),
    stats,
    decisions: async () => [],
    log: createLogger({ level: "silent" }),
    ...more,
  };
  return { alarms, app: createHttpServer({ sources }), asked };
}

test("/health is open, and 503 while draining, so that no new calls are sent here", async () => {
  const healthy = await server().app.inject({ url: "/health", remoteAddress: "198.51.100.7" });
  assert.equal(healthy.statusCode, 200);
  assert.deepEqual(healthy.json(), { status: "ok", version: "1.2.3" });
  assert.equal((await server("draining").app.inject("/health")).statusCode, 503);
});

test("/health says overloaded, and 200: a server that is taken away leaves the others with more", async () => {
  const { statusCode, json } = await server("overloaded").app.inject("/health");
  assert.equal(statusCode, 200);
  assert.deepEqual(json(), { status: "overloaded", version: "1.2.3" });
});

test("/metrics is for this machine or the token", async () => {
  const { app } = server();
  const local = { url: "/metrics", headers: { host: "127.0.0.1:8080" } };
  assert.equal((await app.inject(local)).statusCode, 200);
  assert.equal((await app.inject({ ...local, headers: { host: "localhost" } })).statusCode, 200);
  assert.equal((await app.inject({ ...local, remoteAddress: "198.51.100.7" })).statusCode, 401);
  assert.equal((await app.inject({ ...local, remoteAddress: "198.51.100.7", headers: bearer })).statusCode, 200);
});

test("neither a forwarding proxy on this machine nor a rebound name is this machine", async () => {
  const { app } = server();
  const forwarded = { host: "127.0.0.1", "x-forwarded-for": "198.51.100.7" };
  assert.equal((await app.inject({ url: "/metrics", headers: forwarded })).statusCode, 401);
  assert.equal((await app.inject({ url: "/metrics", headers: { host: "evil.example:8080" } })).statusCode, 401);
});

test("/metrics sums nothing: each thread has its label, each number its name", async () => {
  const { app } = server();
  await app.inject({ url: "/metrics", headers: bearer });
  const { payload } = await app.inject({ url: "/metrics", headers: bearer });
  assert.match(payload, /^# TYPE trapezoid_sip_messages_received_total counter$/m);
  assert.match(payload, /^trapezoid_sip_messages_received_total\{thread="worker-1"\} 2$/m);
  assert.match(payload, /^trapezoid_sip_messages_received_total\{thread="worker-2"\} 3$/m);
  assert.match(payload, /^trapezoid_new_thing\{thread="worker-2"\} 7$/m);
  assert.match(payload, /^trapezoid_build_info\{version="1\.2\.3",node="[\d.]+"\} 1$/m);
});

test("every route of /api/v1 needs the token, whoever asks", async () => {
  const { app } = server();
  for (const [method, url] of [
    ["GET", "/status"],
    ["GET", "/registrations"],
    ["GET", "/accounts"],
    ["GET", "/decisions"],
    ["GET", "/calls"],
    ["GET", "/process"],
    ["POST", "/process/collect"],
  ] as const) {
    const path = `/api/v1${url}`;
    assert.equal((await app.inject({ method, url: path })).statusCode, 401, path);
    assert.equal(
      (await app.inject({ method, url: path, headers: { authorization: "Bearer wrong" } })).statusCode,
      401,
      path,
    );
    assert.equal((await app.inject({ method, url: path, headers: bearer })).statusCode, 200, path);
  }
});

test("accounts are listed without their secrets", async () => {
  const { payload } = await server().app.inject({ url: "/api/v1/accounts", headers: bearer });
  assert.deepEqual(JSON.parse(payload), {
    accounts: [{ address: "alice@example.com", createdAt: "2025-01-01T12:00:00.000Z" }],
  });
  assert.ok(!payload.includes("5ec2e7"));
});

test("registrations of all, or of one address", async () => {
  const { app } = server();
  const all = await app.inject({ url: "/api/v1/registrations", headers: bearer });
  assert.equal(all.json().registrations[0].q, 0.5);
  const none = await app.inject({ url: "/api/v1/registrations?address=bob@example.com", headers: bearer });
  assert.deepEqual(none.json(), { registrations: [] });
  assert.equal((await app.inject({ url: "/api/v1/registrations?limit=0", headers: bearer })).statusCode, 400);
});

test("collecting asks every thread for its numbers after a collection", async () => {
  const { app, asked } = server();
  const response = await app.inject({ method: "POST", url: "/api/v1/process/collect", headers: bearer });
  assert.deepEqual(asked, [true]);
  assert.equal(response.json().total.timers, 3);
  assert.equal(response.json().threads["worker-1"].heapUsedBytes, 10);
});

test("the status page is for this machine, and what it shows is escaped", async () => {
  const { app } = server();
  const here = await app.inject({ url: "/", headers: { host: "localhost:8080" } });
  assert.match(here.headers["content-type"] as string, /^text\/html/);
  for (const text of ["1.2.3", "example.com", "udp://127.0.0.1:5060", "Registered contacts"])
    assert.ok(here.payload.includes(text), text);
  const stranger = await app.inject({ url: "/", remoteAddress: "198.51.100.7" });
  assert.equal(stranger.statusCode, 200);
  assert.ok(!stranger.payload.includes("example.com") && !stranger.payload.includes("1.2.3"));
});

test("an unknown path and a failure say little", async () => {
  const { app } = server();
  app.get("/broken", () => {
    throw new Error("inner secret");
  });
  assert.equal((await app.inject("/etc/passwd")).statusCode, 404);
  const failed = await app.inject("/broken");
  assert.equal(failed.statusCode, 500);
  assert.ok(!failed.payload.includes("inner secret"));
});

test("bans are made, listed and lifted over the API, addresses and networks alike", async () => {
  const { app } = server();
  const ask = async (method: "GET" | "POST" | "DELETE", path: string, payload?: object) => {
    const response = await app.inject({ method, url: `/api/v1${path}`, headers: bearer, ...(payload && { payload }) });
    return [response.statusCode, response.json()];
  };
  const network = { source: "198.51.100.0/24", reason: "manual", detail: "a bad neighbourhood" };
  const ban = { ...network, since: "1970-01-01T00:00:00.000Z", until: "1970-01-01T00:01:00.000Z", times: 0 };
  const asked = { source: "198.51.100.7/24", seconds: 60, reason: "a bad neighbourhood" };
  assert.deepEqual(await ask("POST", "/bans", asked), [201, ban]);
  const endless = { source: "192.0.2.7", reason: "manual", detail: "", since: ban.since, until: null, times: 0 };
  assert.deepEqual(await ask("POST", "/bans", { source: "192.0.2.7" }), [201, endless]);
  assert.deepEqual(await ask("GET", "/bans"), [200, { bans: [endless, ban] }]);
  for (const source of ["198.51.100.0/24", "198.51.100.0%2F24"]) {
    await ask("POST", "/bans", asked);
    assert.deepEqual(await ask("DELETE", `/bans/${source}`), [200, { source: "198.51.100.0/24", removed: true }]);
  }
  assert.deepEqual(await ask("DELETE", "/bans/198.51.100.0/24"), [404, { error: "198.51.100.0/24 is not banned" }]);
  await ask("POST", "/bans", { source: "2001:db8:1:2::/64" });
  const [, lifted] = await ask("DELETE", "/bans/2001:db8:1:2::77");
  assert.deepEqual(lifted, { source: "2001:db8:1:2::/64", removed: true }, "by an address in it");
  for (const wrong of [{ source: "example.com" }, { source: "0.0.0.0/0" }, { source: "192.0.2.7", seconds: 0 }, {}]) {
    assert.equal((await ask("POST", "/bans", wrong))[0], 400, JSON.stringify(wrong));
  }
  assert.equal((await app.inject({ method: "POST", url: "/api/v1/bans", payload: asked })).statusCode, 401);
});

test("what an authority asks for by http-01 is answered to everybody, and nothing else is there (RFC 8555 §8.3)", async () => {
  const { app } = server("running", { challengeAnswer: (token) => (token === "abc" ? "abc.thumb" : undefined) });
  const url = "/.well-known/acme-challenge/";
  const answer = await app.inject({ url: `${url}abc`, remoteAddress: "198.51.100.7" });
  assert.deepEqual([answer.statusCode, answer.body], [200, "abc.thumb"]);
  assert.equal((await app.inject(`${url}other`)).statusCode, 404);
  assert.equal((await server().app.inject(`${url}abc`)).statusCode, 404);
});

test("the certificates that are shown to clients are told, without their keys", async () => {
  const certificate = {
    name: "default",
    names: ["example.com"],
    file: "/etc/cert.pem",
    validFrom: 0,
    expiresAt: 1_735_736_400_000,
  };
  const { app } = server("running", { certificates: () => [certificate] });
  const answer = await app.inject({ url: "/api/v1/certificates", headers: bearer });
  assert.deepEqual(answer.json(), {
    certificates: [{ ...certificate, validFrom: "1970-01-01T00:00:00.000Z", expiresAt: "2025-01-01T13:00:00.000Z" }],
  });
});

test("/api/v1/alarms has the latest registrations from unusual places", async () => {
  const { app, alarms } = server();
  const usual = [{ source: "udp 192.0.2.4:5060", userAgent: "Phone <1>" }];
  const alarm = { type: "takeover", at: 1_735_732_800_000, account: "alice@example.com", what: "added" } as const;
  alarms.push({
    ...alarm,
    source: "udp 203.0.113.9:5060",
    userAgent: "T\xc3\xb6ol",
    contacts: ["sip:a@203.0.113.9"],
    usual,
  });
  const { statusCode, json } = await app.inject({ url: "/api/v1/alarms", headers: bearer });
  assert.equal(statusCode, 200);
  const told = { ...alarm, at: "2025-01-01T12:00:00.000Z", source: "udp 203.0.113.9:5060", userAgent: "Töol" };
  assert.deepEqual(json(), { alarms: [{ ...told, contacts: ["sip:a@203.0.113.9"], usual }] });
  assert.equal((await app.inject("/api/v1/alarms")).statusCode, 401);
});
