import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeClock } from "./fake-clock.ts";
import { leakCheck } from "./leak-check.ts";
import { SipRecorder } from "./sip-recorder.ts";
import { createVirtualNetwork } from "./virtual-network.ts";

const invite = "INVITE sip:bob@10.0.0.2 SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\n";
const ringing = "SIP/2.0 180 Ringing\r\nCSeq: 1 INVITE\r\n\r\n";

function record() {
  const clock = createFakeClock();
  const network = createVirtualNetwork(clock);
  const alice = network.transport({ address: "10.0.0.1" });
  const proxy = network.transport({ address: "10.0.0.2" });
  const bob = network.transport({ address: "10.0.0.3" });
  for (const host of [alice, proxy, bob]) host.listenNow("udp");
  const names = { "10.0.0.1": "alice", "10.0.0.2": "proxy", "10.0.0.3": "bob" };
  const recorder = new SipRecorder(network, { names });
  alice.udpFlow({ address: "10.0.0.2", port: 5060 }).send(invite);
  clock.advance(1);
  proxy.udpFlow({ address: "10.0.0.3", port: 5060 }).send(invite);
  network.lose = () => true;
  bob.udpFlow({ address: "10.0.0.2", port: 5060 }).send(ringing);
  network.lose = undefined;
  proxy.udpFlow({ address: "10.0.0.1", port: 5060 }).send(ringing);
  clock.advance(1);
  return { clock, network, recorder, transports: [alice, proxy, bob] };
}

test("the recorder names hosts, requests and responses, and what was lost", () => {
  const { recorder } = record();
  recorder.expectExactly([
    "alice → proxy INVITE",
    "proxy → bob INVITE",
    "bob → proxy 180 INVITE (lost)",
    "proxy → alice 180 INVITE",
  ]);
  recorder.expectInOrder(["alice → proxy INVITE", "180 INVITE", "proxy → alice 180 INVITE"]);
  assert.equal(recorder.count("INVITE"), 4);
  assert.equal(recorder.count("→ bob INVITE"), 1);
  assert.equal(recorder.count("180 INVITE"), 2);
  assert.equal(recorder.response("→ alice 180").status, 180);
  assert.equal(recorder.request("→ bob").method, "INVITE");
});

test("expectations that fail show the ladder", () => {
  const { recorder } = record();
  assert.throws(() => recorder.expectInOrder(["180 INVITE", "alice → proxy INVITE"]), /alice/);
  assert.throws(() => recorder.expectExactly([]), /alice → proxy INVITE/);
  assert.throws(() => recorder.last("BYE"), /no message matches/);
});

test("the ladder has a column per host and an arrow per message", () => {
  const { recorder } = record();
  assert.equal(
    recorder.ladder(),
    [
      "         alice                 proxy                 bob",
      "      0  |------ INVITE ------>|                     |",
      "      1  |                     |------ INVITE ------>|",
      "      1  |                     |x---- 180 INVITE ----|",
      "      1  |<---- 180 INVITE ----|                     |",
    ].join("\n"),
  );
});

test("a disposed recorder records no more", () => {
  const { clock, network, recorder, transports } = record();
  recorder[Symbol.dispose]();
  recorder.clear();
  transports[0]!.udpFlow({ address: "10.0.0.2", port: 5060 }).send(invite);
  clock.advance(1);
  assert.deepEqual(recorder.messages, []);
  leakCheck({ clock, network, transports });
});

test("leakCheck() names everything left over", () => {
  const { clock, network, transports } = record();
  leakCheck({ clock, network, transports, wheels: [{ size: 0 }], counts: { calls: 0 } });
  clock.after(1, () => {});
  const layers = [{ counters: { serverTransactions: 2, clientTransactions: 0 } }];
  assert.throws(
    () => leakCheck({ clock, layers, counts: { calls: 3 } }),
    /left over: 2 server transactions, 1 callbacks of the clock, 3 calls/,
  );
});
