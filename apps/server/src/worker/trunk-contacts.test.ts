import assert from "node:assert/strict";
import { test } from "node:test";
import { buildRequest, parseMessage, SipRequest } from "@trapezoid/sip/message";
import { hasContactAtTrunk, trunkHosts } from "./trunk-contacts.ts";

const places = {
  hosts: trunkHosts([{ target: "sip:trunk.Example.com" }, { target: "sip:[2001:db8::5]:5080" }]),
  isTrunkAddress: (address: string) => address === "203.0.113.5",
};

function found(headers: readonly (readonly [string, string])[]): boolean {
  const parsed = parseMessage(buildRequest({ method: "REGISTER", uri: "sip:example.com", headers }));
  assert.ok(parsed.ok && parsed.value instanceof SipRequest);
  return hasContactAtTrunk(parsed.value, places);
}

test("a contact or path at a trunk is found, by name, by address, behind maddr, among others", () => {
  const paid = "sip:+1900555@TRUNK.example.com.";
  assert.equal(found([["Contact", `<${paid}>`]]), true);
  assert.equal(found([["Contact", "<sip:+1900555@203.0.113.5:5060>"]]), true);
  assert.equal(found([["Contact", "<sip:a@[2001:db8::5]>"]]), true);
  assert.equal(found([["Contact", "<sip:a@192.0.2.1;maddr=203.0.113.5>"]]), true);
  assert.equal(found([["m", "<sip:a@192.0.2.1>, <sip:a@trunk.example.com>"]]), true);
  assert.notEqual(
    found([
      ["Contact", "<sip:a@192.0.2.1>"],
      ["Path", "<sip:trunk.example.com;lr>"],
    ]),
    false,
  );
});

test("phones and edge proxies are none", () => {
  assert.equal(
    found([
      ["Contact", "<sip:alice@192.0.2.1:5062;transport=tcp>"],
      ["Path", "<sip:edge.example.com;lr>"],
    ]),
    false,
  );
  assert.equal(found([["Contact", "*"]]), false);
});
