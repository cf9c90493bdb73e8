/** The proxy core's surface: what a server engine decides, and what the core does with it. RFC 3261 §16. */

import type { SipHashKey, TimerWheel } from "@trapezoid/base";
import type { SipRequest, SipResponse } from "../message/message.ts";
import type { OverloadParams } from "../message/overload-params.ts";
import type { SipUri } from "../message/values.ts";
import type { ServerTransaction, TransactionLayer } from "../transaction/contract.ts";
import type { Endpoint, Flow, Target, Transport } from "../transport/contract.ts";

/** What the core needs of RFC 3263. */
export interface ProxyLocator {
  /**
   * Where to send a request for `uri`, in order of preference: at once when it is numeric or cached. `stateless`: the same text
   * gives the same order, whatever has failed (§4.4 there).
   */
  locate(uri: SipUri, options?: { readonly stateless?: string }): readonly Target[] | Promise<readonly Target[]>;
  /** No answer, a 503 (`forMs`: its Retry-After) or a broken transport (§4.3 there). */
  reportFailure(target: Target, forMs?: number): void;
  /** It answered. */
  reportSuccess(target: Target): void;
}

/**
 * What next hops can take (RFC 7339). Asked for addresses that were located; never for the flow of a binding. A hop is an address and a
 * port, whatever the transport (§5.4).
 */
export interface NextHopLoads {
  /** Whether the request's Via asks the hop how loaded it is (§5.1). `target` is the branch's, `hop` its address. */
  asks(target: ProxyTarget, hop: Endpoint): boolean;
  /** Whether the request, which came by `from`, may go to the hop now (§5.5); if not, the next address or target is tried. */
  mayGo(request: SipRequest, from: Flow, hop: Endpoint): boolean;
  /** What a response of a hop that was asked says (§5.4). */
  hear(hop: Endpoint, told: OverloadParams): void;
  /** As `hear`, of what cannot be read. */
  hearNonsense(hop: Endpoint): void;
  /** A hop that was asked has answered, whatever it said, or has not until the transaction ended (§5.9). */
  answered(hop: Endpoint): void;
  timedOut(hop: Endpoint): void;
}

/** Bounds of one proxied request; what is beyond is refused with the status named here. */
export interface ProxyLimits {
  /** RFC 5393 §5.3.3: the value added to requests without Max-Breadth, and the largest one accepted. Default 60; 440 beyond. */
  readonly maxBreadth: number;
  /** Branches that one request may make in all its groups and recursions. Default 100. */
  readonly branches: number;
  /** 3xx responses that are followed for one request. Default 10. */
  readonly recursions: number;
}

export interface ProxyOptions {
  readonly transactions: TransactionLayer;
  readonly transport: Pick<Transport, "flowTo" | "flowById" | "isLocal">;
  readonly locator: ProxyLocator;
  readonly wheel: TimerWheel;
  /** The number in our tags, branches and tokens, as in the transaction layer's options. */
  readonly workerId: number;
  /** The key of Record-Route tokens, tags and stateless branches: the same in every worker and after a restart. */
  readonly tokenKey: SipHashKey;
  /** Names that are ours beside the listeners' addresses: domains, aliases. `port` is undefined when the URI has none. */
  readonly isOwnDomain?: (host: string, port: number | undefined) => boolean;
  readonly limits?: Partial<ProxyLimits>;
  /** Schemes of a Request-URI that may go on; others are refused with 416. Default `sip`, `sips`, `tel`. */
  readonly schemes?: readonly string[];
  /** Option tags of Proxy-Require that are understood. Default none. */
  readonly proxyRequire?: readonly string[];
  /** Default: every hop takes everything, and none is asked. */
  readonly nextHops?: NextHopLoads;
  /** An exception of a callback of the engine. The request it belonged to goes on as if the callback were absent. */
  readonly onError: (error: unknown) => void;
}

/** One place a request may be sent to. */
export interface ProxyTarget {
  /** The Request-URI that the branch gets, as text. */
  readonly uri: string;
  /** Send over this flow (a binding's): no RFC 3263 look-up, whatever the message size. `null`: its connection is gone; the branch fails with 430 (RFC 5626 §11.5) at once. */
  readonly flow?: Flow | null;
  /** Route values to put on top (a binding's Path, RFC 3327 §5.5; a trunk's outbound proxy), as text `<sip:…;lr>`. */
  readonly routes?: readonly string[];
  /** Another flow of the same phone: tried when this one is gone or brings no answer at all, never beside it (RFC 5626 §7). */
  readonly instead?: ProxyTarget;
  /** For the record of what happened: `registered`, `trunk acme`. */
  readonly label?: string;
}

/** What became of one branch, for traces and metrics. */
export interface BranchOutcome {
  readonly target: ProxyTarget;
  readonly status: number;
  readonly why: string;
}

/** What the engine knows of a request's sender. */
export interface SenderFacts {
  /**
   * The sender was authenticated or is trusted: within the dialog that the request makes, it may send requests anywhere, and the
   * host of its Contact counts as its own. Default false.
   */
  readonly callerMayLeave?: boolean;
  /**
   * Whether credentials for this realm were meant for us: their Proxy-Authorization ends here (§22.3), or whoever gets the
   * request could guess the password at leisure. Default: none is.
   */
  readonly isOwnRealm?: (realm: string) => boolean;
}

/** For an ACK, which nobody can be asked to prove. */
export interface AckFacts extends SenderFacts {
  readonly trusted: boolean;
  /** Where the user of an address of ours is, for an ACK of a trusted source to that; `undefined` when the address is not ours. */
  readonly bindingsOf?: (requestUri: string) => readonly ProxyTarget[] | undefined;
}

export interface ForwardOptions extends SenderFacts {
  /** Groups in turn; the targets of one group in parallel. */
  readonly groups: readonly (readonly ProxyTarget[])[];
  /** How long a group may ring before it is cancelled and the next one is tried (or 408 chosen). Default: Timer C. */
  readonly ringMs?: number;
  /** §16.6 step 11; more than 3 minutes. Default 181,000. */
  readonly timerCMs?: number;
  /** Put ourselves into the dialog. Default true for INVITE, SUBSCRIBE, REFER, NOTIFY that create one. */
  readonly recordRoute?: boolean;
  /**
   * Where the request came from may have decided where it goes. Default true; false: it is a loop as soon as it comes back
   * unchanged, from wherever (RFC 5393 §4.2).
   */
  readonly sourceDecides?: boolean;
  /** Follow 3xx of branches (§16.7 step 4); the engine says which of their contacts may be tried. Default: pass the 3xx up. */
  readonly recurse?: (contacts: readonly string[]) => readonly ProxyTarget[];
  /**
   * All groups failed with `status`: more groups to try (the plan's `otherwise`), a response of our own (a reject or redirect
   * plan), or undefined to send the best response. Called again when the further groups fail, too.
   */
  readonly otherwise?: (
    best: SipResponse | undefined,
    status: number,
  ) => { readonly groups: readonly (readonly ProxyTarget[])[]; readonly ringMs?: number } | Refusal | undefined;
  /** Called once when the context has ended and everything is released. */
  readonly onDone?: (summary: { readonly status: number; readonly branches: readonly BranchOutcome[] }) => void;
}

/** What §16.3 says of a request: undefined when it may go on. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
  /** Extra header lines of the response: `["Unsupported", "foo"]`. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

/** A request after §16.4: our own Route values taken off. */
export interface Routed {
  /** The Request-URI to go on with (a strict router's rewriting undone). */
  readonly requestUri: string;
  /** How many of the topmost Route values were ours. */
  readonly ownRoutes: number;
  /** A Route value that is not ours is left: the next hop is decided by it (§16.5: no location look-up). */
  readonly hasRoute: boolean;
  /** A strict router put our Record-Route value into the Request-URI: the last Route value became `requestUri` and is taken off. */
  readonly strictRouted?: boolean;
  /**
   * The request carries a Route token made by us for this Call-ID, and goes where that token lets it: by the flow that the
   * token remembers, to a host and port that it remembers, or, when its sender is proven by where it came from to be a side of the dialog
   * that may leave the house, anywhere. It needs no authentication. Undefined for everything else, To tag or not.
   */
  readonly dialog: DialogToken | undefined;
}

/** What our Record-Route value remembers of the two sides of a request. */
export interface DialogToken {
  /**
   * The flow to leave by, whatever Route values are left (the phone's connection or NAT binding); undefined: locate the next Route
   * value or the Request-URI. `null`: gone.
   */
  readonly flow: Flow | null | undefined;
  /** For the token of a dialog or target refresh that this request makes: who may send anything anywhere. */
  readonly senderMayLeave: boolean;
  readonly peerMayLeave: boolean;
}

export interface Proxy {
  /** §16.3: syntax, URI scheme, Max-Forwards, loops (RFC 5393), Max-Breadth, Proxy-Require. */
  validate(request: SipRequest): Refusal | undefined;
  /** §16.4. */
  route(request: SipRequest, flow: Flow): Routed;
  /**
   * §16.5–16.9, stateful: sends 100 at once for INVITE, forks, gathers, answers `transaction`, whose `user` it takes for itself.
   * One that has been answered meanwhile (cancelled while the engine decided) is left alone; `onDone` is called all the same.
   */
  forward(transaction: ServerTransaction, routed: Routed, options: ForwardOptions): void;
  /** A request of a known dialog, or with a Route that is not ours: to where Route or token say. */
  forwardInDialog(transaction: ServerTransaction, routed: Routed, facts?: SenderFacts): void;
  /** §16.11: without state, with a branch that is a function of the request; also for ACK to 2xx. */
  forwardStateless(request: SipRequest, flow: Flow, routed: Routed, target?: ProxyTarget, facts?: SenderFacts): void;
  /**
   * ACK to 2xx: by Route and token, without state; dropped and counted when neither its way nor its sender is the token's,
   * unless `trusted`. ACK to the failure of an INVITE that was forwarded without state: where that went.
   */
  ack(request: SipRequest, flow: Flow, options: AckFacts): void;
  /**
   * §16.10: answers `cancel` with 200 and cancels the branches of `invite`; an INVITE that is not forwarded yet is answered 487.
   * Without `invite`: on to where a stateless forwarding of the INVITE went; 481 when there was none, unless it is of a known
   * dialog, or is `trusted` and does not end here.
   */
  cancel(
    cancel: ServerTransaction,
    invite: ServerTransaction | undefined,
    options?: SenderFacts & { readonly trusted?: boolean },
  ): void;
  /** A response that matches no client transaction: forwarded by its second Via when its request went through our stateless forwarding, else dropped (§16.11, RFC 6026 §7.3). */
  strayResponse(response: SipResponse, flow: Flow): void;
  /** Answers a request of our own accord, with a tag. */
  reply(
    transaction: ServerTransaction,
    status: number,
    options?: {
      readonly reason?: string;
      readonly headers?: readonly (readonly [string, string])[];
      readonly body?: string;
    },
  ): void;
  readonly counters: ProxyCounters;
  close(): void;
}

/** Plain numbers, read at scrape. */
export interface ProxyCounters {
  contexts: number;
  contextsCreated: number;
  branches: number;
  forwardedRequests: number;
  forwardedResponses: number;
  statelessRequests: number;
  statelessResponses: number;
  cancelled: number;
  timerC: number;
  loops: number;
  droppedAcks: number;
  droppedResponses: number;
  recursions: number;
}
