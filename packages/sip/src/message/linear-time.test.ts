import assert from "node:assert/strict";
import { test } from "node:test";
import { buildResponse } from "./build.ts";
import { Identity } from "./fields.ts";
import { unfold } from "./lexer.ts";
import { defaultMessageLimits, parseMessage, type SipRequest } from "./message.ts";
import { parseNameAddr } from "./name-addr.ts";
import { parseUri, uriEquals } from "./uri.ts";
import type { Uri } from "./values.ts";

// As long as a header field may be. What is linear takes less than a millisecond here, what is quadratic about a second.
const LENGTH = defaultMessageLimits.headerBytes - 500;
const BUDGET_MS = 200;

function request(from: string, more = ""): SipRequest {
  const parsed = parseMessage(
    `INVITE sip:b@b SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: ${from}\r\nTo: <sip:b@b>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n${more}\r\n`,
  );
  assert.ok(parsed.ok && parsed.value.isRequest);
  return parsed.value;
}

/** A URI with thousands of parameters. */
function manyParams(start: "sip:h" | "tel:+1"): Uri {
  const parsed = parseUri(start + Array.from({ length: 4096 }, (_, n) => `;a${n.toString(36)}`).join(""));
  assert.ok(parsed.ok);
  return parsed.value;
}

const hostile: readonly (readonly [name: string, run: () => unknown])[] = [
  ["white space in a display name", () => parseNameAddr(`a${" ".repeat(LENGTH)}b <sip:a@b>;tag=1`)],
  ["white space in a quoted display name", () => parseNameAddr(`"\\a${" ".repeat(LENGTH)}b" <sip:a@b>;tag=1`)],
  ["white space in a folded value", () => request(`a${" ".repeat(LENGTH)}b\r\n <sip:a@b>`).header("From")],
  ["folds without an end", () => unfold("\r\n ".repeat(LENGTH / 3))],
  ["line ends that fold nothing", () => unfold(" \r\n".repeat(LENGTH / 3))],
  // The bare CR makes the message faulty, so that its lines are written anew.
  ["white space in a line that is answered", () => buildResponse(request(`a${" ".repeat(LENGTH)}b\rc`), 400)],
  ["parameters of two URIs that are compared", () => uriEquals(manyParams("sip:h"), manyParams("sip:h"))],
  ["parameters of two telephone URIs that are compared", () => uriEquals(manyParams("tel:+1"), manyParams("tel:+1"))],
  ["parameters of Identity", () => request("<sip:a@b>", `Identity: ${";info=<".repeat(LENGTH / 7)}\r\n`).get(Identity)],
];

for (const [name, run] of hostile) {
  test(`what a peer writes takes time in proportion to its length: ${name}`, () => {
    const before = performance.now();
    run();
    assert.ok(performance.now() - before < BUDGET_MS);
  });
}

test("unfold() makes one space of each fold and the white space around it, and leaves other line ends (RFC 3261 §7.3.1)", () => {
  assert.equal(unfold("a \t\r\n\t b"), "a b");
  assert.equal(unfold("a\r\n \r\n b\r\n\tc"), "a b c");
  assert.equal(unfold("a \r\nb\r\n c\r\n"), "a \r\nb c\r\n");
  assert.equal(unfold("a  b"), "a  b");
});
