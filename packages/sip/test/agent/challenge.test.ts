/** Challenges of ours, also within dialogs, and what the client makes of unusual ones. RFC 3261 §22.1, §22.2, RFC 7616 §3.3 to §3.5. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { IncomingRequest, Refusal } from "@trapezoid/sip/agent";
import { createDigestServer, digestSecrets, requestDigest } from "@trapezoid/sip/auth";
import { nodeHash } from "@trapezoid/sip/auth/node";
import { Hand } from "./hand.ts";
import { Rig, rigBody } from "./rig.ts";

const identity = { address: "sip:alice@test", account: { user: "alice", password: "secret" } };

test("a callee may challenge what comes within a dialog: each request is repeated with credentials, and nothing has changed before (RFC 3261 §22.1, §12.2.2)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice", { identity });
  const server = createDigestServer({ hash: nodeHash, clock: rig.clock, secret: new Uint8Array(32).fill(3) });
  const refused: string[] = [];
  const admitInDialog = ({ request }: IncomingRequest): Refusal | undefined => {
    const secretsFor = (user: string) => digestSecrets(nodeHash, user, "bob", "secret");
    if (server.verify(request, { header: "Authorization", realm: "bob", secretsFor }).ok) return undefined;
    refused.push(request.method);
    const challenges = server.challenge({ realm: "bob", algorithms: ["MD5"] });
    return { status: 401, headers: challenges.map((value) => ["WWW-Authenticate", value]) };
  };
  const bob = rig.agent("bob", { handlers: { admitInDialog } });
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run();
  void bob.call.progress();
  await rig.run(100);
  void bob.call.accept();
  await rig.run(100);
  assert.equal(bob.call.state, "confirmed");
  for (const change of [() => call.reinvite(), () => call.update(), () => call.request("OPTIONS")]) {
    const done = change();
    await rig.run(100);
    await done;
  }
  assert.deepEqual(
    bob.owner.log.filter((line) => line.startsWith("change")).map((line) => line.split(":")[0]),
    ["change INVITE", "change UPDATE"],
  );
  void call.end();
  await rig.run(100);
  assert.equal((await bob.call.ended).cause, "bye");
  // The first is asked; the others say at once who sends them.
  assert.deepEqual(refused, ["PRACK"]);
  assert.equal(rig.recorder.count("401"), 1);
  await rig.assertNothingLeft();
});

test("a stranger who calls us and challenges our BYE gets nothing to guess the password by; who has been asked before is no stranger (RFC 3261 §26.1)", async () => {
  for (const isKnown of [false, true]) {
    const rig = new Rig();
    const alice = rig.agent("alice", { identity });
    const credentials: (string | undefined)[] = [];
    const admitInDialog = ({ request }: IncomingRequest): Refusal | undefined => {
      const value = request.header("Authorization");
      credentials.push(value);
      if (value !== undefined) return undefined;
      return { status: 401, headers: [["WWW-Authenticate", 'Digest realm="test", nonce="n", algorithm=MD5']] };
    };
    const bob = rig.agent("bob", { handlers: { admitInDialog } });
    if (isKnown) {
      const asked = alice.core.options(bob.uri);
      await rig.run(100);
      await asked;
    }
    const call = bob.core.invite(alice.uri, { handlers: bob.owner });
    await rig.run();
    void alice.call.accept();
    await rig.run(100);
    assert.equal(call.state, "confirmed");
    void alice.call.end();
    await rig.run(100);
    assert.equal((await alice.call.ended).cause, "bye");
    assert.deepEqual(
      credentials.map((value) => value !== undefined),
      isKnown ? [false, true] : [false],
    );
    void call.end();
    await rig.run(100);
    await rig.assertNothingLeft();
  }
});

test("a challenge outside of dialogs keeps no transaction (RFC 3261 §8.2.7)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = rig.agent("bob", {
    handlers: { admit: () => ({ status: 401, headers: [["WWW-Authenticate", "Digest realm=x"]] }) },
  });
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  const asked = alice.core.options(bob.uri);
  await rig.run();
  await assert.rejects(asked, { status: 401 });
  assert.equal((await call.ended).status, 401);
  assert.equal(bob.core.transactions.counters.serverTransactions, 0);
  assert.equal(bob.core.counters.refused[401], 2);
  await rig.assertNothingLeft();
});

test("auth-int covers the body; nextnonce is the next one used, without another challenge (RFC 7616 §3.4.3, §3.5)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice", { identity });
  const dave = new Hand(rig, alice);
  const send = () => alice.core.message(dave.uri, rigBody("the text"));
  const first = send();
  await rig.run();
  await dave.answer(dave.request("MESSAGE"), 401, {
    headers: [["WWW-Authenticate", 'Digest realm="r", nonce="n1", qop="auth-int", algorithm=MD5']],
  });
  const digest = (nonce: string): string => {
    const line = dave.request("MESSAGE").header("Authorization") ?? "";
    assert.match(line, new RegExp(`nonce="${nonce}"`));
    const cnonce = /cnonce="([^"]+)"/.exec(line)![1]!;
    const ha1 = nodeHash.md5("alice:r:secret");
    const ha2 = requestDigest(nodeHash, "md5", "MESSAGE", dave.uri, "auth-int", "the text");
    assert.match(line, new RegExp(`response="${nodeHash.md5(`${ha1}:${nonce}:00000001:${cnonce}:auth-int:${ha2}`)}"`));
    return line;
  };
  assert.match(digest("n1"), /qop=auth-int/);
  await dave.answer(dave.request("MESSAGE"), 200, { headers: [["Authentication-Info", 'nextnonce="n2"']] });
  await first;
  const second = send();
  await rig.run();
  digest("n2");
  assert.equal(dave.requests("MESSAGE").length, 3);
  await dave.answer(dave.request("MESSAGE"), 200);
  await second;
  await rig.assertNothingLeft();
});
