/** Response processing: what goes up at once, and which response is the best. RFC 3261 §16.7. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ForwardOptions, ProxyTarget } from "@trapezoid/sip/proxy";
import { binding, House, type Phone } from "./house.ts";

/** An INVITE of alice's, forked to so many phones. */
function forked(count: number, options: Partial<ForwardOptions> = {}, method = "INVITE") {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const phones = Array.from({ length: count }, (_, at) => house.phone(`10.0.0.${at + 3}`));
  house.options = { groups: [phones.map((phone) => binding(phone))], ...options };
  const text = alice.send(method, "sip:bob@10.0.0.1");
  house.run();
  return { house, alice, phones, text };
}

function answer(phone: Phone, status: number, options: Parameters<Phone["answer"]>[2] = {}, method = "INVITE"): void {
  phone.answer(phone.request(method), status, options);
}

test("provisional responses go up at once, 100 does not (RFC 3261 §16.7 step 5)", () => {
  const { house, alice, phones } = forked(2);
  answer(phones[0]!, 100);
  answer(phones[0]!, 180);
  answer(phones[1]!, 183);
  house.run();
  assert.deepEqual(alice.seen, [100, 180, 183]);
});

test("our Via is taken off and nothing else: even where it shares a line (RFC 3261 §16.7 step 3)", () => {
  const { house, alice, phones } = forked(1);
  const [bob] = phones;
  const invite = bob!.request("INVITE");
  const [ours, theirs] = invite.headers("Via");
  const rest =
    `From: <sip:u2@test>;tag=ft-u2\r\nt:   <sip:callee@test>;tag=x\r\nCall-ID: ${invite.callId}\r\nCSeq: 1 INVITE\r\n` +
    "X-Odd :  kept\r\n\tas it is\r\nContent-Length: 2\r\n\r\n\0\xff";
  bob!.udp().send(`SIP/2.0 199 Whatever we say\r\nv: ${ours} ,\r\n  ${theirs}\r\n${rest}`);
  house.run();
  assert.equal(alice.response(199).text, `SIP/2.0 199 Whatever we say\r\nv: ${theirs}\r\n${rest}`);
});

test("a response with no further Via is for us and goes nowhere (RFC 3261 §16.7 step 3)", () => {
  const { house, alice, phones } = forked(1);
  const invite = phones[0]!.request("INVITE");
  const via = invite.headers("Via")[0];
  phones[0]!
    .udp()
    .send(
      `SIP/2.0 180 Ringing\r\nVia: ${via}\r\nFrom: <sip:u2@test>;tag=ft-u2\r\nTo: <sip:x@y>;tag=1\r\nCall-ID: ${invite.callId}\r\nCSeq: 1 INVITE\r\n\r\n`,
    );
  house.run();
  assert.deepEqual(alice.seen, [100]);
});

test("a 2xx goes up at once, and the other branches are cancelled with the reason (RFC 3261 §16.7 step 5, §16.7 step 10, RFC 3326)", () => {
  const { house, alice, phones } = forked(3);
  for (const phone of phones) answer(phone, 180);
  house.run();
  answer(phones[1]!, 200);
  house.run();
  assert.equal(alice.responses.at(-1)?.status, 200);
  assert.equal(phones[1]!.requests.length, 1);
  for (const phone of [phones[0]!, phones[2]!]) {
    const cancel = phone.request("CANCEL");
    assert.equal(cancel.header("Reason"), 'SIP;cause=200;text="Call completed elsewhere"');
    phone.answer(cancel, 200);
    answer(phone, 487);
  }
  house.run();
  // The 487s are acknowledged here and stay here.
  assert.deepEqual(phones[0]!.seen, ["INVITE", "CANCEL", "ACK"]);
  assert.deepEqual(alice.seen, [100, 180, 180, 180, 200]);
  house.run(100_000);
  house.assertEmpty();
});

test("two phones answer at once: both 200 go up, and each gets its ACK (RFC 3261 §16.7 step 5)", () => {
  const { house, alice, phones } = forked(2);
  for (const phone of phones) answer(phone, 180);
  house.run();
  for (const phone of phones) answer(phone, 200);
  house.run();
  const oks = alice.responses.filter((response) => response.status === 200);
  assert.deepEqual(oks.map((ok) => ok.toTag).sort(), ["tt-u3", "tt-u4"]);
  for (const ok of oks) {
    alice.send("ACK", `sip:${ok.toTag!.slice(3)}@10.0.0.${ok.toTag!.slice(4)}:5060`, {
      toTag: ok.toTag!,
      lines: alice.routeSet(ok).map((value) => `Route: ${value}`),
    });
  }
  house.run();
  for (const phone of phones) assert.equal(phone.request("ACK").toTag, `tt-${phone.name}`);
});

test("a 200 again is passed on again, so that its ACK may be (RFC 6026 §8.4, RFC 3261 §16.7 step 9)", () => {
  const { house, alice, phones } = forked(1);
  for (let i = 0; i < 3; i++) {
    answer(phones[0]!, 200);
    house.run(500);
  }
  assert.deepEqual(alice.seen, [100, 200, 200, 200]);
});

test("one failure of several waits for the others; the best goes up (RFC 3261 §16.7 step 6)", () => {
  for (const [statuses, best] of [
    [[486, 302], 302],
    [[500, 486], 486],
    [[480, 407], 407],
    [[404, 420], 420],
    [[480, 486], 486],
    [[408, 480], 480],
    [[503, 501], 501],
    [[503, 404], 404],
    [[302, 603], 603],
    [[404, 484], 484],
  ] as const) {
    const { house, alice, phones } = forked(2);
    answer(phones[0]!, statuses[0]);
    house.run();
    if (statuses[0] < 600) assert.deepEqual(alice.seen, [100]);
    answer(phones[1]!, statuses[1]);
    house.run();
    assert.deepEqual(alice.seen, [100, best], String(statuses));
    assert.equal(alice.response(best).toTag, statuses[0] === best ? "tt-u3" : "tt-u4");
  }
});

test("a status that nobody knows counts as its class does, and passes as it is (RFC 3261 §8.1.3.2)", () => {
  for (const [statuses, best] of [
    [[599, 499], 499],
    [[486, 399], 399],
    [[399, 699], 699],
  ] as const) {
    const { house, alice, phones } = forked(2);
    answer(phones[0]!, 199);
    house.run();
    for (const [at, phone] of phones.entries()) answer(phone, statuses[at]!);
    house.run();
    assert.deepEqual(alice.seen, [100, 199, best], String(statuses));
  }
  const { house, alice, phones } = forked(1);
  answer(phones[0]!, 299);
  house.run();
  assert.deepEqual(alice.seen, [100, 299]);
});

test("of two alike, the one that somebody sent goes up, not one made here (RFC 3261 §16.7 step 6)", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  house.options = { groups: [[{ uri: "sip:gone@test", flow: null }, binding(bob)]] };
  alice.send("INVITE", "sip:bob@10.0.0.1");
  house.run();
  answer(bob, 408);
  house.run();
  assert.equal(alice.response(408).toTag, "tt-u3");
});

test("503 alone becomes a 500 of our own (RFC 3261 §16.7 step 6)", () => {
  const { house, alice, phones } = forked(2);
  for (const phone of phones) answer(phone, 503);
  house.run();
  assert.deepEqual(alice.seen, [100, 500]);
  assert.equal(alice.response(500).toTag?.slice(0, 2), "07");
});

test("a branch that never answers counts as 408; nobody answers: 408 (RFC 3261 §16.6 step 7, §16.7 step 6, §8.1.3.1, §21.4.9)", () => {
  const { house, alice, text } = forked(2);
  house.run(32_100);
  assert.deepEqual(alice.seen, [100, 408]);
  alice.ackFailure(text, alice.response(408));
  house.run(100_000);
  house.assertEmpty();
});

test("no answer to a request other than INVITE: nothing is said, since nobody waits any more (RFC 4320 §4.2)", () => {
  const { house, alice } = forked(2, {}, "MESSAGE");
  house.run(60_000);
  assert.deepEqual(alice.seen, [100]);
  house.assertEmpty();
});

test("no further group is begun for a client that has given up (RFC 4320 §4.2)", () => {
  const { house, phones } = forked(3, {}, "MESSAGE");
  house.options = { groups: phones.map((phone) => [binding(phone)]) };
  house.phones[0]!.send("MESSAGE", "sip:bob@10.0.0.1", { cseq: 2 });
  house.run(100_000);
  const second = phones.map((phone) => phone.requests.filter((request) => request.cseq?.sequence === 2).length > 0);
  assert.deepEqual(second, [true, true, false]);
  house.assertEmpty();
});

test("an answered request leaves no timer but those of its transactions", () => {
  for (const method of ["INVITE", "MESSAGE"]) {
    const { house, phones } = forked(1, { ringMs: 50_000 }, method);
    answer(phones[0]!, 200, {}, method);
    house.run();
    const { serverTransactions, clientTransactions } = house.layer.counters;
    assert.equal(house.wheel.size, serverTransactions + clientTransactions, method);
  }
});

test("a request other than INVITE gets its 100 after 3.5 s, not before, and no other provisional (RFC 4320 §4.1)", () => {
  const { house, alice, phones } = forked(1, {}, "MESSAGE");
  answer(phones[0]!, 183, {}, "MESSAGE");
  house.run(3_400);
  assert.deepEqual(alice.seen, []);
  house.run(200);
  assert.deepEqual(alice.seen, [100]);
  answer(phones[0]!, 200, {}, "MESSAGE");
  house.run();
  assert.deepEqual(alice.seen, [100, 200]);
});

test("exactly one final response to a forked request other than INVITE (RFC 3261 §16.7 step 5)", () => {
  const { house, alice, phones } = forked(2, {}, "MESSAGE");
  for (const phone of phones) answer(phone, 200, {}, "MESSAGE");
  house.run();
  assert.deepEqual(alice.seen, [200]);
  assert.deepEqual(phones[1]!.seen, ["MESSAGE"]);
  house.run(100_000);
  house.assertEmpty();
});

test("challenges of all branches go up in one response, unchanged (RFC 3261 §16.7 step 7, RFC 8760 §2.5)", () => {
  const { house, alice, phones } = forked(4);
  const digest = (realm: string): string => `Digest realm="${realm}",   nonce="1, 2"`;
  answer(phones[0]!, 407, { lines: [["Proxy-Authenticate", digest("a")]] });
  answer(phones[1]!, 401, {
    lines: [
      ["WWW-Authenticate", digest("b")],
      ["WWW-Authenticate", digest("b2")],
    ],
  });
  answer(phones[2]!, 404, { lines: [["WWW-Authenticate", digest("no")]] });
  answer(phones[3]!, 407, { lines: [["Proxy-Authenticate", digest("c")]], body: "why" });
  house.run();
  const response = alice.response(407);
  assert.deepEqual(response.headers("Proxy-Authenticate"), [digest("a"), digest("c")]);
  assert.deepEqual(response.headers("WWW-Authenticate"), [digest("b"), digest("b2")]);
  assert.equal(response.toTag, "tt-u3");
});

test("6xx: the others are cancelled, nothing new begins, and it goes up when they have ended (RFC 3261 §16.7 step 5, §16.7 step 10)", () => {
  const { house, alice, phones } = forked(2);
  const late = house.phone("10.0.0.9");
  house.options = { groups: [] };
  answer(phones[0]!, 180);
  house.run();
  answer(phones[1]!, 603);
  house.run();
  assert.match(phones[0]!.request("CANCEL").header("Reason") ?? "", /^SIP;cause=603;/);
  assert.deepEqual(alice.seen, [100, 180]);
  answer(phones[0]!, 487);
  house.run();
  assert.deepEqual(alice.seen, [100, 180, 603]);
  assert.deepEqual(late.seen, []);
});

test("6xx ends a sequence: later groups and otherwise are not tried (RFC 3261 §16.7 step 5)", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  const carol = house.phone("10.0.0.4");
  house.options = {
    groups: [[binding(bob)], [binding(carol)]],
    otherwise: () => assert.fail(),
  };
  alice.send("INVITE", "sip:bob@10.0.0.1");
  house.run();
  answer(bob, 600);
  house.run();
  assert.deepEqual(alice.seen, [100, 600]);
  assert.deepEqual(carol.seen, []);
});

test("a 2xx after a 6xx of another branch is what the caller gets (RFC 3261 §16.7 step 5)", () => {
  const { house, alice, phones } = forked(2);
  answer(phones[0]!, 180);
  house.run();
  answer(phones[1]!, 603);
  answer(phones[0]!, 200);
  house.run();
  assert.deepEqual(alice.seen, [100, 180, 200]);
});

test("redirections go up when nobody follows them (RFC 3261 §16.7 step 4)", () => {
  const { house, alice, phones } = forked(1);
  answer(phones[0]!, 302, { lines: [["Contact", "<sip:elsewhere@far.example>"]] });
  house.run();
  assert.equal(alice.response(302).header("Contact"), "<sip:elsewhere@far.example>");
});

test("redirections are followed where the engine allows it, by q; what was tried is not told (RFC 3261 §16.7 step 4)", () => {
  const asked: (readonly string[])[] = [];
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  const carol = house.phone("10.0.0.4");
  house.options = {
    groups: [[binding(bob)]],
    recurse: (contacts) => {
      asked.push(contacts);
      return contacts.filter((uri) => uri.includes("10.0.0.4")).map((uri) => ({ uri }));
    },
  };
  alice.send("INVITE", "sip:bob@10.0.0.1");
  house.run();
  answer(bob, 302, {
    lines: [["Contact", '"A, B" <sip:x@far.example>;q=0.2, <sip:carol@10.0.0.4>;q=0.9, <mailto:x@y>;q=0.1']],
  });
  house.run();
  assert.deepEqual(asked, [["sip:carol@10.0.0.4", "sip:x@far.example", "mailto:x@y"]]);
  assert.equal(carol.request("INVITE").requestUri, "sip:carol@10.0.0.4");
  answer(carol, 500);
  house.run();
  assert.equal(alice.response(302).header("Contact"), '"A, B" <sip:x@far.example>;q=0.2, <mailto:x@y>;q=0.1');
  assert.equal(house.proxy.counters.recursions, 1);
});

test("all contacts followed: the redirection is forgotten (RFC 3261 §16.7 step 4)", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  const carol = house.phone("10.0.0.4");
  house.options = { groups: [[binding(bob)]], recurse: (contacts) => contacts.map((uri) => ({ uri })) };
  alice.send("INVITE", "sip:bob@10.0.0.1");
  house.run();
  answer(bob, 302, { lines: [["Contact", "<sip:carol@10.0.0.4>"]] });
  house.run();
  answer(carol, 486);
  house.run();
  assert.deepEqual(alice.seen, [100, 486]);
});

test("redirections in a circle end: a URI is tried once (RFC 3261 §16.5, §16.7 step 4, §8.1.3.4)", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  house.options = { groups: [[binding(bob)]], recurse: (contacts) => contacts.map((uri) => ({ uri })) };
  alice.send("INVITE", "sip:bob@10.0.0.1");
  house.run();
  answer(bob, 302, { lines: [["Contact", "<sip:u3@10.0.0.3:5060>"]] });
  house.run();
  assert.equal(bob.requests.filter((request) => request.method === "INVITE").length, 1);
  assert.deepEqual(alice.seen, [100, 302]);
});

test("a target that is named twice is tried once; two flows of one URI are two targets (RFC 3261 §16.5, RFC 5626 §6)", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  const over = (): ProxyTarget => binding(bob, { flow: null });
  house.options = { groups: [[binding(bob), binding(bob), { uri: "SIP:u3@10.0.0.3:5060" }, over()]] };
  alice.send("MESSAGE", "sip:bob@10.0.0.1");
  house.run();
  assert.deepEqual(bob.seen, ["MESSAGE"]);
});

test("no target at all: 480 (RFC 3261 §16.5)", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  alice.send("MESSAGE", "sip:bob@10.0.0.1");
  house.run();
  assert.deepEqual(alice.seen, [480]);
  house.run(100_000);
  house.assertEmpty();
});

test("the engine hears what became of each branch, once, at the end", () => {
  const done: unknown[] = [];
  const { house, phones } = forked(2, { onDone: (summary) => done.push(summary) }, "MESSAGE");
  answer(phones[0]!, 404, {}, "MESSAGE");
  house.run();
  assert.deepEqual(done, []);
  answer(phones[1]!, 200, {}, "MESSAGE");
  house.run();
  assert.deepEqual(done, [
    {
      status: 200,
      branches: [
        { target: binding(phones[0]!), status: 404, why: "answered" },
        { target: binding(phones[1]!), status: 200, why: "answered" },
      ],
    },
  ]);
});

test("a final response with no Via but ours: the caller hears 502, and nothing stays (RFC 3261 §16.7 step 3, §21.5.3)", () => {
  for (const status of [200, 486]) {
    for (const further of ["", ", "]) {
      const { house, alice, phones, text } = forked(1);
      const [bob] = phones;
      const [ours] = bob!.request("INVITE").headers("Via");
      const rest = `From: <sip:u2@test>;tag=ft-u2\r\nTo: <sip:callee@test>;tag=x\r\nCall-ID: call-u2\r\nCSeq: 1 INVITE\r\n\r\n`;
      bob!.udp().send(`SIP/2.0 ${status} Odd\r\nVia: ${ours}${further}\r\n${rest}`);
      house.run();
      assert.deepEqual(alice.seen, [100, 502]);
      assert.equal(house.proxy.counters.droppedResponses, 1);
      alice.ackFailure(text, alice.response(502));
      house.run(100_000);
      house.assertEmpty();
    }
  }
});
