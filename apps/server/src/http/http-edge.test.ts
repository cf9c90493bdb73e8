import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:https";
import { type AddressInfo, createServer } from "node:net";
import { type TestContext, test } from "node:test";
import { connect } from "node:tls";
import type { TlsSettings } from "@trapezoid/sip/transport/node";
import { defaultLimits } from "../config/defaults.ts";
import type { HttpSettings } from "../config/types.ts";
import { createLogger } from "../observe/logger.ts";
import { createMetrics } from "../observe/metrics.ts";
import { makeCertificate } from "../tls/self-made.ts";
import { type HttpEdge, type HttpEdgeOptions, openHttpEdge } from "./http-edge.ts";

const certificateOf = (domain: string) =>
  makeCertificate({ domains: [domain], hostName: "box", addresses: ["127.0.0.1"] }, Date.now());

function options(settings: HttpSettings, certificate: TlsSettings): HttpEdgeOptions {
  const limits = { ...defaultLimits, connections: 10, connectionsPerAddress: 10 };
  const uri = { kind: "ws", host: settings.host, port: settings.port } as const;
  return {
    settings,
    tls: certificate,
    guard: { admission: () => true, garbage() {}, applyBans() {} },
    config: { limits, listeners: [{ uri, advertise: undefined, sharedWithHttp: true }] },
    ports: new Map(),
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
  };
}

async function open(t: TestContext, given: HttpEdgeOptions): Promise<HttpEdge> {
  const edge = await openHttpEdge(given);
  t.after(() => edge.close());
  return edge;
}

test("the real port is told, for HTTP and for the WebSocket listener that shares it", async (t) => {
  const edge = await open(t, options({ host: "127.0.0.1", port: 0, secure: false }, {}));
  const port = Number(/^http:\/\/127\.0\.0\.1:([1-9]\d*)$/.exec(edge.uri)?.[1]);
  assert.deepEqual(edge.listening, [`ws://127.0.0.1:${port}`]);
  assert.equal((await fetch(`${edge.uri}/health`)).status, 200);
});

test("a taken port is one line that says what to do", async (t) => {
  const other = createServer();
  other.listen(0, "127.0.0.1");
  await once(other, "listening");
  t.after(() => other.close());
  const { port } = other.address() as AddressInfo;
  await assert.rejects(openHttpEdge(options({ host: "127.0.0.1", port, secure: false }, {})), {
    code: "HTTP_PORT_TAKEN",
    message: new RegExp(`^127\\.0\\.0\\.1:${port} \\(HTTP\\) is taken by another program; .*--http$`),
  });
});

test("HTTPS where it is asked for, with a certificate that can be replaced while it runs", async (t) => {
  const first = await certificateOf("one.example");
  const second = await certificateOf("two.example");
  const edge = await open(t, options({ host: "127.0.0.1", port: 0, secure: true }, first));
  assert.match(edge.uri, /^https:/);
  const subject = (ca: string) =>
    new Promise<string | undefined>((resolve, reject) => {
      const asked = request(`${edge.uri}/health`, { ca, agent: false }, (response) => {
        const socket = response.socket as unknown as { getPeerCertificate(): { subject: { CN: string } } };
        resolve(socket.getPeerCertificate().subject.CN);
        response.resume();
      });
      asked.on("error", reject);
      asked.end();
    });
  assert.equal(await subject(first.cert), "one.example");
  edge.reloadTls(second);
  assert.equal(await subject(second.cert), "two.example");
});

test("HTTPS shows the certificate of the name that is asked for, as the SIP listeners do, and answers challenges (RFC 8737 §3)", async (t) => {
  const [first, second] = [await certificateOf("one.example"), await certificateOf("two.example")];
  const answer = await certificateOf("answer");
  const ticketSecret = new Uint8Array(32);
  const settings = { ...first, ticketSecret, domains: { "two.example": second } };
  const edge = await open(t, options({ host: "127.0.0.1", port: 0, secure: true }, settings));
  const shown = async (servername: string, protocol = "http/1.1") => {
    const port = Number(new URL(edge.uri).port);
    const ALPNProtocols = [protocol];
    const socket = connect({ port, host: "127.0.0.1", servername, ALPNProtocols, rejectUnauthorized: false });
    await once(socket, "secureConnect");
    const { CN } = socket.getPeerCertificate().subject;
    socket.destroy();
    return CN;
  };
  assert.equal(await shown("two.example"), "two.example");
  assert.equal(await shown("three.example"), "one.example");
  await assert.rejects(shown("two.example", "acme-tls/1"), /no application protocol/);
  edge.reloadTls({ ...settings, challenges: { "two.example": answer } });
  assert.equal(await shown("two.example", "acme-tls/1"), "answer");
  assert.equal(await shown("two.example"), "two.example");
  edge.reloadTls({ ...second, ticketSecret, domains: { "three.example": first } });
  assert.equal(await shown("two.example"), "two.example");
  assert.equal(await shown("three.example"), "one.example");
});

test("SIP over WebSocket is no way round certificates that all clients must have", async (t) => {
  const certificate = await certificateOf("one.example");
  const statusWith = async (clientCertificates: "request" | "require"): Promise<number> => {
    const given = options({ host: "127.0.0.1", port: 0, secure: true }, { ...certificate, clientCertificates });
    const edge = await open(t, given);
    const headers = {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Protocol": "sip",
    };
    const asked = request(`${edge.uri}/sip`, { headers, rejectUnauthorized: false });
    asked.end();
    return new Promise((resolve, reject) => {
      asked.on("error", reject);
      asked.on("response", ({ statusCode = 0 }) => resolve(statusCode));
      asked.on("upgrade", ({ statusCode = 0 }, socket) => {
        socket.destroy();
        resolve(statusCode);
      });
    });
  };
  assert.equal(await statusWith("require"), 403);
  assert.equal(await statusWith("request"), 101);
});
