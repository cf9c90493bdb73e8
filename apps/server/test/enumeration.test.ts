/** Strangers learn of no account whether it exists: not by status, nor header, nor To tag. RFC 3261 §26.1.1. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { SipResponse } from "@trapezoid/sip/message";
import type { Config } from "../src/config/config.ts";
import { openTestHouse, PHONE, type TestRequest } from "./house.ts";

/** What a stranger sees of the answers, without what is new in each: nonce, tags, branch, Call-ID, CSeq, and the name asked for. */
function seen(responses: readonly SipResponse[], name: string): string {
  return responses
    .map(({ text }) =>
      text
        .replace(/nonce="[^"]*"/g, "nonce")
        .replace(/tag=[^;\s]+/g, "tag")
        .replace(/branch=[^;\s]+/g, "branch")
        .replace(/^(Call-ID|CSeq): .*$/gm, "$1")
        .replaceAll(name, "NAME"),
    )
    .join("\n");
}

const register = (name: string): TestRequest => ({
  method: "REGISTER",
  uri: "sip:example.com",
  from: `sip:${name}@example.com`,
  to: `sip:${name}@example.com`,
});
const call = (name: string): TestRequest => ({ uri: `sip:${name}@example.com`, from: "sip:eve@far.example" });
const ways: Readonly<Record<string, (name: string) => TestRequest>> = {
  "REGISTER without credentials": register,
  "REGISTER with a wrong password": (name) => ({ ...register(name), as: name, password: "guess" }),
  "REGISTER with a wrong password and the whole address": (name) => {
    return { ...register(name), as: `${name}@example.com`, password: "guess" };
  },
  "INVITE to a user without credentials": call,
  "INVITE as a user with a wrong password": (name) => {
    return { uri: "sip:bob@example.com", from: `sip:${name}@example.com`, as: name, password: "guess" };
  },
  "INVITE to a user with somebody's wrong password": (name) => ({ ...call(name), as: "eve", password: "guess" }),
  "MESSAGE to a user without credentials": (name) => ({ ...call(name), method: "MESSAGE" }),
  "OPTIONS to a user": (name) => ({ ...call(name), method: "OPTIONS" }),
  "SUBSCRIBE to a user": (name) => ({ ...call(name), method: "SUBSCRIBE", headers: [["Event", "presence"]] }),
};

const configs: Readonly<Record<string, Config>> = {
  "as it comes": {},
  "with several algorithms": { auth: { algorithms: ["SHA-256", "MD5"] } },
  "open to calls from anyone": { domains: [{ name: "example.com", inbound: "anyone" }] },
  "as a redirect server open to anyone": { mode: "redirect", domains: [{ name: "example.com", inbound: "anyone" }] },
};

for (const [house, config] of Object.entries(configs)) {
  describe(`a server ${house}`, () => {
    for (const [way, request] of Object.entries(ways)) {
      test(way, () => {
        // The same server for both, and names of one length.
        const { send } = openTestHouse(config, ["known", "offln"], { "offln@example.com": `sip:offln@${PHONE}:5070` });
        const unknown = seen(send(request("nobdy")), "nobdy");
        assert.equal(seen(send(request("known")), "known"), unknown);
        assert.notEqual(unknown, "");
        if (config.domains === undefined) assert.equal(seen(send(request("offln")), "offln"), unknown);
      });
    }
  });
}

test("a throttled account and a throttled nobody are answered alike", () => {
  const house = openTestHouse({ firewall: { failuresPerAccount: 3, failures: 1_000 } }, ["known"]);
  const guess = (name: string): string => seen(house.send({ ...register(name), as: name, password: "guess" }), name);
  const known = Array.from({ length: 6 }, () => guess("known"));
  const unknown = Array.from({ length: 6 }, () => guess("nobdy"));
  assert.deepEqual(known, unknown);
  assert.match(known[5]!, /^SIP\/2\.0 503 /);
  assert.match(known[0]!, /^SIP\/2\.0 401 /);
});
