/** The proxy core: takes requests from the transaction layer as the engine decides, and sends them on. RFC 3261 §16. */

import { DatagramOnly } from "../locate/datagram-only.ts";
import { HeaderId } from "../message/header-id.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import { isSipUri } from "../message/uri.ts";
import type { ServerTransaction } from "../transaction/contract.ts";
import { workerDigits } from "../transaction/worker-id.ts";
import type { Flow } from "../transport/contract.ts";
import { AddressBook } from "./address-texts.ts";
import { reasonLines } from "./cancel-reason.ts";
import { ContextList } from "./context-list.ts";
import type {
  AckFacts,
  ForwardOptions,
  ProxyCounters,
  ProxyOptions,
  ProxyTarget,
  Refusal,
  Routed,
  SenderFacts,
  Proxy as SipProxy,
} from "./contract.ts";
import { defaultProxyLimits, type Environment, isOwnAddress, zeroCounters } from "./environment.ts";
import { type LocalResponse, respondLocally } from "./local-response.ts";
import { loopPart } from "./loop-detection.ts";
import { ResponseContext } from "./response-context.ts";
import { preprocessRoute } from "./route-preprocessing.ts";
import { statelessBranch } from "./stateless.ts";
import { forwardStateless, forwardStrayResponse, targetOf } from "./stateless-forwarder.ts";
import { StatelessWays } from "./stateless-ways.ts";
import { validate } from "./validation.ts";

const MaxForwards = HeaderId["Max-Forwards"];

export function createProxy(options: ProxyOptions): SipProxy {
  return new ProxyCore({
    transactions: options.transactions,
    transport: options.transport,
    locator: options.locator,
    wheel: options.wheel,
    tokenKey: options.tokenKey,
    workerDigits: workerDigits(options.workerId),
    isOwnDomain: options.isOwnDomain,
    limits: { ...defaultProxyLimits, ...options.limits },
    schemes: options.schemes ?? ["sip", "sips", "tel"],
    proxyRequire: (options.proxyRequire ?? []).map((tag) => tag.toLowerCase()),
    addresses: new AddressBook(),
    datagramOnly: new DatagramOnly(options.wheel),
    statelessWays: new StatelessWays(() => options.wheel.now(), 64 * options.transactions.timers.t1),
    nextHops: options.nextHops,
    counters: zeroCounters(),
    onError: options.onError,
  });
}

class ProxyCore implements SipProxy {
  readonly #environment: Environment;
  readonly #contexts = new ContextList();
  #isClosed = false;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  get counters(): ProxyCounters {
    return this.#environment.counters;
  }

  validate(request: SipRequest): Refusal | undefined {
    return validate(request, this.#environment);
  }

  route(request: SipRequest, flow: Flow): Routed {
    return preprocessRoute(request, flow, this.#environment);
  }

  forward(transaction: ServerTransaction, routed: Routed, options: ForwardOptions): void {
    const part = transaction.completed ? "" : loopPart(transaction.request, options.sourceDecides !== false);
    this.#forward(transaction, routed, options, part);
  }

  forwardInDialog(transaction: ServerTransaction, routed: Routed, facts?: SenderFacts): void {
    // RFC 5393 §4.1: a request that goes to one place only needs no second part in its branch.
    this.#forward(transaction, routed, { ...facts, groups: [[targetOf(routed)]] }, "");
  }

  #forward(transaction: ServerTransaction, routed: Routed, options: ForwardOptions, branchPart: string): void {
    // Answered while the engine was deciding: cancelled by the caller.
    if (transaction.completed || transaction.terminated) {
      options.onDone?.({ status: transaction.status, branches: [] });
      return;
    }
    if (this.#isClosed) {
      this.reply(transaction, 503);
      options.onDone?.({ status: 503, branches: [] });
      return;
    }
    const context = new ResponseContext(this.#environment, transaction, routed, options, branchPart, this.#contexts);
    transaction.user = context;
    try {
      context.start();
    } catch (error) {
      // The transaction layer answers 500 and reports it.
      context.close();
      throw error;
    }
  }

  forwardStateless(request: SipRequest, flow: Flow, routed: Routed, target?: ProxyTarget, facts?: SenderFacts): void {
    forwardStateless(this.#environment, request, flow, routed, target, facts);
  }

  ack(request: SipRequest, flow: Flow, options: AckFacts): void {
    const routed = this.route(request, flow);
    const hasHops = request.findLine(MaxForwards) === -1 || (request.number(MaxForwards) ?? 0) > 0;
    const ways = hasHops ? this.#waysOfAck(request, flow, routed, options) : [];
    for (const way of ways) forwardStateless(this.#environment, request, flow, routed, way, options);
    if (ways.length === 0) this.counters.droppedAcks++;
  }

  /** `undefined` among them: where Route and Request-URI lead. */
  #waysOfAck(
    request: SipRequest,
    flow: Flow,
    routed: Routed,
    { trusted, bindingsOf }: AckFacts,
  ): readonly (ProxyTarget | undefined)[] {
    const way = this.#wayOf(request, flow);
    if (way !== undefined) return [way];
    if (routed.dialog !== undefined) return routed.dialog.flow === null ? [] : [undefined];
    if (!trusted) return [];
    // §16.5: to a user of ours, where that user is. A caller that keeps to §12.2.1.1 never asks for that.
    const bindings = routed.hasRoute ? undefined : bindingsOf?.(routed.requestUri);
    return bindings ?? (this.#endsHere(request, routed) ? [] : [undefined]);
  }

  /** Where the INVITE of this ACK or CANCEL went, if that was without state. */
  #wayOf(request: SipRequest, flow: Flow): ProxyTarget | undefined {
    const { statelessWays } = this.#environment;
    return statelessWays.isEmpty ? undefined : statelessWays.find(statelessBranch(this.#environment, request, flow));
  }

  /** An ACK or CANCEL to ourselves would run in circles. */
  #endsHere(request: SipRequest, routed: Routed): boolean {
    const uri = request.uri;
    if (uri === undefined) return true;
    return !routed.hasRoute && isSipUri(uri) && isOwnAddress(this.#environment, uri.host, uri.port);
  }

  cancel(
    cancel: ServerTransaction,
    invite: ServerTransaction | undefined,
    options: SenderFacts & { readonly trusted?: boolean } = {},
  ): void {
    if (invite !== undefined) {
      const reason = reasonLines(cancel.request);
      this.reply(cancel, 200);
      if (invite.user instanceof ResponseContext) invite.user.cancel(reason);
      // §9.2: nothing has been sent on yet.
      else if (!invite.completed) this.reply(invite, 487);
      return;
    }
    const { request, flow } = cancel;
    const refusal = this.validate(request);
    if (refusal !== undefined) {
      this.reply(cancel, refusal.status, refusal);
      return;
    }
    const routed = this.route(request, flow);
    const way = this.#wayOf(request, flow);
    const mayPass =
      way !== undefined ||
      routed.dialog !== undefined ||
      (options.trusted === true && !this.#endsHere(request, routed));
    if (!mayPass) {
      this.reply(cancel, 481);
      return;
    }
    // The INVITE may have gone on without state: so does its CANCEL, with the branch that the INVITE had.
    const branch = statelessBranch(this.#environment, request, flow);
    this.#forward(cancel, routed, { ...options, groups: [[way ?? targetOf(routed)]] }, branch);
  }

  strayResponse(response: SipResponse, _flow: Flow): void {
    if (forwardStrayResponse(this.#environment, response)) this.counters.statelessResponses++;
    else this.counters.droppedResponses++;
  }

  reply(transaction: ServerTransaction, status: number, options?: LocalResponse): void {
    respondLocally(this.#environment, transaction, status, options);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const context of this.#contexts.all()) context.close();
  }
}
