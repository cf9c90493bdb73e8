/** Opens the HTTP server on its address, with SIP over WebSocket in it. */

import type { Server as HttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { MessagePort } from "node:worker_threads";
import { formatEndpoint, formatListenUri, type TransportCounters } from "@trapezoid/sip/transport";
import { TlsContexts, type TlsSettings, tlsServerContext, tlsServerOptions } from "@trapezoid/sip/transport/node";
import { transportLimits } from "../config/transport-limits.ts";
import type { HttpSettings, LimitSettings, ResolvedConfig } from "../config/types.ts";
import type { BanChange, Guard } from "../guard/index.ts";
import { httpFailed, httpPortTaken } from "./errors.ts";
import { createHttpCounters, type HttpCounters, setHttpLimits } from "./http-limits.ts";
import { createHttpServer, refuseUpgrade } from "./http-server.ts";
import type { HttpSources } from "./sources.ts";
import { type EdgeQueueCounters, openWebSocketEdge } from "./websocket-edge.ts";

export interface HttpEdgeOptions {
  readonly config: Pick<ResolvedConfig, "listeners" | "limits">;
  readonly guard: Pick<Guard, "admission" | "garbage" | "applyBans">;
  /** Connections that the main thread may hold: so many descriptors are its share. */
  readonly mostConnections?: number;
  readonly settings: HttpSettings;
  /** Certificates, for HTTPS. */
  readonly tls: TlsSettings;
  /** To each signalling thread, by its number. */
  readonly ports: ReadonlyMap<number, MessagePort>;
  readonly sources: HttpSources;
}

export interface HttpEdge {
  /** `http://127.0.0.1:8080`, with the real port. */
  readonly uri: string;
  /** The `ws://` and `wss://` listeners that share the server. */
  readonly listening: readonly string[];
  readonly counters: TransportCounters;
  /** WebSocket connections of sources that are banned from now on are ended. */
  applyBans(change: BanChange): void;
  /** Ends WebSocket connections of sources that may no longer be heard. */
  closeDenied(): void;
  readonly httpCounters: HttpCounters;
  readonly queueCounters: EdgeQueueCounters;
  /** New limits, for what begins from now on; a request's body keeps its own. */
  configure(limits: LimitSettings): void;
  /** For connections from now on. */
  reloadTls(tls: TlsSettings): void;
  close(): Promise<void>;
}

const certificateNeeded = "403 Forbidden";

/** Rejects with one line for whoever started the server when the address cannot be had. */
export async function openHttpEdge(options: HttpEdgeOptions): Promise<HttpEdge> {
  const { settings, config, guard } = options;
  const { limits } = config;
  const shared = config.listeners.filter((listener) => listener.sharedWithHttp);
  const edge = openWebSocketEdge({
    guard,
    advertise: shared[0]?.advertise,
    ports: options.ports,
    threadQueueBytes: limits.threadQueueBytes,
    ...transportLimits(limits, options.mostConnections),
  });
  let contexts = settings.secure ? new TlsContexts(options.tls) : undefined;
  const place = formatEndpoint(settings.host, settings.port);
  const httpCounters = createHttpCounters();
  const app = createHttpServer({
    limits,
    counters: httpCounters,
    sources: options.sources,
    // Browsers ask whoever has a certificate of a client's to choose one: never here.
    tls: contexts && tlsServerOptions(() => contexts!, ["http/1.1"], `https://${place}`),
    // Whoever lets no client in without a certificate has no other way in open.
    onSipUpgrade: (request, socket, head) =>
      contexts?.settings.clientCertificates === "require"
        ? refuseUpgrade(socket, certificateNeeded)
        : edge.accept(request, socket, head),
  });
  edge.watch(app.server);
  try {
    await app.listen({ host: settings.host, port: settings.port, exclusive: true });
  } catch (error) {
    await edge.close();
    await app.close();
    const { code, message } = error as NodeJS.ErrnoException;
    throw code === "EADDRINUSE" ? httpPortTaken.from(error, place) : httpFailed.from(error, place, message);
  }
  const { port } = app.server.address() as AddressInfo;
  return {
    uri: `${settings.secure ? "https" : "http"}://${formatEndpoint(settings.host, port)}`,
    listening: shared.map((listener) => formatListenUri({ ...listener.uri, port })),
    counters: edge.counters,
    applyBans(change) {
      guard.applyBans(change);
      edge.closeDenied();
    },
    closeDenied: edge.closeDenied,
    httpCounters,
    queueCounters: edge.queueCounters,
    configure(next) {
      edge.configure(transportLimits(next, options.mostConnections), next.threadQueueBytes);
      setHttpLimits(app.server, next);
    },
    reloadTls(next) {
      // Server and address stay what they are; what is open goes on.
      if (contexts === undefined) return;
      contexts = new TlsContexts(next);
      (app.server as unknown as HttpsServer).setSecureContext(tlsServerContext(contexts, `https://${place}`));
    },
    async close() {
      await edge.close();
      await app.close();
    },
  };
}
