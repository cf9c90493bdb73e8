/** Requests to us: checked, and given to the dialog, session or handler that they are for. RFC 3261 §8.2, §9.2, §12.2.2. */

import { HeaderId } from "../../message/header-id.ts";
import type { SipRequest } from "../../message/message.ts";
import { isSipUri, uriEquals } from "../../message/uri.ts";
import { checkRequest } from "../../message/validate.ts";
import type { ServerTransaction } from "../../transaction/contract.ts";
import type { Flow } from "../../transport/contract.ts";
import type { CoreHandlers } from "../contract.ts";
import { decideRefer, receiveRefer, referInSession } from "../refer/refers.ts";
import { answerLines } from "../request/answer.ts";
import type { Answer, IncomingRequest, Refusal, Reply } from "../request/contract.ts";
import type { InviteSession } from "../session/contract.ts";
import type { SessionHouse } from "../session/house.ts";
import { IncomingCall } from "../session/incoming-session.ts";
import { InviteServer } from "../session/invite-server.ts";
import { checkSubscribe, SubscribeEntry } from "../subscription/subscribe-entry.ts";
import type { WaitingSubscribers } from "../subscription/waiting-subscribers.ts";
import { checkContent, checkMethod, checkRequire, checkScheme } from "./checks.ts";
import { decide } from "./decide.ts";
import type { Environment } from "./environment.ts";
import type { LocalIdentity } from "./identity.ts";
import { receiveInvite } from "./invite-entry.ts";
import { MergedRequests } from "./merged-requests.ts";
import { respond } from "./responder.ts";
import { targetDialogOf } from "./target-dialog.ts";
import { assertedIdentityOf, isAnonymous } from "./trust.ts";

export interface DispatcherParts {
  readonly handlers: CoreHandlers;
  readonly identity: LocalIdentity;
  readonly sessions: Set<InviteSession>;
  readonly waiting: WaitingSubscribers;
}

export class Dispatcher {
  readonly house: SessionHouse;
  readonly #environment: Environment;
  readonly #handlers: CoreHandlers;
  readonly #identities: LocalIdentity[];
  readonly #merged = new MergedRequests();
  readonly #waiting: WaitingSubscribers;

  constructor(environment: Environment, { handlers, identity, sessions, waiting }: DispatcherParts) {
    this.#waiting = waiting;
    this.#environment = environment;
    this.#handlers = handlers;
    this.#identities = [identity];
    this.house = {
      environment,
      sessions,
      mayBeReliable: environment.reliableProvisional !== "off",
      refer: (session, target, refer) => referInSession(environment, session, target, refer),
      receiveRefer: (transaction, request, session) =>
        receiveRefer(environment, transaction, request, session.identity, session),
      decideRefer: (refer, handler) => decideRefer(environment, refer, handler),
      incoming: (transaction, request) => this.#incoming(request, transaction.flow),
    };
  }

  addIdentity(identity: LocalIdentity): void {
    this.#identities.push(identity);
  }

  onRequest(transaction: ServerTransaction): void {
    const { request } = transaction;
    const syntax = checkRequest(request);
    if (syntax !== undefined) this.#refuse(transaction, request, syntax);
    else if (request.toTag !== undefined) this.#inDialog(transaction, request);
    else this.#outside(transaction, request);
  }

  onAck(request: SipRequest, _flow: Flow): void {
    const dialog = this.#environment.dialogs.ofRequest(request);
    for (const usage of dialog?.usages ?? []) usage.onAck?.(request);
  }

  /** §9.2. */
  onCancel(cancel: ServerTransaction, invite: ServerTransaction | undefined): void {
    const { request } = cancel;
    if (invite === undefined) {
      this.#refuse(cancel, request, { status: 481 });
      return;
    }
    const owner = invite.user;
    // The To tag of this 200 and of the INVITE's response should be one.
    const toTag = owner instanceof IncomingCall || owner instanceof InviteServer ? owner.localTag : undefined;
    respond(this.#environment, cancel, request, 200, { toTag: toTag ?? this.#environment.transactions.newTag() });
    if (owner instanceof IncomingCall) owner.onCancel(request);
    else if (owner instanceof InviteServer) owner.fail({ status: 487 });
  }

  onTerminated(transaction: ServerTransaction): void {
    this.#merged.forget(transaction);
  }

  #inDialog(transaction: ServerTransaction, request: SipRequest): void {
    const { dialogs, capabilities } = this.#environment;
    const dialog = dialogs.ofRequest(request);
    if (dialog === undefined) {
      // RFC 6665 §4.4.1: a NOTIFY may make the dialog.
      if (request.method === "NOTIFY" && this.#waiting.receive(transaction, request)) return;
      this.#refuse(transaction, request, { status: 481 });
      return;
    }
    // §12.2.2: what is older than the last one is out of order.
    if (dialog.receive(request) === "late") {
      this.#refuse(transaction, request, { status: 500, reason: "CSeq Out Of Order" });
      return;
    }
    const refusal =
      this.#handlers.admitInDialog?.(this.#incoming(request, transaction.flow)) ??
      checkRequire(request, capabilities) ??
      checkContent(request, capabilities);
    if (refusal !== undefined) {
      this.#refuse(transaction, request, refusal);
      return;
    }
    const usage = dialog.usages.find((one) => one.takes(request));
    if (usage !== undefined) usage.onRequest(transaction, request);
    else if (request.method === "SUBSCRIBE") this.#refuse(transaction, request, noSharing);
    else this.#refuse(transaction, request, { status: 481 });
  }

  /** §8.2, in its order. */
  #outside(transaction: ServerTransaction, request: SipRequest): void {
    const { capabilities } = this.#environment;
    const incoming = this.#incoming(request, transaction.flow);
    const refusal =
      checkMethod(request, capabilities) ??
      checkScheme(request) ??
      (this.#merged.isMerged(transaction, request) ? { status: 482, reason: "Merged Request" } : undefined) ??
      this.#handlers.admit?.(incoming) ??
      checkRequire(request, capabilities) ??
      checkContent(request, capabilities) ??
      checkReferences(request);
    if (refusal !== undefined) this.#refuse(transaction, request, refusal);
    else this.#serve(transaction, request, incoming);
  }

  #serve(transaction: ServerTransaction, request: SipRequest, incoming: IncomingRequest): void {
    const handlers = this.#handlers;
    switch (request.method) {
      case "INVITE":
        this.#invite(transaction, request);
        break;
      case "REFER":
        this.#refer(transaction, request);
        break;
      case "SUBSCRIBE":
        this.#subscribe(transaction, request, incoming);
        break;
      case "OPTIONS":
        this.#ask(transaction, request, incoming, (asked) => this.#options(asked));
        break;
      case "MESSAGE":
        this.#ask(transaction, request, incoming, handlers.onMessage?.bind(handlers));
        break;
      case "NOTIFY":
        this.#ask(transaction, request, incoming, handlers.onUnsolicitedNotify?.bind(handlers));
        break;
      default:
        this.#ask(transaction, request, incoming, handlers.methods?.[request.method]);
    }
  }

  #invite(transaction: ServerTransaction, request: SipRequest): void {
    const refusal = receiveInvite(this.house, this.#handlers, this.#identityOf(request), transaction, request);
    if (refusal !== undefined) this.#refuse(transaction, request, refusal);
  }

  #refer(transaction: ServerTransaction, request: SipRequest): void {
    const { onRefer } = this.#handlers;
    const identity = this.#identityOf(request);
    const refer = receiveRefer(this.#environment, transaction, request, identity, undefined);
    if (refer !== undefined) decideRefer(this.#environment, refer, onRefer!.bind(this.#handlers));
  }

  #subscribe(transaction: ServerTransaction, request: SipRequest, incoming: IncomingRequest): void {
    const refusal = checkSubscribe(request, this.#environment);
    if (refusal !== undefined) {
      this.#refuse(transaction, request, refusal);
      return;
    }
    const entry = new SubscribeEntry(this.#environment, this.#identityOf(request), transaction, incoming);
    decide(this.#environment, () => this.#handlers.onSubscribe!(entry)).then(
      () => entry.refuse(603),
      () => entry.refuse(500),
    );
  }

  /** §11.2: what an INVITE would be told of our capabilities. */
  #options(incoming: IncomingRequest): Answer {
    const own = this.#handlers.onOptions?.(incoming) ?? { status: 200 };
    return { ...own, headers: [...this.#environment.capabilities.acceptLines(), ...(own.headers ?? [])] };
  }

  #ask(
    transaction: ServerTransaction,
    request: SipRequest,
    incoming: IncomingRequest,
    handler: ((incoming: IncomingRequest) => Reply | Promise<Reply>) | undefined,
  ): void {
    const { limits, counters } = this.#environment;
    if (handler === undefined) {
      // A BYE, PRACK, UPDATE, INFO or NOTIFY outside of any dialog.
      this.#refuse(transaction, request, { status: 481 });
      return;
    }
    if (counters.pendingRequests >= limits.pendingRequests) {
      this.#refuse(transaction, request, { status: 503, headers: [["Retry-After", "10"]] });
      return;
    }
    decide(this.#environment, () => handler(incoming)).then(
      (answer) => answerLines(this.#environment, transaction, request, answer ?? { status: 200 }),
      () => this.#refuse(transaction, request, { status: 500 }),
    );
  }

  #refuse(transaction: ServerTransaction, request: SipRequest, refusal: Refusal): void {
    const { counters } = this.#environment;
    const { status } = refusal;
    counters.refused[status] = (counters.refused[status] ?? 0) + 1;
    // §8.2.7: strangers cause challenges in any number; a transaction for each would be kept for 32 s.
    const isChallenge = (status === 401 || status === 407) && request.toTag === undefined;
    if (isChallenge) transaction.respondStateless(status, refusal);
    else answerLines(this.#environment, transaction, request, refusal);
  }

  #incoming(request: SipRequest, flow: Flow): IncomingRequest {
    return {
      request,
      flow,
      assertedIdentity: assertedIdentityOf(this.#environment, request, flow),
      isAnonymous: isAnonymous(request),
      targetDialog: targetDialogOf(request, this.#environment.dialogs),
    };
  }

  /** Which of ours is called: by our GRUUs, by the user of the Request-URI and the address in To, else the first. */
  #identityOf(request: SipRequest): LocalIdentity {
    const { uri, to } = request;
    const all = this.#identities;
    const byGruu = uri === undefined ? undefined : all.find((one) => one.isGruu(uri));
    if (byGruu !== undefined) return byGruu;
    const user = uri !== undefined && isSipUri(uri) ? uri.user : undefined;
    const named = all.filter(({ contactUser }) => contactUser === user);
    // Accounts at several places may well have one user name.
    const meant = to === undefined ? undefined : named.find(({ address }) => uriEquals(address.uri, to.uri));
    return meant ?? named[0] ?? all[0]!;
  }
}

/** RFC 6665 §4.5.2: no new subscription in a dialog that is there; RFC 3515 §2.4.4: and none to refer but by REFER. */
const noSharing: Refusal = { status: 403, reason: "Dialog Sharing Not Supported" };

/** RFC 3891 §3, RFC 3911 §4: in an INVITE alone. */
function checkReferences(request: SipRequest): Refusal | undefined {
  if (request.method === "INVITE") return undefined;
  const isThere = request.findLine(HeaderId.Replaces) !== -1 || request.findLine(HeaderId.Join) !== -1;
  return isThere ? { status: 400, reason: "Replaces Or Join Outside Of INVITE" } : undefined;
}
