/** A proxy in a virtual network with phones that do as they are told: what the tests of RFC 3261 §16 are played in. */

import assert from "node:assert/strict";
import { sipHashKey, TimerWheel } from "@trapezoid/base";
import {
  buildResponse,
  getParam,
  isIpAddress,
  parseMessage,
  SipRequest,
  SipResponse,
  type SipUri,
  unbracket,
} from "@trapezoid/sip/message";
import {
  createProxy,
  type ForwardOptions,
  type ProxyOptions,
  type ProxyTarget,
  type Routed,
  type Proxy as SipProxy,
} from "@trapezoid/sip/proxy";
import { createTransactionLayer, type ServerTransaction, type TransactionLayer } from "@trapezoid/sip/transaction";
import type { Flow, Target, TransportKind } from "@trapezoid/sip/transport";
import {
  createFakeClock,
  createRandomOctets,
  createVirtualNetwork,
  type FakeClock,
  type VirtualConnection,
  type VirtualNetwork,
  type VirtualTransport,
} from "@trapezoid/testkit";

/** Finds numeric hosts at once, names in `hosts`. */
export class FakeLocator {
  readonly hosts = new Map<string, readonly Target[] | Promise<readonly Target[]>>();
  readonly failures: Target[] = [];
  readonly successes: Target[] = [];
  readonly asked: SipUri[] = [];

  readonly stateless: (string | undefined)[] = [];

  locate(uri: SipUri, options?: { readonly stateless?: string }): readonly Target[] | Promise<readonly Target[]> {
    this.asked.push(uri);
    this.stateless.push(options?.stateless);
    const host = unbracket(getParam(uri.params, "maddr") ?? uri.host);
    const known = this.hosts.get(host);
    if (known !== undefined) return known;
    if (!isIpAddress(host)) return [];
    const named = getParam(uri.params, "transport") as TransportKind | undefined;
    const kind = uri.scheme === "sips" ? "tls" : (named ?? "udp");
    return [{ kind, address: host, port: uri.port ?? (kind === "tls" ? 5061 : 5060) }];
  }

  readonly downMs: (number | undefined)[] = [];

  reportFailure(target: Target, forMs?: number): void {
    this.failures.push(target);
    this.downMs.push(forMs);
  }

  reportSuccess(target: Target): void {
    this.successes.push(target);
  }
}

export type Engine = (transaction: ServerTransaction, routed: Routed, house: House) => void;

export interface HouseOptions {
  readonly proxy?: Partial<ProxyOptions>;
  /** Default: forwards to `targets`. */
  readonly engine?: Engine;
  /** What the engine decides for a Route that leads elsewhere, too. Default: it is followed. */
  readonly decidesRoutes?: boolean;
}

/** The proxy at 10.0.0.1, on UDP, TCP and TLS. */
export class House {
  readonly clock: FakeClock = createFakeClock({ startAt: 0 });
  readonly network: VirtualNetwork = createVirtualNetwork(this.clock);
  readonly transport: VirtualTransport;
  readonly wheel: TimerWheel;
  readonly layer: TransactionLayer;
  readonly locator: FakeLocator = new FakeLocator();
  readonly proxy: SipProxy;
  readonly errors: unknown[] = [];
  /** What the default engine forwards to. */
  options: ForwardOptions = { groups: [] };
  trusted = false;
  readonly phones: Phone[] = [];

  constructor(options: HouseOptions = {}) {
    this.wheel = new TimerWheel({ clock: this.clock });
    this.transport = this.network.transport({ address: "10.0.0.1", aliases: ["proxy.test"] });
    for (const kind of ["udp", "tcp"] as const) this.transport.listenNow(kind, 5060);
    this.transport.listenNow("tls", 5061);
    this.transport.listenNow("ws", 8080);
    const engine = options.engine ?? forwardToTargets;
    this.layer = createTransactionLayer({
      wheel: this.wheel,
      workerId: 7,
      random: createRandomOctets(3),
      user: {
        onRequest: (transaction) => this.#onRequest(transaction, engine, options.decidesRoutes === true),
        onAck: (request, flow) => this.proxy.ack(request, flow, { trusted: this.trusted }),
        onCancel: (cancel, invite) => this.proxy.cancel(cancel, invite, { trusted: this.trusted }),
        onStrayResponse: (response, flow) => this.proxy.strayResponse(response, flow),
      },
      onError: (error) => this.errors.push(error),
    });
    this.transport.handler = {
      onMessage: (text, flow) => this.layer.receive(text, flow),
      onSendError: (error, flow) => this.layer.transportError(flow, error),
    };
    this.proxy = createProxy({
      transactions: this.layer,
      transport: this.transport,
      locator: this.locator,
      wheel: this.wheel,
      workerId: 7,
      tokenKey: sipHashKey(createRandomOctets(5)(16)),
      onError: (error) => this.errors.push(error),
      ...options.proxy,
    });
  }

  #onRequest(transaction: ServerTransaction, engine: Engine, decidesRoutes: boolean): void {
    const refusal = this.proxy.validate(transaction.request);
    if (refusal !== undefined) {
      this.proxy.reply(transaction, refusal.status, refusal);
      return;
    }
    const routed = this.proxy.route(transaction.request, transaction.flow);
    if (routed.dialog !== undefined || (routed.hasRoute && !decidesRoutes))
      this.proxy.forwardInDialog(transaction, routed);
    else engine(transaction, routed, this);
  }

  /** A host with one UDP and one TCP port, 5060. */
  phone(address: string): Phone {
    const phone = new Phone(this, address);
    this.phones.push(phone);
    return phone;
  }

  run(ms = 10): void {
    this.clock.advance(ms);
  }

  async runAsync(ms = 10): Promise<void> {
    await this.clock.advanceAsync(ms);
  }

  /** Nothing may be left: no transaction, no context, no timer. */
  assertEmpty(): void {
    assert.deepEqual(this.errors, []);
    assert.equal(this.proxy.counters.contexts, 0, "response contexts");
    assert.equal(this.layer.counters.serverTransactions, 0, "server transactions");
    assert.equal(this.layer.counters.clientTransactions, 0, "client transactions");
    assert.equal(this.wheel.size, 0, "timers");
  }
}

const forwardToTargets: Engine = (transaction, routed, house) =>
  house.proxy.forward(transaction, routed, house.options);

/** A binding of the phone, reached as a registrar would have it. */
export function binding(phone: Phone, extra: Partial<ProxyTarget> = {}): ProxyTarget {
  return { uri: `sip:${phone.name}@${phone.address}:5060`, ...extra };
}

export class Phone {
  readonly address: string;
  readonly name: string;
  readonly transport: VirtualTransport;
  readonly received: (SipRequest | SipResponse)[] = [];
  readonly flows: Flow[] = [];
  #count = 0;

  constructor(house: House, address: string) {
    this.address = address;
    this.name = `u${address.split(".").pop()}`;
    this.transport = house.network.transport({
      address,
      handler: {
        onMessage: (text, flow) => {
          const parsed = parseMessage(text);
          assert.ok(parsed.ok, `${address} got what it cannot read: ${text}`);
          this.received.push(parsed.value);
          this.flows.push(flow);
        },
      },
    });
    this.transport.listenNow("udp", 5060);
    this.transport.listenNow("tcp", 5060);
  }

  get requests(): SipRequest[] {
    return this.received.filter((message) => message instanceof SipRequest);
  }

  get responses(): SipResponse[] {
    return this.received.filter((message) => message instanceof SipResponse);
  }

  /** Statuses in order, or `METHOD` for requests. */
  get seen(): (number | string)[] {
    return this.received.map((message) => (message instanceof SipRequest ? message.method : message.status));
  }

  request(method: string, at = -1): SipRequest {
    const found = this.requests.filter((request) => request.method === method).at(at);
    assert.ok(found, `${this.address} got no ${method}, but ${this.seen}`);
    return found;
  }

  response(status: number): SipResponse {
    const found = this.responses.filter((response) => response.status === status).at(-1);
    assert.ok(found, `${this.address} got no ${status}, but ${this.seen}`);
    return found;
  }

  udp(): Flow {
    return this.transport.udpFlow({ address: "10.0.0.1", port: 5060 });
  }

  connect(kind: TransportKind = "tcp", port = 5060): VirtualConnection {
    const connection = this.transport.connectNow({ kind, address: "10.0.0.1", port });
    assert.ok(connection);
    return connection;
  }

  /** A request text of this phone's; `lines` are further header lines. */
  compose(method: string, uri: string, options: ComposeOptions = {}): string {
    this.#count++;
    const { branch = `z9hG4bK-${this.name}-${this.#count}`, callId = `call-${this.name}`, cseq = 1 } = options;
    const { fromTag = `ft-${this.name}`, toTag, maxForwards = "Max-Forwards: 70\r\n", body = "" } = options;
    const transport = options.transport ?? "UDP";
    const lines = (options.lines ?? []).map((line) => `${line}\r\n`).join("");
    return (
      `${method} ${uri} SIP/2.0\r\nVia: SIP/2.0/${transport} ${options.sentBy ?? `${this.address}:5060`};branch=${branch}\r\n${maxForwards}` +
      `From: <sip:${this.name}@test>;tag=${fromTag}\r\nTo: <sip:callee@test>${toTag === undefined ? "" : `;tag=${toTag}`}\r\n` +
      `Call-ID: ${callId}\r\nCSeq: ${cseq} ${options.cseqMethod ?? method}\r\nContact: <sip:${this.name}@${this.address}:5060>\r\n` +
      `${lines}Content-Length: ${body.length}\r\n\r\n${body}`
    );
  }

  send(method: string, uri: string, options: ComposeOptions = {}, flow: Flow = this.udp()): string {
    const text = this.compose(method, uri, options);
    flow.send(text);
    return text;
  }

  /** Answers a request that was received, by the flow it came on. */
  answer(request: SipRequest, status: number, options: AnswerOptions = {}): void {
    const flow = this.flows[this.received.indexOf(request)]!;
    const { lines = [], tag = `tt-${this.name}` } = options;
    const headers = [...lines];
    if (status < 300 && status > 100 && request.method === "INVITE") {
      headers.push(["Contact", `<sip:${this.name}@${this.address}:5060>`]);
    }
    const text = buildResponse(request, status, {
      ...(status === 100 ? {} : { toTag: tag }),
      headers,
      recordRoute: status > 100 && status < 300,
      ...(options.body === undefined ? {} : { body: options.body }),
    });
    flow.send(text);
  }

  /** Lines of the Route header that a caller makes of a 2xx's Record-Route (§12.1.2), or a callee of the request's (§12.1.1). */
  routeSet(message: SipRequest | SipResponse): string[] {
    const values = message.headers("Record-Route").flatMap((line) => line.split(/,\s*/));
    return message instanceof SipResponse ? values.reverse() : values;
  }

  /** Acknowledges a non-2xx, as the transaction would (§17.1.1.3). */
  ackFailure(inviteText: string, response: SipResponse, flow: Flow = this.udp()): void {
    const invite = parseMessage(inviteText);
    assert.ok(invite.ok && invite.value instanceof SipRequest);
    const request = invite.value;
    const via = request.headers("Via")[0]!;
    flow.send(
      `ACK ${request.requestUri} SIP/2.0\r\nVia: ${via}\r\nMax-Forwards: 70\r\nFrom: ${request.header("From")}\r\n` +
        `To: ${response.header("To")}\r\nCall-ID: ${request.callId}\r\nCSeq: ${request.cseq!.sequence} ACK\r\nContent-Length: 0\r\n\r\n`,
    );
  }

  /** Cancels an INVITE of its own (§9.1). */
  cancel(inviteText: string, lines: readonly string[] = [], flow: Flow = this.udp()): void {
    const invite = parseMessage(inviteText);
    assert.ok(invite.ok && invite.value instanceof SipRequest);
    const request = invite.value;
    const extra = [...request.headers("Route").map((route) => `Route: ${route}`), ...lines].map(
      (line) => `${line}\r\n`,
    );
    flow.send(
      `CANCEL ${request.requestUri} SIP/2.0\r\nVia: ${request.headers("Via")[0]}\r\nMax-Forwards: 70\r\nFrom: ${request.header("From")}\r\n` +
        `To: ${request.header("To")}\r\nCall-ID: ${request.callId}\r\nCSeq: ${request.cseq!.sequence} CANCEL\r\n${extra.join("")}Content-Length: 0\r\n\r\n`,
    );
  }
}

export interface ComposeOptions {
  readonly branch?: string;
  readonly callId?: string;
  readonly cseq?: number;
  readonly cseqMethod?: string;
  readonly fromTag?: string;
  readonly toTag?: string;
  readonly transport?: string;
  readonly sentBy?: string;
  /** A whole line, or "". */
  readonly maxForwards?: string;
  readonly lines?: readonly string[];
  readonly body?: string;
}

export interface AnswerOptions {
  readonly tag?: string;
  readonly lines?: readonly (readonly [string, string])[];
  readonly body?: string;
}
