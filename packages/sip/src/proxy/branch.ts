/** One branch of a forwarded request: its addresses tried in turn, Timer C, its CANCEL. RFC 3261 §16.6 steps 7 to 11, §16.8, §16.9, §9.1; RFC 3263 §4.3. */

import { TimerNode } from "@trapezoid/base";
import { statusOfFailure } from "../locate/failure-status.ts";
import type { SipResponse } from "../message/message.ts";
import { formatCancel } from "../transaction/cancel.ts";
import type { ClientTransaction, ClientTransactionHandler } from "../transaction/contract.ts";
import type { Flow, Target } from "../transport/contract.ts";
import { shouldUseStream } from "../transport/stream-rule.ts";
import type { ProxyTarget } from "./contract.ts";
import type { Environment } from "./environment.ts";
import type { CopyRouting } from "./forward-copy.ts";
import { hasViaBelow } from "./forward-response.ts";
import { heedLoad } from "./heed-load.ts";
import { nextHopTargets } from "./next-hop.ts";
import type { RequestCopies } from "./request-copies.ts";
import { isSips, SipsFault } from "./sips.ts";

/** What a branch asks and tells the response context it belongs to. */
export interface BranchOwner {
  readonly environment: Environment;
  readonly isInvite: boolean;
  readonly timerCMs: number;
  /** For a new attempt. */
  newBranchParameter(): string;
  /** 101 to 199. */
  onProvisional(response: SipResponse): void;
  /** The first 2xx, and each further one to an INVITE. */
  onSuccess(branch: Branch, response: SipResponse): void;
  /**
   * Called once at most, never after `onSuccess`. No response: it timed out, broke or was given up; of an INVITE that was given
   * up a 2xx may come still.
   */
  onFailure(branch: Branch, status: number, response: SipResponse | undefined, why: string, fault?: SipsFault): void;
  /** Called once: nothing more will come. */
  onRelease(branch: Branch): void;
}

export class Branch extends TimerNode implements ClientTransactionHandler {
  readonly target: ProxyTarget;
  /** Its share of Max-Breadth. */
  readonly breadth: number;
  /** No final response yet. */
  isPending = true;
  /** It rang too long: the context no longer waits for it. */
  isGivenUp = false;
  /** Any provisional response has come, 100 included: only then may a CANCEL be sent. */
  isHeard = false;
  /** Nothing was sent: its next hops are to be spared (RFC 7339 §5.9, §5.10). */
  get isSparing(): boolean {
    return this.#isSpared && this.#trying === undefined;
  }
  #owner: BranchOwner | undefined;
  /** What is sent, until a final response has come. */
  #copies: RequestCopies | undefined;
  #routing: CopyRouting | undefined;
  #transaction: ClientTransaction | undefined = undefined;
  /** RFC 3263's addresses, the one being tried, and the position of the next. */
  #targets: readonly Target[] | undefined = undefined;
  #trying: Target | undefined = undefined;
  #next = 0;
  /** The present attempt asked its hop how loaded it is (RFC 7339). */
  #isAsking = false;
  /** An address was passed over because its hop has too much to do, or does not answer. */
  #isSpared = false;
  /** Where to go instead when this attempt, over a stream for the request's length alone, breaks. */
  #datagram: Target | undefined = undefined;
  #isSending = false;
  #sendFailed = false;
  /** Header lines of the CANCEL that is sent or to be sent. */
  #cancelReason: string | undefined = undefined;
  #isCancelSent = false;

  constructor(owner: BranchOwner, copies: RequestCopies, target: ProxyTarget, breadth: number) {
    super();
    this.#owner = owner;
    this.#copies = copies;
    this.target = target;
    this.#routing = copies.routingTo(target);
    this.breadth = breadth;
  }

  /** While it is pending. */
  get routing(): CopyRouting {
    return this.#routing!;
  }

  start(): void {
    // Another branch's answer, while the group was being started, has ended this one.
    if (!this.isPending) return;
    const flow = this.target.flow;
    const fault = this.#copies!.faultOf(this.target);
    // RFC 5630 §5.3: 480, with a Warning that says why.
    if (fault !== undefined) this.#fail(480, undefined, reasonOf[fault], fault);
    else if (flow === undefined) this.#locate();
    // RFC 5626 §5.3.1: the flow no longer exists.
    else if (flow === null || flow.closed) this.#fail(430, undefined, "its connection is gone");
    else if (!this.#sendOn(flow)) this.#fail(430, undefined, "its connection broke");
  }

  /** Sends CANCEL, now or when a provisional response has come; a branch that has sent nothing ends at once. */
  cancel(reason: string): void {
    const owner = this.#owner;
    if (owner === undefined || !this.isPending || this.#cancelReason !== undefined) return;
    this.#cancelReason = reason;
    if (this.#transaction === undefined)
      this.#fail(this.#statusWhenCancelled(), undefined, "cancelled before it was sent");
    // §9.1: requests other than INVITE are not cancelled; they answer soon by themselves.
    else if (owner.isInvite && this.isHeard) this.#sendCancel(owner);
  }

  /** As `cancel`, for having rung too long: ends as 408. */
  giveUp(): void {
    this.isGivenUp = true;
    this.cancel("");
  }

  /**
   * Fails a branch that was given up and that nobody has answered, without waiting for its timer. The INVITE may have arrived all
   * the same: its CANCEL goes out with the first provisional response (§9.1), and a 2xx goes up.
   */
  abandon(): void {
    const owner = this.#owner;
    if (owner === undefined || !this.isPending || this.#transaction === undefined) return;
    this.#endWaiting(owner);
    owner.onFailure(this, this.#statusWhenCancelled(), undefined, "no answer");
  }

  /** Ends at once, whatever was sent. */
  close(): void {
    if (!this.isPending) {
      this.#release();
      return;
    }
    this.#transaction?.terminate();
    this.#fail(this.#statusWhenCancelled(), undefined, "no answer");
  }

  onResponse(response: SipResponse, transaction: ClientTransaction): void {
    const owner = this.#owner;
    if (owner === undefined || !this.#isCurrent(transaction)) return;
    const { nextHops } = owner.environment;
    const takesPart = this.#isAsking && heedLoad(nextHops!, this.#trying!, response);
    const status = response.status;
    const first = !this.isHeard;
    this.isHeard = true;
    if (first && this.#isAsking) nextHops!.answered(this.#trying!);
    if (first && status !== 503) this.#reportSuccess(owner);
    if (status < 200) {
      if (first && this.#cancelReason !== undefined && owner.isInvite) this.#sendCancel(owner);
      if (status === 100 || !this.isPending) return;
      // §16.7 step 2. A cancelled branch waits for the end of its CANCEL instead.
      if (owner.isInvite && !this.#isCancelSent) owner.environment.wheel.arm(this, owner.timerCMs);
      owner.onProvisional(response);
      return;
    }
    if (!hasViaBelow(response)) {
      // §16.7 step 3: nobody's but ours. Who asked must hear something all the same.
      owner.environment.counters.droppedResponses++;
      this.#fail(502, undefined, "its answer has no Via of the caller's");
      return;
    }
    if (status < 300) {
      this.#endWaiting(owner);
      owner.onSuccess(this, response);
      if (!owner.isInvite) this.#release();
      return;
    }
    if (!this.isPending) {
      owner.environment.wheel.cancel(this);
      return;
    }
    if (status === 503) {
      const forMs = retryAfterMs(response);
      // RFC 3263 §4.3: a server that is out of service counts as one that cannot be reached. One that says how much it can take (RFC 7339
      // §5.10.2) has turned away this request alone.
      if (forMs !== undefined || !takesPart) this.#reportFailure(owner, forMs);
      if (this.#tryNext()) return;
    }
    if (this.isGivenUp && status === 487) this.#fail(408, undefined, "rang too long");
    else this.#fail(status, response, "answered");
  }

  onTimeout(transaction: ClientTransaction): void {
    const owner = this.#owner;
    if (owner === undefined || !this.#isCurrent(transaction) || !this.isPending) return;
    if (this.#isAsking && !this.isHeard) owner.environment.nextHops!.timedOut(this.#trying!);
    this.#reportFailure(owner);
    if (this.#tryNext()) return;
    this.#fail(408, undefined, "no answer");
  }

  onTransportError(transaction: ClientTransaction, error: Error | undefined): void {
    if (this.#isSending) {
      this.#sendFailed = true;
      return;
    }
    const owner = this.#owner;
    if (owner === undefined || !this.#isCurrent(transaction) || !this.isPending) return;
    // Whoever has answered is not asked again elsewhere.
    if (!this.isHeard && this.#cancelReason === undefined) {
      const datagram = this.#datagram;
      if (datagram === undefined) this.#reportFailure(owner);
      else if (this.#onUnreachable(datagram, datagram)) return;
      if (this.#tryNext()) return;
    }
    // §16.9: as if 503; RFC 5626 §5.3.1 for a flow.
    this.#fail(this.target.flow ? 430 : 503, undefined, error?.message ?? "its connection broke");
  }

  onTerminated(transaction: ClientTransaction): void {
    if (transaction !== this.#transaction || this.isPending) return;
    this.#release();
  }

  /** Timer C, or the end of the wait for what a CANCEL brings. */
  override onTimer(): void {
    const owner = this.#owner;
    if (owner === undefined) return;
    if (!this.isPending) {
      // Abandoned, then heard of, and its CANCEL has brought nothing in 64·T1.
      this.#transaction?.terminate();
      return;
    }
    if (!this.#isCancelSent) owner.environment.counters.timerC++;
    if (this.isHeard && this.#cancelReason === undefined) this.giveUp();
    else {
      // §16.8: without a provisional response as if 408; §9.1: 64·T1 after a CANCEL the transaction is considered cancelled.
      this.#transaction?.terminate();
      this.#fail(this.#statusWhenCancelled(), undefined, "no answer");
    }
  }

  #statusWhenCancelled(): number {
    return this.isGivenUp || this.#cancelReason === undefined ? 408 : 487;
  }

  #isCurrent(transaction: ClientTransaction): boolean {
    // A response may come before `send` returns.
    if (this.#isSending) this.#transaction = transaction;
    return this.#transaction === transaction;
  }

  // §16.6 step 7.
  #locate(): void {
    const { environment, request } = this.#copies!;
    const found = nextHopTargets(environment, request, this.routing);
    if (typeof found === "number") this.#fail(found, undefined, "its URI names no SIP address");
    else if (found instanceof Promise) {
      found.then(
        (targets) => this.#afterWait(() => this.#onLocated(targets)),
        (error) =>
          this.#afterWait(() =>
            this.#fail(statusOfFailure(error), undefined, `its address was not found: ${String(error)}`),
          ),
      );
    } else this.#onLocated(found);
  }

  #onLocated(targets: readonly Target[]): void {
    this.#targets = targets;
    this.#goOn(this.#tryNext());
  }

  /** Each attempt is a transaction and a branch of its own. False when no address is left, or none is wanted. */
  #tryNext(): boolean {
    const targets = this.#targets;
    if (targets === undefined || this.#cancelReason !== undefined) return false;
    this.#transaction = undefined;
    this.#owner?.environment.wheel.cancel(this);
    this.isHeard = false;
    const { incoming, request, environment } = this.#copies!;
    while (this.#next < targets.length) {
      const target = targets[this.#next++]!;
      // RFC 7339 §5.5, §5.10: it goes elsewhere, or nowhere.
      if (environment.nextHops?.mayGo(request, incoming, target) === false) {
        this.#isSpared = true;
        continue;
      }
      this.#trying = target;
      if (this.#reach(target, undefined)) return true;
    }
    return false;
  }

  /** `datagram`: where to go when `target`, the same over a stream for the message's length, cannot be reached. */
  #reach(target: Target, datagram: Target | undefined): boolean {
    const { environment, leaveBy } = this.#copies!;
    let flow: Flow | Promise<Flow>;
    try {
      flow = environment.transport.flowTo(target, leaveBy?.kind === target.kind ? leaveBy : undefined);
    } catch {
      return this.#onUnreachable(target, datagram);
    }
    if (flow instanceof Promise) {
      flow.then(
        (opened) => this.#afterWait(() => this.#goOn(this.#sendTo(opened, target, datagram))),
        () => this.#afterWait(() => this.#goOn(this.#onUnreachable(target, datagram))),
      );
      return true;
    }
    return this.#sendTo(flow, target, datagram);
  }

  #goOn(isUnderWay: boolean): void {
    if (isUnderWay || this.#tryNext()) return;
    const { routing } = this;
    if (this.#isSpared) this.#fail(503, undefined, "its next hop is to be spared");
    else if (!routing.secure || isSips(routing.requestUri)) this.#fail(503, undefined, "no address could be reached");
    // RFC 5630 §5.3: of a sip request for a sips contact, 480 says that TLS was what could not be had.
    else this.#fail(480, undefined, reasonOf[SipsFault.required], SipsFault.required);
  }

  /** What a promise brought. Nobody is above us to catch what is thrown: the branch ends, the process must not. */
  #afterWait(goOn: () => void): void {
    const owner = this.#owner;
    if (owner === undefined || !this.isPending) return;
    try {
      goOn();
    } catch (error) {
      owner.environment.onError(error);
      try {
        this.#fail(500, undefined, String(error));
      } catch (further) {
        owner.environment.onError(further);
      }
    }
  }

  #onUnreachable(target: Target, datagram: Target | undefined): boolean {
    const { environment } = this.#owner!;
    if (datagram === undefined) {
      environment.locator.reportFailure(target);
      return false;
    }
    // RFC 3261 §18.1.1: the peer has no TCP; its datagrams may be fragmented then.
    environment.datagramOnly.add(datagram);
    return this.#reach(datagram, undefined);
  }

  #sendTo(flow: Flow, target: Target, datagram: Target | undefined): boolean {
    this.#datagram = datagram;
    return this.#sendOn(flow, target) || this.#onUnreachable(target, datagram);
  }

  /** False when the flow is broken. A located `target` on UDP is left for TCP when the request is too long (§18.1.1). */
  #sendOn(flow: Flow, target?: Target): boolean {
    const owner = this.#owner!;
    const { environment } = owner;
    const branch = owner.newBranchParameter();
    const copies = this.#copies!;
    this.#isAsking = target !== undefined && environment.nextHops?.asks(this.target, target) === true;
    const text = copies.format(this, flow, branch, this.#isAsking);
    if (target !== undefined && shouldUseStream(text.length, target.kind) && !environment.datagramOnly.has(target)) {
      return this.#reach({ ...target, kind: "tcp" }, target);
    }
    this.#isSending = true;
    this.#sendFailed = false;
    const transaction = environment.transactions.send({ method: copies.request.method, branch, text }, flow, this);
    this.#isSending = false;
    if (this.#sendFailed || (this.isPending && transaction.terminated)) return false;
    environment.counters.branches++;
    environment.counters.forwardedRequests++;
    this.#transaction = transaction;
    if (!this.isPending) {
      if (transaction.terminated) this.#release();
    } else if (owner.isInvite && !this.#isCancelSent) environment.wheel.arm(this, owner.timerCMs);
    return true;
  }

  #sendCancel(owner: BranchOwner): void {
    const transaction = this.#transaction!;
    const { environment } = owner;
    this.#isCancelSent = true;
    // §9.1: without a final response in 64·T1, the transaction is considered cancelled.
    environment.wheel.arm(this, 64 * environment.transactions.timers.t1);
    const text = formatCancel(transaction.requestText, this.#cancelReason!);
    if (text === undefined) return;
    environment.counters.cancelled++;
    environment.transactions.send(
      { method: "CANCEL", branch: transaction.branch, text },
      transaction.flow,
      cancelHandler,
    );
  }

  #reportFailure(owner: BranchOwner, forMs?: number): void {
    if (this.#trying !== undefined) owner.environment.locator.reportFailure(this.#trying, forMs);
  }

  #reportSuccess(owner: BranchOwner): void {
    if (this.#trying !== undefined) owner.environment.locator.reportSuccess(this.#trying);
  }

  #endWaiting(owner: BranchOwner): void {
    this.isPending = false;
    this.#copies = undefined;
    this.#routing = undefined;
    this.#targets = undefined;
    owner.environment.wheel.cancel(this);
  }

  #fail(status: number, response: SipResponse | undefined, why: string, fault?: SipsFault): void {
    const owner = this.#owner;
    if (owner === undefined || !this.isPending) return;
    this.#endWaiting(owner);
    this.#forget();
    owner.onFailure(this, status, response, why, fault);
    owner.onRelease(this);
  }

  #release(): void {
    const owner = this.#owner;
    if (owner === undefined) return;
    owner.environment.wheel.cancel(this);
    this.#forget();
    owner.onRelease(this);
  }

  /** The transaction outlives us for its retransmissions; it must not keep the context alive. */
  #forget(): void {
    this.#owner = undefined;
    this.#transaction = undefined;
  }
}

// RFC 3261 §20.33: seconds, then a comment or parameters.
function retryAfterMs(response: SipResponse): number | undefined {
  const seconds = Number.parseInt(response.header("Retry-After") ?? "", 10);
  return seconds >= 0 ? Math.min(seconds, 3600) * 1000 : undefined;
}

const reasonOf: Readonly<Record<SipsFault, string>> = {
  [SipsFault.notAllowed]: "it is not reached by sips, which was asked for",
  [SipsFault.required]: "it is reached by TLS alone, and there is none to it",
};

/** Whatever a CANCEL is answered, the INVITE's own response tells what became of it. */
const cancelHandler: ClientTransactionHandler = {
  onResponse() {},
  onTimeout() {},
  onTransportError() {},
};
