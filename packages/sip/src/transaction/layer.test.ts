import assert from "node:assert/strict";
import { test } from "node:test";
import { Bench, BenchFlow, parseRequest, parseResponse, requestText } from "../../test/transaction-rig.ts";
import type { SipRequest } from "../message/index.ts";
import type { Flow } from "../transport/contract.ts";
import type { ResponseTarget } from "../transport/response-target.ts";
import type { Admittance } from "./contract.ts";

test("the user sees a request's topmost Via stamped with where it came from (RFC 3261 §18.2.1, RFC 3581 §4)", () => {
  const bench = new Bench();
  bench.layer.receive(requestText({ sentBy: "phone.invalid;rport" }), bench.flow);
  const via = bench.server.request.via!;
  assert.equal(via.received, "10.0.0.9");
  assert.equal(via.rport, 5060);
  assert.equal(via.host, "phone.invalid");
});

test("what is no message, or has no Via, is counted and told, and not answered (RFC 3261 §8.1.1)", () => {
  const bench = new Bench();
  const texts = [
    "",
    "hello",
    "\r\n\r\n",
    "INVITE sip:bob@example.com SIP/2.0\r\n\r\n",
    requestText({ method: "ACK" }).replace("Via: SIP/2.0/UDP", "Via: nonsense"),
    "SIP/2.0 200 OK\r\nVia: nonsense\r\n\r\n",
  ];
  for (const text of texts) bench.layer.receive(text, bench.flow);
  const told = bench.take();
  assert.equal(told.length, texts.length);
  assert.ok(
    told.every((what) => what.startsWith("invalid SIP_")),
    told.join(),
  );
  assert.equal(bench.layer.counters.invalid, texts.length);
  assert.equal(bench.flow.sent.length, 0);
});

test("a request with a Via that cannot be used is answered 400, once and without state (RFC 4475 §3.1.2.1)", () => {
  const bench = new Bench();
  const broken = requestText().replace("Via: SIP/2.0/UDP", "Via: nonsense");
  for (let n = 1; n <= 2; n++) {
    bench.layer.receive(broken, bench.flow);
    assert.deepEqual(bench.take(), ["invalid SIP_TX_BAD_VIA", "sent 400"]);
  }
  const response = parseResponse(bench.flow.sent[0]!);
  assert.equal(response.callId, "call-1");
  assert.notEqual(response.toTag, undefined);
  assert.equal(bench.layer.counters.serverTransactions, 0);
  assert.equal(bench.wheel.size, 0);
});

test("what `admit` drops leaves no trace, what it refuses is answered 503 without state", () => {
  let admittance: Admittance = "drop";
  const asked: string[] = [];
  const admit = (request: SipRequest, flow: Flow): Admittance => {
    asked.push(`${request.method} from ${flow.remote.address}`);
    return admittance;
  };
  const bench = new Bench("udp", { admit });
  bench.layer.receive(requestText(), bench.flow);
  assert.deepEqual(bench.take(), []);
  bench.layer.receive(requestText().replace("Via: SIP/2.0/UDP", "Via: nonsense"), bench.flow);
  assert.deepEqual(bench.take(), ["invalid SIP_TX_BAD_VIA"], "not even a 400");
  admittance = "refuse";
  bench.layer.receive(requestText(), bench.flow);
  assert.deepEqual(bench.take(), ["sent 503"]);
  assert.match(bench.flow.sent[0]!, /^Retry-After: 10\r$/m);
  assert.equal(bench.layer.counters.serverTransactions, 0);
  admittance = "admit";
  bench.layer.receive(requestText(), bench.flow);
  assert.deepEqual(bench.take(), ["request INVITE"]);
  assert.deepEqual(asked, new Array(4).fill("INVITE from 10.0.0.9"));
});

test("`admit` is not asked about retransmissions, ACKs, and the CANCEL of a known INVITE", () => {
  const asked: string[] = [];
  const admit = (request: SipRequest): Admittance => {
    asked.push(request.method);
    return "admit";
  };
  const bench = new Bench("udp", { admit });
  bench.layer.receive(requestText(), bench.flow);
  bench.layer.receive(requestText(), bench.flow);
  bench.layer.receive(requestText({ method: "CANCEL" }), bench.flow);
  bench.layer.receive(requestText({ method: "ACK", branch: "z9hG4bKack", toTag: "to" }), bench.flow);
  assert.deepEqual(asked, ["INVITE"]);
  bench.layer.receive(requestText({ method: "CANCEL", branch: "z9hG4bKother" }), bench.flow);
  assert.deepEqual(asked, ["INVITE", "CANCEL"], "of nothing that is known");
});

test("a request of another SIP version is answered 505, though its Via cannot be read (RFC 4475 §3.1.2.16)", () => {
  const bench = new Bench();
  bench.layer.receive(requestText().replaceAll("SIP/2.0", "SIP/7.0"), bench.flow);
  assert.deepEqual(bench.take(), ["invalid SIP_TX_BAD_VIA", "sent 505"]);
  assert.equal(bench.layer.counters.serverTransactions, 0);
});

test("a request with more header fields than are read is answered 513 from those that are (RFC 3261 §21.5.7)", () => {
  const bench = new Bench("udp", { messageLimits: { headerCount: 10, headerBytes: 2000 } });
  const many = Array.from({ length: 20 }, (_, at) => [`X-${at}`, "x"] as const);
  bench.layer.receive(requestText({ headers: many }), bench.flow);
  assert.deepEqual(bench.take(), ["invalid SIP_MSG_TOO_MANY_HEADERS", "sent 513"]);
  assert.equal(parseResponse(bench.flow.sent[0]!).callId, "call-1");
  bench.layer.receive(requestText({ headers: [["X", "x".repeat(3000)]] }), bench.flow);
  assert.deepEqual(bench.take(), ["invalid SIP_MSG_HEADERS_TOO_LARGE", "sent 513"]);
  bench.layer.receive(requestText({ method: "ACK", headers: many }), bench.flow);
  bench.layer.receive(requestText({ headers: many }).replace(/^.*\r\n/, "SIP/2.0 200 OK\r\n"), bench.flow);
  bench.layer.receive(`INVITE sip:b@b SIP/2.0\r\n${"X: x\r\n".repeat(20)}${requestText()}`, bench.flow);
  assert.deepEqual(bench.take(), Array(3).fill("invalid SIP_MSG_TOO_MANY_HEADERS"));
});

test("a request with too much of something is answered once, without state, and counted by the limit (RFC 3261 §21.4.11, §21.4.12, §21.5.7)", () => {
  const bench = new Bench("udp", { messageLimits: { vias: 3, routes: 2, uriBytes: 30, bodyBytes: 10 } });
  const via = ["Via", "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKb"] as const;
  const route = ["Route", "<sip:192.0.2.9;lr>"] as const;
  for (const [limit, status, text] of [
    ["vias", 513, requestText({ headers: [via, via, via] })],
    ["routes", 513, requestText({ headers: [route, route, route] })],
    ["uriBytes", 414, requestText().replace(/^INVITE \S+/, `INVITE sip:${"b".repeat(30)}`)],
    ["bodyBytes", 413, requestText().replace("Content-Length: 0\r\n\r\n", "Content-Length: 11\r\n\r\nhello world")],
  ] as const) {
    bench.layer.receive(text, bench.flow);
    assert.deepEqual(bench.take(), ["invalid SIP_TX_TOO_MUCH", `sent ${status}`], limit);
    assert.equal(bench.layer.counters.tooMuch[limit], 1);
    bench.layer.receive(text.replaceAll("INVITE", "ACK"), bench.flow);
    bench.layer.receive(text.replace(/^.*\r\n/, "SIP/2.0 200 OK\r\n"), bench.flow);
    assert.deepEqual(new Set(bench.take()).has(`sent ${status}`), false, limit);
  }
  assert.equal(bench.layer.counters.serverCreated, 0);
  bench.layer.receive(requestText({ headers: [via, via, route, route] }), bench.flow);
  assert.deepEqual(bench.take(), ["request INVITE"], "as much as there may be");
});

test("new limits hold for what arrives from then on, those that are left out stay", () => {
  const bench = new Bench("udp", { messageLimits: { vias: 3, uriBytes: 30 } });
  bench.layer.configure({ messageLimits: { uriBytes: 10 }, limits: { maxServerTransactions: 1 } });
  bench.layer.receive(requestText(), bench.flow);
  assert.deepEqual(bench.take(), ["invalid SIP_TX_TOO_MUCH", "sent 414"]);
  bench.layer.configure({ messageLimits: { uriBytes: 100 } });
  const via = ["Via", "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKb"] as const;
  bench.layer.receive(requestText({ headers: [via, via, via] }), bench.flow);
  assert.deepEqual(bench.take(), ["invalid SIP_TX_TOO_MUCH", "sent 513"]);
  bench.layer.receive(requestText(), bench.flow);
  bench.layer.receive(requestText({ branch: "z9hG4bKother" }), bench.flow);
  assert.deepEqual(bench.take(), ["request INVITE", "sent 503"]);
});

test("a request that is broken below its Via reaches the user, to be answered 400 (RFC 3261 §16.3 step 1)", () => {
  const bench = new Bench();
  bench.layer.receive(requestText().replace("Content-Length: 0", "Content-Length: 500"), bench.flow);
  assert.deepEqual(bench.take(), ["request INVITE"]);
  assert.equal(bench.server.request.syntaxFault?.code, "SIP_MSG_BODY_TOO_SHORT");
  bench.layer.receive(requestText({ branch: "z9hG4bKnofrom" }).replace(/From:.*\r\n/, ""), bench.flow);
  assert.deepEqual(bench.take(), ["request INVITE"]);
  assert.equal(bench.server.request.from, undefined);
});

test("a broken ACK is dropped: it is never answered (RFC 3261 §17)", () => {
  const bench = new Bench();
  bench.layer.receive(requestText({ method: "ACK" }).replace("Content-Length: 0", "Content-Length: x"), bench.flow);
  assert.deepEqual(bench.take(), ["invalid SIP_MSG_BAD_CONTENT_LENGTH"]);
});

test("line ends before the start line are passed over (RFC 3261 §7.5)", () => {
  const bench = new Bench();
  bench.layer.receive(`\r\n\r\n${requestText({ sentBy: "10.0.0.9:5060;rport" })}`, bench.flow);
  assert.equal(bench.server.request.via?.rport, 5060);
});

test("an exception of onRequest is answered 500, counted and reported", () => {
  const bench = new Bench();
  bench.onRequest = () => {
    throw new RangeError("bug");
  };
  bench.layer.receive(requestText(), bench.flow);
  assert.deepEqual(bench.take(), ["sent 500"]);
  assert.equal(parseResponse(bench.flow.sent[0]!).status, 500);
  assert.equal(bench.layer.counters.userErrors, 1);
  assert.equal((bench.errors[0] as Error).message, "bug");
});

test("an exception after the final response leaves that as it is", () => {
  const bench = new Bench();
  bench.onRequest = (transaction) => {
    bench.respond(200, transaction);
    throw new RangeError("bug");
  };
  bench.layer.receive(requestText(), bench.flow);
  assert.deepEqual(bench.take(), ["sent 200"]);
  assert.equal(bench.layer.counters.userErrors, 1);
});

test("exceptions of every other callback are counted and change nothing", () => {
  const bench = new Bench();
  const fail = (): never => {
    throw new RangeError("bug");
  };
  bench.onAck = bench.onStrayResponse = bench.onInvalid = fail;
  bench.layer.receive(requestText({ method: "ACK" }), bench.flow);
  bench.layer.receive("garbage\r\n", bench.flow);
  bench.receiveStatus(200, parseRequest(requestText()));
  assert.equal(bench.layer.counters.userErrors, 3);
  bench.onResponse = bench.onTimeout = bench.onTransportError = bench.onTerminated = fail;
  bench.onServerTransactionError = bench.onServerTransactionTerminated = fail;
  const answered = bench.sendRequest("OPTIONS");
  bench.receiveStatus(200, parseRequest(answered.requestText));
  bench.sendRequest("OPTIONS");
  bench.layer.receive(requestText(), bench.flow);
  bench.respond(486);
  bench.clock.advance(40_000);
  // onResponse, onTerminated, onTimeout, onTerminated, error, terminated.
  assert.equal(bench.layer.counters.userErrors, 9);
  assert.equal(bench.wheel.size, 0);
});

test("beyond maxServerTransactions new requests get 503 with Retry-After and no state", () => {
  const bench = new Bench("udp", { limits: { maxServerTransactions: 2, retryAfterSeconds: 7 } });
  for (const branch of ["z9hG4bK1", "z9hG4bK2", "z9hG4bK3"]) bench.layer.receive(requestText({ branch }), bench.flow);
  assert.deepEqual(bench.take(), ["request INVITE", "request INVITE", "sent 503"]);
  const response = parseResponse(bench.flow.sent[0]!);
  assert.equal(response.header("Retry-After"), "7");
  assert.notEqual(response.toTag, undefined);
  assert.equal(bench.layer.counters.serverTransactions, 2);
  assert.equal(bench.layer.counters.refused, 1);
  // What is known goes on: retransmissions, and the CANCEL that makes room.
  bench.layer.receive(requestText({ branch: "z9hG4bK1" }), bench.flow);
  bench.layer.receive(requestText({ method: "CANCEL", branch: "z9hG4bK1" }), bench.flow);
  assert.deepEqual(bench.take(), ["cancel of INVITE"]);
});

test("texts are let go as soon as RFC 3261 §17 no longer needs them", () => {
  const bench = new Bench();
  bench.layer.receive(requestText({ method: "OPTIONS" }), bench.flow);
  bench.respond(200);
  assert.equal(bench.server.request.method, "OPTIONS");
  assert.equal(bench.server.request.callId, undefined);
  assert.equal(bench.server.method, "OPTIONS");
  const transaction = bench.sendRequest("INVITE");
  const request = parseRequest(transaction.requestText);
  bench.receiveStatus(180, request);
  assert.notEqual(transaction.requestText, "");
  bench.receiveStatus(200, request);
  assert.equal(transaction.requestText, "");
});

test("of repeated 100s the user hears one; of repeated 180s each (RFC 3261 §17.1.1.2)", () => {
  const bench = new Bench();
  const request = parseRequest(bench.sendRequest("INVITE").requestText);
  bench.take();
  for (const status of [100, 100, 180, 100, 180]) bench.receiveStatus(status, request);
  assert.deepEqual(bench.take(), ["up 100", "up 180", "up 180"]);
});

test("terminate() ends a client transaction at once and says so once", () => {
  const bench = new Bench();
  const transaction = bench.sendRequest("INVITE");
  transaction.terminate();
  transaction.terminate();
  assert.deepEqual(bench.take(), ["sent INVITE", "ended"]);
  assert.equal(bench.wheel.size, 0);
  assert.equal(bench.layer.counters.clientTransactions, 0);
});

test("abandon() forgets a server transaction without an answer, but not after a final response (RFC 3261 §16.11)", () => {
  const bench = new Bench();
  const text = requestText();
  bench.layer.receive(text, bench.flow);
  bench.server.abandon();
  assert.deepEqual(bench.take(), ["request INVITE", "ended"]);
  bench.layer.receive(text, bench.flow);
  bench.respond(486);
  bench.server.abandon();
  assert.deepEqual(bench.take(), ["request INVITE", "sent 486"]);
  assert.equal(bench.layer.counters.serverTransactions, 1);
});

test("a response that its flow does not take is sent by a new one, made from the Via (RFC 3261 §18.2.2)", async () => {
  const asked: ResponseTarget[] = [];
  const fresh = new BenchFlow("tcp");
  for (const reopened of [fresh, Promise.resolve(fresh)] as (Flow | Promise<Flow>)[]) {
    const reopen = (target: ResponseTarget) => {
      asked.push(target);
      return reopened;
    };
    const bench = new Bench("tcp", { reopen });
    bench.layer.receive(requestText({ sentBy: "10.0.0.9:5070" }).replace("SIP/2.0/UDP", "SIP/2.0/TCP"), bench.flow);
    bench.flow.close();
    bench.respond(486);
    await Promise.resolve();
    assert.deepEqual(bench.take(), ["request INVITE"]);
    assert.equal(bench.stateOf(bench.server), "completed");
  }
  assert.equal(fresh.sent.length, 2);
  assert.equal(asked[0]?.port, 5070);
  assert.equal(asked[0]?.host, "10.0.0.9");
});

test("when that fails as well the user is told, and the transaction goes on (RFC 3261 §18.4, RFC 6026 §8.8, RFC 3261 §17.2.4)", async () => {
  const refusals = [
    undefined,
    () => Promise.reject(new RangeError("refused")),
    () => {
      throw new RangeError("refused");
    },
  ];
  for (const reopen of refusals) {
    const bench = new Bench("tcp", reopen === undefined ? {} : { reopen });
    bench.layer.receive(requestText(), bench.flow);
    bench.flow.close();
    bench.respond(486);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(bench.take(), ["request INVITE", "error transport"]);
    assert.equal(bench.stateOf(bench.server), "completed");
    bench.clock.advance(40_000);
    assert.equal(bench.layer.counters.serverTransactions, 0);
  }
});

test("a response over UDP goes to the port of sent-by, unless the request asked for its source port (RFC 3261 §18.2.2, RFC 3581 §4)", () => {
  const sentBy = new BenchFlow("udp");
  const asked: ResponseTarget[] = [];
  const bench = new Bench("udp", {
    limits: { maxServerTransactions: 1 },
    reopen: (target) => {
      asked.push(target);
      return sentBy;
    },
  });
  const request = requestText({ sentBy: "10.0.0.9:5070" });
  bench.layer.receive(request, bench.flow);
  assert.equal(bench.server.flow, bench.flow, "the user sees where the request came from");
  bench.respond(180);
  bench.layer.receive(request, bench.flow);
  bench.respond(486);
  bench.clock.advance(500);
  // Refused for want of room.
  bench.layer.receive(requestText({ sentBy: "10.0.0.9:5070", branch: "z9hG4bK2" }), bench.flow);
  assert.deepEqual(
    sentBy.sent.map((text) => text.slice(8, 11)),
    ["180", "180", "486", "486", "503"],
  );
  assert.equal(`${asked[0]?.host} ${asked[0]?.port}`, "10.0.0.9 5070");
  assert.deepEqual(bench.flow.sent, []);
  for (const source of ["10.0.0.9:5070;rport", "10.0.0.9:5060", "10.0.0.9"]) {
    asked.length = 0;
    bench.layer.receive(requestText({ sentBy: source, branch: "z9hG4bK3" }), bench.flow);
    assert.deepEqual(asked, [], source);
  }
  assert.equal(bench.flow.sent.length, 3);
});

test("nobody can write their own received: a Via behind a comma is stamped as any other (RFC 3261 §18.2.1)", () => {
  const bench = new Bench();
  bench.layer.receive(
    requestText().replace("Via: SIP/2.0/UDP 10.0.0.9:5060", "Via: , SIP/2.0/UDP 10.0.0.9:5060;received=9.9.9.9"),
    bench.flow,
  );
  assert.equal(bench.server.request.via?.received, "10.0.0.9");
});

for (const branch of ["z9hG4bKpeer1", "1"]) {
  test(`respondStateless() keeps nothing and knows its ACK again, branch ${branch} (RFC 3261 §8.2.7, §26.3.2.4)`, () => {
    const bench = new Bench();
    const invite = requestText({ branch });
    for (let n = 0; n < 2; n++) {
      // Repeated, the INVITE is the user's again, and the response has the same tag.
      bench.layer.receive(invite, bench.flow);
      bench.server.respondStateless(407, { headers: [["Proxy-Authenticate", "Digest x"]] });
      assert.deepEqual(bench.take(), ["request INVITE", "sent 407", "ended"]);
      assert.equal(bench.server.completed, true);
    }
    const [first, again] = bench.flow.sent.map(parseResponse);
    assert.equal(first!.header("Proxy-Authenticate"), "Digest x");
    assert.match(first!.toTag!, /^07-/);
    assert.equal(again!.toTag, first!.toTag);
    assert.equal(bench.layer.counters.serverTransactions, 0);
    assert.equal(bench.wheel.size, 0);
    bench.clock.advance(40_000);
    const ack = { method: "ACK", cseq: "1 ACK", branch, toTag: first!.toTag! };
    bench.layer.receive(requestText(ack), bench.flow);
    assert.deepEqual(bench.take(), []);
    // The ACK to a 2xx of somebody who was given such a tag has a branch of its own, and another call has other tags.
    bench.layer.receive(requestText({ ...ack, branch: "z9hG4bKother" }), bench.flow);
    bench.layer.receive(requestText({ ...ack, callId: "call-2" }), bench.flow);
    bench.layer.receive(requestText({ ...ack, toTag: "07-forged" }), bench.flow);
    assert.deepEqual(bench.take(), ["ack", "ack", "ack"]);
  });
}

test("the ACK to a 503 that was sent without state is absorbed", () => {
  const bench = new Bench("udp", { limits: { maxServerTransactions: 0 } });
  bench.layer.receive(requestText(), bench.flow);
  const { toTag } = parseResponse(bench.flow.sent[0]!);
  bench.layer.receive(requestText({ method: "ACK", cseq: "1 ACK", toTag: toTag! }), bench.flow);
  assert.deepEqual(bench.take(), ["sent 503"]);
});

test("after a provisional response respondStateless() keeps state, since the INVITE is repeated no more", () => {
  const bench = new Bench();
  bench.layer.receive(requestText(), bench.flow);
  bench.respond(100);
  bench.server.respondStateless(407);
  assert.equal(bench.stateOf(bench.server), "completed");
  bench.server.respondStateless(407);
  assert.deepEqual(bench.take(), ["request INVITE", "sent 100", "sent 407"]);
});

test("any other request can be answered without state as well", () => {
  const bench = new Bench();
  bench.layer.receive(requestText({ method: "REGISTER" }), bench.flow);
  bench.server.respondStateless(401);
  assert.deepEqual(bench.take(), ["request REGISTER", "sent 401", "ended"]);
  assert.equal(bench.wheel.size, 0);
});
