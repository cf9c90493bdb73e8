/** One signalling worker: transport, transactions, proxy core and engine of a thread, put together. */

import { sipHashKey, systemClock, TimerWheel } from "@trapezoid/base";
import { createDigestServer, NonceTable } from "@trapezoid/sip/auth";
import { nodeHash } from "@trapezoid/sip/auth/node";
import { createLocator, type Locator } from "@trapezoid/sip/locate";
import { createNodeDns } from "@trapezoid/sip/locate/node";
import { isSipUri, parseUri } from "@trapezoid/sip/message";
import { createProxy, type Proxy as ProxyCore } from "@trapezoid/sip/proxy";
import { createTransactionLayer, responseFlows, type TransactionLayer } from "@trapezoid/sip/transaction";
import { type Flow, formatEndpoint, type Listener } from "@trapezoid/sip/transport";
import { type NodeTransport, openTransport, type TlsSettings } from "@trapezoid/sip/transport/node";
import { transportLimits } from "../config/transport-limits.ts";
import type { ListenerSettings, ResolvedConfig } from "../config/types.ts";
import {
  type BanChange,
  ExpiryTable,
  type Guard,
  type Offence,
  openGuard,
  type TakeoverAlarm,
  TakeoverWatch,
  takeoverMemoryMs,
} from "../guard/index.ts";
import { Sparse } from "../observe/sparse.ts";
import { NextHops } from "../overload/next-hops.ts";
import { OverloadControl } from "../overload/overload-control.ts";
import { Registrar, readFlowId } from "../registrar/index.ts";
import { openBindingStore, openLocationIndex } from "../store/index.ts";
import { Authenticator } from "./authenticator.ts";
import { noteAlias } from "./connection-alias.ts";
import type { WorkerSettings, WorkerStats } from "./contract.ts";
import { DecisionLog } from "./decision-log.ts";
import { Engine, requestSchemes } from "./engine.ts";
import { PeerLinks } from "./peer-links.ts";
import { transportHandler } from "./transport-handler.ts";
import { Trust } from "./trust.ts";
import { collectStats, threadCpuMs } from "./worker-stats.ts";

export type WorkerLog = (
  level: "debug" | "info" | "warn" | "error",
  message: string,
  fields: Record<string, unknown>,
) => void;

/** What a worker tells the main thread by itself. */
export interface WorkerReports {
  readonly log: WorkerLog;
  readonly offence: (offence: Offence) => void;
  readonly alarm: (alarm: TakeoverAlarm) => void;
  /** Requests are turned away from now on, or no longer. */
  readonly overload: (active: boolean) => void;
}

/** One line for faults within that time. */
const FAULT_LOG_MS = 1_000;

/** How often the names of trusted trunks are resolved again. */
const TRUNK_REFRESH_MS = 60_000;

/** A drain ends when nothing has been unanswered for so long: T1 and its first two doublings (RFC 3261 §17.1.1.2). */
const DRAIN_QUIET_MS = 2_000;
const DRAIN_POLL_MS = 100;

/** A configuration with the certificates that it names, which the main thread has read and checked. */
export interface PreparedConfig {
  readonly config: ResolvedConfig;
  readonly tls: TlsSettings;
}

export class SignallingWorker {
  readonly decisions = new DecisionLog();
  readonly #faults = new Sparse(FAULT_LOG_MS);
  readonly #settings: WorkerSettings;
  readonly #log: WorkerLog;
  readonly #wheel: TimerWheel;
  readonly #transport: NodeTransport;
  readonly #transactions: TransactionLayer;
  readonly #proxy: ProxyCore;
  readonly #engine: Engine;
  readonly #authenticator: Authenticator;
  readonly #locator: Locator;
  readonly #links: PeerLinks;
  readonly #registrar: Registrar;
  readonly #overload: OverloadControl;
  readonly #nextHops: NextHops;
  readonly #bindings: ReturnType<typeof openBindingStore>;
  readonly #location: ReturnType<typeof openLocationIndex>;
  readonly #guard: Guard;
  readonly #takeovers: TakeoverWatch;
  #config: ResolvedConfig;
  #trust: Trust;
  #trunkRefresh: Disposable | undefined;

  constructor(settings: WorkerSettings, config: ResolvedConfig, reports: WorkerReports) {
    const { log, offence } = reports;
    this.#settings = settings;
    this.#config = config;
    this.#log = log;
    this.#trust = new Trust(config.trust);
    const { workerId } = settings;
    this.#guard = openGuard({
      settings,
      config,
      isTrusted: (flow) => this.#trust.trusts(flow),
      now: () => systemClock.now(),
      report: offence,
    });
    const wheel = new TimerWheel({ clock: systemClock, onError: (error) => this.#failed("a timer", error) });
    this.#wheel = wheel;
    this.#location = openLocationIndex({
      file: config.store.file,
      versions: settings.locationVersions,
      clock: systemClock,
    });
    this.#takeovers = new TakeoverWatch({
      rememberMs: takeoverMemoryMs(config.firewall),
      places: new ExpiryTable(settings.guardMemory.places),
      lookup: (address) => this.#location.lookup(address),
      report: reports.alarm,
    });
    this.#bindings = openBindingStore(settings.storePort);
    this.#locator = createLocator({
      dns: createNodeDns({ servers: config.dnsServers }),
      clock: systemClock,
      // WebSocket servers are not looked for: browsers connect to us (RFC 7118 §5.3).
      transports: ["tls", "tcp", "udp"],
    });
    this.#transport = openTransport({
      handler: transportHandler({
        transactions: () => this.#transactions,
        receive: (text, flow) => this.#receive(text, flow),
        garbage: (flow) => this.#guard.garbage(flow),
        log,
      }),
      admission: this.#guard.admission,
      workerId,
      vouching: true,
      clock: systemClock,
      aliases: config.aliases,
      ...transportLimits(config.limits, settings.mostConnections),
      tls: settings.tls,
    });
    this.#links = new PeerLinks({
      workerId,
      peers: settings.peers,
      onInbound: (text, flow) => this.#transactions.receive(text, flow),
      flowById: (id) => this.#transport.flowById(id),
      maxFlows: () => this.#config.limits.connections,
      threadQueueBytes: () => this.#config.limits.threadQueueBytes,
    });
    this.#overload = new OverloadControl({
      settings: config.overload,
      clock: systemClock,
      key: sipHashKey(nodeHash.random(16)),
      isTrusted: (flow) => this.#trust.trusts(flow),
      isRefresh: (request) => this.#engine.isRefresh(request),
      isStranger: (flow) => this.#guard.isStranger(flow),
      idleMs: () => performance.eventLoopUtilization().idle,
      cpuMs: threadCpuMs,
      queueAgeMs: (isBusy) => this.#transport.queueAgeMs(isBusy),
      full: () =>
        Math.max(
          this.#transactions.counters.serverTransactions / this.#config.limits.transactions,
          this.#proxy.counters.contexts / this.#config.limits.contexts,
        ),
      log,
      onChange: reports.overload,
    });
    this.#nextHops = new NextHops({
      settings: config,
      clock: systemClock,
      key: sipHashKey(nodeHash.random(16)),
      isTrusted: (flow) => this.#trust.trusts(flow),
      log,
    });
    this.#transactions = createTransactionLayer({
      wheel,
      workerId,
      user: {
        onRequest: (transaction) => {
          noteAlias(this.#transport, transaction);
          this.#engine.onRequest(transaction);
        },
        onAck: (request, flow) => this.#engine.onAck(request, flow),
        onCancel: (cancel, invite) => this.#engine.onCancel(cancel, invite),
        onStrayResponse: (response, flow) => this.#engine.onStrayResponse(response, flow),
        onInvalid: (_reason, _text, flow) => this.#guard.garbage(flow),
      },
      timers: { t1: config.timers.t1, t2: config.timers.t2, t4: config.timers.t4 },
      messageLimits: config.limits,
      limits: { maxServerTransactions: config.limits.transactions },
      shedding: this.#overload,
      reopen: responseFlows({ transport: this.#transport, locator: this.#locator }),
      admit: this.#guard.admit,
      random: nodeHash.random,
      onError: (error: unknown) => this.#failed("a request", error),
    });
    const isLocal = (host: string, port: number | undefined): boolean => this.#transport.isLocal(host, port);
    this.#proxy = createProxy({
      transactions: this.#transactions,
      transport: {
        isLocal,
        flowTo: (target, from) => this.#transport.flowTo(target, from),
        flowById: (id) => this.#flowById(id),
      },
      locator: this.#locator,
      wheel,
      workerId,
      tokenKey: sipHashKey(settings.secret.subarray(0, 16)),
      schemes: requestSchemes,
      nextHops: this.#nextHops,
      onError: (error) => this.#failed("a plan", error),
    });
    this.#authenticator = new Authenticator(
      createDigestServer({
        hash: nodeHash,
        clock: systemClock,
        secret: settings.secret,
        workerId,
        nonceLifetimeMs: config.auth.nonceLifetimeMs,
        nonceTable: new NonceTable(settings.nonceTable),
      }),
      this.#location,
      this.#guard,
      config,
    );
    this.#registrar = new Registrar({
      settings: config.registrar,
      queue: this.#bindings,
      clock: systemClock,
      newTag: this.#transactions.newTag,
      watch: (registration) => {
        const stored = this.#takeovers.watch(registration);
        return (bindings) => {
          this.#guard.registered(registration);
          stored(bindings);
        };
      },
      isKnown: (address) => this.#location.account(address) !== undefined,
      log,
    });
    this.#engine = new Engine({
      config,
      isLocal,
      trust: () => this.#trust,
      proxy: this.#proxy,
      authenticator: this.#authenticator,
      location: this.#location,
      admitStray: (request, flow) => {
        const admittance = this.#guard.admitStray(request, flow);
        return admittance === "admit" && this.#overload.turnsStrayAway(request, flow) ? "refuse" : admittance;
      },
      register: (transaction, address) => this.#registrar.register(transaction, address),
      flowOf: (id) => this.#flowOf(id),
      handOver: (owner, text, flow) => this.#links.handOver(owner, text, flow),
      workerId,
      now: () => systemClock.now(),
      decisions: this.decisions,
      log,
    });
    this.#watchTrunks();
  }

  /** Opens the listeners; rejects with the transport's error when one cannot be opened. Resolves to `udp://127.0.0.1:5060` and the like. */
  async listen(): Promise<{ readonly listening: readonly string[]; readonly ports: readonly number[] }> {
    const listening: string[] = [];
    const ports: number[] = [];
    for (const listener of this.#config.listeners) {
      // The main thread's HTTP server accepts these connections and hands the messages over.
      if (listener.sharedWithHttp) continue;
      const opened = await this.#listenOn(listener, this.#settings.ports[ports.length]);
      ports.push(opened.uri.port);
      for (const { address, port } of opened.endpoints) {
        listening.push(`${opened.kind}://${formatEndpoint(address, port)}`);
      }
    }
    return { listening, ports };
  }

  /** Certificates for connections from now on; throws, and changes nothing, when they cannot be used. */
  setTls(tls: TlsSettings): void {
    this.#transport.reloadTls(tls);
  }

  /** The configuration for everything that begins from now on. */
  configure({ config, tls }: PreparedConfig): void {
    // First, because it alone can still fail: then nothing has changed.
    this.#transport.reloadTls(tls);
    const trust = new Trust(config.trust);
    for (const name of config.trust.trunks) {
      // Until DNS answers again, a trunk is where it was.
      if (config.trunks.get(name)?.target === this.#config.trunks.get(name)?.target) trust.keepTrunk(name, this.#trust);
    }
    this.#config = config;
    this.#trust = trust;
    this.#guard.configure(config.firewall);
    this.#takeovers.configure(takeoverMemoryMs(config.firewall));
    this.#transport.closeDenied();
    this.#transport.configure(transportLimits(config.limits, this.#settings.mostConnections));
    this.#transactions.configure({
      messageLimits: config.limits,
      limits: { maxServerTransactions: config.limits.transactions },
    });
    this.#engine.configure(config);
    this.#authenticator.configure(config);
    this.#registrar.configure(config.registrar);
    this.#overload.configure(config.overload);
    this.#nextHops.configure(config);
    this.#watchTrunks();
  }

  /** Connections of sources that are banned from now on are ended. */
  applyBans(change: BanChange): void {
    this.#guard.applyBans(change);
    if (change.set.length > 0) this.#transport.closeDenied();
  }

  stats(): WorkerStats {
    return collectStats({
      transport: this.#transport.counters,
      transactions: this.#transactions.counters,
      proxy: this.#proxy.counters,
      engine: this.#engine.counters,
      authentication: this.#authenticator.counters,
      registrar: this.#registrar.counters,
      overload: this.#overload.counters,
      guard: this.#guard.counters,
      nextHops: this.#nextHops.counters,
      threadQueue: this.#links.counters,
      timers: this.#wheel.size,
    });
  }

  /**
   * New requests are turned away; resolves when every request has its final response and a moment has passed for lost ones
   * to be repeated, or after `ms`. Transactions that only absorb retransmissions are not waited for.
   */
  async drain(ms: number): Promise<void> {
    this.#engine.drain();
    const { serverTransactions, clientTransactions } = this.#transactions.counters;
    if (serverTransactions + clientTransactions === 0) return;
    const until = systemClock.now() + ms;
    let quietSince = systemClock.now();
    while (systemClock.now() < until && systemClock.now() - quietSince < DRAIN_QUIET_MS) {
      await new Promise<void>((resolve) => systemClock.after(DRAIN_POLL_MS, resolve));
      if (this.#transactions.unanswered > 0) quietSince = systemClock.now();
    }
  }

  async close(): Promise<void> {
    this.#trunkRefresh?.[Symbol.dispose]();
    this.#overload.close();
    this.#transactions.close();
    this.#proxy.close();
    await this.#transport.close();
    this.#links.close();
    this.#bindings.close();
    this.#location.close();
    this.#wheel.close();
  }

  #receive(text: string, flow: Flow): void {
    if (flow.reliable && this.#settings.workers > 1) this.#links.announce(flow);
    this.#transactions.receive(text, flow);
  }

  /** Ours, or another thread's. */
  #flowById(id: string): Flow | undefined {
    return this.#transport.flowById(id) ?? this.#links.remoteFlow(id);
  }

  /**
   * A binding's flow: `null` for a connection that is gone; `undefined` where the contact is to be located instead, because it
   * is not the address that registered it, or because no listener of ours serves that source any more.
   */
  #flowOf(remembered: string): Flow | null | undefined {
    const { flowId, orLocated } = readFlowId(remembered);
    if (flowId === "") return undefined;
    return this.#flowById(flowId) ?? (orLocated || flowId.startsWith("u") ? undefined : null);
  }

  #listenOn({ uri, advertise }: ListenerSettings, chosen: number | undefined): Promise<Listener> {
    const port = uri.port === 0 ? (chosen ?? 0) : uri.port;
    return this.#transport.listen(
      { ...uri, port },
      { reusePort: this.#settings.workers > 1, ...(advertise !== undefined && { advertise }) },
    );
  }

  #watchTrunks(): void {
    this.#trunkRefresh?.[Symbol.dispose]();
    this.#trunkRefresh = undefined;
    if (this.#config.trust.trunks.length === 0) return;
    void this.#resolveTrunks(this.#config, this.#trust);
    this.#trunkRefresh = systemClock.after(TRUNK_REFRESH_MS, () => this.#watchTrunks());
  }

  async #resolveTrunks(config: ResolvedConfig, trust: Trust): Promise<void> {
    for (const name of config.trust.trunks) {
      const uri = parseUri(config.trunks.get(name)?.target ?? "");
      if (!uri.ok || !isSipUri(uri.value)) continue;
      try {
        const targets = await this.#locator.locate(uri.value);
        trust.setTrunk(
          name,
          targets.map((target) => target.address),
        );
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#log("warn", `trunk ${name} cannot be resolved; its requests are not trusted until it can`, {
          error: reason,
        });
      }
    }
  }

  #failed(what: string, error: unknown): void {
    // Whoever has found what makes it fail may send it all day.
    const times = this.#faults.count(systemClock.now());
    if (times === undefined) return;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#log("error", `handling ${what} failed: a fault of this program, please report it`, { error: text, times });
  }
}
