/** The response context: branches of one request, in groups, and what their responses make together. RFC 3261 §16.7, §16.10. */

import { TimerNode } from "@trapezoid/base";
import type { SipRequest, SipResponse } from "../message/message.ts";
import type { ServerTransaction, TimerSettings } from "../transaction/contract.ts";
import type { Flow } from "../transport/contract.ts";
import { betterOf, type Failure } from "./best-response.ts";
import { Branch, type BranchOwner } from "./branch.ts";
import { completedElsewhere, declinedElsewhere } from "./cancel-request.ts";
import type { ContextList, ContextNode } from "./context-list.ts";
import type { BranchOutcome, ForwardOptions, ProxyTarget, Refusal, Routed } from "./contract.ts";
import { defaultTimerCMs, type Environment } from "./environment.ts";
import { formatCopy, routeCopy } from "./forward-copy.ts";
import { withChallengesOf, withoutTopVia } from "./forward-response.ts";
import { respondLocally, respondTrying } from "./local-response.ts";
import { calleeFlowId, callerFlowId, isSips, mayMakeDialog, recordRouteLines } from "./record-route.ts";
import { recursionTargets } from "./recursion.ts";
import { layoutOf, type RequestLayout } from "./request-layout.ts";
import { isNewTarget } from "./target-set.ts";
import { maxBreadthExceeded, tooManyHops } from "./validation.ts";

/** The time in which timer E grows to T2. */
function timeToSlowE({ t1, t2 }: TimerSettings): number {
  let sum = 0;
  for (let interval = t1; interval < t2; interval *= 2) sum += interval;
  return sum;
}

const noGroups: readonly (readonly ProxyTarget[])[] = [];

export class ResponseContext extends TimerNode implements BranchOwner, ContextNode {
  /** @internal */ listNext: ContextNode | undefined = undefined;
  /** @internal */ listPrevious: ContextNode | undefined = undefined;
  readonly environment: Environment;
  readonly method: string;
  readonly isInvite: boolean;
  readonly timerCMs: number;
  readonly leaveBy: Flow | undefined;
  readonly #transaction: ServerTransaction;
  readonly #routed: Routed;
  /** What follows the unique part of our branch parameters, or, of a relayed CANCEL, the whole of it. */
  readonly #branchPart: string;
  readonly #list: ContextList;
  #options: ForwardOptions | undefined;
  #layout: RequestLayout | undefined;
  readonly #maxBreadth: number;
  readonly #callerFlow: string | undefined;
  readonly #branches: Branch[] = [];
  #live = 0;
  #groups: readonly (readonly ProxyTarget[])[];
  #nextGroup = 0;
  #rounds = 0;
  #ringMs: number | undefined;
  #recursions = 0;
  /** No new branches: cancelled, declined, refused or answered. */
  #isStopped = false;
  #isCancelled = false;
  /** Branches are being started: what they report is looked at afterwards. */
  #isBusy = false;
  #best: Failure | undefined = undefined;
  #challenges: SipResponse[] | undefined = undefined;
  #refusal: Refusal | undefined = undefined;
  #finalStatus = 0;
  #outcomes: BranchOutcome[] | undefined;

  constructor(
    environment: Environment,
    transaction: ServerTransaction,
    routed: Routed,
    options: ForwardOptions,
    branchPart: string,
    list: ContextList,
  ) {
    super();
    const { request } = transaction;
    this.environment = environment;
    this.method = request.method;
    this.isInvite = transaction.isInvite;
    this.timerCMs = options.timerCMs ?? defaultTimerCMs;
    this.#branchPart = branchPart;
    this.#transaction = transaction;
    this.#routed = routed;
    this.#options = options;
    this.#list = list;
    this.#groups = options.groups;
    this.#ringMs = options.ringMs;
    this.#outcomes = options.onDone === undefined ? undefined : [];
    const layout = layoutOf(request, routed.ownRoutes, routed.strictRouted === true);
    this.#layout = layout;
    // RFC 5393 §5.3.3: too large a value is lowered to what is allowed here.
    const most = environment.limits.maxBreadth;
    this.#maxBreadth = layout.maxBreadth === -1 || layout.maxBreadth > most ? most : layout.maxBreadth;
    this.#callerFlow = callerFlowId(request, transaction.flow, layout.viaCount);
    // One Record-Route value: both ends know us by the address that this request came to.
    this.leaveBy = routed.dialog !== undefined && routed.ownRoutes === 1 ? transaction.flow : undefined;
    environment.counters.contexts++;
    environment.counters.contextsCreated++;
  }

  get request(): SipRequest {
    return this.#transaction.request;
  }

  start(): void {
    // §16.2: at once.
    if (this.isInvite) respondTrying(this.#transaction);
    // RFC 4320 §4.1: other requests get theirs when the client has slowed down, if nothing else has come by then.
    else this.environment.wheel.arm(this, timeToSlowE(this.environment.transactions.timers));
    // §16.3 item 3, for OPTIONS and REGISTER that validation let through.
    if (this.#layout!.maxForwards === 0) this.#refuse(tooManyHops);
    this.#settle();
  }

  /** §16.10: `reason` is the Reason lines of the caller's CANCEL. */
  cancel(reason: string): void {
    if (this.#finalStatus !== 0 || this.#isCancelled) return;
    this.#isCancelled = true;
    this.#isStopped = true;
    this.#cancelPending(reason);
    this.#settle();
  }

  /** Ends everything without a word: the proxy is closed. */
  close(): void {
    this.#isStopped = true;
    this.#isBusy = true;
    if (this.#finalStatus === 0) this.#finalStatus = 503;
    this.#cancelPending("");
    for (const branch of this.#branches) branch.abandon();
    this.#end();
  }

  newBranchParameter(): string {
    return this.method === "CANCEL" ? this.#branchPart : this.environment.transactions.newBranch() + this.#branchPart;
  }

  formatRequest(branch: Branch, flow: Flow, branchParameter: string): string {
    const { environment } = this;
    const { request } = this.#transaction;
    const via = `${environment.addresses.of(flow).viaPrefix}${branchParameter}\r\n`;
    const recordRoute = this.#recordRoute(branch, flow, request);
    return formatCopy(request, branch.routing, {
      via,
      recordRoute,
      maxBreadth: branch.breadth,
      onStream: flow.reliable,
    });
  }

  // §16.6 step 4.
  #recordRoute(branch: Branch, outgoing: Flow, request: SipRequest): string {
    const { requestUri, nextHop } = branch.routing;
    const calleeSecure = isSips(requestUri) || isSips(nextHop);
    const incoming = this.#transaction.flow;
    const mayBe = mayMakeDialog(this.method);
    if (!(this.#options?.recordRoute ?? mayBe)) {
      // MUST: where TLS begins or ends, the ends could not follow each other's URIs.
      if (!mayBe || incoming.secure === calleeSecure || !(incoming.secure || calleeSecure)) return "";
    }
    return recordRouteLines(this.environment, incoming, outgoing, {
      callId: request.callId ?? "",
      fromTag: request.fromTag ?? "",
      callerFlow: this.#callerFlow,
      callerSecure: isSips(request.requestUri),
      calleeFlow: calleeFlowId(branch.target),
      calleeSecure,
    });
  }

  onProvisional(response: SipResponse): void {
    // §16.7 step 5; nothing but 2xx after a final response. RFC 4320 §4.1: an INVITE alone has provisional responses.
    if (this.#finalStatus !== 0 || !this.isInvite) return;
    const text = withoutTopVia(response);
    if (text === undefined) return;
    this.environment.counters.forwardedResponses++;
    this.#transaction.respond(response.status, text);
  }

  onSuccess(branch: Branch, response: SipResponse): void {
    const isFirst = this.#finalStatus === 0;
    const text = withoutTopVia(response);
    // Exactly one final response to other requests, one or more 2xx to an INVITE.
    if (text !== undefined && (isFirst || this.isInvite)) {
      this.environment.counters.forwardedResponses++;
      const transaction = this.#transaction;
      const isRefused = transaction.completed && transaction.status >= 300;
      // §16.7 step 9: a late 2xx goes out even when the server transaction no longer takes it.
      if (transaction.terminated || isRefused) transaction.flow.send(text);
      else transaction.respond(response.status, text);
    }
    if (!isFirst) return;
    this.#outcomes?.push({ target: branch.target, status: response.status, why: "answered" });
    this.#finish(response.status);
    this.#cancelPending(completedElsewhere);
  }

  onFailure(branch: Branch, status: number, response: SipResponse | undefined, why: string): void {
    this.#outcomes?.push({ target: branch.target, status, why });
    if (this.#finalStatus === 0) this.#keepFailure(status, response);
    this.#settle();
  }

  onRelease(): void {
    this.#live--;
    this.#endWhenDone();
  }

  /** The group of an INVITE has rung long enough; another request has waited for 3.5 s. */
  override onTimer(): void {
    if (!this.isInvite) {
      if (this.#transaction.status === 0) respondTrying(this.#transaction);
      return;
    }
    this.#isBusy = true;
    for (const branch of this.#branches) if (branch.isPending) branch.giveUp();
    this.#isBusy = false;
    this.#settle();
  }

  #keepFailure(status: number, response: SipResponse | undefined): void {
    let kept = response;
    if (response !== undefined) {
      if (status >= 600) {
        // §16.7 step 5: everything else is cancelled, and the 6xx goes out when the others have ended.
        this.#isStopped = true;
        this.#cancelPending(declinedElsewhere(status, response.reason));
      } else if (status < 400) kept = this.#recurse(response);
      else if (status === 401 || status === 407) this.#keepChallenge(response);
      if (kept === undefined) return;
    }
    this.#best = betterOf(this.#best, { status, response: kept }, this.#isCancelled);
  }

  #keepChallenge(response: SipResponse): void {
    if (this.#challenges === undefined) this.#challenges = [response];
    else this.#challenges.push(response);
  }

  // §16.7 step 4. Returns what is left of the redirection.
  #recurse(response: SipResponse): SipResponse | undefined {
    const recurse = this.#options?.recurse;
    if (recurse === undefined || this.#isStopped || this.#recursions >= this.environment.limits.recursions)
      return response;
    const found = recursionTargets(this.environment, this.#transaction.request, response, recurse);
    const targets = this.#newTargets(found.targets);
    if (targets.length === 0 || targets.length > this.#freeBreadth()) return response;
    this.#recursions++;
    this.environment.counters.recursions++;
    this.#startBranches(targets);
    return found.left;
  }

  /** Goes on with what the branches have left to do: wait, try the next group, or answer. */
  #settle(): void {
    if (this.#isBusy) return;
    if (this.#finalStatus === 0 && !this.#isWaiting() && !this.#tryGroups()) this.#answerWhenQuiet();
    this.#endWhenDone();
  }

  #isWaiting(): boolean {
    for (const branch of this.#branches) if (branch.isPending && !branch.isGivenUp) return true;
    return false;
  }

  /** Whether a group was started that has not failed already. */
  #tryGroups(): boolean {
    for (;;) {
      // RFC 4320 §4.2: nor is anything new begun for a client that has given up.
      if (this.#isStopped || this.#transaction.terminated) return false;
      while (this.#nextGroup < this.#groups.length) {
        this.#startGroup(this.#groups[this.#nextGroup++]!);
        if (this.#finalStatus !== 0 || this.#isWaiting()) return true;
        if (this.#isStopped) return false;
      }
      if (!this.#askForMore()) return false;
    }
  }

  #startGroup(group: readonly ProxyTarget[]): void {
    const targets = this.#newTargets(group);
    if (targets.length > this.#freeBreadth()) {
      // RFC 5393 §5.3.3: not forked one after another in place of in parallel; the caller is told instead.
      this.#refuse(maxBreadthExceeded);
      return;
    }
    if (this.#ringMs !== undefined && this.isInvite) this.environment.wheel.arm(this, this.#ringMs);
    this.#startBranches(targets);
  }

  #startBranches(targets: readonly ProxyTarget[]): void {
    const { request } = this.#transaction;
    const layout = this.#layout!;
    const first = this.#branches.length;
    const free = this.#freeBreadth();
    const share = Math.floor(free / targets.length);
    let rest = free - share * targets.length;
    for (const target of targets) {
      const routing = routeCopy(request, layout, target.uri, target.routes, this.#routed);
      this.#branches.push(new Branch(this, target, routing, rest-- > 0 ? share + 1 : share));
      this.#live++;
    }
    const wasBusy = this.#isBusy;
    this.#isBusy = true;
    for (let i = first; i < this.#branches.length; i++) this.#branches[i]!.start();
    this.#isBusy = wasBusy;
  }

  /** §16.5: a target is tried once; the limit on branches holds for all groups together. */
  #newTargets(targets: readonly ProxyTarget[]): readonly ProxyTarget[] {
    if (targets.length === 1 && this.#branches.length === 0) return targets;
    const fresh: ProxyTarget[] = [];
    const room = this.environment.limits.branches - this.#branches.length;
    for (const target of targets) {
      if (fresh.length < room && isNewTarget(target, this.#branches) && isNewTarget(target, fresh)) fresh.push(target);
    }
    return fresh;
  }

  /** Max-Breadth that running branches leave. One given up counts as ended though its CANCEL may be unanswered still. */
  #freeBreadth(): number {
    let free = this.#maxBreadth;
    for (const branch of this.#branches) if (branch.isPending && !branch.isGivenUp) free -= branch.breadth;
    return free;
  }

  /** The plan's `otherwise`. */
  #askForMore(): boolean {
    const otherwise = this.#options?.otherwise;
    if (otherwise === undefined || this.#rounds++ >= this.environment.limits.branches) return false;
    let more: ReturnType<typeof otherwise>;
    try {
      more = otherwise(this.#best?.response, this.#best?.status ?? 480);
    } catch (error) {
      this.environment.onError(error);
      return false;
    }
    if (more === undefined) return false;
    if ("groups" in more) {
      this.#groups = more.groups;
      this.#nextGroup = 0;
      this.#ringMs = more.ringMs;
      return more.groups.length > 0;
    }
    this.#refuse(more);
    return false;
  }

  #refuse(refusal: Refusal): void {
    this.#refusal = refusal;
    this.#isStopped = true;
  }

  #cancelPending(reason: string): void {
    const wasBusy = this.#isBusy;
    this.#isBusy = true;
    for (const branch of this.#branches) branch.cancel(reason);
    this.#isBusy = wasBusy;
  }

  /** §16.7 step 6, once every branch has ended; those given up that nobody answered need not be waited for. */
  #answerWhenQuiet(): void {
    this.#isBusy = true;
    for (const branch of this.#branches) if (branch.isPending && !branch.isHeard) branch.abandon();
    this.#isBusy = false;
    for (const branch of this.#branches) if (branch.isPending) return;
    if (this.#finalStatus === 0) this.#answer();
  }

  #answer(): void {
    const { environment } = this;
    const transaction = this.#transaction;
    const best = this.#best;
    const refusal = this.#refusal;
    if (refusal !== undefined) {
      respondLocally(environment, transaction, refusal.status, refusal);
      this.#finish(refusal.status);
    } else if (best?.response !== undefined && best.status !== 503 && (best.status !== 408 || this.isInvite)) {
      const whole = this.#challenges === undefined ? best.response : withChallengesOf(best.response, this.#challenges);
      const isChallenge = best.status === 401 || best.status === 407;
      const text = withoutTopVia(isChallenge ? whole : best.response);
      if (text !== undefined) {
        environment.counters.forwardedResponses++;
        transaction.respond(best.status, text);
      }
      this.#finish(best.status);
    } else {
      const status = this.#ownStatus(best?.status);
      // RFC 4320 §4.2: nobody waits for the answer any more.
      if (status === 408 && !this.isInvite) transaction.abandon();
      else respondLocally(environment, transaction, status);
      this.#finish(status);
    }
  }

  #ownStatus(status: number | undefined): number {
    // §16.5: no target at all is 480, §16.7: no response at all 408.
    if (status === undefined) return this.#isCancelled ? 487 : this.#branches.length === 0 ? 480 : 408;
    if (this.#isCancelled) return 487;
    // §16.7 step 6: one server out of service does not make us so.
    if (status === 503) return 500;
    // RFC 5626 §11.5: endpoints should never receive a 430; within a dialog nothing else says it.
    if (status === 430 && this.#routed.dialog === undefined && this.#callerIsEndpoint()) return 480;
    return status;
  }

  #callerIsEndpoint(): boolean {
    return this.#layout?.viaCount === 1;
  }

  /** A final response is out; what was needed to get one is let go. */
  #finish(status: number): void {
    this.#finalStatus = status;
    this.#isStopped = true;
    this.environment.wheel.cancel(this);
    this.#best = undefined;
    this.#challenges = undefined;
    this.#layout = undefined;
    this.#groups = noGroups;
  }

  // §16.7 step 9: kept until the transactions that can bring a further 2xx have ended.
  #endWhenDone(): void {
    if (this.#finalStatus !== 0 && this.#live === 0 && !this.#isBusy) this.#end();
  }

  #end(): void {
    const options = this.#options;
    if (options === undefined) return;
    this.#options = undefined;
    this.environment.wheel.cancel(this);
    this.environment.counters.contexts--;
    if (this.#transaction.user === this) this.#transaction.user = undefined;
    this.#list.remove(this);
    if (options.onDone === undefined) return;
    try {
      options.onDone({ status: this.#finalStatus, branches: this.#outcomes! });
    } catch (error) {
      this.environment.onError(error);
    }
  }
}
