/** The one HTTP server: status page, health, metrics, API, and the upgrade to SIP over WebSocket. */

import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import type { TlsOptions } from "node:tls";
import { type FastifyInstance, type FastifyRequest, fastify } from "fastify";
import { defaultLimits } from "../config/defaults.ts";
import { type Asker, hasToken, isFromHere } from "./access.ts";
import { registerApi } from "./api.ts";
import {
  checkIntervalMs,
  countHttpLimits,
  createHttpCounters,
  type HttpCounters,
  type HttpLimits,
  setHttpLimits,
} from "./http-limits.ts";
import { type RequestError, requestFault } from "./request-fault.ts";
import type { HttpSources } from "./sources.ts";
import { statusPage, strangersPage } from "./status-page.ts";

/** Takes over a connection that asks for WebSocket at `/sip`. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface HttpServerOptions {
  readonly sources: HttpSources;
  /** HTTPS with these certificates; plain HTTP without. */
  readonly tls?: TlsOptions | undefined;
  readonly onSipUpgrade?: UpgradeHandler;
  /** Default: the configuration's. */
  readonly limits?: HttpLimits;
  /** Where connections and requests that met a limit are counted. */
  readonly counters?: HttpCounters;
}

const sipPath = "/sip";

export function createHttpServer(options: HttpServerOptions): FastifyInstance {
  const { sources, limits = defaultLimits, counters = createHttpCounters() } = options;
  const common = {
    bodyLimit: limits.httpBodyBytes,
    forceCloseConnections: true,
    // A field that is not known is refused, not dropped: a slip must not change what is asked. The schema is for saying what was expected.
    ajv: { customOptions: { removeAdditional: false, verbose: true } },
  } as const;
  const checks = { connectionsCheckingInterval: checkIntervalMs };
  const app: FastifyInstance =
    options.tls === undefined
      ? fastify({ ...common, http: checks })
      : (fastify({ ...common, https: { ...options.tls, ...checks } }) as unknown as FastifyInstance);
  setHttpLimits(app.server, limits);
  countHttpLimits(app.server, counters);
  app.addHook("onSend", async (_request, reply) => {
    reply.header("x-content-type-options", "nosniff");
    reply.header("cache-control", "no-store");
    reply.header("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: "there is nothing here" }));
  app.setErrorHandler((error: RequestError, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status === 413) counters.httpBodyBytes++;
    if (status >= 500) sources.log.error("an HTTP request failed", { url: request.url, error });
    return reply
      .code(status)
      .send({ error: status >= 500 ? "it failed; the log says why" : requestFault(error, limits.httpBodyBytes) });
  });
  registerPages(app, sources);
  registerChallenges(app, sources);
  registerApi(app, sources);
  acceptUpgrades(app.server, options.onSipUpgrade);
  return app;
}

function registerPages(app: FastifyInstance, sources: HttpSources): void {
  app.get("/health", async (_request, reply) => {
    const { state, version } = sources.status();
    // A load balancer must send no new calls to a server that is leaving. One that is overloaded still serves what it can: without
    // it, the others would have even more.
    return reply.code(state === "draining" ? 503 : 200).send({ status: state === "running" ? "ok" : state, version });
  });
  app.get("/metrics", async (request, reply) => {
    const asker = askerOf(request);
    if (!isFromHere(asker) && !hasToken(asker, sources.token)) {
      return reply
        .code(401)
        .header("www-authenticate", "Bearer")
        .send({ error: "a token is needed: Authorization: Bearer TOKEN" });
    }
    const text = await sources.metrics.text();
    return reply.type(sources.metrics.contentType).send(text);
  });
  app.get("/", async (request, reply) => {
    reply.type("text/html; charset=utf-8");
    if (!isFromHere(askerOf(request))) return strangersPage();
    const [registrations, accounts] = await Promise.all([sources.bindings.count(), sources.accounts.count()]);
    return statusPage(sources.status(), registrations, accounts);
  });
}

/** RFC 8555 §8.3: what an authority asks for that a web server before us has passed on. */
function registerChallenges(app: FastifyInstance, { challengeAnswer }: HttpSources): void {
  app.get<{ Params: { token: string } }>("/.well-known/acme-challenge/:token", async (request, reply) => {
    const answer = challengeAnswer?.(request.params.token);
    if (answer === undefined) return reply.code(404).send({ error: "there is nothing here" });
    return reply.type("application/octet-stream").send(answer);
  });
}

function askerOf(request: FastifyRequest): Asker {
  return { headers: request.headers, remoteAddress: request.socket.remoteAddress };
}

function acceptUpgrades(server: Server, onSipUpgrade: UpgradeHandler | undefined): void {
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const path = (request.url ?? "").replace(/\?.*$/, "");
    if (path === sipPath && onSipUpgrade !== undefined) onSipUpgrade(request, socket, head);
    else refuseUpgrade(socket, "404 Not Found");
  });
}

/** `status`: with its reason. */
export function refuseUpgrade(socket: Duplex, status: string): void {
  socket.on("error", () => {});
  // A peer that does not end its side would hold the connection: HTTP's own time-outs are off once it is upgraded.
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}
