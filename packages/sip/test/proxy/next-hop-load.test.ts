/** Next hops that say how loaded they are: asked in Via, heard in responses, spared. RFC 7339 §4.1, §5.4 to §5.6, §5.10. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { overloadOf, parseMessage, SipResponse } from "@trapezoid/sip/message";
import type { NextHopLoads } from "@trapezoid/sip/proxy";
import type { Target } from "@trapezoid/sip/transport";
import { binding, House } from "./house.ts";

const question = ';oc;oc-algo="loss"';
const udp = (address: string): Target => ({ kind: "udp", address, port: 5060 });

function rig(targets: readonly Target[] = [udp("10.0.0.3"), udp("10.0.0.4")]) {
  const heard: string[] = [];
  const busy = new Set<string>();
  const asked: string[] = [];
  const answers: string[] = [];
  const nextHops: NextHopLoads = {
    asks: ({ label }, { address }) => {
      asked.push(`${label ?? "unnamed"} ${address}`);
      return label !== "registered";
    },
    mayGo: (_request, _from, { address }) => !busy.has(address),
    hear: ({ address, port }, { oc, validityMs }) => heard.push(`${address}:${port} ${oc} ${validityMs}`),
    hearNonsense: ({ address }) => heard.push(`${address} nonsense`),
    answered: ({ address }) => answers.push(`${address} answered`),
    timedOut: ({ address }) => answers.push(`${address} silent`),
  };
  const house = new House({ proxy: { nextHops } });
  const alice = house.phone("10.0.0.2");
  const [first, second] = ["10.0.0.3", "10.0.0.4"].map((address) => house.phone(address));
  house.locator.hosts.set("many.example", targets);
  house.options = { groups: [[{ uri: "sip:bob@many.example", label: "foreign" }]] };
  return { house, alice, first: first!, second: second!, heard, busy, asked, answers };
}

/** The response that the hop would have sent, with this in our Via instead of the question. */
function telling(text: string, answer: string): string {
  return text.replace(question, answer);
}

test("a located next hop is asked in the topmost Via, in ACK and CANCEL too; the flow of a binding is not (RFC 7339 §4.1)", () => {
  const { house, alice, first, second, asked } = rig();
  const invite = alice.send("INVITE", "sip:bob@10.0.0.1");
  house.run();
  assert.ok(first.request("INVITE").headers("Via")[0]!.endsWith(question));
  first.answer(first.request("INVITE"), 180);
  house.run();
  alice.cancel(invite);
  house.run();
  first.answer(first.request("INVITE"), 487);
  house.run();
  assert.ok(first.request("CANCEL").headers("Via")[0]!.endsWith(question));
  assert.ok(first.request("ACK").headers("Via")[0]!.endsWith(question));
  house.options = {
    groups: [[binding(second, { flow: house.transport.udpFlow({ address: "10.0.0.4", port: 5060 }) })]],
  };
  alice.send("MESSAGE", "sip:bob@10.0.0.1", { callId: "other" });
  house.run();
  assert.doesNotMatch(second.request("MESSAGE").headers("Via")[0]!, /oc/);
  assert.deepEqual(asked, ["foreign 10.0.0.3"]);
});

test("what each response says is heard, 100 included; of a hop that leaves the question as it is, that it is one (RFC 7339 §5.4, §6)", () => {
  const { house, alice, first, heard } = rig();
  alice.send("INVITE", "sip:bob@10.0.0.1");
  house.run();
  const invite = first.request("INVITE");
  const flow = first.flows[0]!;
  const respond = (status: number, answer: string): void => {
    const vias = invite.headers("Via").map((via) => `Via: ${telling(via, answer)}\r\n`);
    flow.send(
      `SIP/2.0 ${status} Ok\r\n${vias.join("")}From: ${invite.header("From")}\r\nTo: ${invite.header("To")};tag=b\r\n` +
        `Call-ID: ${invite.callId}\r\nCSeq: 1 INVITE\r\nContact: <sip:b@10.0.0.3>\r\nContent-Length: 0\r\n\r\n`,
    );
    house.run();
  };
  respond(100, ';oc=20;oc-algo="loss";oc-validity=700;oc-seq=1.1');
  respond(180, question);
  respond(183, ";oc=x");
  respond(200, ';oc=0;oc-algo="loss";oc-validity=0;oc-seq=1.2');
  assert.deepEqual(heard, ["10.0.0.3:5060 20 700", "10.0.0.3:5060 true 500", "10.0.0.3 nonsense", "10.0.0.3:5060 0 0"]);
  // Nothing of it goes on to the caller.
  for (const response of alice.responses) assert.equal(overloadOf(response.via!), undefined);
});

test("a hop that was not asked is not heard", () => {
  const { house, alice, first, heard } = rig();
  house.options = { groups: [[{ uri: "sip:bob@many.example", label: "registered" }]] };
  alice.send("INVITE", "sip:bob@10.0.0.1");
  house.run();
  const invite = first.request("INVITE");
  const vias = invite.headers("Via");
  first.flows[0]!.send(
    `SIP/2.0 486 Busy\r\nVia: ${vias[0]};oc=100;oc-validity=60000\r\nVia: ${vias[1]}\r\nFrom: ${invite.header("From")}\r\n` +
      `To: ${invite.header("To")};tag=b\r\nCall-ID: ${invite.callId}\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n`,
  );
  house.run();
  assert.equal(alice.seen.at(-1), 486);
  assert.deepEqual(heard, []);
});

test("a hop that has too much to do is passed over for the next address (RFC 7339 §5.10)", () => {
  const { house, alice, first, second, busy } = rig();
  busy.add("10.0.0.3");
  alice.send("INVITE", "sip:bob@10.0.0.1");
  house.run();
  assert.deepEqual(first.seen, []);
  assert.deepEqual(second.seen, ["INVITE"]);
  assert.deepEqual(house.locator.failures, []);
});

test("no address left: 503 without Retry-After, and nothing stays behind (RFC 7339 §5.10)", () => {
  const { house, alice, first, second, busy } = rig();
  busy.add("10.0.0.3").add("10.0.0.4");
  const invite = alice.send("INVITE", "sip:bob@10.0.0.1");
  house.run();
  assert.deepEqual([first.seen, second.seen], [[], []]);
  assert.deepEqual(alice.seen, [100, 503]);
  assert.equal(alice.response(503).header("Retry-After"), undefined);
  alice.ackFailure(invite, alice.response(503));
  house.run(40_000);
  house.assertEmpty();
});

test("another target of the same call is tried, and its answer goes before ours", () => {
  const { house, alice, second, busy } = rig([udp("10.0.0.3")]);
  busy.add("10.0.0.3");
  house.options = { groups: [[{ uri: "sip:bob@many.example", label: "foreign" }], [binding(second)]] };
  alice.send("INVITE", "sip:bob@10.0.0.1");
  house.run();
  second.answer(second.request("INVITE"), 404);
  house.run();
  assert.deepEqual(alice.seen, [100, 404]);
});

test("a 503 of a hop that takes part turned away this request alone: the hop is not out of service (RFC 7339 §5.10.2)", () => {
  const { house, alice, first, second } = rig();
  const answer503 = (retryAfter: string): void => {
    const invite = first.request("INVITE");
    const vias = invite.headers("Via").map((via) => `Via: ${telling(via, ";oc=30;oc-seq=1.1")}\r\n`);
    first.flows
      .at(-1)!
      .send(
        `SIP/2.0 503 Busy\r\n${vias.join("")}From: ${invite.header("From")}\r\nTo: ${invite.header("To")};tag=b\r\n` +
          `Call-ID: ${invite.callId}\r\nCSeq: 1 INVITE\r\n${retryAfter}Content-Length: 0\r\n\r\n`,
      );
    house.run();
  };
  alice.send("INVITE", "sip:bob@10.0.0.1");
  house.run();
  answer503("");
  assert.deepEqual(second.seen, ["INVITE"]);
  assert.deepEqual(house.locator.failures, []);
  alice.send("INVITE", "sip:bob@10.0.0.1", { callId: "second" });
  house.run();
  answer503("Retry-After: 20\r\n");
  assert.deepEqual(house.locator.failures, [udp("10.0.0.3")]);
});

test("a hop that answers and one that does not are told apart (RFC 7339 §5.9)", () => {
  const { house, alice, second, answers } = rig();
  alice.send("MESSAGE", "sip:bob@10.0.0.1");
  house.run(32_100);
  second.answer(second.request("MESSAGE"), 202);
  house.run();
  assert.deepEqual(answers, ["10.0.0.3 silent", "10.0.0.4 answered"]);
});

test("what an element before us asks is not passed on (RFC 7339 §5.6)", () => {
  const { house, alice, first } = rig();
  house.options = { groups: [[{ uri: "sip:bob@many.example", label: "registered" }]] };
  const text = alice.compose("MESSAGE", "sip:bob@10.0.0.1");
  alice.udp().send(text.replace(";branch=z9", ';oc ; oc-algo = "loss,A";branch=z9'));
  house.run();
  const [ours, alices] = first.request("MESSAGE").headers("Via");
  assert.doesNotMatch(ours!, /oc/);
  assert.match(alices!, /^SIP\/2\.0\/UDP 10\.0\.0\.2:5060 ?;branch=z9hG4bK-u2-1$/);
});

test("what a server behind us says in the name of one before us is taken out (RFC 7339 §5.4)", () => {
  const { house, alice, first } = rig();
  alice.send("MESSAGE", "sip:bob@10.0.0.1");
  house.run();
  const request = first.request("MESSAGE");
  const [ours, alices] = request.headers("Via");
  const rest =
    `From: ${request.header("From")}\r\nTo: ${request.header("To")};tag=b\r\n` +
    `Call-ID: ${request.callId}\r\nCSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n`;
  first.flows[0]!.send(`SIP/2.0 202 Ok\r\nVia: ${ours}, ${alices};oc=100;oc-seq=9.9\r\n${rest}`);
  house.run();
  const [via] = alice.response(202).headers("Via");
  assert.equal(via, alices);
  assert.ok(parseMessage(alice.response(202).text).ok && alice.response(202) instanceof SipResponse);
});
