import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMessage, type SipMessage } from "../../message/message.ts";
import { expiryMs, judgeRequest, readSuccess, refreshMs } from "./session-timer-rules.ts";

function message(start: string, lines: readonly string[]): SipMessage {
  const parsed = parseMessage(`${start}\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`);
  assert.ok(parsed.ok);
  return parsed.value;
}

const settings = { expiresSeconds: 1_800, minSeconds: 90, refresher: "any" } as const;

function judge(
  lines: readonly string[],
  own: Partial<{ expiresSeconds: number; minSeconds: number; refresher: "local" | "remote" | "any" }> = {},
  known?: "uac" | "uas",
) {
  return judgeRequest(message("UPDATE sip:a SIP/2.0", lines), { ...settings, ...own }, known);
}

const timer = "Supported: timer";

test("table 2: what the caller names is kept; who knows no timers does not refresh, and is not required to (RFC 4028 §9)", () => {
  const rows: readonly [lines: readonly string[], own: object, refresher: string, requires: boolean][] = [
    [["Session-Expires: 600"], {}, "uas", false],
    [["Session-Expires: 600;refresher=uac"], {}, "uas", false],
    [[timer, "Session-Expires: 600"], {}, "uac", true],
    [[timer, "Session-Expires: 600"], { refresher: "local" }, "uas", true],
    [[timer, "Session-Expires: 600;refresher=uac"], { refresher: "local" }, "uac", true],
    [[timer, "Session-Expires: 600;refresher=uas"], { refresher: "remote" }, "uas", true],
  ];
  for (const [lines, own, refresher, requires] of rows) {
    assert.deepEqual(judge(lines, own), { kind: "agreed", timer: { expiresSeconds: 600, refresher }, requires });
  }
  // Who refreshes now goes on, unless it is told otherwise.
  const kept = judge([timer, "Session-Expires: 600"], {}, "uas");
  assert.deepEqual(kept.kind === "agreed" && kept.timer.refresher, "uas");
});

test("never longer than asked for, never below Min-SE or ours (RFC 4028 §9)", () => {
  const seconds = (lines: readonly string[], own: object = {}) => {
    const verdict = judge(lines, own);
    return verdict.kind === "agreed" ? verdict.timer.expiresSeconds : verdict.kind;
  };
  assert.equal(seconds([timer, "Session-Expires: 600"]), 600);
  assert.equal(seconds([timer, "Session-Expires: 3600"]), 1_800);
  assert.equal(seconds([timer, "Session-Expires: 3600", "Min-SE: 2400"]), 2_400);
  assert.equal(seconds([timer, "Session-Expires: 600", "Min-SE: 900"]), 600);
  assert.equal(seconds([timer, "Min-SE: 2400"]), 2_400);
  assert.equal(seconds([timer, "Session-Expires: 600"], { expiresSeconds: 0 }), 600);
  assert.equal(seconds([timer], { expiresSeconds: 0 }), "none");
});

test("below our least: 422 with it to who knows timers; nothing below 90 s is kept at all (RFC 4028 §9, §5)", () => {
  assert.deepEqual(judge([timer, "Session-Expires: 100"], { minSeconds: 300 }), { kind: "too-small", minSeconds: 300 });
  assert.deepEqual(judge([timer, "Session-Expires: 89"]), { kind: "too-small", minSeconds: 90 });
  assert.deepEqual(judge(["Session-Expires: 89"]), { kind: "none" });
  const forced = judge(["Session-Expires: 100"], { minSeconds: 300 });
  assert.deepEqual(forced.kind === "agreed" && forced.timer.expiresSeconds, 100);
});

test("the 2xx says how long and who; 90 s at least, the caller where nobody is named (RFC 4028 §7.2, §4)", () => {
  const read = (line: string) => readSuccess(message("SIP/2.0 200 OK", [line]));
  assert.deepEqual(read("Session-Expires: 600;refresher=uas"), { expiresSeconds: 600, refresher: "uas" });
  assert.deepEqual(read("Session-Expires: 30"), { expiresSeconds: 90, refresher: "uac" });
  assert.equal(read("Expires: 600"), undefined);
  assert.equal(read("Session-Expires: 0"), undefined);
});

test("refreshed half-way, over a third or 32 s before the end (RFC 4028 §10)", () => {
  const of = (expiresSeconds: number) => ({ expiresSeconds, refresher: "uac" }) as const;
  assert.deepEqual([expiryMs(of(1_800)), refreshMs(of(1_800))], [1_768_000, 900_000]);
  assert.deepEqual([expiryMs(of(90)), refreshMs(of(90))], [60_000, 45_000]);
});
