import assert from "node:assert/strict";
import { test } from "node:test";
import { displayWidth } from "../terminal/display-width.ts";
import { drawLadder } from "./draw.ts";
import type { LadderStep } from "./steps.ts";

const server = "udp 192.0.2.1:5060";
const phone = "tcp 192.0.2.7:40122";

function step(over: Partial<LadderStep>): LadderStep {
  return { at: 0, direction: "sent", peer: server, label: "INVITE", again: false, notes: ["CSeq 1"], ...over };
}

const call = [
  step({}),
  step({ at: 500, again: true, notes: ["again, 2nd time"] }),
  step({ at: 520, direction: "received", label: "200 OK", notes: ["CSeq 1 INVITE"] }),
  step({ at: 522.4, label: "ACK", peer: phone }),
];

test("a ladder has a lane for each peer, an arrow for each message, its time and what it says", () => {
  const lines = drawLadder(call, { width: 120, unicode: true, us: "alice" }).trimEnd().split("\n");
  assert.match(lines[0]!, /^ {10}alice +udp 192\.0\.2\.1:5060 +tcp 192\.0\.2\.7:40122$/);
  assert.match(lines[1]!, /^ {3}0\.000 {2}│─ INVITE ─+▶│ +│ {2}CSeq 1$/);
  assert.match(lines[2]!, /^ {3}0\.500 {2}│┄ INVITE ┄+▶│ +│ {2}again, 2nd time$/);
  assert.match(lines[3]!, /^ {3}0\.520 {2}│◀─+ 200 OK ─│ +│ {2}CSeq 1 INVITE$/);
  assert.match(lines[4]!, /^ {3}0\.522 {2}│─ ACK ─+▶│ {2}CSeq 1$/);
  // The lanes are straight.
  const at = lines[1]!.indexOf("▶");
  assert.equal(lines[3]!.indexOf("│", at), at + 1);
});

test("without Unicode a ladder is ASCII", () => {
  const text = drawLadder(call, { width: 120, unicode: false, us: "alice" });
  assert.match(text, /^[\x20-\x7e\n]+$/);
  assert.match(text, /\|- INVITE -+>\|/);
  assert.match(text, /\|\. INVITE \.+>\|/);
  assert.match(text, /\|<-+ 200 OK -\|/);
});

test("no line is wider than the terminal, whatever its width", () => {
  const long = step({
    label: "INVITE",
    notes: ["CSeq 1", "offers audio opus G722 PCMA PCMU + digits, SDES, [2001:db8::1]:40000"],
  });
  for (const width of [40, 60, 80, 100, 140]) {
    for (const line of drawLadder([...call, long], { width, unicode: true, us: "alice@example.com" })
      .trimEnd()
      .split("\n")) {
      assert.ok(displayWidth(line) <= width, `${width}: ${displayWidth(line)} ${line}`);
    }
  }
});

test("peers that do not fit side by side share a lane and are named beside each message", () => {
  const text = drawLadder(call, { width: 70, unicode: true, us: "alice" });
  assert.match(text, /alice +2 peers/);
  assert.match(text, /ACK ─+▶│ {2}tcp 192\.0\.2\.7:40122, CSeq 1/);
});

test("wide characters take two columns", () => {
  const lines = drawLadder([step({ direction: "received", label: "486 お話し中" })], {
    width: 100,
    unicode: true,
    us: "a",
  }).split("\n");
  assert.equal(
    displayWidth(lines[1]!.slice(0, lines[1]!.lastIndexOf("│"))),
    displayWidth(lines[0]!.slice(0, lines[0]!.indexOf("udp"))),
  );
});

test("a ladder that is not whole says so", () => {
  assert.match(drawLadder(call, { unicode: true, us: "alice", dropped: 7 }), /^the first 7 messages are not kept\n/);
});
