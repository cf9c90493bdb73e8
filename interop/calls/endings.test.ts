/** Calls that end in other ways than by talking. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { baresipIn, linphoneIn, startHouse } from "../rig/house.ts";
import type { Phone } from "../rig/phone.ts";
import { missing } from "../rig/programs.ts";
import { summary } from "../rig/sip-trace.ts";
import { waitUntil } from "../rig/wait.ts";

const ringBriefly = `import { defineConfig } from "trapezoid";
export default defineConfig({ route: (request, plan) => plan.registered(request.uri, { ringMs: 2_000 }) });
`;

/** Waits for a message in a phone's own trace. */
function saw(phone: Phone, message: string): Promise<true> {
  return waitUntil(() => summary(phone.messages()).includes(message) || undefined, {
    what: `"${message}" at ${phone.address}`,
  });
}

describe("calls end as RFC 3261 says", { skip: missing("baresip", "linphonec") }, () => {
  test("two phones of one user ring, one answers, the other gets CANCEL with its reason (RFC 3326 §3.1)", async () => {
    await using server = await startHouse({ users: ["alice", "bob"] });
    await using alice = await baresipIn(server, "alice", "udp");
    await using desk = await baresipIn(server, "bob", "tcp");
    await using mobile = await linphoneIn(server, "bob", "udp");
    await Promise.all([alice.registered(), desk.registered(), mobile.registered()]);
    await alice.dial(`sip:bob@${server.at("udp")}`);
    await Promise.all([desk.rings(), mobile.rings()]);
    await mobile.answer();
    await Promise.all([alice.established(), mobile.established()]);
    await saw(desk, "received CANCEL");
    await desk.ended();
    const cancel = desk.messages().find((one) => one.kind === "CANCEL")!;
    assert.match(cancel.text, /^Reason:\s*SIP\s*;\s*cause=200/im);
    await alice.hangUp();
    await mobile.ended();
    assert.ok(!summary(alice.messages()).includes("received 487 INVITE"));
  });

  test("busy: 486 comes back to the caller", async () => {
    await using server = await startHouse({ users: ["alice", "bob"] });
    await using alice = await linphoneIn(server, "alice", "udp");
    await using bob = await baresipIn(server, "bob", "udp");
    await Promise.all([alice.registered(), bob.registered()]);
    await alice.dial(bob.address);
    await bob.rings();
    await bob.hangUp();
    await alice.ended();
    await saw(alice, "received 486 INVITE");
    await saw(bob, "received ACK");
  });

  test("declined everywhere: 603 comes back to the caller", async () => {
    await using server = await startHouse({ users: ["alice", "lin"] });
    await using alice = await baresipIn(server, "alice", "udp");
    await using lin = await linphoneIn(server, "lin", "tcp");
    await Promise.all([alice.registered(), lin.registered()]);
    await alice.dial(`sip:lin@${server.at("udp")}`);
    await lin.rings();
    await lin.hangUp();
    assert.match(await alice.ended(), /603/);
  });

  test("no answer: the phone stops ringing after the plan's time, the caller hears why", async () => {
    await using server = await startHouse({ users: ["alice", "bob"], config: ringBriefly });
    await using alice = await baresipIn(server, "alice", "udp");
    await using bob = await baresipIn(server, "bob", "udp");
    await Promise.all([alice.registered(), bob.registered()]);
    await alice.dial(bob.address);
    await bob.rings();
    await bob.ended();
    await saw(bob, "received CANCEL");
    assert.match(await alice.ended(), /408|480/);
  });

  for (const [first, second] of [
    ["udp", "udp"],
    ["tcp", "tls"],
  ] as const) {
    test(`cancel by the caller reaches the ringing phone (${first} to ${second})`, async () => {
      await using server = await startHouse({ users: ["alice", "lin"] });
      await using alice = await baresipIn(server, "alice", first);
      await using lin = await linphoneIn(server, "lin", second);
      await Promise.all([alice.registered(), lin.registered()]);
      await alice.dial(`sip:lin@${server.at(first)}`);
      await Promise.all([lin.rings(), alice.heardRinging()]);
      await alice.hangUp();
      await lin.ended();
      await saw(lin, "received CANCEL");
      await saw(alice, "received 487 INVITE");
      await lin.dial(`sip:alice@${server.at(second)}`);
      await Promise.all([alice.rings(), lin.heardRinging()]);
      await lin.hangUp();
      await alice.ended();
      await saw(alice, "received CANCEL");
    });
  }

  test("unknown user: 404; known but not registered: 480, for somebody who proved who they are", async () => {
    await using server = await startHouse({ users: ["alice", "bob"] });
    await using alice = await baresipIn(server, "alice", "udp");
    await alice.registered();
    await alice.dial(`sip:nobody@${server.at("udp")}`);
    assert.match(await alice.ended(), /404/);
    await alice.dial(`sip:bob@${server.at("udp")}`);
    assert.match(await alice.ended(), /480/);
  });

  test("a call without credentials goes nowhere", async () => {
    await using server = await startHouse({ users: ["alice", "bob"] });
    await using bob = await baresipIn(server, "bob", "udp");
    await using mallory = await baresipIn(server, "alice", "udp", { password: "guessed" });
    await bob.registered();
    await mallory.dial(bob.address);
    assert.match(await mallory.ended(), /40[137]/);
    assert.ok(!summary(bob.messages()).includes("received INVITE"));
  });
});
