/** One transaction on a bench: a flow that writes down what is sent, a user that writes down what it is told. */

import assert from "node:assert/strict";
import { TimerWheel } from "@trapezoid/base";
import { createFakeClock, createRandomOctets } from "@trapezoid/testkit";
import { buildRequest, buildResponse, parseMessage, type SipRequest, type SipResponse } from "../src/message/index.ts";
import {
  type ClientTransaction,
  type ClientTransactionHandler,
  createTransactionLayer,
  type ServerTransaction,
  type TransactionLayer,
  type TransactionLayerOptions,
  type TransactionUser,
} from "../src/transaction/index.ts";
import type { Flow, TransportKind } from "../src/transport/contract.ts";

export function parseRequest(text: string): SipRequest {
  const parsed = parseMessage(text);
  assert.ok(parsed.ok && parsed.value.isRequest, `not a request: ${text}`);
  return parsed.value;
}

export function parseResponse(text: string): SipResponse {
  const parsed = parseMessage(text);
  assert.ok(parsed.ok && !parsed.value.isRequest, `not a response: ${text}`);
  return parsed.value;
}

export interface RequestParts {
  readonly method?: string;
  readonly branch?: string;
  readonly sentBy?: string;
  readonly toTag?: string;
  readonly callId?: string;
  readonly cseq?: string;
  readonly uri?: string;
  readonly headers?: readonly (readonly [string, string])[];
}

export function requestText(parts: RequestParts = {}): string {
  const { method = "INVITE", branch = "z9hG4bKpeer1", sentBy = "10.0.0.9:5060", toTag, callId = "call-1" } = parts;
  const branchParam = branch === "" ? "" : `;branch=${branch}`;
  return buildRequest({
    method,
    uri: parts.uri ?? "sip:bob@example.com",
    headers: [
      ["Via", `SIP/2.0/UDP ${sentBy}${branchParam}`],
      ["Max-Forwards", "70"],
      ["From", "<sip:alice@example.com>;tag=from1"],
      ["To", `<sip:bob@example.com>${toTag === undefined ? "" : `;tag=${toTag}`}`],
      ["Call-ID", callId],
      ["CSeq", parts.cseq ?? `1 ${method}`],
      ...(parts.headers ?? []),
    ],
  });
}

/** A flow without a network. */
export class BenchFlow implements Flow {
  readonly kind: TransportKind;
  readonly reliable: boolean;
  readonly secure = false;
  readonly local = { address: "10.0.0.1", port: 5060 };
  readonly remote = { address: "10.0.0.9", port: 5060 };
  readonly advertised = { host: "10.0.0.1", port: 5060 };
  readonly id: string;
  readonly peerNames = [];
  closed = false;
  /** `send` refuses, as a flow with a full queue does. */
  refusing = false;
  readonly sent: string[] = [];
  readonly listeners = new Set<() => void>();
  readonly #log: string[];

  constructor(kind: TransportKind, log: string[] = [], id = "bench") {
    this.kind = kind;
    this.reliable = kind !== "udp";
    this.#log = log;
    this.id = id;
  }

  send(message: string | Uint8Array): boolean {
    if (this.closed || this.refusing) return false;
    const text = String(message);
    this.sent.push(text);
    this.#log.push(`sent ${text.startsWith("SIP/2.0") ? text.slice(8, 11) : text.slice(0, text.indexOf(" "))}`);
    return true;
  }

  onClose(listener: () => void): Disposable {
    this.listeners.add(listener);
    return { [Symbol.dispose]: () => this.listeners.delete(listener) };
  }

  close(): void {
    this.closed = true;
    for (const listener of [...this.listeners]) listener();
  }
}

export class Bench implements TransactionUser, ClientTransactionHandler {
  readonly clock = createFakeClock({ startAt: 0 });
  readonly wheel = new TimerWheel({ clock: this.clock });
  readonly log: string[] = [];
  readonly errors: unknown[] = [];
  readonly layer: TransactionLayer;
  readonly flow: BenchFlow;
  /** The latest that the user was given. */
  server!: ServerTransaction;
  client!: ClientTransaction;
  /** Instead of writing down what it is told. */
  onRequest = (transaction: ServerTransaction): void => {
    this.server = transaction;
    this.log.push(`request ${transaction.request.method}`);
  };

  constructor(kind: TransportKind = "udp", options: Partial<TransactionLayerOptions> = {}) {
    this.flow = new BenchFlow(kind, this.log);
    this.layer = createTransactionLayer({
      wheel: this.wheel,
      workerId: 7,
      user: this,
      random: createRandomOctets(1),
      onError: (error) => this.errors.push(error),
      ...options,
    });
  }

  /** What happened since the last call. */
  take(): string[] {
    return this.log.splice(0);
  }

  /** The state's name, which the contract does not show. */
  stateOf(transaction: ServerTransaction | ClientTransaction): string {
    return (transaction as unknown as { readonly state: string }).state;
  }

  sendRequest(method: string, parts: RequestParts = {}): ClientTransaction {
    const branch = this.layer.newBranch();
    const text = requestText({ method, branch, sentBy: "10.0.0.1:5060", ...parts });
    this.client = this.layer.send({ method, branch, text }, this.flow, this);
    return this.client;
  }

  /** The answer to the client transaction's request arrives. */
  receiveStatus(status: number, request: SipRequest, flow: Flow = this.flow): void {
    this.layer.receive(buildResponse(request, status, { toTag: "to1" }), flow);
  }

  respond(status: number, transaction: ServerTransaction = this.server, request = transaction.request): void {
    transaction.respond(status, buildResponse(request, status, { toTag: "to1" }));
  }

  onAck(): void {
    this.log.push("ack");
  }

  onCancel(cancel: ServerTransaction, invite: ServerTransaction | undefined): void {
    this.server = cancel;
    this.log.push(`cancel of ${invite?.request.method ?? "nothing"}`);
  }

  onStrayResponse(response: SipResponse): void {
    this.log.push(`stray ${response.status}`);
  }

  onInvalid(reason: string): void {
    this.log.push(`invalid ${reason}`);
  }

  onServerTransactionError(_transaction: ServerTransaction, reason: string): void {
    this.log.push(`error ${reason}`);
  }

  onServerTransactionTerminated(): void {
    this.log.push("ended");
  }

  onResponse(response: SipResponse): void {
    this.log.push(`up ${response.status}`);
  }

  onTimeout(transaction: ClientTransaction): void {
    assert.ok(transaction.terminated);
    this.log.push("timeout");
  }

  onTransportError(transaction: ClientTransaction): void {
    assert.ok(transaction.terminated);
    this.log.push("transport error");
  }

  onTerminated(): void {
    this.log.push("ended");
  }
}
