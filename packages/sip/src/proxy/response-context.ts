/** The response context: the branches of one request, and what their responses make together. RFC 3261 §16.7, §16.10. */

import { TimerNode } from "@trapezoid/base";
import type { SipResponse } from "../message/message.ts";
import type { ServerTransaction, TimerSettings } from "../transaction/contract.ts";
import { Branch, type BranchOwner } from "./branch.ts";
import { completedElsewhere, declinedElsewhere } from "./cancel-reason.ts";
import type { ContextList, ContextNode } from "./context-list.ts";
import type { BranchOutcome, ForwardOptions, ProxyTarget, Routed } from "./contract.ts";
import { defaultTimerCMs, type Environment } from "./environment.ts";
import { FinalChoice } from "./final-choice.ts";
import { withoutTopVia } from "./forward-response.ts";
import { respondLocally, respondTrying } from "./local-response.ts";
import { recursionTargets } from "./recursion.ts";
import { RequestCopies } from "./request-copies.ts";
import type { SipsFault } from "./sips.ts";
import { TargetGroups } from "./target-groups.ts";
import { isNewTarget } from "./target-set.ts";
import { maxBreadthExceeded, tooManyHops } from "./validation.ts";

/** What is needed until a final response has gone out, and is let go then. */
interface Undecided {
  readonly copies: RequestCopies;
  readonly groups: TargetGroups;
  readonly choice: FinalChoice;
  readonly recurse: ForwardOptions["recurse"];
}

export class ResponseContext extends TimerNode implements BranchOwner, ContextNode {
  /** @internal */ listNext: ContextNode | undefined = undefined;
  /** @internal */ listPrevious: ContextNode | undefined = undefined;
  readonly environment: Environment;
  readonly isInvite: boolean;
  readonly timerCMs: number;
  readonly #transaction: ServerTransaction;
  readonly #list: ContextList;
  /** What follows the unique part of our branch parameters, or, of a relayed CANCEL, the whole of it. */
  readonly #branchPart: string;
  #undecided: Undecided | undefined;
  readonly #branches: Branch[] = [];
  /** Branches that may still bring something. */
  #live = 0;
  #recursions = 0;
  /** No new branches: cancelled, declined, refused or answered. */
  #isStopped = false;
  #isCancelled = false;
  /** The timer is the group's time to ring; else it is the one for 100. */
  #isRinging = false;
  /** Branches are being started or ended: what they report is looked at afterwards. */
  #isBusy = false;
  #isEnded = false;
  #finalStatus = 0;
  readonly #onDone: ForwardOptions["onDone"];
  readonly #outcomes: BranchOutcome[] | undefined;

  constructor(
    environment: Environment,
    transaction: ServerTransaction,
    routed: Routed,
    options: ForwardOptions,
    branchPart: string,
    list: ContextList,
  ) {
    super();
    this.environment = environment;
    this.isInvite = transaction.isInvite;
    this.timerCMs = options.timerCMs ?? defaultTimerCMs;
    this.#transaction = transaction;
    this.#list = list;
    this.#branchPart = branchPart;
    this.#undecided = {
      copies: new RequestCopies(environment, transaction.request, transaction.flow, routed, options),
      groups: new TargetGroups(options, environment.onError),
      choice: new FinalChoice(),
      recurse: options.recurse,
    };
    this.#onDone = options.onDone;
    this.#outcomes = options.onDone === undefined ? undefined : [];
    list.add(this);
    environment.counters.contexts++;
    environment.counters.contextsCreated++;
  }

  start(): void {
    const { wheel, transactions } = this.environment;
    // RFC 4320 §4.1: a 100 goes out when the client has slowed down, if nothing else has come by then.
    if (!this.isInvite) wheel.arm(this, timeToSlowE(transactions.timers));
    // §17.2.1: within 200 ms. What a dialog already has is answered by machines, mostly before that; some expect no 100.
    else if (this.#transaction.request.toTag !== undefined) wheel.arm(this, TRYING_MS);
    // §16.2: at once.
    else respondTrying(this.#transaction);
    const { copies, choice } = this.#undecided!;
    if (copies.layout.maxForwards === 0) {
      // §16.3 step 3, for OPTIONS and REGISTER that validation let through.
      choice.refusal = tooManyHops;
      this.#isStopped = true;
    }
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
    this.#isBusy = true;
    this.#finalStatus ||= 503;
    this.#isStopped = true;
    this.environment.wheel.cancel(this);
    for (const branch of this.#branches) branch.close();
    this.#end();
  }

  newBranchParameter(): string {
    if (this.#transaction.method === "CANCEL") return this.#branchPart;
    return this.environment.transactions.newBranch() + this.#branchPart;
  }

  onProvisional(response: SipResponse): void {
    // §16.7 step 5; nothing but 2xx after a final response. RFC 4320 §4.1: an INVITE alone has provisional responses.
    if (this.#finalStatus !== 0 || !this.isInvite) return;
    const text = withoutTopVia(response, this.#transaction.flow.reliable);
    if (text === undefined) return;
    this.environment.counters.forwardedResponses++;
    this.#transaction.respond(response.status, text);
  }

  onSuccess(branch: Branch, response: SipResponse): void {
    const isFirst = this.#finalStatus === 0;
    const text = withoutTopVia(response, this.#transaction.flow.reliable);
    // Exactly one final response to other requests, one or more 2xx to an INVITE.
    if (text !== undefined && (isFirst || this.isInvite)) {
      this.environment.counters.forwardedResponses++;
      // RFC 6026 §8.3: discarded when the server transaction takes it no longer.
      this.#transaction.respond(response.status, text);
    }
    if (!isFirst) return;
    this.#outcomes?.push({ target: branch.target, status: response.status, why: "answered" });
    this.#finish(response.status);
    this.#cancelPending(completedElsewhere);
  }

  onFailure(branch: Branch, status: number, response: SipResponse | undefined, why: string, fault?: SipsFault): void {
    this.#outcomes?.push({ target: branch.target, status, why });
    if (this.#finalStatus === 0 && !this.#isReplaced(branch, status, response)) {
      this.#keepFailure(status, response, branch.isSparing, fault);
    }
    this.#settle();
  }

  onRelease(): void {
    this.#live--;
    this.#endWhenDone();
  }

  /** The group of an INVITE has rung long enough; or the sender has waited for a first word. */
  override onTimer(): void {
    if (!this.#isRinging) {
      if (this.#transaction.status === 0) respondTrying(this.#transaction);
      return;
    }
    this.#isBusy = true;
    for (const branch of this.#branches) if (branch.isPending) branch.giveUp();
    this.#isBusy = false;
    this.#settle();
  }

  /** RFC 5626 §7: whoever has answered for a phone has answered for all of its flows; a flow that failed is replaced. */
  #isReplaced(branch: Branch, status: number, response: SipResponse | undefined): boolean {
    const { instead } = branch.target;
    if (instead === undefined || branch.isGivenUp || this.#isStopped || this.#transaction.terminated) return false;
    if (status !== 430 && (status !== 408 || response !== undefined || branch.isHeard)) return false;
    const targets = this.#newTargets([instead]);
    if (targets.length === 0 || this.#freeBreadth() < 1) return false;
    this.#startBranches(targets);
    return true;
  }

  #keepFailure(status: number, response: SipResponse | undefined, isSpared: boolean, fault?: SipsFault): void {
    let kept = response;
    if (response !== undefined && status >= 600) {
      // §16.7 step 5: everything else is cancelled, and the 6xx goes out when the others have ended.
      this.#isStopped = true;
      this.#cancelPending(declinedElsewhere(status, response.reason));
    } else if (response !== undefined && status < 400) {
      kept = this.#recurse(response);
      if (kept === undefined) return;
    }
    this.#undecided!.choice.keep({ status, response: kept, isSpared, fault }, this.#isCancelled);
  }

  // §16.7 step 4. Returns what is left of the redirection.
  #recurse(response: SipResponse): SipResponse | undefined {
    const { environment } = this;
    const { copies, recurse } = this.#undecided!;
    if (recurse === undefined || this.#isStopped || this.#recursions >= environment.limits.recursions) return response;
    const found = recursionTargets(environment, copies.request, response, recurse);
    const targets = this.#newTargets(found.targets);
    if (targets.length === 0 || targets.length > this.#freeBreadth()) return response;
    this.#recursions++;
    environment.counters.recursions++;
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
    // RFC 4320 §4.2: nothing new is begun for a client that has given up.
    while (!this.#isStopped && !this.#transaction.terminated) {
      const { groups, choice } = this.#undecided!;
      const next = groups.next(choice.best?.response, choice.best?.status ?? 480);
      if (next === undefined) return false;
      if ("status" in next) {
        choice.refusal = next;
        return false;
      }
      this.#startGroup(next, groups.ringMs);
      if (this.#finalStatus !== 0 || this.#isWaiting()) return true;
    }
    return false;
  }

  #startGroup(group: readonly ProxyTarget[], ringMs: number | undefined): void {
    const targets = this.#newTargets(group);
    if (targets.length > this.#freeBreadth()) {
      // RFC 5393 §5.3.3: not forked one after another in place of in parallel; the caller is told instead.
      this.#undecided!.choice.refusal = maxBreadthExceeded;
      this.#isStopped = true;
      return;
    }
    if (this.isInvite) this.#ring(ringMs);
    this.#startBranches(targets);
  }

  #ring(ringMs: number | undefined): void {
    if (ringMs !== undefined) {
      if (this.#transaction.status === 0) respondTrying(this.#transaction);
      this.#isRinging = true;
      this.environment.wheel.arm(this, ringMs);
    } else if (this.#isRinging) {
      // The time of the group before is not this group's.
      this.#isRinging = false;
      this.environment.wheel.cancel(this);
    }
  }

  #startBranches(targets: readonly ProxyTarget[]): void {
    const { copies } = this.#undecided!;
    const first = this.#branches.length;
    const free = this.#freeBreadth();
    const share = Math.floor(free / targets.length);
    let rest = free - share * targets.length;
    for (const target of targets) {
      this.#branches.push(new Branch(this, copies, target, rest-- > 0 ? share + 1 : share));
      this.#live++;
    }
    const wasBusy = this.#isBusy;
    this.#isBusy = true;
    // What fails while it is started may bring further ones, which are started there.
    const end = this.#branches.length;
    for (let i = first; i < end; i++) this.#branches[i]!.start();
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
    let free = this.#undecided!.copies.maxBreadth;
    for (const branch of this.#branches) if (branch.isPending && !branch.isGivenUp) free -= branch.breadth;
    return free;
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
    // An abandoned branch may have had a 2xx in hand.
    if (this.#finalStatus !== 0) return;
    const { copies, choice } = this.#undecided!;
    const status = choice.answer(this.environment, this.#transaction, {
      isInvite: this.isInvite,
      isCancelled: this.#isCancelled,
      isUntried: this.#branches.length === 0,
      mayTell430: copies.routed.dialog !== undefined || !copies.isFromEndpoint,
    });
    this.#finish(status);
  }

  /** A final response is out, or nobody waits for one. */
  #finish(status: number): void {
    const transaction = this.#transaction;
    // Whatever went wrong on the way: a caller that hears nothing would wait for ever, and its transaction with it.
    if (!transaction.completed && !transaction.terminated) respondLocally(this.environment, transaction, 502);
    this.#finalStatus = status;
    this.#isStopped = true;
    this.#undecided = undefined;
    this.environment.wheel.cancel(this);
  }

  // §16.7 step 9: kept until the transactions that can bring a further 2xx have ended.
  #endWhenDone(): void {
    if (this.#finalStatus !== 0 && this.#live === 0 && !this.#isBusy) this.#end();
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.environment.counters.contexts--;
    this.#list.remove(this);
    if (this.#transaction.user === this) this.#transaction.user = undefined;
    if (this.#onDone === undefined) return;
    try {
      this.#onDone({ status: this.#finalStatus, branches: this.#outcomes! });
    } catch (error) {
      this.environment.onError(error);
    }
  }
}

/** Below the 200 ms of §17.2.1 by more than the wheel may be late. */
const TRYING_MS = 150;

/** The time in which timer E grows to T2. */
function timeToSlowE({ t1, t2 }: TimerSettings): number {
  let sum = 0;
  for (let interval = t1; interval < t2; interval *= 2) sum += interval;
  return sum;
}
