/**
 * The server's transaction user: who may do what, in order. Syntax and §16.3 checks, then authentication, then look-up; REGISTER to
 * the registrar, everything else by its plan.
 */

import { ok, type Result } from "@trapezoid/base";
import {
  HeaderId,
  isSipUri,
  parseUri,
  type SipRequest,
  type SipResponse,
  type SipUri,
  type Uri,
} from "@trapezoid/sip/message";
import {
  isSips,
  type Proxy as ProxyCore,
  type ProxyTarget,
  type Refusal,
  type Routed,
  type SenderFacts,
  sipsFault,
  warningLine,
} from "@trapezoid/sip/proxy";
import { type Admittance, type ServerTransaction, type TransactionUser, workerOf } from "@trapezoid/sip/transaction";
import type { Flow } from "@trapezoid/sip/transport";
import type { ResolvedConfig } from "../config/types.ts";
import { Sparse } from "../observe/sparse.ts";
import { acceptedEncodings, acceptedTypes, notUnderstood } from "../registrar/index.ts";
import { defaultPlan } from "../routing/default-plan.ts";
import type { Plan } from "../routing/plan.ts";
import { createPlanner, type Planner } from "../routing/planner.ts";
import { routeRequestOf } from "../routing/route-request.ts";
import { type RouteFailure, runRoute } from "../routing/run-route.ts";
import type { LocationIndex } from "../store/contract.ts";
import type { Authenticator } from "./authenticator.ts";
import type { DecisionLog } from "./decision-log.ts";
import { House } from "./house.ts";
import { type Caller, mayLeave, PlanResolver } from "./plan-resolver.ts";
import { PlanWalk } from "./plan-walk.ts";
import { hasContactAtTrunk, trunkHosts } from "./trunk-contacts.ts";
import type { Trust } from "./trust.ts";

/** Methods that this server itself takes part in, for Allow. */
const ALLOW =
  "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, SUBSCRIBE, NOTIFY, PUBLISH, MESSAGE, REFER, INFO, UPDATE, PRACK";

/** What a Request-URI may be: `urn` for `urn:service:sos` and its like (RFC 5031), which a route sends on. */
export const requestSchemes: readonly string[] = ["sip", "sips", "tel", "urn"];

/** A route that fails may do so for every request. */
const ROUTE_FAILURE_LOG_MS = 1_000;

export interface EngineOptions {
  readonly config: ResolvedConfig;
  /** Host and port are one of our listeners or aliases. */
  readonly isLocal: (host: string, port: number | undefined) => boolean;
  readonly trust: () => Trust;
  readonly proxy: ProxyCore;
  readonly authenticator: Authenticator;
  readonly location: LocationIndex;
  /** Whether a request with a To tag that belongs to no dialog may go on as a new one. */
  readonly admitStray: (request: SipRequest, flow: Flow) => Admittance;
  readonly register: (transaction: ServerTransaction, address: string) => void;
  readonly flowOf: (flowId: string) => Flow | null | undefined;
  /** A response for another worker's transaction. False when there is no such worker. */
  readonly handOver: (workerId: number, text: string, flow: Flow) => boolean;
  readonly workerId: number;
  readonly now: () => number;
  readonly decisions: DecisionLog;
  readonly log: (level: "debug" | "info" | "warn" | "error", message: string, fields: Record<string, unknown>) => void;
}

/** Plain numbers, read at scrape. */
export interface EngineCounters {
  requests: number;
  challenged: number;
  refused: number;
  routeErrors: number;
  handedOver: number;
  draining: number;
}

export class Engine implements TransactionUser {
  readonly counters: EngineCounters = {
    requests: 0,
    challenged: 0,
    refused: 0,
    routeErrors: 0,
    handedOver: 0,
    draining: 0,
  };
  readonly #options: EngineOptions;
  readonly #facts: SenderFacts = { isOwnRealm: (realm) => this.#config.domains.has(realm) };
  readonly #routeFailed = new Sparse(ROUTE_FAILURE_LOG_MS);
  #config: ResolvedConfig;
  #house: House;
  #resolver: PlanResolver;
  #planner: Planner;
  #trunkHosts: ReadonlySet<string>;
  #draining = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    const { config } = options;
    this.#config = config;
    this.#house = new House(config, options.isLocal);
    this.#resolver = this.#resolverOf(config, this.#house);
    this.#planner = plannerOf(config);
    this.#trunkHosts = trunkHosts(config.trunks.values());
  }

  /** Requests from now on see the new configuration; running calls keep the plan they started with. */
  configure(config: ResolvedConfig): void {
    this.#config = config;
    this.#house = new House(config, this.#options.isLocal);
    this.#resolver = this.#resolverOf(config, this.#house);
    this.#planner = plannerOf(config);
    this.#trunkHosts = trunkHosts(config.trunks.values());
  }

  /** From now on new requests are sent elsewhere (503 with Retry-After); dialogs and transactions go on. */
  drain(): void {
    this.#draining = true;
  }

  onRequest(transaction: ServerTransaction): void {
    const { request, flow } = transaction;
    const { proxy } = this.#options;
    this.counters.requests++;
    const refusal = proxy.validate(request);
    if (refusal !== undefined) {
      this.#refuseUnknown(transaction, refusal);
      return;
    }
    const routed = proxy.route(request, flow);
    if (routed.dialog !== undefined) {
      proxy.forwardInDialog(transaction, routed, this.#facts);
      return;
    }
    if (request.toTag !== undefined) {
      const admittance = this.#options.admitStray(request, flow);
      if (admittance !== "admit") {
        if (admittance === "drop") transaction.abandon();
        else transaction.respondStateless(503, { headers: [["Retry-After", "10"]] });
        return;
      }
    }
    if (this.#draining) {
      this.counters.draining++;
      this.#refuseUnknown(transaction, { status: 503, reason: "Shutting Down", headers: [["Retry-After", "30"]] });
      return;
    }
    const uri = routed.requestUri === request.requestUri ? request.uri : parsed(routed.requestUri);
    const trusted = this.#options.trust().trusts(flow);
    if (trusted) flow.vouch?.();
    if (!flow.secure && !trusted && isSips(request.requestUri)) {
      // RFC 5630 §4, §5.3: TLS on each hop. The one to us had none; whom we trust may have taken it off before us.
      this.#refuseUnknown(transaction, { status: 400, reason: "A sips Request-URI needs TLS" });
      return;
    }
    if (request.method === "REGISTER") this.#register(transaction, uri);
    else if (request.method === "OPTIONS" && this.#isForServer(uri, routed)) this.#answerOptions(transaction);
    else if (request.toTag !== undefined && this.#isForServer(uri, routed)) {
      // §12.2.2: the server itself has no dialogs.
      this.#refuseUnknown(transaction, { status: 481, reason: "" });
    } else this.#dispatch(transaction, routed, uri, trusted);
  }

  onAck(request: SipRequest, flow: Flow): void {
    const trusted = this.#options.trust().trusts(flow);
    this.#options.proxy.ack(request, flow, { ...this.#facts, trusted, bindingsOf: this.#bindingsOf });
  }

  onCancel(cancel: ServerTransaction, invite: ServerTransaction | undefined): void {
    const trusted = this.#options.trust().trusts(cancel.flow);
    this.#options.proxy.cancel(cancel, invite, { ...this.#facts, trusted });
  }

  onStrayResponse(response: SipResponse, flow: Flow): void {
    const branch = response.via?.branch;
    const owner = branch === undefined ? undefined : workerOf(branch);
    if (owner !== undefined && owner !== this.#options.workerId) {
      if (this.#options.handOver(owner, response.text, flow)) {
        this.counters.handedOver++;
        return;
      }
    }
    this.#options.proxy.strayResponse(response, flow);
  }

  /** Whether a REGISTER is the refresh of a live binding: the same Call-ID (RFC 3261 §10.2.4). */
  isRefresh(request: SipRequest): boolean {
    const address = this.#house.addressOf(request.to?.uri);
    if (address === undefined) return false;
    return this.#options.location.lookup(address).some((binding) => binding.callId === request.callId);
  }

  readonly #isOwnHost = (host: string, port: number | undefined): boolean =>
    this.#house.domainOf(host, port) !== undefined;
  readonly #bindingsOf = (uri: string): readonly ProxyTarget[] | undefined => this.#resolver.bindingsOf(uri);

  #resolverOf(config: ResolvedConfig, house: House): PlanResolver {
    return new PlanResolver({ config, house, location: this.#options.location, flowOf: this.#options.flowOf });
  }

  #isForServer(uri: Uri | undefined, routed: Routed): boolean {
    return (
      !routed.hasRoute &&
      uri !== undefined &&
      isSipUri(uri) &&
      uri.user === undefined &&
      this.#house.domainOfUri(uri) !== undefined
    );
  }

  /** RFC 3261 §10.3 steps 1 to 5; the registrar does the rest. */
  #register(transaction: ServerTransaction, uri: Uri | undefined): void {
    const { request, flow } = transaction;
    // A registrar answers for its own domains only; it does not forward registrations of others.
    if (this.#house.domainOfUri(uri) === undefined) {
      this.#refuseUnknown(transaction, { status: 403, reason: "Not a domain of this server" });
      return;
    }
    const to = request.to?.uri;
    if (to !== undefined && !isSipUri(to)) {
      // RFC 3261 §10.2: an address-of-record is a SIP or SIPS URI (RFC 4475 §3.3.4).
      this.#refuseUnknown(transaction, { status: 400, reason: "To must be a SIP or SIPS URI" });
      return;
    }
    const domain = this.#house.domainOfUri(to);
    const trust = this.#options.trust();
    const account = trust.mayRegister(flow)
      ? undefined
      : this.#authenticate(transaction, 401, domain?.name ?? this.#config.primaryDomain);
    if (account === null) return;
    const address = this.#house.addressOf(to);
    if (address === undefined) {
      // RFC 3261 §10.3 step 5: it is not valid for the domain that is registered at.
      this.#refuse(transaction, { status: 404, reason: "To is no address of this server" });
      return;
    }
    if (account !== undefined && account !== address) {
      this.#refuse(transaction, { status: 403, reason: `${account} may not register for another address` });
      return;
    }
    // Most servers have no trunk, and need not read the contacts twice.
    const hosts = this.#trunkHosts;
    if (hosts.size > 0 && hasContactAtTrunk(request, { hosts, isTrunkAddress: (at) => trust.isTrunkAddress(at) })) {
      this.#refuse(transaction, { status: 403, reason: "A contact may not be at a trunk" });
      return;
    }
    this.#options.register(transaction, address);
  }

  /** Everything but REGISTER: who is it, what does the route say, do it. */
  #dispatch(transaction: ServerTransaction, routed: Routed, uri: Uri | undefined, trusted: boolean): void {
    const { request } = transaction;
    const caller = this.#callerOf(transaction, uri, trusted);
    if (caller === null) return;
    if (routed.hasRoute) {
      // §16.5: a Route that is not ours decides the next hop, for those who may leave.
      if (mayLeave(caller))
        this.#options.proxy.forwardInDialog(transaction, routed, { ...this.#facts, callerMayLeave: true });
      else this.#refuse(transaction, { status: 403, reason: "This Route leads away from this server" });
      return;
    }
    const plan = this.#planOf(request, transaction.flow, routed, uri, caller);
    if (!plan.ok) {
      this.counters.routeErrors++;
      const { message, cause } = plan.error;
      // Whoever has found what makes it fail may send it all day.
      const times = this.#routeFailed.count(this.#options.now());
      if (times !== undefined)
        this.#options.log("error", "the route failed; the request was answered 500", {
          times,
          method: request.method,
          uri: request.requestUri,
          callId: request.callId,
          error: message,
          stack: cause instanceof Error ? cause.stack : undefined,
        });
      this.#refuse(transaction, { status: 500, reason: "The route failed" });
      return;
    }
    this.#execute(transaction, routed, plan.value, uri, caller);
  }

  /** `null` when the request has been answered. */
  #callerOf(transaction: ServerTransaction, uri: Uri | undefined, trusted: boolean): Caller | null {
    if (trusted) return { account: undefined, trusted: true };
    const { request } = transaction;
    const from = request.from?.uri;
    const fromDomain = this.#house.domainOfUri(from);
    const target = this.#house.domainOfUri(uri);
    // A stranger may call in where the domain says so; one who claims to be ours has to prove it.
    if (
      fromDomain === undefined &&
      target?.inbound === "anyone" &&
      request.findLine(HeaderId["Proxy-Authorization"]) === -1
    ) {
      return { account: undefined, trusted: false };
    }
    const account = this.#authenticate(transaction, 407, fromDomain?.name ?? this.#config.primaryDomain);
    if (account === null) return null;
    if (this.#house.addressOf(from) !== account && !isAnonymous(from)) {
      this.#refuse(transaction, { status: 403, reason: `${account} may not call as somebody else` });
      return null;
    }
    return { account, trusted: false };
  }

  /** The account's address; `null` when a challenge or refusal went out. */
  #authenticate(transaction: ServerTransaction, status: 401 | 407, realm: string): string | null {
    const { request, flow } = transaction;
    const verdict = this.#options.authenticator.authenticate(request, flow, status, realm, this.#isOwnHost);
    if (verdict.ok) {
      flow.vouch?.();
      return verdict.address;
    }
    this.counters.challenged++;
    // §26.3.2.4: whoever is not known yet costs no state, and gets no copies of what a forged source may have asked for.
    transaction.respondStateless(verdict.status, {
      headers: verdict.headers,
      ...(verdict.reason && { reason: verdict.reason }),
    });
    return null;
  }

  #planOf(
    request: SipRequest,
    flow: Flow,
    routed: Routed,
    uri: Uri | undefined,
    caller: Caller,
  ): Result<Plan, RouteFailure> {
    const { route, mode } = this.#config;
    const local = this.#house.domainOfUri(uri) !== undefined;
    if (route === undefined && mode === "proxy" && local && (uri as SipUri).user !== undefined) {
      // The plan that nearly every request of an unconfigured server gets, without asking for it.
      return ok({ kind: "registered", address: routed.requestUri, reason: "the registered contacts of a local user" });
    }
    const routeRequest = routeRequestOf(request, flow, {
      caller: caller.account,
      trusted: caller.trusted,
      at: this.#options.now(),
      requestUri: uri === undefined || uri === request.uri ? undefined : { uri, text: routed.requestUri },
    });
    return runRoute(route, routeRequest, this.#planner, () =>
      defaultPlan(routeRequest, this.#planner, { local, mode }),
    );
  }

  #execute(transaction: ServerTransaction, routed: Routed, plan: Plan, uri: Uri | undefined, caller: Caller): void {
    const { proxy, decisions } = this.#options;
    const { request, flow } = transaction;
    const resolver = this.#resolver;
    const walk = new PlanWalk(plan, (step) => resolver.resolve(step, uri, caller));
    const decision = decisions.begin(request, flow, caller, walk.steps, this.#options.now());
    const first = walk.next();
    if (first === undefined || first.kind === "answer") {
      const refusal = first?.refusal ?? walk.failure ?? { status: 480, reason: "" };
      decisions.end(decision, refusal.status, []);
      this.#refuse(transaction, refusal);
      return;
    }
    const fault = first.kind === "stateless" ? sipsFault(routed.requestUri, first.target) : undefined;
    if (fault !== undefined) {
      decisions.end(decision, 480, []);
      this.#refuse(transaction, { status: 480, reason: "", headers: [warningLine(fault, flow)] });
      return;
    }
    if (first.kind === "stateless") {
      decisions.end(decision, 0, []);
      transaction.abandon();
      proxy.forwardStateless(request, flow, routed, first.target, { ...this.#facts, callerMayLeave: mayLeave(caller) });
      return;
    }
    proxy.forward(transaction, routed, {
      groups: first.groups,
      ...(first.ringMs !== undefined && { ringMs: first.ringMs }),
      timerCMs: this.#config.timers.c,
      sourceDecides: this.#config.route !== undefined,
      ...this.#facts,
      callerMayLeave: mayLeave(caller),
      recurse: (contacts) => resolver.recurse(contacts, caller),
      otherwise: () => {
        const next = walk.next();
        if (next === undefined || next.kind === "stateless") return undefined;
        if (next.kind === "answer") return next.refusal;
        return next.ringMs === undefined ? { groups: next.groups } : { groups: next.groups, ringMs: next.ringMs };
      },
      onDone: (summary) => decisions.end(decision, summary.status, summary.branches),
    });
  }

  /** RFC 3261 §11.2. */
  #answerOptions(transaction: ServerTransaction): void {
    const refusal = notUnderstood(transaction.request);
    if (refusal !== undefined) {
      this.#refuse(transaction, refusal);
      return;
    }
    this.#options.proxy.reply(transaction, 200, {
      headers: [
        ["Allow", ALLOW],
        ["Accept", acceptedTypes],
        ["Accept-Encoding", acceptedEncodings],
        ["Accept-Language", "en"],
        ["Supported", "path, outbound"],
      ],
    });
  }

  /**
   * Of whom nobody knows yet who it is. RFC 3261 §8.2.7: without state; an INVITE's refusal would be repeated ten times to an
   * address that may be forged, since its ACK never comes.
   */
  #refuseUnknown(transaction: ServerTransaction, { status, reason, headers }: Refusal): void {
    this.counters.refused++;
    transaction.respondStateless(status, {
      ...(reason !== "" && { reason }),
      ...(headers !== undefined && { headers }),
    });
  }

  #refuse(transaction: ServerTransaction, refusal: Refusal): void {
    this.counters.refused++;
    this.#options.proxy.reply(transaction, refusal.status, {
      ...(refusal.reason !== "" && { reason: refusal.reason }),
      ...(refusal.headers !== undefined && { headers: refusal.headers }),
    });
  }
}

function plannerOf(config: ResolvedConfig): Planner {
  return createPlanner({ domain: config.primaryDomain, trunks: [...config.trunks.keys()] });
}

/** RFC 3323 §4.1.1.3: a user who wants privacy puts this into From. */
function isAnonymous(uri: Uri | undefined): boolean {
  return uri !== undefined && isSipUri(uri) && uri.host.toLowerCase() === "anonymous.invalid";
}

function parsed(text: string): Uri | undefined {
  const result = parseUri(text);
  return result.ok ? result.value : undefined;
}
