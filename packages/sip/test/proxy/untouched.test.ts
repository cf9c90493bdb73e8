/** What a proxy has no business with passes as it came, known or unknown. RFC 3261 §16.6, §16.7, §16.11. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { headerFields } from "@trapezoid/sip/message";
import * as fields from "../../src/message/fields.ts";
import { fieldValues } from "../field-values.ts";
import { Values } from "../message-values.ts";
import { binding, House } from "./house.ts";

/** What every message has once, what a proxy reads and changes, and what it refuses when it does not know the value. */
const own = new Set([
  ..."Via From To Call-ID CSeq Contact Max-Forwards Max-Breadth Content-Length Route Record-Route".split(" "),
  ..."Proxy-Require Proxy-Authorization".split(" "),
]);

const constants = new Map<unknown, string>(Object.entries(fields).map(([constant, field]) => [field, constant]));

/** A line of each header field, written as few would: other cases, compact forms, folds, white space, two values; and some that nobody knows. */
function oddLines(v: Values): [name: string, value: string][] {
  const lines: [string, string][] = [];
  for (const { name, compact, list, field } of headerFields) {
    if (own.has(name)) continue;
    const value = () => field.format(fieldValues[constants.get(field)!]!(v));
    const written = v.pick([name, name.toLowerCase(), name.toUpperCase(), compact ?? name]);
    const text = value();
    lines.push([
      `${written}${v.pick(["", " ", "\t"])}`,
      v.pick([text, `\r\n ${text}`, list ? `${text} ,\r\n\t${value()}` : text]),
    ]);
  }
  lines.push(
    ["P-Unheard-Of", 'a,;="<>'],
    ["x", "1800;\r\n refresher = uac;x"],
    ["Encryption", "PGP version=2.6.2,encoding=ascii"],
  );
  lines.push(
    ["Hide", "hop"],
    ["Response-Key", "PGP encoding=ascii"],
    ["X-Octets", "\x80\xff caf\xc3\xa9"],
    ["X-Empty", ""],
  );
  return lines;
}

const text = (lines: readonly (readonly [string, string])[]) => lines.map(([name, value]) => `${name}: ${value}`);

test("a request's header fields, all known ones and unknown ones, reach the callee byte for byte", async () => {
  const v = new Values(16_6);
  for (let n = 0; n < 20; n++) {
    const house = new House();
    const alice = house.phone("10.0.0.2");
    const bob = house.phone("10.0.0.3");
    house.options = { groups: [[{ ...binding(bob), uri: "sip:u3@10.0.0.3:5060;transport=tcp" }]] };
    const options = { lines: text(oddLines(v)), transport: "TCP", body: "\0\xff body" };
    const sent = alice.send("MESSAGE", "sip:bob@test", options, alice.connect());
    await house.runAsync();
    await house.runAsync();
    const got = bob.request("MESSAGE").text;
    const restored = got
      .replace("sip:u3@10.0.0.3:5060;transport=tcp SIP/2.0\r\n", "sip:bob@test SIP/2.0\r\n")
      .replace(/Via: SIP\/2\.0\/TCP 10\.0\.0\.1[^\r]*\r\n/, "")
      // RFC 5393 §5.3.3: a request without it gets one.
      .replace(/Max-Breadth: [0-9]+\r\n/, "")
      .replace("Max-Forwards: 69\r\n", "Max-Forwards: 70\r\n");
    assert.notEqual(restored, got);
    assert.equal(restored, sent);
  }
});

test("a response's header fields, all known ones and unknown ones, reach the caller byte for byte", async () => {
  const v = new Values(16_7);
  for (let n = 0; n < 20; n++) {
    const house = new House();
    const alice = house.phone("10.0.0.2");
    const bob = house.phone("10.0.0.3");
    house.options = { groups: [[{ ...binding(bob), uri: "sip:u3@10.0.0.3:5060;transport=tcp" }]] };
    alice.send("MESSAGE", "sip:bob@test", { transport: "TCP" }, alice.connect());
    await house.runAsync();
    await house.runAsync();
    const request = bob.request("MESSAGE");
    const [ours, theirs] = request.headers("Via");
    const rest = `From: <sip:u2@test>;tag=ft-u2\r\nTo: <sip:callee@test>;tag=1\r\nCall-ID: call-u2\r\nCSeq: 1 MESSAGE\r\n${text(oddLines(v)).join("\r\n")}\r\nContent-Length: 4\r\n\r\nbody`;
    bob.flows.at(-1)!.send(`SIP/2.0 202 Acc\xe9pted\r\nVia: ${ours}\r\nv : ${theirs}\r\n${rest}`);
    await house.runAsync();
    await house.runAsync();
    assert.equal(alice.response(202).text, `SIP/2.0 202 Acc\xe9pted\r\nv : ${theirs}\r\n${rest}`);
  }
});
