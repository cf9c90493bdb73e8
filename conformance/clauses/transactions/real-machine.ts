/** The transaction layer at work on a virtual network, driven by the inputs that the rows name. */

import assert from "node:assert/strict";
import { TimerWheel } from "@trapezoid/base";
import { buildResponse, parseMessage, type SipRequest } from "@trapezoid/sip/message";
import {
  type ClientTransaction,
  type ClientTransactionHandler,
  createTransactionLayer,
  type ServerTransaction,
  type TransactionLayer,
  type TransactionUser,
} from "@trapezoid/sip/transaction";
import type { Flow } from "@trapezoid/sip/transport";
import {
  createFakeClock,
  createRandomOctets,
  createVirtualNetwork,
  type VirtualNetwork,
  type VirtualTransport,
} from "@trapezoid/testkit";
import { type Happening, statusOf } from "./reference-machine.ts";
import type { Machine, Over } from "./rows.ts";

const us = "10.0.0.1";
const peer = "10.0.0.2";

export class RealMachine implements TransactionUser, ClientTransactionHandler {
  readonly clock = createFakeClock({ startAt: 0 });
  readonly layer: TransactionLayer;
  readonly #machine: Machine;
  readonly #wheel = new TimerWheel({ clock: this.clock });
  readonly #network: VirtualNetwork = createVirtualNetwork(this.clock, { delayMs: 0 });
  readonly #peer: VirtualTransport;
  /** Ours to the peer, and the peer's to us. */
  readonly #flow: Flow;
  readonly #back: Flow;
  readonly #happened: Happening[] = [];
  /** The first text of each kind that we sent: what is sent again must be the same, octet by octet. */
  readonly #firstTexts = new Map<string, string>();
  #transaction: ClientTransaction | ServerTransaction | undefined;
  #request: SipRequest | undefined;

  constructor(machine: Machine, over: Over) {
    this.#machine = machine;
    const ours = this.#network.transport({ address: us });
    this.#peer = this.#network.transport({ address: peer });
    for (const host of [ours, this.#peer]) host.listenNow(over);
    const random = createRandomOctets(1);
    const layer = createTransactionLayer({ wheel: this.#wheel, workerId: 1, user: this, random });
    this.layer = layer;
    ours.handler = {
      onMessage: (text, flow) => layer.receive(text, flow),
      onSendError: (error, flow) => layer.transportError(flow, error),
    };
    const target = (address: string) => ({ kind: over, address, port: 5060 });
    if (over === "udp") {
      this.#flow = ours.udpFlow(target(peer));
      this.#back = this.#peer.udpFlow(target(us));
    } else if (machine.side === "client") {
      this.#flow = ours.connectNow(target(peer))!;
      this.#back = this.#peer.connections[0]!;
    } else {
      this.#back = this.#peer.connectNow(target(us))!;
      this.#flow = ours.connections[0]!;
    }
    this.#network.tap(({ from, text }) => {
      if (from.address === us) this.#see(text);
    });
  }

  /** The state's name, which the contract does not show. */
  get state(): string {
    return (this.#transaction as { readonly state?: string } | undefined)?.state ?? "initial";
  }

  /** What happened since the last call. */
  take(): Happening[] {
    return this.#happened.splice(0);
  }

  advance(ms: number): void {
    this.clock.advance(ms);
  }

  input(input: string): void {
    if (input === "start") this.#start();
    else if (input === "request") this.#fromPeer(this.#machine.method);
    else if (input === "ACK" || input === "CANCEL") this.#fromPeer(input);
    else if (input === "transport error") this.#break();
    else if (input.startsWith("TU ")) {
      if (input.endsWith(" undelivered")) this.#break();
      this.#respond(statusOf[input.split(" ")[1]!]!);
    } else this.#back.send(buildResponse(this.#sentRequest(), statusOf[input]!, { toTag: "to1" }));
    this.clock.advance(0);
  }

  /** Transactions that the layer holds. */
  get transactions(): number {
    const { counters } = this.layer;
    return counters.clientTransactions + counters.serverTransactions;
  }

  /** Timers that run. */
  get timers(): number {
    return this.#wheel.size;
  }

  #start(): void {
    const branch = this.layer.newBranch();
    const text = requestText(this.#machine.method, `${us}:5060`, branch);
    this.#request = parseRequest(text);
    this.#transaction = this.layer.send({ method: this.#machine.method, branch, text }, this.#flow, this);
  }

  #sentRequest(): SipRequest {
    return this.#request ?? assert.fail("no request was sent");
  }

  #fromPeer(method: string): void {
    this.#back.send(requestText(method, `${peer}:5060`, "z9hG4bKpeer", method === "ACK" ? "to1" : undefined));
  }

  #respond(status: number): void {
    (this.#transaction as ServerTransaction).respond(status, buildResponse(this.#request!, status, { toTag: "to1" }));
  }

  /** The peer goes away: connections end, datagrams to it come back as unreachable. */
  #break(): void {
    void this.#peer.close();
    this.clock.advance(0);
    if (this.#flow.kind !== "udp") return;
    this.#flow.send("a datagram that nobody takes");
    this.clock.advance(0);
  }

  #see(text: string): void {
    const words = text.split(" ", 2);
    const what = words[0] === "SIP/2.0" ? words[1]! : words[0]!;
    if (what === "a") return;
    const first = this.#firstTexts.get(what);
    if (first === undefined) this.#firstTexts.set(what, text);
    else assert.equal(text, first, `${what} is sent again as it was sent first`);
    this.#say(`sent ${what}`);
  }

  #say(what: string): void {
    this.#happened.push({ at: this.clock.now(), what });
  }

  onRequest(transaction: ServerTransaction): void {
    if (this.#transaction !== undefined) {
      this.#say("begin anew");
      transaction.abandon();
      return;
    }
    this.#transaction = transaction;
    this.#request = transaction.request;
    this.#say("pass up request");
  }

  onAck(): void {
    this.#say("pass up ACK");
  }

  onCancel(cancel: ServerTransaction): void {
    this.#say("pass up CANCEL");
    // A transaction of its own, which is nobody's here.
    cancel.abandon();
  }

  onStrayResponse(): void {
    this.#say("match nothing");
  }

  onServerTransactionError(transaction: ServerTransaction, reason: "timer-h" | "transport"): void {
    if (transaction === this.#transaction) {
      this.#say(reason === "timer-h" ? "report no ACK" : "report transport error");
    }
  }

  onServerTransactionTerminated(transaction: ServerTransaction): void {
    if (transaction !== this.#transaction) return;
    if (this.layer.counters.expired > 0) this.#say("count expiry");
    this.#say("ended");
  }

  onResponse({ status }: { readonly status: number }): void {
    this.#say(`up ${status}`);
  }

  onTimeout(): void {
    this.#say("report timeout");
  }

  onTransportError(): void {
    this.#say("report transport error");
  }

  onTerminated(): void {
    this.#say("ended");
  }
}

function requestText(method: string, sentBy: string, branch: string, toTag?: string): string {
  return [
    `${method} sip:bob@example.com SIP/2.0`,
    `Via: SIP/2.0/UDP ${sentBy};branch=${branch}`,
    "Max-Forwards: 70",
    "From: <sip:alice@example.com>;tag=from1",
    `To: <sip:bob@example.com>${toTag === undefined ? "" : `;tag=${toTag}`}`,
    "Call-ID: call-1",
    `CSeq: 1 ${method}`,
    "Content-Length: 0",
    "\r\n",
  ].join("\r\n");
}

function parseRequest(text: string): SipRequest {
  const parsed = parseMessage(text);
  assert.ok(parsed.ok && parsed.value.isRequest);
  return parsed.value;
}
