/** The whole server: store thread, signalling threads, HTTP. Started in the order in which things can fail, closed in the other. */

import type { TrapezoidError } from "@trapezoid/base";
import { createNonceTable } from "@trapezoid/sip/auth";
import { nodeHash } from "@trapezoid/sip/auth/node";
import { formatEndpoint } from "@trapezoid/sip/transport";
import { openFilesLimit } from "@trapezoid/sip/transport/node";
import { HttpChallenges, openAcme } from "../acme/index.ts";
import { type HttpEdge, openHttpEdge } from "../http/http-edge.ts";
import type { Logger } from "../observe/logger.ts";
import { createMetrics, type ThreadStats } from "../observe/metrics.ts";
import {
  accountDomains,
  ensureFirstAccount,
  openBindingStore,
  openDataFolder,
  startStoreThread,
} from "../store/index.ts";
import { openTlsKeeper } from "../tls/index.ts";
import type { CommandLineOverrides } from "../worker/contract.ts";
import { readOrMakeApiToken } from "./api-token.ts";
import { collectThreads } from "./collect-threads.ts";
import { ConfigSource } from "./config-source.ts";
import { connectionBudget, warnOfFewDescriptors } from "./descriptor-budget.ts";
import { Firewall } from "./firewall.ts";
import { freeTcpPort, probePorts } from "./port-probe.ts";
import { Reloading } from "./reloading.ts";
import { warnOfStrandedAccounts } from "./stranded-accounts.ts";
import { startThreadMesh } from "./thread-mesh.ts";
import { version } from "./version.ts";

export interface ServerOptions {
  /** Absolute path of trapezoid.config.ts, when there is one. */
  readonly configFile: string | undefined;
  /** Absolute path. */
  readonly dataFolder: string;
  readonly overrides: CommandLineOverrides;
  readonly workers: number;
  /** Make an account when there is none. */
  readonly firstAccount: boolean;
  readonly log: Logger;
}

export interface Server {
  /** `udp://127.0.0.1:5060`, with real ports. */
  readonly listening: readonly string[];
  /** `http://127.0.0.1:8080`. */
  readonly http: string | undefined;
  /** Made because there was none. The password is nowhere else. */
  readonly firstAccount: { readonly address: string; readonly password: string } | undefined;
  /** Reads the configuration again. Resolves to what is wrong with it; the old one stays in force then. */
  reload(): Promise<string | undefined>;
  /** Turns new requests away until the running ones have ended, or for `ms`. */
  drain(ms: number): Promise<void>;
  close(): Promise<void>;
  /** Resolves when a thread ends that should not. */
  readonly failed: Promise<TrapezoidError>;
}

/** Rejects with an error whose message is one line for the person who started it; everything opened is closed then. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const opened: (() => void | Promise<void>)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of opened.splice(0).reverse()) await close();
  };
  try {
    return await open(options, opened, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function open(
  options: ServerOptions,
  opened: (() => void | Promise<void>)[],
  closeAll: () => Promise<void>,
): Promise<Server> {
  const { dataFolder, log } = options;
  const { source, overrides } = await openSource(options);
  const config = source.current;
  const folder = await openDataFolder(dataFolder, { file: config.store.file });
  opened.push(() => folder.close());
  folder.lockForServer();
  folder.settings.set("primaryDomain", config.primaryDomain);
  warnOfStrandedAccounts(accountDomains(folder.database), config.domains, log);
  const tls = openTlsKeeper({ dataFolder, log });
  opened.push(() => tls.close());
  await tls.open(config);
  const store = await startStoreThread({
    file: config.store.file,
    onSweepFailed: (problem, times) => log.error("expired registrations cannot be removed", { problem, times }),
  });
  opened.push(() => store.close());
  const bindings = openBindingStore(store.connect());
  opened.push(() => bindings.close());
  const firewall = await Firewall.open({ config, bans: folder.bans, bindings, log });
  opened.push(() => firewall.close());
  // The main thread holds connections, too.
  const descriptors = { openFiles: openFilesLimit(), threads: options.workers + 1 };
  const mostConnections = connectionBudget(descriptors);
  warnOfFewDescriptors({ ...descriptors, connections: config.limits.connections }, log);
  const ownListeners = config.listeners.filter((listener) => !listener.sharedWithHttp).map((listener) => listener.uri);
  if (options.workers > 1) await probePorts(ownListeners);
  const mesh = await startThreadMesh({
    workers: options.workers,
    shared: {
      dataFolder,
      configFile: options.configFile,
      overrides,
      secret: folder.secret(),
      nonceTable: createNonceTable(nodeHash.random, { shared: true }).buffer as SharedArrayBuffer,
      locationVersions: store.versions,
      tls: tls.settings,
      guardMemory: firewall.memory,
      bans: firewall.bans.all,
      mostConnections,
    },
    onOffence: (offence) => void firewall.bans.offence(offence),
    onAlarm: (alarm) => firewall.alarms.raise(alarm),
    connectStore: () => store.connect(),
    log,
  });
  opened.push(async () => {
    await Promise.all(mesh.threads.map((thread) => thread.close()));
    for (const port of mesh.ports.values()) port.close();
  });
  const challenges = new HttpChallenges();
  const acme = openAcme({ tls, http: challenges, settings: () => source.current.tls.acme, version, log });
  let state: "running" | "draining" = "running";
  const listening = [...mesh.listening];
  let edge: HttpEdge | undefined;
  firewall.tell(...mesh.threads);
  const stats = (collect: boolean): Promise<readonly ThreadStats[]> =>
    collectThreads(
      {
        workers: mesh.threads,
        store,
        main: () => ({
          ...countersOf(edge),
          guard: firewall.counters,
          tls: tls.counters,
          acme: acme.counters,
        }),
      },
      collect,
      log,
    );
  if (config.http !== undefined) {
    edge = await openHttpEdge({
      guard: firewall.guard,
      config,
      mostConnections,
      settings: config.http,
      tls: tls.settings,
      ports: mesh.ports,
      sources: {
        token: readOrMakeApiToken(dataFolder),
        accounts: folder.accounts,
        bans: firewall.bans,
        alarms: firewall.alarms,
        bindings,
        metrics: createMetrics({ version, collect: () => stats(false), certificates: () => tls.certificates }),
        status: () => ({
          version,
          domains: [...source.current.domains.keys()],
          listeners: listening,
          uptimeSeconds: Math.floor(process.uptime()),
          state: state === "running" && mesh.threads.some((thread) => thread.isOverloaded) ? "overloaded" : state,
        }),
        stats,
        decisions: async (limit, callId) =>
          (await Promise.all(mesh.threads.map((thread) => thread.decisions(limit, callId))))
            .flat()
            .sort((a, b) => b.at - a.at)
            .slice(0, limit),
        certificates: () => tls.certificates,
        challengeAnswer: (token) => challenges.answerTo(token),
        log,
      },
    });
    const open = edge;
    opened.push(() => open.close());
    firewall.tell(open);
    listening.push(...edge.listening);
  }
  const firstAccount = options.firstAccount
    ? await ensureFirstAccount(folder.accounts, nodeHash, config.primaryDomain, Date.now())
    : undefined;
  const reloading = new Reloading({
    source,
    workers: mesh.threads,
    log,
    prepare: async (next) => {
      const certificates = await tls.prepare(next);
      return {
        tls: certificates.settings,
        apply: () => {
          certificates.apply();
          acme.configure(next.tls.acme);
          edge?.reloadTls(tls.settings);
          firewall.configure(next);
          edge?.closeDenied();
          edge?.configure(next.limits);
          const { connections } = next.limits;
          if (connections !== source.current.limits.connections) {
            warnOfFewDescriptors({ ...descriptors, connections }, log);
          }
          folder.settings.set("primaryDomain", next.primaryDomain);
          warnOfStrandedAccounts(accountDomains(folder.database), next.domains, log);
        },
      };
    },
  });
  opened.push(() => reloading.close());
  tls.serve({
    exclusively: (task) => reloading.exclusively(task),
    async broadcast(settings) {
      await Promise.all(mesh.threads.map((thread) => thread.setTls(settings)));
      edge?.reloadTls(settings);
    },
  });
  opened.push(() => {
    acme.close();
    return challenges.close();
  });
  acme.configure(config.tls.acme);
  let closed: Promise<void> | undefined;
  return {
    listening,
    http: edge?.uri,
    firstAccount,
    reload: () => reloading.reload(),
    async drain(ms) {
      state = "draining";
      await Promise.all(mesh.threads.map((thread) => thread.drain(ms)));
    },
    close: () => {
      closed ??= closeAll();
      return closed;
    },
    failed: firstFailure([store.ended, ...mesh.threads.map((thread) => thread.ended)]),
  };
}

function countersOf(edge: HttpEdge | undefined): Readonly<Record<string, object>> {
  return edge === undefined
    ? {}
    : { transport: edge.counters, http: edge.httpCounters, threadQueue: edge.queueCounters };
}

/** With the HTTP port chosen when any free one will do: every thread has to know it. */
async function openSource(
  options: ServerOptions,
): Promise<{ readonly source: ConfigSource; readonly overrides: CommandLineOverrides }> {
  const { configFile: file, dataFolder } = options;
  let { overrides } = options;
  let source = new ConfigSource({ file, dataFolder, overrides });
  let config = await source.read(0);
  if (config.http?.port === 0) {
    const { host } = config.http;
    overrides = { ...overrides, http: formatEndpoint(host, await freeTcpPort(host)) };
    source = new ConfigSource({ file, dataFolder, overrides });
    config = await source.read(0);
  }
  source.accept(config);
  return { source, overrides };
}

/** The first thread that ends with an error; pending while all is well. */
function firstFailure(ends: readonly Promise<TrapezoidError | undefined>[]): Promise<TrapezoidError> {
  return new Promise((resolve) => {
    for (const end of ends) void end.then((error) => error !== undefined && resolve(error));
  });
}
