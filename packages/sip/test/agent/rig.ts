/** User agents in a virtual network, which call each other directly or through proxies of ours: what the tests of the agent are played in. */

import assert from "node:assert/strict";
import { sipHashKey, TimerWheel } from "@trapezoid/base";
import {
  type CoreHandlers,
  createUserAgentCore,
  type IncomingSession,
  type NegotiationContext,
  type SessionBody,
  type SessionHandlers,
  type UserAgentOptions,
} from "@trapezoid/sip/agent";
import { nodeHash } from "@trapezoid/sip/auth/node";
import { getParam, isIpAddress, type SipRequest, type SipUri, type Uri, unbracket } from "@trapezoid/sip/message";
import { createProxy, type Proxy as SipProxy } from "@trapezoid/sip/proxy";
import { createTransactionLayer, type TransactionLayer } from "@trapezoid/sip/transaction";
import type { Flow, Target, TransportKind } from "@trapezoid/sip/transport";
import {
  createFakeClock,
  createRandomOctets,
  createVirtualNetwork,
  type FakeClock,
  leakCheck,
  SipRecorder,
  type VirtualNetwork,
  type VirtualNetworkOptions,
  type VirtualTransport,
} from "@trapezoid/testkit";

export type Core = ReturnType<typeof createUserAgentCore>;

/** Numeric hosts at once, names from `hosts`. */
export class RigLocator {
  readonly hosts = new Map<string, readonly Target[]>();
  readonly failures: Target[] = [];
  /** What servers said of how long they will not answer; milliseconds. */
  readonly waits: number[] = [];

  locate(uri: Uri): readonly Target[] | Promise<readonly Target[]> {
    const sip = uri as SipUri;
    const host = unbracket(getParam(sip.params, "maddr") ?? sip.host);
    const known = this.hosts.get(host);
    if (known !== undefined) return Promise.resolve(known);
    if (!isIpAddress(host)) return Promise.reject(new TypeError(`no such host: ${host}`));
    const named = getParam(sip.params, "transport") as TransportKind | undefined;
    const kind = uri.scheme === "sips" ? "tls" : (named ?? "udp");
    return [{ kind, address: host, port: sip.port ?? (kind === "tls" ? 5061 : 5060) }];
  }

  reportFailure(target: Target, retryAfterMs?: number): void {
    this.failures.push(target);
    if (retryAfterMs !== undefined) this.waits.push(retryAfterMs);
  }

  reportSuccess(): void {}
}

const names: Readonly<Record<string, string>> = {
  "10.0.0.1": "proxy",
  "10.0.0.2": "alice",
  "10.0.0.3": "bob",
  "10.0.0.4": "carol",
  "10.0.0.5": "dave",
};

const ports: Readonly<Record<TransportKind, number>> = { udp: 5060, tcp: 5060, tls: 5061, ws: 8080, wss: 8443 };

export class Rig {
  readonly clock: FakeClock = createFakeClock();
  readonly network: VirtualNetwork;
  readonly recorder: SipRecorder;
  readonly locator = new RigLocator();
  readonly errors: unknown[] = [];
  readonly agents: Agent[] = [];
  readonly proxies: RigProxy[] = [];

  constructor(options: VirtualNetworkOptions = {}) {
    this.network = createVirtualNetwork(this.clock, options);
    this.recorder = new SipRecorder(this.network, { names });
  }

  agent(
    name: string,
    options: Partial<UserAgentOptions> = {},
    kinds: readonly TransportKind[] = ["udp", "tcp"],
  ): Agent {
    const address = Object.keys(names).find((one) => names[one] === name);
    assert.ok(address);
    const agent = new Agent(this, name, address, options, kinds);
    this.agents.push(agent);
    return agent;
  }

  proxy(targets: (request: SipRequest) => readonly string[]): RigProxy {
    const proxy = new RigProxy(this, targets);
    this.proxies.push(proxy);
    return proxy;
  }

  run(ms = 20): Promise<void> {
    return this.clock.advanceAsync(ms);
  }

  /** Everything is over: no timer, transaction, dialog or session is left. */
  async assertNothingLeft(): Promise<void> {
    await this.run(200_000);
    assert.deepEqual(this.errors, []);
    leakCheck({
      clock: this.clock,
      network: this.network,
      wheels: [...this.agents, ...this.proxies].map(({ wheel }) => wheel),
      layers: [...this.agents.map(({ core }) => core.transactions), ...this.proxies.map(({ layer }) => layer)],
      transports: this.agents.map(({ transport }) => transport),
      counts: Object.fromEntries(
        this.agents.flatMap(({ name, core }) => [
          [`dialogs of ${name}`, core.dialogs.size],
          [`sessions of ${name}`, core.sessions.size],
          [`pending requests of ${name}`, core.counters.pendingRequests],
        ]),
      ),
    });
  }
}

/** A body of the rig: `alice's offer 1`. */
export function rigBody(text: string): SessionBody {
  return { contentType: "application/sdp", body: text };
}

/** Offers, answers and accepts by itself, and writes down what it was asked. */
export class Owner implements SessionHandlers {
  readonly name: string;
  readonly log: string[] = [];
  refusal: { readonly status: number } | undefined;
  rejectAnswer = false;
  #count = 0;

  constructor(name: string) {
    this.name = name;
  }

  offer(context: NegotiationContext): SessionBody | Promise<SessionBody> {
    const body = `${this.name} offer ${++this.#count}`;
    this.log.push(`${context.purpose} ${context.method}: makes ${body}`);
    return rigBody(body);
  }

  answer(
    offer: SessionBody,
    context: NegotiationContext,
  ): SessionBody | { readonly status: number } | Promise<SessionBody> {
    if (this.refusal !== undefined) return this.refusal;
    const body = `${this.name} answer ${++this.#count}`;
    this.log.push(`${context.purpose} ${context.method}: to ${offer.body} makes ${body}`);
    return rigBody(body);
  }

  accepted(
    answer: SessionBody,
    context: NegotiationContext,
    isPreview: boolean,
  ): { readonly status: number } | undefined {
    this.log.push(`${context.purpose} ${context.method}: ${isPreview ? "sees" : "takes"} ${answer.body}`);
    return this.rejectAnswer ? { status: 488 } : undefined;
  }

  rolledBack(context: NegotiationContext): void {
    this.log.push(`${context.purpose} ${context.method}: rolled back`);
  }
}

export class Agent {
  readonly name: string;
  readonly address: string;
  readonly transport: VirtualTransport;
  readonly wheel: TimerWheel;
  readonly core: Core;
  readonly owner: Owner;
  /** What `onInvite` got. */
  readonly calls: IncomingSession[] = [];
  /** Decides about calls; by default they are taken and left alone. */
  onInvite: NonNullable<CoreHandlers["onInvite"]> = () => this.owner;

  constructor(
    rig: Rig,
    name: string,
    address: string,
    options: Partial<UserAgentOptions>,
    kinds: readonly TransportKind[],
  ) {
    this.name = name;
    this.address = address;
    this.owner = new Owner(name);
    this.wheel = new TimerWheel({ clock: rig.clock });
    this.transport = rig.network.transport({ address });
    for (const kind of kinds) this.transport.listenNow(kind, ports[kind]);
    const random = createRandomOctets(Number(address.split(".").pop()));
    this.core = createUserAgentCore({
      transport: this.transport,
      locator: rig.locator,
      wheel: this.wheel,
      hash: { ...nodeHash, random },
      identity: { address: `sip:${name}@test` },
      onError: (error) => rig.errors.push(error),
      ...options,
      handlers: {
        onInvite: (session) => {
          this.calls.push(session);
          return this.onInvite(session);
        },
        ...options.handlers,
      },
    });
    this.transport.handler = this.core.transportHandler;
  }

  get uri(): string {
    return `sip:${this.name}@${this.address}`;
  }

  /** The latest call to it. */
  get call(): IncomingSession {
    return this.calls.at(-1) ?? assert.fail(`${this.name} got no call`);
  }
}

/** A proxy at 10.0.0.1 that record-routes. */
export class RigProxy {
  readonly transport: VirtualTransport;
  readonly wheel: TimerWheel;
  readonly layer: TransactionLayer;
  readonly proxy: SipProxy;

  constructor(rig: Rig, targets: (request: SipRequest) => readonly string[]) {
    this.wheel = new TimerWheel({ clock: rig.clock });
    this.transport = rig.network.transport({ address: "10.0.0.1" });
    for (const kind of ["udp", "tcp"] as const) this.transport.listenNow(kind, 5060);
    this.layer = createTransactionLayer({
      wheel: this.wheel,
      workerId: 1,
      random: createRandomOctets(1),
      user: {
        onRequest: (transaction) => {
          const { request, flow } = transaction;
          const refusal = this.proxy.validate(request);
          if (refusal !== undefined) {
            this.proxy.reply(transaction, refusal.status, refusal);
            return;
          }
          const routed = this.proxy.route(request, flow);
          if (routed.dialog !== undefined || routed.hasRoute) this.proxy.forwardInDialog(transaction, routed);
          else this.proxy.forward(transaction, routed, { groups: [targets(request).map((uri) => ({ uri }))] });
        },
        onAck: (request: SipRequest, flow: Flow) => this.proxy.ack(request, flow, { trusted: false }),
        onCancel: (cancel, invite) => this.proxy.cancel(cancel, invite, { trusted: false }),
        onStrayResponse: (response, flow) => this.proxy.strayResponse(response, flow),
      },
      onError: (error) => rig.errors.push(error),
    });
    this.transport.handler = {
      onMessage: (text, flow) => this.layer.receive(text, flow),
      onSendError: (error, flow) => this.layer.transportError(flow, error),
    };
    this.proxy = createProxy({
      transactions: this.layer,
      transport: this.transport,
      locator: rig.locator,
      wheel: this.wheel,
      workerId: 1,
      tokenKey: sipHashKey(createRandomOctets(5)(16)),
      onError: (error) => rig.errors.push(error),
    });
  }
}
