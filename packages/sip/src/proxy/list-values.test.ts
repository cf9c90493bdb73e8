import assert from "node:assert/strict";
import { test } from "node:test";
import { HeaderId } from "../message/header-id.ts";
import { parseMessage } from "../message/message.ts";
import { listValues, valuesOnLine } from "./list-values.ts";

function messageOf(...lines: string[]) {
  const parsed = parseMessage(`OPTIONS sip:a@b SIP/2.0\r\n${lines.join("\r\n")}\r\nX: <sip:x>;y\r\n\r\n`);
  assert.ok(parsed.ok);
  return parsed.value;
}

const { Route } = HeaderId;

test("the values of a line are counted as they are listed: empty elements, quotes and angle brackets considered (RFC 3261 §7.3.1)", () => {
  for (const value of ["a", " a , b", ",, a ,", '"x, y" <sip:a,b>, <sip:c,d>;p="q,r"', "<sip:a, b", '"a, b']) {
    const message = messageOf(`Route: ${value}`, "Route: <sip:z>");
    const onFirst = listValues(message, Route).filter((found) => found.line === message.findLine(Route));
    assert.equal(valuesOnLine(message, message.findLine(Route)), onFirst.length, value);
  }
});

test("a value without brackets ends its URI at its own semicolon, not at one of the next line", () => {
  const message = messageOf("Route: sip:a, sip:b;p=1", "Route: sip:c");
  const uris = listValues(message, Route).map(({ uriStart, uriEnd }) => message.text.slice(uriStart, uriEnd));
  assert.deepEqual(uris, ["sip:a", "sip:b", "sip:c"]);
});
