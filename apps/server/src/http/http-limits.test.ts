import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { defaultLimits } from "../config/defaults.ts";
import { createLogger } from "../observe/logger.ts";
import { createMetrics } from "../observe/metrics.ts";
import { countHttpLimits, createHttpCounters, setHttpLimits } from "./http-limits.ts";
import { createHttpServer } from "./http-server.ts";

async function listening(t: TestContext, limits: Partial<typeof defaultLimits> = {}) {
  const counters = createHttpCounters();
  const app = createHttpServer({
    limits: { ...defaultLimits, ...limits },
    counters,
    sources: {
      token: "t",
      accounts: { list: async () => [], count: async () => 0 },
      bindings: { list: async () => [], listAll: async () => [], count: async () => 0 },
      bans: { all: [], add: () => Promise.reject(new TypeError("nobody bans here")), remove: async () => false },
      alarms: { list: () => [] },
      metrics: createMetrics({ version: "1", collect: async () => [] }),
      status: () => ({ version: "1", domains: [], listeners: [], uptimeSeconds: 0, state: "running" }),
      stats: async () => [],
      decisions: async () => [],
      log: createLogger({ level: "silent" }),
    },
  });
  app.post("/echo", async (request) => request.body);
  await app.listen({ host: "127.0.0.1", port: 0 });
  t.after(() => app.close());
  const { port } = app.server.address() as AddressInfo;
  /** What the server answers to these octets until it ends the connection. */
  const say = async (octets: string): Promise<string> => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    let answer = "";
    socket.setEncoding("latin1").on("data", (piece: string) => {
      answer += piece;
    });
    socket.on("error", () => {});
    socket.write(octets);
    await once(socket, "end");
    socket.destroy();
    return answer;
  };
  return { app, counters, say };
}

test("a body beyond the limit is answered 413 before it has come, and counted", async (t) => {
  const { counters, say } = await listening(t, { httpBodyBytes: 1_024 });
  const head = "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ";
  assert.match(await say(`${head}1000000000\r\n\r\n`), /^HTTP\/1\.1 413 /);
  assert.match(await say(`${head}1024\r\n\r\n${"x".repeat(1_024)}`), /^HTTP\/1\.1 200 /);
  assert.equal(counters.httpBodyBytes, 1);
});

test("what is no HTTP is answered 400 and counted, a head that is too large 431", async (t) => {
  const { counters, say } = await listening(t);
  assert.match(await say("OPTIONS sip:a SIP/2.0\r\n\r\n"), /^HTTP\/1\.1 400 /);
  assert.match(await say(`GET / HTTP/1.1\r\nX: ${"x".repeat(20_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /);
  assert.equal(counters.malformed, 2);
});

test("an upgrade to another path is refused, and its connection ended whatever the peer does", async (t) => {
  const { app, say } = await listening(t);
  const [accepted] = await Promise.all([
    once(app.server, "connection"),
    say("GET /other HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n").then((answer) =>
      assert.match(answer, /^HTTP\/1\.1 404 /),
    ),
  ]);
  const socket = accepted[0] as Socket;
  if (!socket.destroyed) await once(socket, "close");
});

test("requests and connections that take too long are ended and counted", () => {
  const counters = createHttpCounters();
  const server = createServer();
  setHttpLimits(server, { handshakeMs: 5_000, httpRequestMs: 20_000, httpIdleMs: 40_000, httpBodyBytes: 1 });
  assert.deepEqual([server.headersTimeout, server.requestTimeout, server.timeout], [5_000, 20_000, 40_000]);
  setHttpLimits(server, { handshakeMs: 50_000, httpRequestMs: 20_000, httpIdleMs: 40_000, httpBodyBytes: 1 });
  assert.equal(server.headersTimeout, 20_000);
  countHttpLimits(server, counters);
  const socket = new Socket();
  server.emit("timeout", socket);
  server.emit("clientError", Object.assign(new Error("late"), { code: "ERR_HTTP_REQUEST_TIMEOUT" }), socket);
  assert.equal(socket.destroyed, true);
  assert.deepEqual(counters, { httpRequestMs: 1, httpIdleMs: 1, httpBodyBytes: 0, malformed: 0 });
});
