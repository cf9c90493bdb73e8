import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMessage, SipRequest, SipResponse } from "../message/message.ts";
import { formatUri, parseUri } from "../message/uri.ts";
import type { Flow } from "../transport/contract.ts";
import type { DialogUsage } from "./contract.ts";
import { dialogOfRequest, dialogOfResponse } from "./create-dialog.ts";
import { DialogTable } from "./dialog-table.ts";
import { effectOfResponse } from "./response-effect.ts";

function message(start: string, lines: readonly string[]): SipRequest | SipResponse {
  const text = `${start}\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`;
  const parsed = parseMessage(text);
  assert.ok(parsed.ok);
  return parsed.value;
}

function request(method: string, lines: readonly string[] = [], cseq = 5): SipRequest {
  const common = ["From: <sip:a@x>;tag=af", "To: <sip:b@y>;tag=bt", "Call-ID: c1", `CSeq: ${cseq} ${method}`];
  const parsed = message(`${method} sip:b@y SIP/2.0`, [...common, ...lines]);
  assert.ok(parsed instanceof SipRequest);
  return parsed;
}

function response(status: number, lines: readonly string[], to = "<sip:b@y>;tag=bt"): SipResponse {
  const parsed = message(`SIP/2.0 ${status} X`, [
    "From: <sip:a@x>;tag=af",
    `To: ${to}`,
    "Call-ID: c1",
    "CSeq: 5 INVITE",
    ...lines,
  ]);
  assert.ok(parsed instanceof SipResponse);
  return parsed;
}

const target = (() => {
  const parsed = parseUri("sip:b@y");
  assert.ok(parsed.ok);
  return parsed.value;
})();
const sent = { requestUri: target, sequence: 5, isSecure: false };
const flow = { secure: false } as Flow;
const rr = ["Record-Route: <sip:p2;lr>, <sip:p1;lr>"];

test("the caller's route set is the response's Record-Route in reverse, the callee's the request's in order (RFC 3261 §12.1.1, §12.1.2)", () => {
  const caller = dialogOfResponse(sent, response(200, [...rr, "Contact: <sip:b@pc>"]), "confirmed");
  const callee = dialogOfRequest(request("INVITE", [...rr, "Contact: <sip:a@pc>"]), "bt", flow, "confirmed");
  assert.deepEqual(
    [caller, callee].map((parts) => parts!.routeSet.map(({ uri }) => formatUri(uri))),
    [
      ["sip:p1;lr", "sip:p2;lr"],
      ["sip:p2;lr", "sip:p1;lr"],
    ],
  );
  assert.deepEqual([caller!.localTag, caller!.remoteTag, caller!.localSequence], ["af", "bt", 5]);
  assert.deepEqual([callee!.localTag, callee!.remoteTag, callee!.remoteSequence], ["bt", "af", 5]);
});

test("a provisional response without a To tag makes no dialog; a 2xx without one is of RFC 2543 (RFC 3261 §12.1.2)", () => {
  assert.equal(dialogOfResponse(sent, response(180, [], "<sip:b@y>"), "early"), undefined);
  assert.equal(dialogOfResponse(sent, response(200, [], "<sip:b@y>"), "confirmed")?.remoteTag, "");
});

test("loose routes go into Route; a strict router takes the Request-URI, the target goes last (RFC 3261 §12.2.1.1)", () => {
  const table = new DialogTable();
  const loose = dialogOfResponse(sent, response(200, [...rr, "Contact: <sip:b@pc>"]), "confirmed")!;
  const first = table.add(loose).nextRequest();
  assert.deepEqual([first.requestUri, first.route, first.sequence], ["sip:b@pc", ["<sip:p1;lr>", "<sip:p2;lr>"], 6]);
  const strict = response(200, ["Record-Route: <sip:p2;lr>, <sip:p1;method=INVITE>", "Contact: <sip:b@pc>"]);
  const second = table.add(dialogOfResponse(sent, strict, "confirmed")!).nextRequest();
  assert.deepEqual([second.requestUri, second.route], ["sip:p1", ["<sip:p2;lr>", "<sip:b@pc>"]]);
  assert.equal(formatUri(second.nextHop), "sip:p1");
});

test("CSeq must rise; the numbers of the two sides are their own (RFC 3261 §12.2.1.1, §12.2.2)", () => {
  const dialog = new DialogTable().add(
    dialogOfRequest(request("INVITE", ["Contact: <sip:a@pc>"]), "bt", flow, "confirmed")!,
  );
  assert.deepEqual(
    [6, 6, 4, 9].map((cseq) => dialog.receive(request("OPTIONS", [], cseq))),
    ["in-order", "late", "late", "in-order"],
  );
  assert.deepEqual([dialog.nextSequence(), dialog.nextSequence()], [1, 2]);
});

test("a dialog ends with its last usage, or with all of them at once (RFC 5057 §2, §5.1)", () => {
  const table = new DialogTable();
  const parts = dialogOfResponse(sent, response(200, ["Contact: <sip:b@pc>"]), "confirmed")!;
  const lost: number[] = [];
  const usage = (kind: DialogUsage["kind"]): DialogUsage => ({
    kind,
    takes: () => true,
    onRequest: () => {},
    onDialogLost: (status) => lost.push(status),
  });
  const dialog = table.add(parts);
  const [invite, subscribe] = [usage("invite"), usage("subscribe")];
  dialog.addUsage(invite);
  dialog.addUsage(subscribe);
  dialog.removeUsage(invite);
  assert.equal(table.size, 1);
  dialog.removeUsage(subscribe);
  assert.equal(table.size, 0);
  const other = table.add(parts);
  other.addUsage(usage("invite"));
  other.lose(404);
  assert.deepEqual([lost, table.size, other.state], [[404], 0, "terminated"]);
});

test("Replaces finds a dialog by our tag in to-tag; a tag of zero is a missing one (RFC 3891 §3)", () => {
  const table = new DialogTable();
  const dialog = table.add(dialogOfRequest(request("INVITE", ["Contact: <sip:a@pc>"]), "bt", flow, "early")!);
  const named = (to: string, from: string) => ({
    callId: "c1",
    params: [
      { name: "to-tag", value: to },
      { name: "from-tag", value: from },
    ],
  });
  assert.equal(table.ofReference(named("bt", "af")), dialog);
  assert.equal(table.ofReference(named("af", "bt")), undefined);
  dialog.fail();
  assert.equal(table.ofReference(named("bt", "af")), undefined);
  assert.equal(table.hasEnded(named("bt", "af")), true);
});

test("a tag of zero is also the missing one of an element of RFC 2543 (RFC 3891 §3, §6.1)", () => {
  const table = new DialogTable();
  const parts = dialogOfRequest(request("INVITE", ["Contact: <sip:a@pc>"]), "bt", flow, "confirmed")!;
  const old = table.add({ ...parts, remoteTag: "" });
  const reference = (from: string) => ({
    callId: "c1",
    params: [
      { name: "to-tag", value: "bt" },
      { name: "from-tag", value: from },
    ],
  });
  assert.equal(table.ofReference(reference("0")), old);
  assert.equal(table.ofReference(reference("00")), undefined);
  const zero = table.add({ ...parts, remoteTag: "0" });
  assert.equal(table.ofReference(reference("0")), zero);
});

test("the 2xx's Record-Route takes the place of the early route set, and of no other (RFC 3261 §13.2.2.4, §12.2)", () => {
  const table = new DialogTable();
  const dialog = table.add(dialogOfResponse(sent, response(180, rr), "early")!);
  dialog.confirm([]);
  assert.deepEqual([dialog.state, dialog.routeSet], ["confirmed", []]);
  dialog.confirm([{ displayName: undefined, uri: target, params: [] }]);
  assert.deepEqual(dialog.routeSet, []);
});

test("a dialog is secure where it was made over TLS with a sips URI; a sips target or first route wants a sips Contact (RFC 3261 §12.1.1, §8.1.1.8)", () => {
  const secure = { secure: true } as Flow;
  const of = (uri: string, contact: string, over: Flow, lines: readonly string[] = []) => {
    const parsed = message(`INVITE ${uri} SIP/2.0`, [
      "From: <sip:a@x>;tag=af",
      "To: <sip:b@y>",
      "Call-ID: c1",
      "CSeq: 1 INVITE",
      `Contact: <${contact}>`,
      ...lines,
    ]);
    assert.ok(parsed instanceof SipRequest);
    const dialog = new DialogTable().add(dialogOfRequest(parsed, "bt", over, "confirmed")!);
    return [dialog.isSecure, dialog.needsSips];
  };
  assert.deepEqual(of("sips:b@y", "sips:a@pc", secure), [true, true]);
  assert.deepEqual(of("sip:b@y", "sip:a@pc", secure), [false, false]);
  assert.deepEqual(of("sips:b@y", "sip:a@pc", flow), [false, false]);
  assert.deepEqual(of("sip:b@y", "sips:a@pc", flow), [false, true]);
  assert.deepEqual(of("sip:b@y", "sip:a@pc", flow, ["Record-Route: <sips:p;lr>"]), [false, true]);
});

test("Target-Dialog finds a dialog by our tag in local-tag (RFC 4538 §3, §4)", () => {
  const table = new DialogTable();
  const dialog = table.add(dialogOfRequest(request("INVITE", ["Contact: <sip:a@pc>"]), "bt", flow, "early")!);
  const named = (local: string, remote: string) => ({
    callId: "c1",
    params: [
      { name: "local-tag", value: local },
      { name: "remote-tag", value: remote },
    ],
  });
  assert.equal(table.ofTargetDialog(named("bt", "af")), dialog);
  assert.equal(table.ofTargetDialog(named("af", "bt")), undefined);
  assert.equal(table.ofTargetDialog({ callId: "c1", params: [] }), undefined);
});

test("what a response ends: its transaction, its usage, the dialog (RFC 5057 §5.1)", () => {
  const of = (statuses: readonly number[]) => new Set(statuses.map((status) => effectOfResponse(status, false)));
  assert.deepEqual(of([400, 401, 403, 405, 415, 488, 491, 500, 501, 503, 603]), new Set(["transaction"]));
  assert.deepEqual(of([408, 480, 481, 489]), new Set(["usage"]));
  assert.deepEqual(of([404, 410, 416, 482, 483, 484, 485, 502, 604]), new Set(["dialog"]));
  assert.deepEqual(
    [405, 501].map((status) => effectOfResponse(status, true)),
    ["usage", "usage"],
  );
});
