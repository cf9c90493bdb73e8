/** Everything of a signalling worker that has no socket, put together for tests as the worker does it. */

import { sipHashKey, TimerWheel } from "@trapezoid/base";
import { createDigestServer, createNonceTable } from "@trapezoid/sip/auth";
import { nodeHash } from "@trapezoid/sip/auth/node";
import type { Locator } from "@trapezoid/sip/locate";
import { isSipUri, parseUri } from "@trapezoid/sip/message";
import { createProxy, type ProxyLocator, type Proxy as SipProxy } from "@trapezoid/sip/proxy";
import {
  createTransactionLayer,
  responseFlows,
  type ServerTransaction,
  type TransactionLayer,
  type TransactionUser,
} from "@trapezoid/sip/transaction";
import type { Flow } from "@trapezoid/sip/transport";
import type { FakeClock, VirtualTransport } from "@trapezoid/testkit";
import type { ResolvedConfig } from "../src/config/types.ts";
import { createGuardMemory, type Guard, type Offence, openGuard } from "../src/guard/index.ts";
import { NextHops } from "../src/overload/next-hops.ts";
import { OverloadControl } from "../src/overload/overload-control.ts";
import { Registrar } from "../src/registrar/index.ts";
import type { BindingQueue, LocationIndex } from "../src/store/contract.ts";
import { Authenticator } from "../src/worker/authenticator.ts";
import { DecisionLog } from "../src/worker/decision-log.ts";
import { Engine, requestSchemes } from "../src/worker/engine.ts";
import { transportHandler } from "../src/worker/transport-handler.ts";
import { Trust } from "../src/worker/trust.ts";

export interface InMemoryOptions {
  readonly config: ResolvedConfig;
  readonly clock: FakeClock;
  /** Its listeners are open, or are opened later. */
  readonly transport: VirtualTransport;
  readonly location: LocationIndex;
  readonly locate: ProxyLocator["locate"];
  /** With it responses may leave by flows of their own (RFC 3261 §18.2.2); without, they go back where their request came from. */
  readonly locateSentBy?: Locator["locateSentBy"];
  readonly random: (bytes: number) => Uint8Array;
  /** With it a registrar stores bindings there; without, `register` is asked. */
  readonly bindings?: BindingQueue;
  readonly register?: (transaction: ServerTransaction, address: string) => void;
  readonly flowOf?: (flowId: string) => Flow | null | undefined;
  readonly idleMs?: () => number;
  readonly log: (level: string, message: string) => void;
  readonly onOffence?: (offence: Offence) => void;
  /** What threw. Default: thrown again, in a microtask where a request was being handled. */
  readonly onError?: (error: unknown) => void;
  /** Takes the place of the product's, for a test that plants a bug. */
  readonly createTransactionLayer?: typeof createTransactionLayer;
  readonly createProxy?: typeof createProxy;
}

export interface ServerInMemory {
  readonly wheel: TimerWheel;
  readonly transactions: TransactionLayer;
  readonly proxy: SipProxy;
  readonly engine: Engine;
  readonly guard: Guard;
  readonly overload: OverloadControl;
  readonly nextHops: NextHops;
  readonly authenticator: Authenticator;
  readonly registrar: Registrar | undefined;
  readonly decisions: DecisionLog;
  configure(config: ResolvedConfig): void;
}

export function openServerInMemory(options: InMemoryOptions): ServerInMemory {
  const { clock, transport, location, locateSentBy, random, log, onError } = options;
  let { config } = options;
  let trust = trustOf(config, options.locate);
  const wheel = new TimerWheel({ clock, ...(onError !== undefined && { onError }) });
  const isTrusted = (flow: Flow): boolean => trust.trusts(flow);
  const idleMs = options.idleMs ?? (() => clock.now());
  const overload = new OverloadControl({
    settings: config.overload,
    clock,
    key: sipHashKey(random(16)),
    isTrusted,
    isRefresh: (request) => engine.isRefresh(request),
    isStranger: (flow) => guard.isStranger(flow),
    queueAgeMs: () => undefined,
    idleMs,
    cpuMs: () => clock.now() - idleMs(),
    full: () => transactions.counters.serverTransactions / config.limits.transactions,
    log,
  });
  const nextHops = new NextHops({ settings: config, clock, key: sipHashKey(random(16)), isTrusted, log });
  const transactions = (options.createTransactionLayer ?? createTransactionLayer)({
    wheel,
    workerId: 1,
    random,
    messageLimits: config.limits,
    limits: { maxServerTransactions: config.limits.transactions },
    shedding: overload,
    admit: (request, flow) => guard.admit(request, flow),
    user: {
      onRequest: (transaction) => engine.onRequest(transaction),
      onAck: (request, flow) => engine.onAck(request, flow),
      onCancel: (cancel, invite) => engine.onCancel(cancel, invite),
      onStrayResponse: (response, flow) => engine.onStrayResponse(response, flow),
      onInvalid: (_reason, _text, flow) => guard.garbage(flow),
    } satisfies TransactionUser,
    ...(locateSentBy !== undefined && { reopen: responseFlows({ transport, locator: { locateSentBy } }) }),
    ...(onError !== undefined && { onError }),
  });
  transport.handler = transportHandler({
    transactions: () => transactions,
    receive: (text, flow) => transactions.receive(text, flow),
    garbage: (flow) => guard.garbage(flow),
    log,
  });
  const proxy = (options.createProxy ?? createProxy)({
    transactions,
    transport,
    locator: { locate: options.locate, reportFailure() {}, reportSuccess() {} },
    wheel,
    workerId: 1,
    schemes: requestSchemes,
    tokenKey: sipHashKey(random(16)),
    nextHops,
    onError:
      onError ??
      ((error) => {
        throw error;
      }),
  });
  // Small, for tests that open thousands of servers.
  const nonceTable = createNonceTable(random, { slots: 1_024 });
  const digest = createDigestServer({ hash: nodeHash, clock, secret: random(32), nonceTable });
  const guard = openGuard({
    settings: { guardMemory: createGuardMemory(1_024, random), bans: [] },
    config,
    isTrusted,
    now: () => clock.now(),
    report: (offence) => options.onOffence?.(offence),
  });
  const authenticator = new Authenticator(digest, location, guard, config);
  const registrar =
    options.bindings === undefined
      ? undefined
      : new Registrar({
          settings: config.registrar,
          queue: options.bindings,
          clock,
          newTag: transactions.newTag,
          watch: (registration) => () => guard.registered(registration),
          isKnown: (address) => location.account(address) !== undefined,
          log,
        });
  const decisions = new DecisionLog();
  const engine = new Engine({
    config,
    isLocal: (name, port) => transport.isLocal(name, port),
    trust: () => trust,
    proxy,
    authenticator,
    location,
    admitStray: (request, flow) => {
      const admittance = guard.admitStray(request, flow);
      return admittance === "admit" && overload.turnsStrayAway(request, flow) ? "refuse" : admittance;
    },
    register: (transaction, address) => (registrar ?? options).register?.(transaction, address),
    flowOf: (id) => options.flowOf?.(id),
    handOver: () => false,
    workerId: 1,
    now: () => clock.now(),
    decisions,
    log,
  });
  return {
    wheel,
    transactions,
    proxy,
    engine,
    guard,
    overload,
    nextHops,
    authenticator,
    registrar,
    decisions,
    configure(given) {
      config = given;
      trust = trustOf(given, options.locate);
      engine.configure(given);
      overload.configure(given.overload);
      nextHops.configure(given);
      authenticator.configure(given);
      registrar?.configure(given.registrar);
      guard.configure(given.firewall);
    },
  };
}

/** A trusted trunk is where it is found at once, if it is. */
function trustOf({ trust: settings, trunks }: ResolvedConfig, locate: ProxyLocator["locate"]): Trust {
  const trust = new Trust(settings);
  for (const name of settings.trunks) {
    const uri = parseUri(trunks.get(name)?.target ?? "");
    const found = uri.ok && isSipUri(uri.value) ? locate(uri.value) : [];
    if (Array.isArray(found))
      trust.setTrunk(
        name,
        found.map(({ address }) => address),
      );
  }
  return trust;
}
