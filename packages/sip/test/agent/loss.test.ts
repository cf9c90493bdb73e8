/** Whole calls over a network that loses a fifth of its datagrams. RFC 3261 §13, §17; RFC 3262 §3. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Rig } from "./rig.ts";

for (let seed = 1; seed <= 12; seed++) {
  for (const isProxied of [false, true]) {
    test(`seed ${seed}${isProxied ? ", through a proxy" : ""}: a call with a reliable 183, changes of both sides and BYE comes through 20 % loss (RFC 3261 §13.3.1.4, RFC 3262 §3)`, async () => {
      const rig = new Rig({ lossRate: 0.2, jitterMs: 30, duplicateRate: 0.05, delayMs: 20, seed });
      if (isProxied) rig.proxy(() => ["sip:bob@10.0.0.3"]);
      const alice = rig.agent("alice");
      const bob = rig.agent("bob");
      const call = alice.core.invite(isProxied ? "sip:bob@10.0.0.1" : bob.uri, { handlers: alice.owner });
      await rig.run(20_000);
      assert.equal(bob.calls.length, 1);
      void bob.call.progress();
      void bob.call.accept();
      await rig.run(40_000);
      assert.equal(call.state, "confirmed", rig.recorder.ladder());
      assert.equal(bob.call.state, "confirmed");
      const changes = [call.reinvite(), bob.call.update(), bob.call.reinvite()];
      await rig.run(120_000);
      const results = await Promise.allSettled(changes);
      assert.deepEqual(
        results.map(({ status }) => status),
        changes.map(() => "fulfilled"),
      );
      void call.end();
      await rig.run(60_000);
      assert.equal(bob.call.state, "ended");
      await rig.assertNothingLeft();
    });
  }
}
