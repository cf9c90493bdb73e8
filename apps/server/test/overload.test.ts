/** What gets through a server that has more to do than it can, over the virtual network. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { SipResponse } from "@trapezoid/sip/message";
import type { Config } from "../src/config/config.ts";
import { openTestHouse, PHONE, type TestHouse, type TestRequest } from "./house.ts";

const bobAtHome = { "bob@example.com": `sip:bob@${PHONE}:5070` };
const toBob: TestRequest = { uri: "sip:bob@example.com" };
const trusting: Config = { trust: [PHONE] };

/** Of the newest request; earlier responses may be repeated beside it, for want of an ACK. */
function statusOf(responses: readonly SipResponse[]): number {
  const newest = Math.max(...responses.map((response) => response.cseq?.sequence ?? 0));
  return responses.findLast((response) => response.cseq?.sequence === newest)?.status ?? 0;
}

/** Busy until no more than this share of new requests is let in, then just so busy that it stays there. */
function overwhelm(house: TestHouse, share = 0.02): void {
  house.load(1);
  while (house.overload.counters.share > share) house.pass(100);
  house.load(0.95);
  // What is turned away is decided by what has been seen.
  for (let i = 0; i < 50; i++) house.send(toBob);
}

/** How many of `count` such requests were answered 503. */
function refused(house: TestHouse, count: number, request: TestRequest): number {
  let turnedAway = 0;
  for (let i = 0; i < count; i++) if (statusOf(house.send(request)) === 503) turnedAway++;
  return turnedAway;
}

describe("overload: what is turned away", () => {
  test("nothing, while the server has time left", () => {
    const house = openTestHouse(trusting, ["alice"], bobAtHome);
    house.load(0.9);
    house.pass(5_000);
    assert.equal(refused(house, 20, toBob), 0);
  });

  test("new calls first: registrations, messages and OPTIONS pass while some calls still do", () => {
    const house = openTestHouse(trusting, ["alice"], bobAtHome);
    overwhelm(house, 0.5);
    const lost = refused(house, 60, toBob);
    assert.ok(lost > 20 && lost < 45, `${lost}`);
    for (const request of [
      { method: "REGISTER", uri: "sip:example.com", to: "sip:alice@example.com" },
      { method: "MESSAGE", uri: "sip:bob@example.com" },
      { method: "OPTIONS", uri: "sip:10.0.0.1:5060" },
      { method: "SUBSCRIBE", uri: "sip:bob@example.com" },
    ]) {
      assert.equal(refused(house, 5, request), 0, request.method);
    }
    assert.equal(house.overload.counters.shed.other, 0);
  });

  test("when calls are the smaller part, new registrations and messages go too, refreshes last", () => {
    const house = openTestHouse(trusting, ["alice", "bob"], bobAtHome);
    overwhelm(house, 0.3);
    const message = { method: "MESSAGE", uri: "sip:bob@example.com" };
    const fresh = { method: "REGISTER", uri: "sip:example.com", to: "sip:alice@example.com" };
    // The one binding there is was made by this Call-ID.
    const refresh = { method: "REGISTER", uri: "sip:example.com", to: "sip:bob@example.com", callId: "registration" };
    const mix = [toBob, message, fresh, refresh];
    for (let i = 0; i < 400; i++) house.send(mix[i % 4]!);
    const before = { ...house.overload.counters.shed };
    for (let i = 0; i < 200; i++) house.send(mix[i % 4]!);
    const { shed } = house.overload.counters;
    // Of 50 calls all, of 100 others most, of 50 refreshes none: 70 of 100 in all.
    assert.equal(shed.invite - before.invite, 50);
    assert.ok(shed.other - before.other > 70 && shed.other - before.other < 100, `${shed.other - before.other}`);
    assert.equal(shed.refresh, 0);
  });

  test("requests of a call that is up and emergencies pass when nothing else does", () => {
    const house = openTestHouse(trusting, ["alice"], bobAtHome);
    house.send(toBob);
    const recordRoute = house.delivered[0]?.header("Record-Route") ?? "";
    overwhelm(house);
    for (const method of ["BYE", "INVITE", "INFO", "UPDATE"]) {
      const inCall: TestRequest = {
        method,
        uri: `sip:bob@${PHONE}:5070`,
        inCall: 1,
        headers: [["Route", recordRoute]],
      };
      assert.equal(refused(house, 20, inCall), 0, method);
    }
    assert.equal(refused(house, 20, { uri: "sip:112@example.com" }), 0);
    assert.equal(refused(house, 20, { uri: "urn:service:sos.fire" }), 0);
    assert.equal(refused(house, 20, { ...toBob, headers: [["Resource-Priority", "esnet.1"]] }), 0);
    assert.equal(refused(house, 20, { ...toBob, headers: [["Priority", "emergency"]] }), 0);
    assert.ok(refused(house, 50, toBob) > 40);
  });

  test("a To tag lets no stranger in whose request is of no dialog", () => {
    const house = openTestHouse({ domains: [{ name: "example.com", inbound: "anyone" }] }, ["alice"], bobAtHome);
    house.send({ ...toBob, from: "sip:eve@elsewhere.example" });
    overwhelm(house);
    const stray = { ...toBob, from: "sip:eve@elsewhere.example", inCall: 1 };
    const turnedAway = Array.from({ length: 50 }, (_, i) => statusOf(house.send({ ...stray, callId: `stray-${i}` })));
    assert.ok(turnedAway.filter((status) => status === 503).length > 40, turnedAway.join());
    assert.ok(house.overload.counters.shed.stranger > 40);
  });

  test("strangers who only say that it is an emergency wait like everybody", () => {
    const house = openTestHouse({ domains: [{ name: "example.com", inbound: "anyone" }] }, ["alice"], bobAtHome);
    overwhelm(house);
    const stranger = { ...toBob, from: "sip:eve@elsewhere.example" };
    assert.ok(refused(house, 50, { ...stranger, headers: [["Priority", "emergency"]] }) > 40);
    assert.equal(refused(house, 20, { ...stranger, uri: "sip:112@example.com" }), 0);
  });

  test("a request and its repetitions have one fate; so has the one that answers its challenge", () => {
    const house = openTestHouse({}, ["alice"], bobAtHome);
    overwhelm(house, 0.5);
    const fates = new Set<number>();
    for (let i = 0; i < 40; i++) {
      const callId = `fate-${i}`;
      const challenged = statusOf(house.send({ ...toBob, callId }));
      const answered = statusOf(house.send({ ...toBob, callId, as: "alice" }));
      fates.add(challenged);
      assert.equal(answered, challenged === 407 ? 100 : 503, callId);
    }
    assert.deepEqual([...fates].sort(), [407, 503]);
  });
});

describe("overload: how it is turned away", () => {
  test("a repetition that was sent before the answer came gets none; one that is sent for want of it does", () => {
    const house = openTestHouse(trusting, ["alice"], bobAtHome);
    overwhelm(house);
    let callId = 0;
    while (statusOf(house.send({ ...toBob, callId: `again-${callId}`, cseq: 1 })) !== 503) callId++;
    const again = { ...toBob, callId: `again-${callId}`, cseq: 1 };
    assert.equal(house.send(again).length, 0);
    assert.equal(house.overload.counters.shed.again, 1);
    // The same call with credentials, say: another request.
    assert.equal(statusOf(house.send({ ...again, cseq: 2 })), 503);
    house.pass(500);
    assert.equal(statusOf(house.send(again)), 503);
  });

  test("503 with a Retry-After that differs from one to the next, without a transaction (RFC 3261 §21.5.4)", () => {
    const house = openTestHouse({ ...trusting, overload: { retryAfter: { min: 7, max: 12 } } }, ["alice"], bobAtHome);
    overwhelm(house);
    const requests = house.engine.counters.requests;
    const times = new Set<number>();
    let turnedAway = 0;
    for (let i = 0; i < 60; i++) {
      const [response] = house.send(toBob);
      if (response?.status !== 503) continue;
      turnedAway++;
      times.add(Number(response.header("Retry-After")));
      assert.match(response.header("To") ?? "", /;tag=/);
    }
    assert.ok(turnedAway > 50);
    assert.deepEqual(
      [...times].sort((a, b) => a - b),
      [7, 8, 9, 10, 11, 12],
    );
    assert.equal(house.engine.counters.requests, requests + 60 - turnedAway);
  });

  test("a proxy is told without Retry-After, or it would send nothing at all for so long (RFC 7339 §5.10.2)", () => {
    const house = openTestHouse(trusting, ["alice"], bobAtHome);
    overwhelm(house);
    const vias = ["SIP/2.0/UDP 192.0.2.66:5060;branch=z9hG4bKfar"];
    const answers = Array.from({ length: 30 }, () => house.send({ ...toBob, vias })[0]!);
    const turnedAway = answers.filter((response) => response.status === 503);
    assert.ok(turnedAway.length > 20);
    for (const response of turnedAway) {
      assert.equal(response.header("Retry-After"), undefined);
      assert.equal(response.headers("Via").length, 2);
    }
  });

  test("it is told once when it begins and once when it ends", () => {
    const house = openTestHouse(trusting, ["alice"], bobAtHome);
    overwhelm(house);
    assert.equal(house.overload.counters.active, 1);
    house.load(0);
    house.pass(30_000);
    assert.equal(house.overload.counters.active, 0);
    assert.equal(house.overload.counters.begun, 1);
    assert.deepEqual(house.logged, [
      "more to do than this server can: some new requests are answered 503 until it is less",
      "all requests are served again",
    ]);
    assert.equal(refused(house, 20, toBob), 0);
  });

  test("overload: false turns nothing away; a reload brings it back", () => {
    const house = openTestHouse({ ...trusting, overload: false }, ["alice"], bobAtHome);
    house.load(1);
    house.pass(10_000);
    assert.equal(refused(house, 20, toBob), 0);
    house.configure(trusting);
    overwhelm(house);
    assert.ok(refused(house, 50, toBob) > 40);
    house.configure({ ...trusting, overload: false });
    house.load(1);
    house.pass(10_000);
    assert.equal(refused(house, 20, toBob), 0);
  });

  test("a full table of transactions turns away all but what may never wait, overload control or not", () => {
    const house = openTestHouse({ ...trusting, overload: false, limits: { transactions: 20 } }, ["alice"], bobAtHome);
    const first = refused(house, 20, toBob);
    assert.equal(first, 0);
    assert.equal(refused(house, 20, toBob), 20);
    assert.equal(refused(house, 1, { uri: "sip:112@example.com" }), 0);
    // A tenth beyond the limit is for emergencies and calls that are up; it ends, too.
    assert.ok(refused(house, 20, { uri: "sip:112@example.com" }) > 15);
  });
});
