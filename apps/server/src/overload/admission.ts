/** Which new requests are let in while a thread has more to do than it can. RFC 3261 §21.5.4, RFC 5390, RFC 7339 §5.10.2. */

import type { Clock, SipHashKey } from "@trapezoid/base";
import { asksForLoss, HeaderId, type SipRequest, splitList } from "@trapezoid/sip/message";
import { Fate, spreadLoss } from "@trapezoid/sip/overload";
import type { TurnedAway } from "@trapezoid/sip/transaction";
import type { Flow } from "@trapezoid/sip/transport";
import type { OverloadSettings } from "../config/types.ts";
import { Emergency } from "./emergency.ts";
import { JustAnswered } from "./just-answered.ts";
import { classOf, type ShedClass, shedClasses } from "./request-class.ts";

const { Via } = HeaderId;

export interface AdmissionOptions {
  readonly settings: OverloadSettings;
  readonly clock: Clock;
  /** Of the luck that decides: random, so that nobody can choose to be lucky. */
  readonly key: SipHashKey;
  readonly isTrusted: (flow: Flow) => boolean;
  /** Whether a REGISTER is the refresh of a live binding. */
  readonly isRefresh: (request: SipRequest) => boolean;
  /** Whether nothing is known of the peer's address. */
  readonly isStranger: (flow: Flow) => boolean;
  /** Whether the peer is told how much to send, if it asks. */
  readonly isTold: (flow: Flow) => boolean;
}

/** Requests turned away, by class; `again`: their repetitions that got no answer of their own. Plain numbers, read at scrape. */
export type ShedCounters = Record<ShedClass | "again", number>;

/** What is left of the counts of earlier intervals after one more of 100 ms: about five seconds are remembered (RFC 7339 §7.2). */
const memory = 0.98;

/** T1: what is repeated after it had no answer (RFC 3261 §17.1.1.2); what comes before was sent before the answer came. */
const repeatedMs = 500;

/** With so little let in, whoever was asked to send less does not heed it. */
const unheededShare = 0.25;

export class Admission {
  readonly shed: ShedCounters = { stranger: 0, invite: 0, other: 0, refresh: 0, again: 0 };
  readonly #options: AdmissionOptions;
  readonly #fate: Fate;
  readonly #justAnswered = new JustAnswered(repeatedMs);
  #settings: OverloadSettings;
  #emergency: Emergency;
  #share = 1;
  /** What share of each class is turned away, and how many of it came lately. */
  #lost: readonly number[] = shedClasses.map(() => 0);
  readonly #seen: number[] = shedClasses.map(() => 0);
  /** The same of requests that are always let in. */
  #seenSafe = 0;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#fate = new Fate(options.key);
    this.#settings = options.settings;
    this.#emergency = new Emergency(options.settings.emergency);
  }

  configure(settings: OverloadSettings): void {
    this.#settings = settings;
    this.#emergency = new Emergency(settings.emergency);
  }

  /** From now on this share of new requests is let in, the most important ones first. Called every 100 ms while it is less than all. */
  letIn(share: number): void {
    this.#share = share;
    if (share >= 1) {
      this.#seen.fill(0);
      this.#seenSafe = 0;
      return;
    }
    this.#lost = spreadLoss(1 - share, this.#seen);
    for (let at = 0; at < this.#seen.length; at++) this.#seen[at]! *= memory;
    this.#seenSafe *= memory;
  }

  /** The share of all requests, those that are always let in among them, that is turned away (RFC 7339 §5.3). */
  get lossOfAll(): number {
    const seen = this.#seen.reduce((sum, count) => sum + count, 0);
    const subject = seen === 0 ? 1 : seen / (seen + this.#seenSafe);
    return (1 - this.#share) * subject;
  }

  turnAway(request: SipRequest, flow: Flow, isFull: boolean): TurnedAway | "answered" | undefined {
    if (this.#share >= 1 && !isFull) return undefined;
    const kind = classOf(request, {
      isEmergency: () => this.#isEmergency(request, flow),
      isRefresh: this.#options.isRefresh,
      isStranger: () => this.#options.isStranger(flow),
    });
    if (kind === undefined || (!isFull && this.#limitsItself(request, flow))) {
      this.#seenSafe++;
      return undefined;
    }
    const at = shedClasses.indexOf(kind);
    this.#seen[at]!++;
    const now = this.#options.clock.now();
    const fate = this.#fate;
    const luck = fate.of(request.callId ?? "", now);
    if (!isFull && luck >= this.#lost[at]!) return undefined;
    // CSeq, or the request that answers a challenge would pass for the one that was challenged.
    const sequence = request.cseq?.sequence ?? 0;
    if (!flow.reliable && this.#justAnswered.seen(fate.low ^ sequence, fate.high, now)) {
      this.shed.again++;
      return "answered";
    }
    this.shed[kind]++;
    return { status: 503, headers: this.#retryAfter(request) };
  }

  /**
   * A request that was let in for its To tag, and is of no dialog all the same. Anybody can write a tag: of strangers it counts as what
   * begins something.
   */
  turnsStrayAway(request: SipRequest, flow: Flow): boolean {
    if (this.#share >= 1 || !this.#options.isStranger(flow) || this.#isEmergency(request, flow)) return false;
    const at = shedClasses.indexOf("stranger");
    this.#seen[at]!++;
    this.#seenSafe = Math.max(0, this.#seenSafe - 1);
    if (this.#fate.of(request.callId ?? "", this.#options.clock.now()) >= this.#lost[at]!) return false;
    this.shed.stranger++;
    return true;
  }

  /** RFC 7339 §7.2: a peer that has been told how much to send has turned away its part. Whom we trust to do so, that is. */
  #limitsItself(request: SipRequest, flow: Flow): boolean {
    if (this.#share < unheededShare || request.via === undefined || !asksForLoss(request.via)) return false;
    return this.#options.isTold(flow) && this.#options.isTrusted(flow);
  }

  #isEmergency(request: SipRequest, flow: Flow): boolean {
    return (
      this.#emergency.isCallForHelp(request) || this.#emergency.isClaim(request, () => this.#options.isTrusted(flow))
    );
  }

  /**
   * When to come back: chosen at random, or all who were turned away now would come back at once. For end devices alone: a proxy would
   * send us nothing at all for so long (RFC 3261 §21.5.4), and then everything; it is told without (RFC 7339 §5.10.2).
   */
  #retryAfter(request: SipRequest): TurnedAway["headers"] {
    if (!isFromEndDevice(request)) return undefined;
    const { min, max } = this.#settings.retryAfter;
    const seconds = min + Math.floor(this.#fate.spare * (max - min + 1));
    return [["Retry-After", `${seconds}`]];
  }
}

/** One Via alone: its sender made it. A comma within quotes (`oc-algo="loss,A"`) sets no values apart. */
function isFromEndDevice(request: SipRequest): boolean {
  const line = request.findLine(Via);
  return request.findLine(Via, line + 1) === -1 && splitList(request.lineValue(line)).length === 1;
}
