/** Addresses of the next hop: in turn, dead ones reported, long requests over TCP, vanished connections. RFC 3261 §16.6 step 7, §16.9, §18.1.1; RFC 3263 §4.3; RFC 5626. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { dnsFailed, noAddresses, noRecords, noTransport, serviceDeclined, tooManyLookups } from "@trapezoid/sip/locate";
import { buildResponse, parseMessage, SipRequest } from "@trapezoid/sip/message";
import type { Flow, Target } from "@trapezoid/sip/transport";
import { binding, House } from "./house.ts";

function rejected(error: Error): Promise<never> {
  const promise = Promise.reject(error);
  promise.catch(() => {});
  return promise;
}

const udp = (address: string, port = 5060): Target => ({ kind: "udp", address, port });

function towards(targets: readonly Target[], uri = "sip:bob@many.example", method = "INVITE", body = "") {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const phones = ["10.0.0.3", "10.0.0.4"].map((address) => house.phone(address));
  house.locator.hosts.set("many.example", targets);
  house.options = { groups: [[{ uri }]] };
  alice.send(method, "sip:bob@10.0.0.1", { body });
  return { house, alice, phones, first: phones[0]!, second: phones[1]! };
}

test("no answer: the next address is tried as a new branch, the dead one is reported (RFC 3261 §16.6 step 7, RFC 3263 §4.3)", () => {
  const { house, alice, first, second } = towards([udp("10.0.0.3"), udp("10.0.0.4")]);
  house.run(32_100);
  assert.deepEqual(house.locator.failures, [udp("10.0.0.3")]);
  assert.equal(second.requests.length, 1);
  assert.notEqual(second.request("INVITE").via?.branch, first.request("INVITE").via?.branch);
  second.answer(second.request("INVITE"), 200);
  house.run();
  assert.deepEqual(alice.seen, [100, 200]);
  assert.deepEqual(house.locator.successes, [udp("10.0.0.4")]);
});

test("503: the next address is tried (RFC 3263 §4.3)", () => {
  const { house, alice, first, second } = towards([udp("10.0.0.3"), udp("10.0.0.4")]);
  house.run();
  first.answer(first.request("INVITE"), 503, { lines: [["Retry-After", "120 (maintenance)"]] });
  house.run();
  assert.deepEqual(house.locator.failures, [udp("10.0.0.3")]);
  assert.deepEqual(house.locator.downMs, [120_000]);
  second.answer(second.request("INVITE"), 486);
  house.run();
  assert.deepEqual(alice.seen, [100, 486]);
});

test("any other failure is an answer: no other address is tried (RFC 3263 §4.3)", () => {
  const { house, alice, first, second } = towards([udp("10.0.0.3"), udp("10.0.0.4")]);
  house.run();
  first.answer(first.request("INVITE"), 500);
  house.run();
  assert.deepEqual(second.seen, []);
  assert.deepEqual(alice.seen, [100, 500]);
  assert.deepEqual(house.locator.failures, []);
});

test("a phone that rings and falls silent is not replaced by its neighbour (RFC 3263 §4.3)", () => {
  const { house, first, second } = towards([udp("10.0.0.3"), udp("10.0.0.4")]);
  house.run();
  first.answer(first.request("INVITE"), 180);
  house.run(100_000);
  assert.deepEqual(second.seen, []);
});

test("nobody listens: ICMP ends the attempt at once (RFC 3261 §16.9)", () => {
  const { house, second } = towards([udp("10.0.0.3", 9), udp("10.0.0.4")]);
  house.run();
  assert.deepEqual(house.locator.failures, [udp("10.0.0.3", 9)]);
  assert.deepEqual(second.seen, ["INVITE"]);
});

test("a refused connection: the next address (RFC 3261 §16.6 step 7)", async () => {
  const { house, second } = towards([{ kind: "tcp", address: "10.0.0.3", port: 9 }, udp("10.0.0.4")]);
  await house.runAsync();
  await house.runAsync();
  assert.equal(house.locator.failures.length, 1);
  assert.deepEqual(second.seen, ["INVITE"]);
});

test("no address left: as if 503, which becomes 500 (RFC 3261 §16.9, §16.7 step 6, §8.1.3.1)", () => {
  const { house, alice } = towards([udp("10.0.0.3", 9), udp("10.0.0.4", 9)]);
  house.run(20);
  house.run(20);
  assert.deepEqual(alice.seen, [100, 500]);
  const none = towards([]);
  none.house.run();
  assert.deepEqual(none.alice.seen, [100, 500]);
});

test("a name that cannot be found ends the branch, not the proxy (RFC 3263 §4)", async () => {
  const { house, alice } = towards([], "sip:bob@late.example");
  const failing = new Promise<never>((_, reject) => house.clock.after(5, () => reject(new Error("SERVFAIL"))));
  house.locator.hosts.set("late.example", failing);
  await house.runAsync();
  assert.deepEqual(alice.seen, [100, 500]);
  await house.runAsync(100_000);
  assert.equal(house.proxy.counters.contexts, 0);
});

test("a tel URI without a route leads nowhere: 416", () => {
  const { house, alice } = towards([], "tel:+15551234");
  house.run();
  assert.deepEqual(alice.seen, [100, 416]);
});

test("a sips Request-URI makes the next hop a sips one, whatever the Route says (RFC 3261 §16.6 step 7, §8.1.2)", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  house.options = { groups: [[{ uri: "sips:bob@far.example", routes: ["<sip:edge.example;lr>"] }]] };
  alice.send("MESSAGE", "sip:bob@10.0.0.1");
  house.run();
  assert.deepEqual(
    house.locator.asked.map(({ scheme, host }) => [scheme, host]),
    [["sips", "edge.example"]],
  );
});

const long = "x".repeat(1300);

test("more than 1300 octets go over TCP instead of UDP, and the Via says so (RFC 3261 §18.1.1)", async () => {
  const { house, first } = towards([udp("10.0.0.3")], undefined, "MESSAGE", long);
  await house.runAsync();
  await house.runAsync();
  assert.equal(first.flows[0]?.kind, "tcp");
  assert.equal(first.request("MESSAGE").via?.transport, "TCP");
  first.answer(first.request("MESSAGE"), 200);
  house.run();
  house.run(100_000);
  house.assertEmpty();
});

test("a peer without TCP gets them over UDP after all, and that is remembered (RFC 3261 §18.1.1)", async () => {
  const { house, alice, first } = towards([udp("10.0.0.3", 5070)], undefined, "MESSAGE", long);
  first.transport.listenNow("udp", 5070);
  await house.runAsync();
  await house.runAsync();
  assert.equal(first.flows[0]?.kind, "udp");
  assert.equal(first.request("MESSAGE").via?.transport, "UDP");
  assert.deepEqual(house.locator.failures, []);
  alice.send("MESSAGE", "sip:bob@10.0.0.1", { body: long, cseq: 2 });
  house.run();
  assert.equal(first.requests.length, 2);
});

test("a connection that breaks before the answer: UDP after all (RFC 3261 §18.1.1)", async () => {
  const { house, first } = towards([udp("10.0.0.3")], undefined, "MESSAGE", long);
  await house.runAsync();
  await house.runAsync();
  first.transport.connections[0]!.close();
  house.run();
  assert.deepEqual(
    first.flows.map((flow) => flow.kind),
    ["tcp", "udp"],
  );
  assert.deepEqual(house.locator.failures, []);
});

test("what the first address said is not what the second has said: its CANCEL is held (RFC 3261 §9.1)", () => {
  const { house, alice, first, second } = towards([udp("10.0.0.3"), udp("10.0.0.4")]);
  house.run();
  first.answer(first.request("INVITE"), 100);
  first.answer(first.request("INVITE"), 503);
  house.run();
  const invite = second.request("INVITE");
  alice.cancel(alice.compose("INVITE", "sip:bob@10.0.0.1", { branch: "z9hG4bK-u2-1" }));
  house.run();
  assert.deepEqual(second.seen, ["INVITE"]);
  second.answer(invite, 100);
  house.run();
  assert.deepEqual(second.seen, ["INVITE", "CANCEL"]);
});

test("an answer that comes before the sending is done (a peer in the same process)", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  const prompt: Flow = {
    kind: "tcp",
    reliable: true,
    secure: false,
    local: { address: "10.0.0.1", port: 5060 },
    remote: { address: "10.0.0.3", port: 5060 },
    advertised: { host: "10.0.0.1", port: 5060 },
    id: "prompt",
    closed: false,
    peerNames: [],
    send(text) {
      const parsed = parseMessage(String(text));
      assert.ok(parsed.ok && parsed.value.isRequest);
      house.layer.receive(buildResponse(parsed.value, 202, { toTag: "x" }), prompt);
      return true;
    },
    onClose: () => ({ [Symbol.dispose]() {} }),
    close() {},
  };
  house.options = { groups: [[binding(bob, { flow: prompt })]] };
  alice.send("MESSAGE", "sip:bob@10.0.0.1");
  house.run();
  assert.deepEqual(alice.seen, [202]);
  assert.equal(house.proxy.counters.contexts, 0);
});

test("a flow that throws is a 500 to the caller and leaves nothing behind", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  const broken = {
    get closed(): boolean {
      throw new TypeError("a mistake in a transport");
    },
  } as Flow;
  house.options = { groups: [[binding(bob), binding(bob, { flow: broken })]] };
  alice.send("MESSAGE", "sip:bob@10.0.0.1");
  house.run();
  assert.deepEqual(alice.seen, [500]);
  assert.equal(house.errors.length, 1);
  assert.equal(house.proxy.counters.contexts, 0);
});

test("a binding is reached over its flow, however long the request (a deviation from RFC 3261 §18.1.1 by design)", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  house.options = { groups: [[binding(bob, { flow: house.transport.udpFlow({ address: "10.0.0.3", port: 5060 }) })]] };
  alice.send("MESSAGE", "sip:bob@10.0.0.1", { body: long });
  house.run();
  assert.equal(bob.flows[0]?.kind, "udp");
});

test("a request without Content-Length gets one on a stream (RFC 3261 §16.6 step 9)", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  bob.connect();
  house.options = { groups: [[binding(bob, { flow: house.transport.connections[0]! })]] };
  alice
    .udp()
    .send(alice.compose("MESSAGE", "sip:bob@10.0.0.1", { body: "hello" }).replace(/Content-Length: 5\r\n/, ""));
  house.run();
  assert.equal(bob.request("MESSAGE").header("Content-Length"), "5");
});

test("a binding whose connection is gone fails at once; a directly attached caller hears 480, a proxy 430 (RFC 5626 §5.3.1, §11.5)", () => {
  for (const [lines, status] of [
    [[], 480],
    [["Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKup"], 430],
  ] as const) {
    const house = new House();
    const alice = house.phone("10.0.0.2");
    const bob = house.phone("10.0.0.3");
    house.options = { groups: [[binding(bob, { flow: null })]] };
    alice.send("INVITE", "sip:bob@10.0.0.1", { lines });
    house.run();
    assert.deepEqual(alice.seen, [100, status]);
    assert.deepEqual(bob.seen, []);
  }
});

test("a connection that breaks while the phone rings: the branch fails, the others go on (RFC 3261 §16.9)", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  const carol = house.phone("10.0.0.4");
  const connection = bob.connect();
  house.options = { groups: [[binding(bob, { flow: house.transport.connections[0]! }), binding(carol)]] };
  alice.send("INVITE", "sip:bob@10.0.0.1");
  house.run();
  bob.answer(bob.request("INVITE"), 180);
  house.run();
  connection.close();
  house.run();
  assert.deepEqual(alice.seen, [100, 180]);
  carol.answer(carol.request("INVITE"), 200);
  house.run();
  assert.deepEqual(alice.seen, [100, 180, 200]);
  house.run(100_000);
  house.assertEmpty();
});

test("a phone's other flow takes over when the first is gone, as the engine's next group (RFC 5626 §6)", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  bob.connect();
  house.options = {
    groups: [[binding(bob, { flow: null })], [binding(bob, { flow: house.transport.connections[0]! })]],
  };
  alice.send("INVITE", "sip:bob@10.0.0.1");
  house.run();
  assert.deepEqual(bob.seen, ["INVITE"]);
});

test("an exception after a look-up or a connect ends the branch: 500, and an error for the log", async () => {
  for (const when of ["look-up", "connect"]) {
    const house = new House();
    const alice = house.phone("10.0.0.2");
    const broken = {
      kind: "tcp",
      get advertised(): never {
        throw new TypeError("a mistake in a transport");
      },
    } as unknown as Flow;
    const targets = [{ kind: "tcp", address: "10.0.0.3", port: 5060 }] as const;
    house.locator.hosts.set("10.0.0.3", when === "look-up" ? Promise.resolve(targets) : targets);
    house.transport.flowTo = () => (when === "look-up" ? broken : Promise.resolve(broken));
    house.options = { groups: [[{ uri: "sip:bob@10.0.0.3" }]] };
    alice.send("MESSAGE", "sip:bob@10.0.0.1");
    await house.runAsync();
    assert.deepEqual(alice.seen, [500], when);
    assert.equal(house.errors.length, 1);
    assert.equal(house.proxy.counters.contexts, 0);
  }
});

test("a phone that declines for all while its group is being started ends the others before they start (RFC 3261 §16.7 step 5)", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  const flow = house.transport.udpFlow({ address: "10.0.0.4", port: 5060 });
  flow.send = (text) => {
    const parsed = parseMessage(String(text));
    assert.ok(parsed.ok && parsed.value instanceof SipRequest);
    if (parsed.value.method !== "ACK") house.layer.receive(buildResponse(parsed.value, 603, { toTag: "x" }), flow);
    return true;
  };
  house.options = { groups: [[{ uri: "sip:x@10.0.0.4", flow }, binding(bob)]] };
  alice.send("INVITE", "sip:bob@10.0.0.1");
  house.run();
  assert.deepEqual(alice.seen, [100, 603]);
  assert.deepEqual(bob.seen, []);
  assert.deepEqual(house.errors, []);
});

test("what the look-up failed of decides the answer (RFC 3263 §4, RFC 3261 §21.4.5, §21.5.5)", async () => {
  for (const [error, status] of [
    [noRecords("gone.example", ["A"]), 404],
    [noAddresses("gone.example", ["sip.gone.example"]), 404],
    [serviceDeclined("gone.example"), 404],
    [noTransport("gone.example", "SCTP", ["UDP"]), 502],
    [dnsFailed("gone.example", "A", "SERVFAIL"), 504],
    [tooManyLookups(1), 500],
  ] as const) {
    const { house, alice } = towards([], "sip:bob@gone.example");
    house.locator.hosts.set("gone.example", rejected(error));
    await house.runAsync();
    assert.deepEqual(alice.seen, [100, status], error.code);
  }
});
