/** The registrar: an authenticated REGISTER becomes bindings, and its 200 goes out when they are durable. RFC 3261 §10.3. */

import type { Clock } from "@trapezoid/base";
import { bracket, buildResponse, HeaderId, type SipRequest } from "@trapezoid/sip/message";
import type { Flow } from "@trapezoid/sip/transport";
import type { RegistrarSettings } from "../config/types.ts";
import { Sparse } from "../observe/sparse.ts";
import type { Binding, BindingOutcome, BindingQueue, BindingUpdate } from "../store/contract.ts";
import { type ContactRequest, contactsOf } from "./contacts.ts";
import { outboundOf, pathOf, supports } from "./extensions.ts";
import { flowIdFor } from "./reach.ts";
import type { Refusal } from "./refusal.ts";
import { registeredResponse } from "./registered-response.ts";
import { sipsRefusal } from "./sips-contacts.ts";
import { notUnderstood } from "./understood.ts";

export interface RegistrarOptions {
  readonly settings: RegistrarSettings;
  readonly queue: BindingQueue;
  readonly clock: Clock;
  /** For To in responses: begins with the worker's number. */
  readonly newTag: () => string;
  /**
   * Told of every change before it is stored; what it returns is called once it is, with the contacts that there are then. Default:
   * nobody watches.
   */
  readonly watch?: (registration: Registration) => (stored: readonly Binding[]) => void;
  /** Whether an address of ours has an account: 404 when not (§10.3 step 5). */
  readonly isKnown: (address: string) => boolean;
  /** A line for the operator. */
  readonly log: (level: "error", message: string, fields: Record<string, unknown>) => void;
}

/** A change of bindings that is about to be stored. */
export interface Registration {
  readonly update: BindingUpdate;
  /** The address that it comes from. */
  readonly address: string;
  /** `udp 192.0.2.7:51234`. */
  readonly source: string;
  readonly userAgent: string | undefined;
}

/** What the registrar needs of a server transaction. */
export interface RegisterTransaction {
  readonly request: SipRequest;
  readonly flow: Flow;
  respond(status: number, text: string): void;
}

/** Plain numbers, read at scrape. */
export interface RegistrarCounters {
  /** REGISTERs answered 200 that set or removed bindings. */
  registered: number;
  /** REGISTERs without Contact. */
  queried: number;
  /** Answered 4xx or, for an old CSeq, 500. */
  refused: number;
  /** Answered 500: the store failed. */
  storeFailures: number;
}

export class Registrar {
  readonly counters: RegistrarCounters = { registered: 0, queried: 0, refused: 0, storeFailures: 0 };
  readonly #options: RegistrarOptions;
  readonly #storeFailed = new Sparse(STORE_FAILURE_LOG_MS);
  #settings: RegistrarSettings;

  constructor(options: RegistrarOptions) {
    this.#options = options;
    this.#settings = options.settings;
  }

  /** Requests from now on are held to the new bounds. */
  configure(settings: RegistrarSettings): void {
    this.#settings = settings;
  }

  /**
   * Carries out a REGISTER for `address`, its To in canonical form (`alice@example.com`). Whoever calls has checked that the
   * domain is ours, who is asking, and that they may (§10.3 steps 1, 3 and 4). Answers once, now or when the store has.
   */
  register(transaction: RegisterTransaction, address: string): void {
    const { request, flow } = transaction;
    const plan = this.#plan(request, flow, address);
    if ("status" in plan) {
      this.#refuse(transaction, plan);
      return;
    }
    const { update, outbound, path } = plan;
    const isChange = update.removeAll || update.contacts.length > 0;
    const stored = isChange ? this.#options.watch?.(registrationOf(update, request, flow)) : undefined;
    this.#options.queue.submit(update, (outcome) => {
      if (!outcome.ok) {
        this.#fail(transaction, outcome);
        return;
      }
      if (isChange) this.counters.registered++;
      else this.counters.queried++;
      stored?.(outcome.bindings);
      const { newTag } = this.#options;
      const options = { now: update.at, toTag: newTag(), outbound, path };
      transaction.respond(200, registeredResponse(request, outcome.bindings, options));
    });
  }

  #plan(request: SipRequest, flow: Flow, address: string): RegisterPlan | Refusal {
    const refusal = notUnderstood(request);
    if (refusal !== undefined) return refusal;
    if (!this.#options.isKnown(address)) return { status: 404, reason: "" };
    const { callId, cseq } = request;
    if (callId === undefined || cseq === undefined) return { status: 400, reason: "Call-ID and CSeq are needed" };
    const asked = contactsOf(request, this.#settings);
    if ("status" in asked) return asked;
    const path = pathOf(request);
    if ("status" in path) return path;
    const insecure = sipsRefusal(request, flow, asked.contacts, path);
    if (insecure !== undefined) return insecure;
    const outbound = outboundOf(request, asked.contacts, path);
    if (typeof outbound === "object") return outbound;
    const at = Math.round(this.#options.clock.now());
    const common: RequestFacts = {
      aor: address,
      at,
      callId,
      cseq: cseq.sequence,
      path,
      flowIdFor: (contact) => flowIdFor(contact, request.via, flow, outbound === true),
      source: sourceOf(flow),
      userAgent: userAgentOf(request),
    };
    return {
      update: {
        aor: address,
        callId,
        cseq: cseq.sequence,
        at,
        removeAll: asked.all,
        contacts: asked.contacts.map((contact) => bindingOf(contact, common, outbound)),
        maxContacts: this.#settings.maxContacts,
      },
      outbound,
      // RFC 3327 §5.3: told back to clients that say they understand it; kept either way, or nobody could be reached through such a proxy.
      path: path.length > 0 && supports(request, "path") ? path : none,
    };
  }

  #fail(transaction: RegisterTransaction, outcome: BindingOutcome & { readonly ok: false }): void {
    switch (outcome.reason) {
      case "out-of-order":
        // RFC 3261 §10.3 step 7 names no status; §12.2.2 has 500 for the same fault in a dialog, and phones try again after one.
        this.#refuse(transaction, { status: 500, reason: `Out of order: ${outcome.message}` });
        return;
      case "too-many":
        this.#refuse(transaction, { status: 403, reason: `Too many contacts: ${outcome.message}` });
        return;
      case "storage": {
        // RFC 3261 §10.3 step 7: bindings that cannot be committed are a 500.
        this.counters.storeFailures++;
        const times = this.#storeFailed.count(this.#options.clock.now());
        if (times !== undefined) {
          const what = "registrations cannot be stored and are answered 500";
          this.#options.log("error", what, { problem: outcome.message, times });
        }
        const headers = [["Retry-After", String(STORE_RETRY_SECONDS)]] as const;
        this.#answer(transaction, { status: 500, reason: "The binding could not be stored", headers });
        return;
      }
      default:
        outcome.reason satisfies never;
    }
  }

  #refuse(transaction: RegisterTransaction, refusal: Refusal): void {
    this.counters.refused++;
    this.#answer(transaction, refusal);
  }

  #answer(transaction: RegisterTransaction, { status, reason, headers }: Refusal): void {
    const toTag = this.#options.newTag();
    const text = buildResponse(transaction.request, status, { toTag, headers, ...(reason !== "" && { reason }) });
    transaction.respond(status, text);
  }
}

export function createRegistrar(options: RegistrarOptions): Registrar {
  return new Registrar(options);
}

interface RegisterPlan {
  readonly update: BindingUpdate;
  readonly outbound: boolean;
  /** For the response. */
  readonly path: readonly string[];
}

/** What all contacts of a request share. */
interface RequestFacts {
  readonly aor: string;
  readonly at: number;
  readonly callId: string;
  readonly cseq: number;
  readonly path: readonly string[];
  /** What to remember of the flow for this contact. */
  readonly flowIdFor: (contact: string) => string;
  readonly source: string;
  readonly userAgent: string | undefined;
}

const none: readonly string[] = Object.freeze([]);
const STORE_RETRY_SECONDS = 10;
/** A store that fails does so for every REGISTER. */
const STORE_FAILURE_LOG_MS = 10_000;

function bindingOf(contact: ContactRequest, facts: RequestFacts, outbound: boolean): Binding {
  return {
    aor: facts.aor,
    contact: contact.uri,
    params: contact.params,
    q: contact.q,
    expiresAt: facts.at + contact.expires * 1000,
    callId: facts.callId,
    cseq: facts.cseq,
    path: facts.path,
    flowId: facts.flowIdFor(contact.uri),
    source: facts.source,
    userAgent: facts.userAgent,
    instance: contact.instance,
    // RFC 5626 §6: without outbound a reg-id means nothing.
    regId: outbound ? contact.regId : undefined,
    updatedAt: facts.at,
  };
}

function registrationOf(update: BindingUpdate, request: SipRequest, flow: Flow): Registration {
  return { update, address: flow.remote.address, source: sourceOf(flow), userAgent: userAgentOf(request) };
}

/** `udp 192.0.2.7:51234`. */
function sourceOf({ kind, remote }: Flow): string {
  return `${kind} ${bracket(remote.address)}:${remote.port}`;
}

function userAgentOf(request: SipRequest): string | undefined {
  const line = request.findLine(HeaderId["User-Agent"]);
  return line === -1 ? undefined : request.lineValue(line);
}
