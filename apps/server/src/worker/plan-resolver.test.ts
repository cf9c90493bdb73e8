import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProxyTarget } from "@trapezoid/sip/proxy";
import type { ResolvedConfig } from "../config/types.ts";
import type { Binding } from "../store/contract.ts";
import { House } from "./house.ts";
import { PlanResolver } from "./plan-resolver.ts";

const domain = { name: "example.com", inbound: "authenticated", algorithms: undefined } as const;
const config = {
  primaryDomain: "example.com",
  domains: new Map([["example.com", domain]]),
  aliases: [],
  trunks: new Map(),
} as unknown as ResolvedConfig;

/** The URIs of the groups that a call to alice gets; `a > b`: b is tried when a's flow has failed. */
function groupsOf(bindings: readonly Partial<Binding>[]): string[][] {
  const resolver = new PlanResolver({
    config,
    house: new House(config, () => false),
    location: {
      lookup: () => bindings.map((binding) => ({ q: 1000, path: [], flowId: "", ...binding }) as unknown as Binding),
      account: () => undefined,
      evenOut() {},
      close() {},
    },
    flowOf: () => undefined,
  });
  const plan = { kind: "registered", address: "sip:alice@example.com", reason: "test" } as const;
  const resolution = resolver.resolve(plan, undefined, { account: undefined, trusted: true });
  assert.ok(resolution.kind === "groups");
  return resolution.groups.map((group) => group.map(chainOf));
}

function chainOf({ uri, instead }: ProxyTarget): string {
  return instead === undefined ? uri : `${uri} > ${chainOf(instead)}`;
}

test("contacts of one q ring together, those of a lower one afterwards (RFC 3261 §10.2.1.2, §16.6)", () => {
  const bindings = [
    { contact: "sip:a@192.0.2.1", q: 500 },
    { contact: "sip:b@192.0.2.2" },
    { contact: "sip:c@192.0.2.3", q: 500 },
    { contact: "sip:d@192.0.2.4", q: 0 },
  ];
  assert.deepEqual(groupsOf(bindings), [
    ["sip:b@192.0.2.2"],
    ["sip:a@192.0.2.1", "sip:c@192.0.2.3"],
    ["sip:d@192.0.2.4"],
  ]);
});

test("of a phone with several flows the best one rings, then the last refreshed; the others wait (RFC 5626 §7)", () => {
  const phone = "<urn:uuid:1>";
  const bindings = [
    { contact: "sip:a@192.0.2.1", instance: phone, regId: 1 },
    { contact: "sip:other@192.0.2.9" },
    { contact: "sip:a@192.0.2.2", instance: phone, regId: 2 },
    { contact: "sip:a@192.0.2.3", instance: phone, regId: 3, q: 900 },
    { contact: "sip:b@192.0.2.8", instance: "<urn:uuid:2>", regId: 1 },
  ];
  assert.deepEqual(groupsOf(bindings), [
    ["sip:a@192.0.2.1 > sip:a@192.0.2.2 > sip:a@192.0.2.3", "sip:other@192.0.2.9", "sip:b@192.0.2.8"],
  ]);
});

test("phones that do not name themselves are phones of their own", () => {
  const bindings = [{ contact: "sip:a@192.0.2.1" }, { contact: "sip:a@192.0.2.2", instance: undefined }];
  assert.deepEqual(groupsOf(bindings), [["sip:a@192.0.2.1", "sip:a@192.0.2.2"]]);
});
