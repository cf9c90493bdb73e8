/** What the firewall lets through to the engine, over the virtual network: everything that belongs to something, little that begins anything. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { SipResponse } from "@trapezoid/sip/message";
import type { Config } from "../src/config/config.ts";
import { openTestHouse, PHONE, type TestHouse, type TestRequest } from "./house.ts";

const bobAtHome = { "bob@example.com": `sip:bob@${PHONE}:5070` };
const toBob: TestRequest = { uri: "sip:bob@example.com" };
const statuses = (responses: readonly SipResponse[]): number[] => responses.map(({ status }) => status);

function open(config: Config = {}): TestHouse {
  return openTestHouse({ firewall: { burst: 10, requestsPerSecond: 1, failures: 5 }, ...config }, ["alice"], bobAtHome);
}

const register: TestRequest = {
  method: "REGISTER",
  uri: "sip:example.com",
  from: "sip:alice@example.com",
  to: "sip:alice@example.com",
};

/** How many of so many requests were answered. */
function answered(house: TestHouse, count: number, request: TestRequest): number {
  let answers = 0;
  for (let i = 0; i < count; i++) if (house.send(request).length > 0) answers++;
  return answers;
}

describe("firewall: new requests", () => {
  test("a stranger's over the limit vanish, and leave nothing behind", () => {
    const house = open();
    assert.equal(answered(house, 30, toBob), 10);
    // A second and a half has passed by then.
    assert.equal(answered(house, 45, { method: "REGISTER", uri: "sip:example.com" }), 1, "one limit for all methods");
    assert.equal(house.guard.counters.limitedStrangers, 64);
    assert.equal(house.delivered.length, 0);
  });

  test("whoever authenticates has the higher limit at once", () => {
    const house = open({ firewall: { burst: 10, requestsPerSecond: 1, knownBurst: 1_000 } });
    assert.deepEqual(
      statuses(house.send({ method: "REGISTER", uri: "sip:example.com", to: "sip:alice@example.com", as: "alice" })),
      [200],
    );
    assert.equal(answered(house, 100, toBob), 100);
  });

  test("a To tag alone is no way around it; a request of a call is not counted", () => {
    const house = open({ domains: [{ name: "example.com", inbound: "anyone" }] });
    const eve = { ...toBob, from: "sip:eve@far.example" };
    house.send(eve);
    const recordRoute = house.delivered[0]?.header("Record-Route") ?? "";
    const inCall: TestRequest = {
      method: "INFO",
      uri: `sip:bob@${PHONE}:5070`,
      from: eve.from,
      inCall: 1,
      headers: [["Route", recordRoute]],
    };
    for (let i = 0; i < 100; i++) house.send(inCall);
    const delivered = house.delivered.filter(({ method }) => method === "INFO").map(({ cseq }) => cseq?.sequence);
    assert.equal(new Set(delivered).size, 100);
    const stray: TestRequest = { method: "INFO", uri: "sip:bob@example.com", inCall: 1, from: eve.from };
    for (let i = 0; i < 100; i++) house.send(stray);
    assert.ok(house.guard.counters.limitedStrangers > 80);
  });
});

describe("firewall: who guesses", () => {
  test("is reported after so many wrong passwords, whatever the user is called", () => {
    const house = open({ firewall: { failures: 5 } });
    for (const as of ["alice", "nobody", "alice@example.com", "alice", "eve"]) {
      assert.deepEqual(house.offences, []);
      house.send({ ...register, as, password: "guess" });
    }
    assert.deepEqual(
      house.offences.map(({ subject, reason }) => [subject, reason]),
      [[PHONE, "wrong-passwords"]],
    );
    assert.equal(house.guard.admission(PHONE, "datagram"), false);
  });

  test("with INVITE and REGISTER in turn is counted once for all", () => {
    const house = open({ firewall: { failures: 4 } });
    for (let i = 0; i < 2; i++) {
      house.send({
        method: "REGISTER",
        uri: "sip:example.com",
        to: "sip:alice@example.com",
        as: "alice",
        password: "guess",
      });
      house.send({ ...toBob, as: "alice", password: "guess" });
    }
    assert.equal(house.offences.length, 1);
  });

  test("scanners hear nothing", () => {
    const house = open();
    const scan: TestRequest = {
      method: "OPTIONS",
      uri: "sip:10.0.0.1:5060",
      headers: [["User-Agent", "friendly-scanner"]],
    };
    assert.deepEqual(house.send(scan), []);
    assert.deepEqual(statuses(house.send({ method: "OPTIONS", uri: "sip:10.0.0.1:5060" })), [200]);
    assert.equal(house.guard.counters.scanners, 1);
  });
});
