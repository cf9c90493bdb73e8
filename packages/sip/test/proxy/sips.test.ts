/** SIPS at a proxy: TLS on every hop, or 480 and why. RFC 5630 §5.3. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ForwardOptions, ProxyTarget } from "@trapezoid/sip/proxy";
import type { Flow, TransportKind } from "@trapezoid/sip/transport";
import { House, type Phone } from "./house.ts";

/** The server's end of a connection that `phone` opened. */
function flowOf(house: House, phone: Phone, kind: TransportKind = "tls"): Flow {
  phone.connect(kind, kind === "tls" ? 5061 : 5060);
  return house.transport.connections.at(-1)!;
}

function setUp(targets: (house: House, bob: Phone) => readonly ProxyTarget[], options: Partial<ForwardOptions> = {}) {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  house.options = { groups: [targets(house, bob)], ...options };
  const call = (uri: string, method = "INVITE"): string => {
    const text = alice.send(method, uri, { transport: "TLS" }, alice.connect("tls", 5061));
    house.run();
    return text;
  };
  return { house, alice, bob, call };
}

const warningOf = (alice: Phone, status = 480): string | undefined => alice.response(status).header("Warning");
const notAllowed = '380 10.0.0.1:5061 "SIPS Not Allowed"';
const required = '381 10.0.0.1:5061 "SIPS Required"';

test("a sips request goes to a sips contact over TLS, as sips (RFC 5630 §5.3)", () => {
  const { bob, call } = setUp((house, phone) => [{ uri: "sips:bob@10.0.0.3", flow: flowOf(house, phone) }]);
  call("sips:bob@10.0.0.1");
  const invite = bob.request("INVITE");
  assert.equal(invite.requestUri, "sips:bob@10.0.0.3");
  assert.equal(invite.via?.transport, "TLS");
  assert.match(invite.headers("Record-Route")[0] ?? "", /^<sips:/);
});

test("a sips request is not forwarded to a sip contact, not even over TLS: 480 with Warning 380 (RFC 5630 §5.3)", () => {
  const { house, alice, bob, call } = setUp((at, phone) => [{ uri: "sip:bob@10.0.0.3", flow: flowOf(at, phone) }]);
  const text = call("sips:bob@10.0.0.1");
  assert.deepEqual(bob.seen, []);
  assert.deepEqual(alice.seen, [100, 480]);
  assert.equal(warningOf(alice), notAllowed);
  alice.ackFailure(text, alice.response(480), alice.flows.at(-1));
  house.run(100_000);
  house.assertEmpty();
});

test("the last hop is no exception: a sips contact is not reached without TLS (RFC 5630 §4, §5.3)", () => {
  for (const kind of ["udp", "tcp"] as const) {
    const { alice, bob, call } = setUp((house, phone) => {
      const udp = () => house.transport.udpFlow({ address: phone.address, port: 5060 });
      return [{ uri: "sips:bob@10.0.0.3", flow: kind === "udp" ? udp() : flowOf(house, phone, kind) }];
    });
    call("sips:bob@10.0.0.1");
    assert.deepEqual(bob.seen, []);
    assert.equal(warningOf(alice), notAllowed);
  }
});

test("a sip request to a sips contact is forwarded over TLS with its scheme replaced, the rest of the URI as it is (RFC 5630 §5.3)", () => {
  const contact = "sips:bob@10.0.0.3:5061;ob;x=SIPS:y";
  const { bob, call } = setUp((house, phone) => [{ uri: contact, flow: flowOf(house, phone) }]);
  call("sip:bob@10.0.0.1");
  const invite = bob.request("INVITE");
  assert.equal(invite.requestUri, "sip:bob@10.0.0.3:5061;ob;x=SIPS:y");
  assert.equal(invite.via?.transport, "TLS");
  assert.ok(invite.headers("Record-Route").every((value) => value.startsWith("<sip:")));
});

test("a sip request to a sips contact that is looked up is sent by TLS, whatever its own scheme (RFC 5630 §5.3)", async () => {
  const { house, bob, call } = setUp(() => [{ uri: "sips:bob@10.0.0.3" }]);
  bob.transport.listenNow("tls", 5061);
  call("sip:bob@10.0.0.1");
  await house.runAsync();
  await house.runAsync();
  assert.equal(house.locator.asked[0]?.scheme, "sips");
  assert.equal(bob.request("INVITE").requestUri, "sip:bob@10.0.0.3");
  assert.equal(bob.flows[0]?.kind, "tls");
});

test("where a sips contact cannot be had by TLS, a sip request is answered 480 with Warning 381 (RFC 5630 §5.3)", async () => {
  const insecure = setUp((house, phone) => [{ uri: "sips:bob@10.0.0.3", flow: flowOf(house, phone, "tcp") }]);
  insecure.call("sip:bob@10.0.0.1");
  assert.deepEqual(insecure.bob.seen, []);
  assert.equal(warningOf(insecure.alice), required);
  // Nobody listens on 5061.
  const refused = setUp(() => [{ uri: "sips:bob@10.0.0.3" }]);
  refused.call("sip:bob@10.0.0.1");
  await refused.house.runAsync();
  await refused.house.runAsync();
  assert.deepEqual(refused.bob.seen, []);
  assert.equal(warningOf(refused.alice), required);
});

test("of several contacts the sips ones are tried, and what they say is what the caller hears (RFC 5630 §5.3)", () => {
  const { alice, bob, house, call } = setUp((at, phone) => [
    { uri: "sip:bob@10.0.0.9" },
    { uri: "sips:bob@10.0.0.3", flow: flowOf(at, phone) },
  ]);
  call("sips:bob@10.0.0.1");
  bob.answer(bob.request("INVITE"), 404);
  house.run();
  assert.deepEqual(alice.seen, [100, 404]);
  assert.equal(warningOf(alice, 404), undefined);
});

test("a request of a dialog keeps to TLS too", () => {
  const { house, alice, bob, call } = setUp((at, phone) => [{ uri: "sips:bob@10.0.0.3", flow: flowOf(at, phone) }]);
  call("sips:bob@10.0.0.1");
  bob.answer(bob.request("INVITE"), 200);
  house.run();
  const lines = alice.routeSet(alice.response(200)).map((route) => `Route: ${route}`);
  const options = { transport: "TLS", lines, cseq: 2, toTag: "tt-u3" };
  alice.send("BYE", "sips:bob@10.0.0.3", options, alice.flows.at(-1));
  house.run();
  assert.equal(bob.request("BYE").via?.transport, "TLS");
});

test("a tel number is led to a sips trunk by TLS, as sip: nobody promised TLS before us", async () => {
  const { house, bob, call } = setUp(() => [{ uri: "sips:+15551234@10.0.0.3" }]);
  bob.transport.listenNow("tls", 5061);
  call("tel:+15551234");
  await house.runAsync();
  await house.runAsync();
  assert.equal(bob.request("INVITE").requestUri, "sip:+15551234@10.0.0.3");
  assert.equal(bob.flows[0]?.kind, "tls");
});

for (const [uri, contacts, asked, left] of [
  ["sips:bob@10.0.0.1", "<sip:carol@10.0.0.4>, <sips:carol@10.0.0.4>", ["sips:carol@10.0.0.4"], 302],
  ["sip:bob@10.0.0.1", "<sip:carol@10.0.0.4>, <sips:carol@10.0.0.4>", ["sip:carol@10.0.0.4"], 302],
  ["sips:bob@10.0.0.1", "<sip:carol@10.0.0.4>", undefined, 302],
  ["sip:bob@10.0.0.1", "<sips:carol@10.0.0.4>", undefined, 302],
] as const) {
  test(`a redirection of ${uri} to ${contacts} is followed to contacts of its scheme alone (RFC 5630 §5.3, RFC 3261 §16.7 step 4, §8.1.3.4)`, () => {
    const recursed: (readonly string[])[] = [];
    const { house, alice, bob, call } = setUp(
      (at, phone) => [{ uri: `${uri.slice(0, uri.indexOf(":"))}:bob@10.0.0.3`, flow: flowOf(at, phone) }],
      {
        recurse: (found) => {
          recursed.push(found);
          return [];
        },
      },
    );
    call(uri);
    bob.answer(bob.request("INVITE"), 302, { lines: [["Contact", contacts]] });
    house.run();
    assert.deepEqual(recursed, asked === undefined ? [] : [asked]);
    assert.deepEqual(alice.seen, [100, left]);
    assert.equal(alice.response(302).header("Contact"), contacts);
  });
}

test("what a phone says of sips is told as it is, and not tried otherwise (RFC 5630 §5.3)", () => {
  for (const [status, lines] of [
    [416, []],
    [480, [["Warning", '380 bob "SIPS Not Allowed"']]],
  ] as const) {
    const { house, alice, bob, call } = setUp((at, phone) => [{ uri: "sips:bob@10.0.0.3", flow: flowOf(at, phone) }]);
    call("sips:bob@10.0.0.1");
    bob.answer(bob.request("INVITE"), status, { lines });
    house.run();
    assert.deepEqual(alice.seen, [100, status]);
    assert.equal(alice.response(status).header("Warning"), lines[0]?.[1]);
    assert.equal(bob.requests.filter(({ method }) => method === "INVITE").length, 1);
  }
});

test("the Via of a request by a connection that may be used back says so, and its CANCEL's too (RFC 5923 §8.1)", () => {
  for (const alias of [true, false]) {
    const { house, alice, bob, call } = setUp((at, phone) => {
      const flow = flowOf(at, phone);
      return [{ uri: "sip:bob@10.0.0.3", flow: Object.assign(flow, { alias }) }];
    });
    const text = call("sip:bob@10.0.0.1");
    bob.answer(bob.request("INVITE"), 180);
    house.run();
    alice.cancel(text, [], alice.flows.at(-1));
    house.run();
    for (const method of ["INVITE", "CANCEL"]) {
      assert.equal(bob.request(method).headers("Via")[0]?.endsWith(";alias"), alias, method);
    }
  }
});
