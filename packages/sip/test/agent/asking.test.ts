/** Requests of ours as they are made, and responses as they are read. RFC 3261 §8.1, §11.1, §12.1, §13.2.2, §15.1.1. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { SipError } from "@trapezoid/sip/agent";
import { methods } from "@trapezoid/sip/message";
import { Hand } from "./hand.ts";
import { type Agent, Rig } from "./rig.ts";

const text = { contentType: "text/plain", body: "hello" };

function scene(): { rig: Rig; alice: Agent; dave: Hand } {
  const rig = new Rig();
  const alice = rig.agent("alice");
  return { rig, alice, dave: new Hand(rig, alice) };
}

test("each request outside of dialogs has a Call-ID and a From tag of its own, its CSeq, Max-Forwards, and a body with its type (RFC 3261 §8.1.1.4, §8.1.1.10)", async () => {
  const { rig, alice, dave } = scene();
  for (let times = 0; times < 2; times++) {
    const sent = alice.core.message(dave.uri, text, { headers: [["Subject", "words"]] });
    await rig.run();
    await dave.answer(dave.request("MESSAGE"), 200);
    await sent;
  }
  const [first, second] = dave.requests("MESSAGE");
  assert.notEqual(first!.callId, second!.callId);
  assert.notEqual(first!.fromTag, second!.fromTag);
  assert.match(first!.callId ?? "", /^[0-9a-f]{32}$/);
  assert.deepEqual([first!.cseq?.sequence, first!.header("Max-Forwards"), first!.toTag], [1, "70", undefined]);
  assert.deepEqual(
    ["Content-Type", "Content-Length", "Subject"].map((name) => first!.header(name)),
    ["text/plain", "5", "words"],
  );
  await rig.assertNothingLeft();
});

/** Of the registry of option tags, those that a user agent may name. */
const standardized = new Set(
  "100rel timer replaces join norefersub tdialog 199 gruu outbound path from-change precondition eventlist".split(" "),
);

test("Supported and Require name standardized extensions alone (RFC 3261 §8.1.1.9)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice", { connectedIdentity: true, reliableProvisional: "required" });
  const dave = new Hand(rig, alice);
  const call = alice.core.invite(dave.uri, { handlers: alice.owner, replaces: "c;to-tag=1;from-tag=2" });
  void alice.core.options(dave.uri);
  await rig.run();
  const requests = [dave.request("INVITE"), dave.request("OPTIONS")];
  const options = requests.flatMap((one) => [...one.headers("Supported"), ...one.headers("Require")]);
  const names = options.flatMap((line) => line.split(", "));
  assert.deepEqual(
    names.filter((name) => !standardized.has(name)),
    [],
  );
  assert.deepEqual(dave.request("INVITE").headers("Require"), ["100rel", "replaces"]);
  await dave.answer(dave.request("OPTIONS"), 200);
  await dave.answer(dave.request("INVITE"), 486);
  await call.ended;
  await rig.assertNothingLeft();
});

test("a response with a second Via is none of ours; where it was the last word, the request has failed (RFC 3261 §8.1.3.3)", async () => {
  const { rig, alice, dave } = scene();
  const sent = alice.core.message(dave.uri, text);
  await rig.run();
  const request = dave.request("MESSAGE");
  const good = `SIP/2.0 200 OK\r\nVia: ${request.header("Via")}\r\n`;
  const rest = ["From", "To", "Call-ID", "CSeq"].map((name) => `${name}: ${request.header(name)}\r\n`).join("");
  await dave.send(`${good}Via: SIP/2.0/UDP elsewhere;branch=z9hG4bKx\r\n${rest}Content-Length: 0\r\n\r\n`);
  const error: unknown = await sent.catch((reason) => reason);
  assert.ok(error instanceof SipError && error.response === undefined && error.status === 500);
  assert.match(String(error.cause), /the 200 to MESSAGE cannot be used: More Than One Via/);
  await rig.assertNothingLeft();
});

test("OPTIONS says what types of bodies its sender takes (RFC 3261 §11.1)", async () => {
  const { rig, alice, dave } = scene();
  void alice.core.options(dave.uri);
  await rig.run();
  assert.equal(dave.request("OPTIONS").header("Accept"), "application/sdp, message/sipfrag");
  await dave.answer(dave.request("OPTIONS"), 200);
  await rig.assertNothingLeft();
});

test("a provisional response makes an early dialog where it has a tag, each tag another; 100 makes none (RFC 3261 §12.1, §13.2.2.1)", async () => {
  const { rig, alice, dave } = scene();
  const call = alice.core.invite(dave.uri, { handlers: alice.owner });
  const heard: (string | undefined)[] = [];
  call.events.on("progress", (leg, status) => heard.push(`${status} ${leg?.remoteTag}`));
  await rig.run();
  const invite = dave.request("INVITE");
  await dave.answer(invite, 100, { tag: "none" });
  await dave.send(
    `SIP/2.0 180 Ringing\r\n${["Via", "From", "To", "Call-ID", "CSeq"].map((name) => `${name}: ${invite.header(name)}\r\n`).join("")}Content-Length: 0\r\n\r\n`,
  );
  assert.deepEqual([call.state, call.legs.length], ["calling", 0]);
  await dave.answer(invite, 180, { tag: "one" });
  await dave.answer(invite, 183, { tag: "two" });
  await dave.answer(invite, 183, { tag: "one" });
  assert.deepEqual([call.state, call.legs.length, call.leg?.remoteTag], ["early", 2, "one"]);
  assert.deepEqual(heard, ["180 undefined", "180 one", "183 two", "183 one"]);
  // What a dialog is named by: Call-ID and both tags.
  assert.deepEqual(
    call.legs.map(({ callId, localTag }) => [callId, localTag]),
    [invite, invite].map(({ callId, fromTag }) => [callId, fromTag]),
  );
  await dave.answer(invite, 486);
  await call.ended;
  await rig.assertNothingLeft();
});

test("a refusal ends every early dialog, and another one behind it changes nothing (RFC 3261 §12.3, §13.2.2.3)", async () => {
  const { rig, alice, dave } = scene();
  const call = alice.core.invite(dave.uri, { handlers: alice.owner });
  await rig.run();
  const invite = dave.request("INVITE");
  for (const tag of ["one", "two"]) await dave.answer(invite, 180, { tag });
  assert.equal(alice.core.dialogs.size, 2);
  await dave.answer(invite, 486, { tag: "three" });
  assert.deepEqual([call.legs.length, alice.core.dialogs.size], [0, 0]);
  await dave.answer(invite, 600, { tag: "four" });
  assert.equal((await call.ended).status, 486);
  await rig.assertNothingLeft();
});

test("a BYE is the next request of its dialog, and the end whatever it is answered (RFC 3261 §15.1.1, §12.2.1.1)", async () => {
  for (const status of [200, 481, 408, 500, undefined]) {
    const { rig, alice, dave } = scene();
    const call = alice.core.invite(dave.uri, { handlers: alice.owner });
    await rig.run();
    const invite = dave.request("INVITE");
    const route: [string, string] = ["Record-Route", "<sip:far.test;lr>, <sip:10.0.0.5;lr;x=1>"];
    await dave.answer(invite, 200, { body: "answer", headers: [route, ["Contact", "<sip:desk@10.0.0.5>"]] });
    void call.end();
    await rig.run();
    assert.equal(call.state, "ending");
    const bye = dave.request("BYE");
    assert.equal(bye.requestUri, "sip:desk@10.0.0.5");
    assert.deepEqual(bye.headers("Route"), ["<sip:10.0.0.5;lr;x=1>", "<sip:far.test;lr>"]);
    for (const name of ["From", "Call-ID"]) assert.equal(bye.header(name), invite.header(name));
    assert.equal(bye.header("To"), `${invite.header("To")};tag=dave`);
    assert.equal(bye.cseq?.sequence, invite.cseq!.sequence + 1);
    if (status === undefined) await rig.run(33_000);
    else await dave.answer(bye, status);
    assert.equal((await call.ended).cause, "bye", `${status}`);
    assert.equal(alice.core.dialogs.size, 0);
    await rig.assertNothingLeft();
  }
});

test("who hangs up on a call that rings declines it, or says what it is told to (RFC 3261 §21.6.2)", async () => {
  for (const status of [undefined, 486]) {
    const { rig, alice, dave } = scene();
    await dave.ask("INVITE", { body: "offer" });
    void alice.call.end(status === undefined ? {} : { status });
    await rig.run();
    assert.equal(dave.response("INVITE").status, status ?? 603);
    await dave.ask("ACK", {
      branch: dave.response("INVITE").via!.branch!,
      within: alice.call.leg ?? { callId: "by-hand", localTag: dave.response("INVITE").toTag!, remoteTag: "dave" },
    });
    await rig.assertNothingLeft();
  }
});

test("UPDATE is in Allow of INVITE, 180 and 200, as is every method that a session takes (RFC 3311 §4, RFC 3261 §20.5)", async () => {
  const rig = new Rig();
  const [alice, bob] = [rig.agent("alice"), rig.agent("bob")];
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run();
  void bob.call.ring();
  await rig.run();
  void bob.call.accept();
  await rig.run(50);
  for (const one of ["alice → bob INVITE", "180 INVITE", "200 INVITE"]) {
    const allow = rig.recorder.last(one).message!.header("Allow")!.split(", ");
    assert.ok(
      allow.every((method) => Object.hasOwn(methods, method)),
      one,
    );
    assert.ok(
      ["INVITE", "ACK", "CANCEL", "BYE", "PRACK", "UPDATE"].every((method) => allow.includes(method)),
      one,
    );
  }
  void call.end();
  await rig.assertNothingLeft();
});

test("an UPDATE that is refused changes nothing; 481 and silence end the session (RFC 3311 §5.3)", async () => {
  for (const status of [488, 481, undefined]) {
    const { rig, alice, dave } = scene();
    const call = alice.core.invite(dave.uri, { handlers: alice.owner });
    await rig.run();
    const ok = { body: "answer", headers: [["Allow", "INVITE, ACK, BYE, UPDATE"]] as const };
    await dave.answer(dave.request("INVITE"), 200, ok);
    const changed = call.update();
    await rig.run();
    if (status === undefined) await rig.run(33_000);
    else await dave.answer(dave.request("UPDATE"), status, { headers: [["Contact", "<sip:other@10.0.0.5>"]] });
    await assert.rejects(changed);
    assert.equal(alice.owner.log.at(-1), "change UPDATE: rolled back");
    assert.equal(call.state, status === 488 ? "confirmed" : "ending");
    if (status === 488) void call.end();
    await rig.run();
    assert.equal(dave.request("BYE").requestUri, dave.uri);
    await dave.answer(dave.request("BYE"), 200);
    await rig.assertNothingLeft();
  }
});

test("a PRACK is a request of the dialog with a number of its own; RAck names the response (RFC 3262 §6, §4)", async () => {
  const { rig, alice, dave } = scene();
  const call = alice.core.invite(dave.uri, { handlers: alice.owner });
  await rig.run();
  const invite = dave.request("INVITE");
  assert.match(invite.header("Supported") ?? "", /\b100rel\b/);
  const reliably = (rseq: number, status = 183) =>
    dave.answer(invite, status, {
      headers: [
        ["Require", "100rel"],
        ["RSeq", `${rseq}`],
      ],
    });
  await reliably(5, 100);
  await reliably(41);
  await dave.answer(dave.request("PRACK"), 200);
  assert.equal(dave.request("PRACK").cseq?.sequence, invite.cseq!.sequence + 1);
  assert.equal(dave.request("PRACK").header("RAck"), `41 ${invite.cseq!.sequence} INVITE`);
  // Again, too early, and the next.
  await reliably(41);
  await reliably(43);
  assert.equal(dave.requests("PRACK").length, 1);
  await reliably(42, 180);
  await dave.answer(dave.request("PRACK"), 200);
  assert.deepEqual(
    dave.requests("PRACK").map((one) => [one.header("RAck"), one.cseq?.sequence]),
    [
      ["41 1 INVITE", 2],
      ["42 1 INVITE", 3],
    ],
  );
  await dave.answer(invite, 486);
  await call.ended;
  await rig.assertNothingLeft();
});

test("a callee that refuses sends no 199 before it (RFC 6228 §5)", async () => {
  const rig = new Rig();
  const [alice, bob] = [rig.agent("alice"), rig.agent("bob")];
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run();
  void bob.call.ring();
  await rig.run();
  bob.call.reject(486);
  await rig.run();
  assert.equal((await call.ended).status, 486);
  assert.equal(rig.recorder.count("199 INVITE"), 0);
  await rig.assertNothingLeft();
});
