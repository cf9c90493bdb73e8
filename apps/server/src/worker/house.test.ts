import assert from "node:assert/strict";
import test from "node:test";
import { parseUri } from "@trapezoid/sip/message";
import type { DomainSettings, ResolvedConfig } from "../config/types.ts";
import { House } from "./house.ts";

const domain = (name: string): DomainSettings => ({ name, inbound: "authenticated", algorithms: undefined });
const domains = new Map([domain("example.com"), domain("second.example")].map((one) => [one.name, one]));
const config = {
  primaryDomain: "example.com",
  domains,
  aliases: ["127.0.0.1", "localhost", "::1", "[2001:db8::192.0.2.1]"],
} as unknown as ResolvedConfig;
const house = new House(config, (host, port) => host === "127.0.0.1" && port === 5080);

function addressOf(text: string): string | undefined {
  const uri = parseUri(text);
  assert.ok(uri.ok);
  return house.addressOf(uri.value);
}

test("every alias with a port of ours, or without one, is the primary domain", () => {
  assert.equal(addressOf("sip:alice@127.0.0.1:5080"), "alice@example.com");
  assert.equal(addressOf("sip:alice@127.0.0.1"), "alice@example.com");
  assert.equal(addressOf("sip:alice@LOCALHOST."), "alice@example.com");
});

test("a domain of ours is itself whatever its port says; an alias with a port that is not ours is foreign", () => {
  assert.equal(addressOf("sip:alice@Second.Example:5999"), "alice@second.example");
  assert.equal(addressOf("sip:alice@127.0.0.1:5090"), undefined);
  assert.equal(addressOf("sip:alice@elsewhere.example"), undefined);
});

test("an IPv6 address is itself in every spelling, the third colon of RFC 3261's grammar included (RFC 5954 §4.2, RFC 5118 §4.10)", () => {
  for (const host of ["[::1]", "[0:0:0:0:0:0:0:1]", "[2001:DB8::C000:201]", "[2001:db8:::192.0.2.1]"]) {
    assert.equal(addressOf(`sip:alice@${host}`), "alice@example.com", host);
  }
  assert.equal(addressOf("sip:alice@[2001:db8::2]"), undefined);
});
