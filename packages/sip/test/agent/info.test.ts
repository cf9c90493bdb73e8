/** INFO and its packages. RFC 6086. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { IncomingRequest, OutgoingSession, SessionHandlers } from "@trapezoid/sip/agent";
import { type Agent, Rig, rigBody } from "./rig.ts";

interface Scene {
  readonly rig: Rig;
  readonly alice: Agent;
  readonly bob: Agent;
  readonly call: OutgoingSession;
  /** Packages of the INFOs that bob got. */
  readonly heard: (string | undefined)[];
}

async function connected(bobs: Partial<SessionHandlers>): Promise<Scene> {
  const rig = new Rig();
  const [alice, bob] = [rig.agent("alice"), rig.agent("bob")];
  const heard: (string | undefined)[] = [];
  const onInfo = (_request: IncomingRequest, infoPackage: string | undefined): void => void heard.push(infoPackage);
  Object.assign(bob.owner, { onInfo }, bobs);
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run();
  void bob.call.ring();
  await rig.run();
  void bob.call.accept();
  await rig.run(50);
  assert.equal(call.state, "confirmed");
  return { rig, alice, bob, call, heard };
}

test("an INFO goes with a package that was named, or without one; none is a change of the session (RFC 6086 §4.2.1, §4.3.1, §5.2.2)", async () => {
  const { rig, call, heard } = await connected({ receiveInfo: ["dtmf"] });
  assert.equal(rig.recorder.response("200 INVITE").header("Recv-Info"), "dtmf");
  assert.equal(rig.recorder.response("180 INVITE").header("Recv-Info"), "dtmf");
  assert.deepEqual(call.leg?.infoPackages, ["dtmf"]);
  for (const infoPackage of ["dtmf", undefined]) {
    const sent = call.request("INFO", { body: rigBody("5"), ...(infoPackage === undefined ? {} : { infoPackage }) });
    await rig.run(50);
    await sent;
  }
  assert.deepEqual(heard, ["dtmf", undefined]);
  const [packaged, bare] = rig.recorder.all("alice → bob INFO").map(({ message }) => message!);
  assert.deepEqual(
    ["Info-Package", "Content-Disposition", "Recv-Info", "Contact"].map((name) => packaged!.header(name)),
    ["dtmf", "Info-Package", undefined, undefined],
  );
  assert.equal(bare!.header("Info-Package"), undefined);
  void call.end();
  await rig.assertNothingLeft();
});

test("a package that the other side has not named is not sent; it answers 469 with what it takes, and the call goes on (RFC 6086 §4.2.1, §4.2.2)", async () => {
  const { rig, call, bob } = await connected({ receiveInfo: ["dtmf"] });
  await assert.rejects(call.request("INFO", { infoPackage: "weather" }), { code: "SIP_UA_NOT_SUPPORTED" });
  await assert.rejects(bob.call.request("INFO", { infoPackage: "dtmf" }), { code: "SIP_UA_NOT_SUPPORTED" });
  assert.equal(rig.recorder.count("INFO"), 0);
  // By hand: who heard of it elsewhere.
  const refused = call.request("INFO", { headers: [["Info-Package", "weather"]] });
  await rig.run(50);
  await assert.rejects(refused, { status: 469 });
  assert.equal(rig.recorder.response("469 INFO").header("Recv-Info"), "dtmf");
  const other = bob.call.request("INFO");
  await rig.run(50);
  await assert.rejects(other, { status: 405 });
  assert.equal(call.state, "confirmed");
  void call.end();
  await rig.assertNothingLeft();
});

test("the INVITE has Recv-Info whoever wants what, its answers have one where it has one (RFC 6086 §5.2.3)", async () => {
  const { rig, call } = await connected({});
  assert.equal(rig.recorder.request("alice → bob INVITE").header("Recv-Info"), "");
  assert.equal(rig.recorder.response("200 INVITE").header("Recv-Info"), "");
  assert.deepEqual(call.leg?.infoPackages, []);
  void call.end();
  await rig.assertNothingLeft();
  // Of who knows nothing of it, nothing is told.
  const other = new Rig();
  const [alice, bob] = [other.agent("alice"), other.agent("bob")];
  const { network } = other;
  const { sendDatagram } = network;
  network.sendDatagram = (kind, from, to, text) =>
    sendDatagram.call(network, kind, from, to, text.replace(/^Recv-Info:.*\r\n/m, ""));
  Object.assign(bob.owner, { receiveInfo: ["dtmf"] });
  const silent = alice.core.invite(bob.uri, { handlers: alice.owner });
  await other.run();
  void bob.call.accept();
  await other.run(50);
  assert.equal(bob.call.leg?.infoPackages, undefined);
  assert.equal(silent.leg?.infoPackages, undefined);
  assert.equal(other.recorder.response("200 INVITE").header("Recv-Info"), undefined);
  void silent.end();
  await other.assertNothingLeft();
});

test("what a re-INVITE says of packages counts once it is accepted, and not where it is refused (RFC 6086 §5.2.4)", async () => {
  const { rig, alice, bob, call } = await connected({ receiveInfo: ["dtmf"] });
  Object.assign(alice.owner, { receiveInfo: ["clock"] });
  bob.owner.refusal = { status: 488 };
  const refused = call.reinvite();
  await rig.run(50);
  await assert.rejects(refused, { status: 488 });
  assert.deepEqual(bob.call.leg?.infoPackages, []);
  bob.owner.refusal = undefined;
  const changed = call.reinvite();
  await rig.run(50);
  await changed;
  assert.deepEqual(bob.call.leg?.infoPackages, ["clock"]);
  Object.assign(alice.owner, { receiveInfo: [] });
  const updated = call.update();
  await rig.run(50);
  await updated;
  assert.deepEqual(bob.call.leg?.infoPackages, []);
  void call.end();
  await rig.assertNothingLeft();
});
