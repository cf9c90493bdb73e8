import assert from "node:assert/strict";
import { test } from "node:test";
import { Bench, BenchFlow, parseRequest, requestText } from "../../test/transaction-rig.ts";
import { buildResponse } from "../message/build.ts";

test("a request with the same branch, sent-by and method is a retransmission (RFC 3261 §17.2.3)", () => {
  const bench = new Bench();
  const text = requestText({ method: "OPTIONS" });
  bench.layer.receive(text, bench.flow);
  bench.layer.receive(text, bench.flow);
  assert.deepEqual(bench.take(), ["request OPTIONS"]);
  assert.equal(bench.layer.counters.retransmissionsReceived, 1);
  bench.respond(200);
  bench.layer.receive(text, bench.flow);
  assert.deepEqual(bench.take(), ["sent 200", "sent 200"]);
  assert.equal(bench.layer.counters.retransmissionsSent, 1);
});

test("another branch, sent-by or method is another transaction (RFC 3261 §17.2.3, RFC 6026 §8.10)", () => {
  const bench = new Bench();
  bench.layer.receive(requestText({ method: "OPTIONS" }), bench.flow);
  bench.layer.receive(requestText({ method: "OPTIONS", branch: "z9hG4bKpeer2" }), bench.flow);
  bench.layer.receive(requestText({ method: "OPTIONS", sentBy: "10.0.0.8:5060" }), bench.flow);
  bench.layer.receive(requestText({ method: "OPTIONS", sentBy: "10.0.0.9:5062" }), bench.flow);
  bench.layer.receive(requestText({ method: "OPTIONS", sentBy: "10.0.0.9" }), bench.flow);
  bench.layer.receive(requestText({ method: "MESSAGE" }), bench.flow);
  assert.equal(bench.take().length, 6);
  assert.equal(bench.layer.counters.serverTransactions, 6);
});

test("the ACK to a non-2xx is absorbed, the ACK to a 2xx goes up (RFC 3261 §17.2.1, §13.3.1.4)", () => {
  const bench = new Bench();
  bench.layer.receive(requestText(), bench.flow);
  bench.respond(486);
  bench.take();
  bench.layer.receive(requestText({ method: "ACK", toTag: "to1" }), bench.flow);
  assert.deepEqual(bench.take(), []);
  bench.layer.receive(requestText({ method: "ACK", toTag: "to1", branch: "z9hG4bKother" }), bench.flow);
  assert.deepEqual(bench.take(), ["ack"]);
});

test("CANCEL names the INVITE with its branch and sent-by, and is a transaction of its own (RFC 3261 §9.2)", () => {
  const bench = new Bench();
  bench.layer.receive(requestText(), bench.flow);
  const invite = bench.server;
  const cancel = requestText({ method: "CANCEL" });
  bench.layer.receive(cancel, bench.flow);
  assert.deepEqual(bench.take(), ["request INVITE", "cancel of INVITE"]);
  bench.respond(200);
  bench.layer.receive(cancel, bench.flow);
  assert.deepEqual(bench.take(), ["sent 200", "sent 200"]);
  bench.respond(487, invite);
  bench.layer.receive(requestText({ method: "ACK", toTag: "to1" }), bench.flow);
  assert.deepEqual(bench.take(), ["sent 487"]);
  bench.clock.advance(60_000);
  assert.equal(bench.layer.counters.serverTransactions, 0);
  assert.equal(bench.wheel.size, 0);
});

test("a CANCEL that names nothing goes up as such; one that names no INVITE is answered and has no effect (RFC 3261 §9.2)", () => {
  const bench = new Bench();
  bench.layer.receive(requestText({ method: "CANCEL", branch: "z9hG4bKnone" }), bench.flow);
  assert.deepEqual(bench.take(), ["cancel of nothing"]);
  bench.layer.receive(requestText({ method: "MESSAGE", branch: "z9hG4bKm" }), bench.flow);
  bench.take();
  bench.layer.receive(requestText({ method: "CANCEL", branch: "z9hG4bKm" }), bench.flow);
  assert.deepEqual(bench.take(), ["sent 200"]);
});

test("a faulty CANCEL is answered 400 and cancels nothing", () => {
  const bench = new Bench();
  bench.layer.receive(requestText(), bench.flow);
  bench.take();
  bench.layer.receive(requestText({ method: "CANCEL", cseq: "x" }), bench.flow);
  assert.deepEqual(bench.take(), ["sent 400"]);
});

for (const branch of ["", "1", "z9hG4bK"]) {
  test(`without an RFC 3261 branch ("${branch}") a retransmission is found by its header fields (§17.2.3, RFC 4475 §3.2.1)`, () => {
    const bench = new Bench();
    const text = requestText({ branch });
    bench.layer.receive(text, bench.flow);
    bench.layer.receive(text, bench.flow);
    assert.deepEqual(bench.take(), ["request INVITE"]);
    bench.layer.receive(requestText({ branch, cseq: "2 INVITE" }), bench.flow);
    bench.layer.receive(requestText({ branch, callId: "call-2" }), bench.flow);
    bench.layer.receive(requestText({ branch, uri: "sip:carol@example.com" }), bench.flow);
    bench.layer.receive(requestText({ branch, sentBy: "10.0.0.8:5060" }), bench.flow);
    assert.equal(bench.take().length, 4);
  });

  test(`without an RFC 3261 branch ("${branch}") the ACK has the To tag of the response (§17.2.3)`, () => {
    const bench = new Bench();
    bench.layer.receive(requestText({ branch }), bench.flow);
    bench.respond(486);
    bench.take();
    const ack = { method: "ACK", cseq: "1 ACK", branch };
    bench.layer.receive(requestText({ ...ack, toTag: "another" }), bench.flow);
    assert.deepEqual(bench.take(), ["ack"]);
    assert.equal(bench.stateOf(bench.server), "completed");
    bench.layer.receive(requestText({ ...ack, toTag: "to1" }), bench.flow);
    assert.deepEqual(bench.take(), []);
    assert.equal(bench.stateOf(bench.server), "confirmed");
  });

  // checkRequest() refuses the bare cookie, in a CANCEL as in what it cancels.
  if (branch === "z9hG4bK") continue;

  test(`without an RFC 3261 branch ("${branch}") a CANCEL finds its INVITE, and the ACK to a 2xx goes up (§9.2)`, () => {
    const bench = new Bench();
    bench.layer.receive(requestText({ branch }), bench.flow);
    const invite = bench.server;
    bench.take();
    bench.layer.receive(requestText({ method: "CANCEL", cseq: "1 CANCEL", branch }), bench.flow);
    assert.deepEqual(bench.take(), ["cancel of INVITE"]);
    bench.respond(200, invite);
    bench.take();
    bench.layer.receive(requestText({ method: "ACK", cseq: "1 ACK", branch, toTag: "to1" }), bench.flow);
    assert.deepEqual(bench.take(), ["ack"]);
  });
}

test("a response matches by branch and CSeq method: INVITE and its CANCEL share the branch (RFC 3261 §17.1.3)", () => {
  const bench = new Bench();
  const invite = bench.sendRequest("INVITE");
  const inviteRequest = parseRequest(invite.requestText);
  const { branch } = invite;
  const cancelText = requestText({ method: "CANCEL", branch, sentBy: "10.0.0.1:5060" });
  const cancel = bench.layer.send({ method: "CANCEL", branch, text: cancelText }, bench.flow, bench);
  assert.equal(bench.layer.clientTransaction(branch, "INVITE"), invite);
  assert.equal(bench.layer.clientTransaction(branch, "CANCEL"), cancel);
  assert.equal(bench.layer.clientTransaction(branch, "BYE"), undefined);
  bench.receiveStatus(200, parseRequest(cancelText));
  assert.equal(cancel.status, 200);
  assert.equal(invite.status, 0);
  bench.receiveStatus(487, inviteRequest);
  assert.equal(invite.status, 487);
  bench.clock.advance(40_000);
  assert.equal(bench.layer.counters.clientTransactions, 0);
});

test("a response with another sent-by than its request went out with is dropped, however it is written (RFC 3261 §18.1.2)", () => {
  const bench = new Bench();
  const request = bench.sendRequest("OPTIONS").requestText;
  const answer = (sentBy: string): string =>
    buildResponse(parseRequest(request.replace("10.0.0.1:5060", sentBy)), 180, { toTag: "to1" });
  bench.take();
  for (const foreign of ["10.0.0.2:5060", "10.0.0.1:5070", "example.com", "[2001:db8::1]:5060"]) {
    bench.layer.receive(answer(foreign), bench.flow);
    assert.deepEqual(bench.take(), [], foreign);
  }
  assert.equal(bench.layer.counters.stray, 4);
  for (const own of ["10.0.0.1:5060", "10.0.0.1"]) {
    bench.layer.receive(answer(own), bench.flow);
    assert.deepEqual(bench.take(), ["up 180"], own);
  }
});

test("a response with an unknown branch or method is stray; one that cannot be read is invalid (RFC 3261 §17.1.3, §18.1.2, RFC 6026 §8.9)", () => {
  const bench = new Bench();
  const transaction = bench.sendRequest("OPTIONS");
  const request = parseRequest(transaction.requestText);
  bench.take();
  bench.receiveStatus(200, parseRequest(requestText({ method: "OPTIONS", branch: "z9hG4bKnever" })));
  bench.receiveStatus(200, parseRequest(request.text.replace("1 OPTIONS", "1 INFO")));
  assert.deepEqual(bench.take(), ["stray 200", "stray 200"]);
  bench.receiveStatus(200, parseRequest(request.text.replace("1 OPTIONS", "OPTIONS")));
  assert.deepEqual(bench.take(), ["invalid SIP_TX_BAD_RESPONSE"]);
  assert.equal(bench.layer.counters.stray, 2);
  assert.equal(bench.layer.counters.invalid, 1);
});

test("a request that comes again by another connection, the first being gone, is answered there (RFC 3261 §18.4)", () => {
  const bench = new Bench("tcp");
  const text = requestText();
  bench.layer.receive(text, bench.flow);
  bench.respond(486);
  bench.flow.close();
  const other = new BenchFlow("tcp");
  bench.layer.receive(text, other);
  assert.equal(other.sent.length, 1);
  assert.match(other.sent[0]!, /^SIP\/2.0 486/);
});

test("one branch with ever new methods is refused before looking it up takes long", () => {
  const bench = new Bench();
  for (let n = 0; n < 20; n++) bench.layer.receive(requestText({ method: `M${n}` }), bench.flow);
  assert.equal(bench.layer.counters.serverTransactions, 7);
  assert.equal(bench.layer.counters.refused, 13);
  assert.deepEqual(bench.take().slice(-1), ["sent 503"]);
  // What is known is still known, and the CANCEL has its place.
  bench.layer.receive(requestText({ method: "M3" }), bench.flow);
  bench.layer.receive(requestText({ method: "CANCEL" }), bench.flow);
  assert.deepEqual(bench.take(), ["sent 200"]);
});
