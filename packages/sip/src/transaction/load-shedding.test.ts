/** Requests that are not let in: what they are answered, what they leave behind, what is never asked about. RFC 3261 §21.5.4. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Bench, parseResponse, requestText } from "../../test/transaction-rig.ts";
import type { SipRequest } from "../message/index.ts";
import type { LoadShedding, TurnedAway } from "./contract.ts";

const busy: TurnedAway = { status: 503, headers: [["Retry-After", "9"]] };

function bench(
  turnAway: (request: SipRequest, isFull: boolean) => ReturnType<LoadShedding["turnAway"]>,
  maxServerTransactions = 100,
) {
  const asked: string[] = [];
  const shedding: LoadShedding = {
    turnAway(request, _flow, isFull) {
      asked.push(`${request.method}${isFull ? " full" : ""}`);
      return turnAway(request, isFull);
    },
    feedback: (flow) => `;oc=20;oc-algo="loss";oc-validity=500;oc-seq=${flow.remote.port}.0`,
  };
  return { ...open(shedding, maxServerTransactions), asked };
}

function open(shedding: LoadShedding, maxServerTransactions: number) {
  const rig = new Bench("udp", { shedding, limits: { maxServerTransactions } });
  return {
    rig,
    receive: (parts: Parameters<typeof requestText>[0]) => rig.layer.receive(requestText(parts), rig.flow),
  };
}

test("what is turned away gets its answer and leaves nothing behind; the ACK to it is absorbed", () => {
  const { rig, receive } = bench(() => busy);
  receive({});
  const response = parseResponse(rig.flow.sent[0]!);
  assert.equal(response.status, 503);
  assert.equal(response.header("Retry-After"), "9");
  receive({ method: "ACK", cseq: "1 ACK", toTag: response.toTag! });
  assert.deepEqual(rig.take(), ["sent 503"]);
  assert.equal(rig.layer.counters.serverCreated, 0);
  assert.equal(rig.wheel.size, 0);
  // It is no matter of the limit.
  assert.equal(rig.layer.counters.refused, 0);
});

test("repetitions of what was let in, its ACK and its CANCEL are not asked about", () => {
  let isOpen = true;
  const { rig, receive, asked } = bench(() => (isOpen ? undefined : busy));
  receive({});
  isOpen = false;
  receive({});
  receive({ method: "CANCEL" });
  rig.respond(487, rig.server);
  receive({ method: "ACK", cseq: "1 ACK", toTag: "to1" });
  assert.deepEqual(asked, ["INVITE"]);
});

const question = ';oc;oc-algo="loss"';
const answer = ';oc=20;oc-algo="loss";oc-validity=500;oc-seq=5060.0';
const viaOf = (text: string): string => /^Via: (.*)\r$/m.exec(text)![1]!;

/** The requests' top Via asks. */
const asking = (text: string): string => text.replace(/^(Via: [^\r]*)/m, `$1${question}`);

test("a peer that asks is told in every response, 100 and those without state included (RFC 7339 §5.2, §5.11)", () => {
  const { rig } = bench((request) => (request.method === "MESSAGE" ? busy : undefined));
  rig.layer.receive(asking(requestText()), rig.flow);
  for (const status of [100, 180, 486]) rig.respond(status);
  rig.layer.receive(asking(requestText({ method: "OPTIONS", branch: "z9hG4bK2" })), rig.flow);
  rig.server.respondStateless(401);
  rig.layer.receive(asking(requestText({ method: "MESSAGE", branch: "z9hG4bK3" })), rig.flow);
  assert.deepEqual(
    rig.flow.sent.map((text) => `${text.slice(8, 11)} ${viaOf(text)}`),
    [
      ...["100", "180", "486"].map((status) => `${status} SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKpeer1${answer}`),
      `401 SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bK2${answer}`,
      `503 SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bK3${answer}`,
    ],
  );
  // The same again is as it was.
  rig.clock.advance(600);
  assert.equal(rig.flow.sent.at(-1), rig.flow.sent[2]);
});

test("a peer that does not ask is told nothing; what it says of other elements stays", () => {
  const { rig } = bench(() => undefined);
  rig.layer.receive(requestText(), rig.flow);
  rig.respond(180);
  rig.layer.receive(asking(requestText({ branch: "z9hG4bK2" })).replace(question, ';oc;oc-algo="rate"'), rig.flow);
  rig.respond(180);
  assert.deepEqual(rig.flow.sent.map(viaOf), [
    "SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKpeer1",
    'SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bK2;oc;oc-algo="rate"',
  ]);
});

test("a request that is turned away and repeated is asked about again", () => {
  let isOpen = false;
  const { rig, receive } = bench(() => (isOpen ? undefined : busy));
  receive({});
  isOpen = true;
  receive({});
  assert.deepEqual(rig.take(), ["sent 503", "request INVITE"]);
});

test("one whose answer is on its way gets none", () => {
  const { rig, receive } = bench(() => "answered");
  receive({});
  assert.deepEqual(rig.take(), []);
  assert.equal(rig.layer.counters.serverCreated, 0);
});

test("beyond the limit it is told that there is no room; a tenth more is let in if it says so, and no more than that", () => {
  const urgent = (request: SipRequest, isFull: boolean) => (isFull && request.method === "INVITE" ? busy : undefined);
  const { rig, receive, asked } = bench(urgent, 10);
  for (let i = 0; i < 10; i++) receive({ branch: `z9hG4bKi${i}` });
  receive({ branch: "z9hG4bKmore" });
  for (let i = 0; i < 3; i++) receive({ method: "BYE", branch: `z9hG4bKb${i}` });
  assert.deepEqual(asked.slice(10), ["INVITE full", "BYE full"]);
  assert.equal(rig.layer.counters.serverTransactions, 11);
  assert.equal(rig.layer.counters.refused, 3);
  assert.deepEqual(rig.take().slice(10), ["sent 503", "request BYE", "sent 503", "sent 503"]);
});
