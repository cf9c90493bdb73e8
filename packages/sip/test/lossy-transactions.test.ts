import assert from "node:assert/strict";
import { test } from "node:test";
import { TimerWheel } from "@trapezoid/base";
import {
  createFakeClock,
  createRandom,
  createRandomOctets,
  createVirtualNetwork,
  leakCheck,
  type VirtualNetworkOptions,
} from "@trapezoid/testkit";
import { buildResponse, type SipRequest, type SipResponse } from "../src/message/index.ts";
import {
  type ClientTransaction,
  createTransactionLayer,
  type ServerTransaction,
  type TransactionLayer,
  type TransactionUser,
} from "../src/transaction/index.ts";
import type { Flow } from "../src/transport/contract.ts";
import { requestText } from "./transaction-rig.ts";

/** What became of one client transaction: its callbacks, in order. */
class Call {
  readonly method: string;
  readonly told: string[] = [];
  transaction!: ClientTransaction;
  constructor(method: string) {
    this.method = method;
  }
  onResponse(response: SipResponse): void {
    this.told.push(`${response.status}`);
  }
  onTimeout(): void {
    this.told.push("timeout");
  }
  onTransportError(): void {
    this.told.push("transport error");
  }
  onTerminated(): void {
    this.told.push("ended");
  }
}

/** Answers as the user part of the Request-URI says: `ring-486`, `200`, `never`, `cancelled`. */
class Callee implements TransactionUser {
  layer!: TransactionLayer;
  acks = 0;
  timerH = 0;
  onRequest(transaction: ServerTransaction): void {
    const { request } = transaction;
    const wish = request.requestUri.slice(4, request.requestUri.indexOf("@")).split("-");
    if (transaction.isInvite) this.#respond(transaction, request, 100);
    if (wish[0] === "ring") this.#respond(transaction, request, 180);
    const status = Number(wish.at(-1));
    if (status > 0) this.#respond(transaction, request, status);
    else transaction.user = request;
  }
  onAck(): void {
    this.acks++;
  }
  onCancel(cancel: ServerTransaction, invite: ServerTransaction | undefined): void {
    const { request } = cancel;
    this.#respond(cancel, request, invite === undefined ? 481 : 200);
    if (invite !== undefined && !invite.completed) this.#respond(invite, invite.user as SipRequest, 487);
  }
  onStrayResponse(): void {}
  onServerTransactionError(_transaction: ServerTransaction, reason: string): void {
    if (reason === "timer-h") this.timerH++;
  }
  #respond(transaction: ServerTransaction, request: SipRequest, status: number): void {
    transaction.respond(status, buildResponse(request, status, { toTag: this.layer.newTag() }));
  }
}

function setUp(conditions: VirtualNetworkOptions, kind: "udp" | "tcp" = "udp") {
  const clock = createFakeClock();
  const wheel = new TimerWheel({ clock });
  const network = createVirtualNetwork(clock, { delayMs: 20, ...conditions });
  const caller = network.transport({ address: "10.0.0.1" });
  const callee = network.transport({ address: "10.0.0.2" });
  for (const host of [caller, callee]) host.listenNow(kind);
  const user = new Callee();
  const layers = [caller, callee].map((host, workerId) => {
    const layer = createTransactionLayer({ wheel, workerId, user, random: createRandomOctets(workerId + 1) });
    host.handler = {
      onMessage: (text, flow) => layer.receive(text, flow),
      onSendError: (error, flow) => layer.transportError(flow, error),
    };
    return layer;
  });
  user.layer = layers[1]!;
  const target = { kind, address: "10.0.0.2", port: 5060 };
  const flow: Flow = kind === "udp" ? caller.udpFlow(target) : caller.connectNow(target)!;
  const calls: Call[] = [];
  const send = (method: string, wish: string, branch = layers[0]!.newBranch()): Call => {
    const call = new Call(method);
    const text = requestText({ method, branch, sentBy: "10.0.0.1:5060", uri: `sip:${wish}@10.0.0.2`, callId: branch });
    call.transaction = layers[0]!.send({ method, branch, text }, flow, call);
    calls.push(call);
    return call;
  };
  const expectNothingLeft = (): void => {
    leakCheck({ clock, wheels: [wheel], layers, network, transports: [caller, callee] });
    for (const { told } of calls) {
      assert.equal(told.filter((what) => what === "ended").length, 1, told.join());
      assert.equal(told.at(-1), "ended");
    }
  };
  return { clock, wheel, network, user, layers, flow, calls, send, expectNothingLeft };
}

/** The callbacks but provisional responses and the end. */
function outcomeOf({ told }: Call): string {
  return told.filter((what) => what !== "ended" && !/^1..$/.test(what)).join();
}

const conditions: readonly (readonly [name: string, conditions: VirtualNetworkOptions])[] = [
  ["a clean network", {}],
  ["10% loss", { lossRate: 0.1 }],
  ["30% loss, 20% duplicates, 20% reordered", { lossRate: 0.3, duplicateRate: 0.2, reorderRate: 0.2, jitterMs: 100 }],
];

for (const [name, links] of conditions) {
  for (const seed of [1, 2, 3]) {
    test(`${name} (seed ${seed}): every transaction ends as RFC 3261 §17 says and nothing is left`, () => {
      const rig = setUp({ ...links, seed });
      const random = createRandom(seed);
      const wishes = ["200", "ring-200", "486", "ring-486", "never", "ring-never"];
      for (let i = 0; i < 200; i++) {
        const call = rig.send(i % 2 === 0 ? "INVITE" : "OPTIONS", wishes[Math.floor(random() * wishes.length)]!);
        rig.clock.advance(random() * 50);
        // §9.1: only after a provisional response.
        if (call.method === "INVITE" && call.transaction.status > 0 && call.transaction.status < 200) {
          rig.send("CANCEL", "cancel", call.transaction.branch);
        }
      }
      rig.clock.advance(33_000);
      // Whoever rings on without an end is cancelled, as timer C would do.
      for (const call of rig.calls.filter(({ method, told }) => method === "INVITE" && !told.includes("ended"))) {
        if (call.transaction.completed || call.transaction.status === 0) continue;
        rig.send("CANCEL", "cancel", call.transaction.branch);
      }
      rig.clock.advance(33_000);
      for (const call of rig.calls) if (!call.transaction.completed) call.transaction.terminate();
      rig.clock.advance(70_000);
      // An INVITE whose 100 was lost and that nobody cancelled: its server side waits for its user. §16.6 step 11 ends it there.
      rig.layers[1]!.close();
      rig.expectNothingLeft();
      for (const call of rig.calls) {
        const outcome = outcomeOf(call);
        // Duplicated 2xx to an INVITE go up each (RFC 6026 §7.2).
        assert.match(outcome, /^(200(,200)*|486|487|481|timeout|)$/, `${call.method}: ${call.told.join()}`);
      }
      if (name === "a clean network") {
        const { counters } = rig.layers[0]!;
        assert.equal(rig.calls.filter((call) => outcomeOf(call) === "timeout").length, counters.timeouts);
        assert.equal(rig.user.timerH, 0);
      }
    });
  }
}

test("10% loss: the non-2xx of an INVITE and the answer of an OPTIONS always arrive (RFC 3261 §17.1, §17.2)", () => {
  const rig = setUp({ lossRate: 0.1, seed: 5 });
  for (let i = 0; i < 500; i++) {
    rig.send(i % 2 === 0 ? "INVITE" : "OPTIONS", "486");
    rig.clock.advance(10);
  }
  rig.clock.advance(110_000);
  assert.ok(rig.calls.every((call) => outcomeOf(call) === "486"));
  assert.ok(rig.layers[0]!.counters.retransmissionsSent > 0);
  assert.ok(rig.layers[1]!.counters.retransmissionsReceived > 0);
  assert.equal(rig.user.acks, 0, "the transaction layer absorbs the ACKs");
  assert.equal(rig.user.timerH, 0);
  rig.expectNothingLeft();
});

test("a peer that hears nothing: timers B and F, and 7 INVITEs and 11 OPTIONS on the wire (RFC 3261 §17.1)", () => {
  const rig = setUp({ lossRate: 1 });
  let packets = 0;
  rig.network.tap(() => packets++);
  const invite = rig.send("INVITE", "200");
  rig.clock.advance(33_000);
  assert.deepEqual(invite.told, ["timeout", "ended"]);
  assert.equal(packets, 7);
  packets = 0;
  rig.send("OPTIONS", "200");
  rig.clock.advance(33_000);
  assert.equal(packets, 11);
  rig.expectNothingLeft();
});

test("a peer that never hears the ACK: timer H after 11 responses (RFC 3261 §17.2.1)", () => {
  const rig = setUp({});
  rig.network.lose = ({ text }) => text.startsWith("ACK");
  rig.send("INVITE", "486");
  rig.clock.advance(70_000);
  assert.equal(rig.user.timerH, 1);
  assert.equal(rig.layers[1]!.counters.retransmissionsSent, 10);
  rig.expectNothingLeft();
});

test("a datagram port that nobody listens on fails at once, not after 32 s (RFC 3261 §18.4)", () => {
  const rig = setUp({});
  rig.network.hostAt("10.0.0.2")!.close();
  const call = rig.send("INVITE", "200");
  rig.clock.advance(100);
  assert.deepEqual(call.told, ["transport error", "ended"]);
  rig.expectNothingLeft();
});

test("over TCP nothing is sent twice and nothing lingers but 2xx and missing ACKs (RFC 3261 §17)", () => {
  const rig = setUp({}, "tcp");
  for (const wish of ["486", "200"]) for (const method of ["INVITE", "OPTIONS"]) rig.send(method, wish);
  rig.clock.advance(100);
  assert.deepEqual(rig.calls.map(outcomeOf), ["486", "486", "200", "200"]);
  for (const layer of rig.layers) {
    // The accepted INVITE alone (timers L and M).
    assert.equal(layer.counters.serverTransactions + layer.counters.clientTransactions, 1);
    assert.equal(layer.counters.retransmissionsSent, 0);
  }
  rig.clock.advance(33_000);
  rig.expectNothingLeft();
});

test("a connection that breaks in the middle fails what waits and ends the rest in time (RFC 3261 §17.1.4, §18.4)", () => {
  const rig = setUp({}, "tcp");
  rig.send("INVITE", "ring-never");
  rig.send("OPTIONS", "never");
  rig.clock.advance(100);
  rig.flow.close();
  assert.deepEqual(rig.calls.map(outcomeOf), ["transport error", "transport error"]);
  rig.clock.advance(40_000);
  assert.equal(rig.layers[1]!.counters.serverTransactions, 1, "the INVITE waits for its user's timer C");
  assert.equal(rig.layers[1]!.counters.expired, 1);
  rig.layers[1]!.close();
  rig.expectNothingLeft();
});
