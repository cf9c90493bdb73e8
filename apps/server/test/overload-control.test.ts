/** Overload control between servers: what one tells, and what the other does with it. RFC 7339, over the virtual network. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type OverloadParams, overloadOf, type SipResponse } from "@trapezoid/sip/message";
import type { Config } from "../src/config/config.ts";
import { ELSEWHERE, openTestHouse, PHONE, placeAlone, type TestHouse, type TestRequest } from "./house.ts";

const bobAtHome = { "bob@example.com": `sip:bob@${PHONE}:5070` };
const asking: TestRequest = { uri: "sip:bob@example.com", viaParams: ';oc;oc-algo="loss"' };

/** What the last response that tells anything tells; `undefined` when none does. */
function toldBy(responses: readonly SipResponse[]): OverloadParams | undefined {
  return responses
    .map(({ via }) => (via === undefined ? undefined : overloadOf(via)))
    .findLast((told) => told?.ok === true)?.value;
}

/** Busy until no more than this share of new requests is let in, then just so busy that it stays there. */
function overwhelm(house: TestHouse, share: number): void {
  house.load(1);
  while (house.overload.counters.share > share) house.pass(100);
  house.load(0.95);
}

describe("overload control: what a peer that asks is told", () => {
  test("that there is no overload: 0 for no time, by the one algorithm that there is (RFC 7339 §4.2, §5.1, §5.7)", () => {
    const house = openTestHouse({ trust: [PHONE] }, [], bobAtHome);
    const told = toldBy(house.send(asking));
    assert.deepEqual([told?.oc, told?.algorithms, told?.validityMs], [0, ["loss"], 0]);
    assert.ok(told?.sequence !== undefined);
  });

  test("what share to keep back, with a number that grows, and the end of it (RFC 7339 §4.4, §5.2, §5.7)", () => {
    const house = openTestHouse({ trust: [PHONE], overload: { oc: { validityMs: 700 } } }, [], bobAtHome);
    overwhelm(house, 0.5);
    const first = toldBy(house.send(asking))!;
    assert.ok(first.oc !== true && first.oc > 30 && first.oc < 70, `${first.oc}`);
    assert.equal(first.validityMs, 700);
    house.pass(100);
    const second = toldBy(house.send(asking))!;
    assert.ok(second.sequence! > first.sequence!);
    house.load(0);
    house.pass(30_000);
    const last = toldBy(house.send(asking))!;
    assert.deepEqual([last.oc, last.validityMs], [0, 0]);
    assert.ok(last.sequence! > second.sequence!);
  });

  test("the share is one of all requests, those of calls that are up among them (RFC 7339 §5.3)", () => {
    const house = openTestHouse({ trust: [PHONE] }, [], bobAtHome);
    house.send({ uri: asking.uri });
    const recordRoute = house.delivered[0]?.header("Record-Route") ?? "";
    const inCall: TestRequest = { uri: `sip:bob@${PHONE}:5070`, inCall: 1, headers: [["Route", recordRoute]] };
    overwhelm(house, 0.2);
    const { share } = house.overload.counters;
    // Of four requests one begins a call.
    for (let i = 0; i < 100; i++) {
      house.send({ uri: asking.uri });
      for (const method of ["INFO", "INFO", "INFO"]) house.send({ ...inCall, method });
    }
    const told = toldBy(house.send({ ...asking, method: "OPTIONS", uri: "sip:10.0.0.1:5060" }))!;
    const expected = (1 - share) * 25;
    assert.ok(told.oc !== true && Math.abs(told.oc - expected) < 5, `${told.oc} is not near ${expected}`);
  });

  test("one that does not ask is told nothing; who may know can be chosen", () => {
    const quiet: TestRequest = { uri: asking.uri };
    const told = (config: Config, request: TestRequest): boolean => {
      const house = openTestHouse({ domains: [{ name: "example.com", inbound: "anyone" }], ...config }, [], bobAtHome);
      return toldBy(house.send({ from: "sip:eve@elsewhere.example", ...request })) !== undefined;
    };
    assert.equal(told({}, quiet), false);
    assert.equal(told({}, asking), true);
    assert.equal(told({ overload: { oc: { tell: "trusted" } } }, asking), false);
    assert.equal(told({ overload: { oc: { tell: "trusted" } }, trust: [PHONE] }, asking), true);
    for (const overload of [{ oc: { tell: "nobody" } }, { oc: false }, false] as const) {
      assert.equal(told({ overload, trust: [PHONE] }, asking), false, JSON.stringify(overload));
    }
  });

  test("a trusted peer that takes part keeps back by itself; one that does not heed it is turned away in the end", () => {
    const house = openTestHouse({ trust: [PHONE] }, [], bobAtHome);
    overwhelm(house, 0.4);
    const shed = (): number => house.overload.counters.shed.invite;
    for (let i = 0; i < 30; i++) house.send(asking);
    assert.equal(shed(), 0);
    for (let i = 0; i < 30; i++) house.send({ uri: asking.uri });
    assert.ok(shed() > 5);
    overwhelm(house, 0.1);
    const before = shed();
    for (let i = 0; i < 30; i++) house.send(asking);
    assert.ok(shed() - before > 10);
  });

  test("a stranger that asks is turned away like any other", () => {
    const house = openTestHouse({ domains: [{ name: "example.com", inbound: "anyone" }] }, [], bobAtHome);
    overwhelm(house, 0.4);
    for (let i = 0; i < 50; i++) house.send({ ...asking, from: "sip:eve@elsewhere.example" });
    assert.ok(house.overload.counters.shed.stranger > 15);
  });
});

describe("overload control: two servers", () => {
  function twoServers(trunk: { readonly oc?: boolean } = {}, config: Config = {}) {
    const here = placeAlone();
    const there = { ...here, server: "10.0.1.1", phone: "10.0.1.9", elsewhere: "10.0.1.77" };
    const near = openTestHouse(
      {
        trust: [PHONE],
        trunks: { far: { target: "sip:10.0.1.1", ...trunk } },
        route: (request, plan) => (request.uri.user === "lost" ? plan.reject(404) : plan.trunk("far")),
        ...config,
      },
      [],
      {},
      here,
    );
    const far = openTestHouse(
      { trust: ["10.0.0.1"], domains: ["10.0.1.1"] },
      [],
      { "bob@10.0.1.1": "sip:bob@10.0.1.9:5070" },
      there,
    );
    /** The first final answer, or 0. */
    const call = (request: Partial<TestRequest> = {}): number => {
      const responses = near.send({ uri: "sip:bob@example.com", ...request });
      const newest = Math.max(...responses.map((response) => response.cseq?.sequence ?? 0));
      const own = responses.filter((response) => response.cseq?.sequence === newest);
      if (own.some((response) => response.status === 503 && response.header("Retry-After") !== undefined)) return 5030;
      return own.find((response) => response.status >= 200)?.status ?? 0;
    };
    return { near, far, call };
  }

  test("the far one tells, the near one keeps back as much, answers 503 without Retry-After, and goes on when it ends", () => {
    const { near, far, call } = twoServers();
    assert.equal(call(), 0);
    overwhelm(far, 0.5);
    const arrived = far.engine.counters.requests;
    const statuses = Array.from({ length: 100 }, () => call());
    const kept = statuses.filter((status) => status === 503).length;
    assert.ok(kept > 25 && kept < 75, `${kept}`);
    assert.equal(statuses.filter((status) => status === 0).length, 100 - kept);
    assert.equal(near.nextHops.counters.loads.kept, kept);
    // Nothing that was sent was turned away there, and nothing else was sent.
    assert.equal(far.overload.counters.shed.invite, 0);
    assert.equal(far.engine.counters.requests - arrived, 100 - kept);
    assert.equal(near.nextHops.counters.loads.limiting, 1);
    assert.ok(near.logged.some((line) => line.startsWith("a next hop has too much to do")));

    far.load(0);
    far.pass(30_000);
    assert.equal(near.nextHops.counters.loads.limiting, 0);
    assert.deepEqual(new Set(Array.from({ length: 30 }, () => call())), new Set([0]));
  });

  test("calls for help are sent all the same, and so are emergencies of those who are trusted (RFC 7339 §5.10.1)", () => {
    const { near, far, call } = twoServers();
    overwhelm(far, 0.3);
    for (let i = 0; i < 30; i++) call();
    assert.ok(near.nextHops.counters.loads.kept > 5);
    for (const request of [
      { uri: "sip:112@example.com" },
      { uri: "sip:bob@example.com", headers: [["Resource-Priority", "esnet.0"]] },
    ] as const) {
      const before = near.nextHops.counters.loads.kept;
      for (let i = 0; i < 20; i++) call(request);
      assert.equal(near.nextHops.counters.loads.kept, before, request.uri);
    }
  });

  test("a trunk that is not asked is sent everything, and turns away by itself", () => {
    for (const { near, far, call } of [
      twoServers({ oc: false }),
      twoServers({}, { overload: { oc: { ask: false } } }),
    ]) {
      overwhelm(far, 0.3);
      for (let i = 0; i < 40; i++) call();
      assert.equal(near.nextHops.counters.loads.heard, 0);
      assert.equal(far.overload.counters.told, 0);
      assert.ok(far.overload.counters.shed.invite > 15);
    }
  });

  test("a trunk is asked where others are not", () => {
    const { near, call } = twoServers({ oc: true }, { overload: { oc: { ask: false } } });
    call();
    assert.equal(near.nextHops.counters.loads.heard, 1);
  });

  test("a trunk that does not answer is tried now and then; its calls fail at once meanwhile (RFC 7339 §5.9)", () => {
    // Nobody answers at 10.0.0.77.
    const house = openTestHouse(
      { trust: [PHONE], trunks: { far: { target: `sip:${ELSEWHERE}` } }, route: (_request, plan) => plan.trunk("far") },
      [],
    );
    const call = (): number | undefined =>
      house.send({ uri: "sip:bob@example.com" }).find((response) => response.status >= 200 && response.status !== 408)
        ?.status;
    const calls = (): number => new Set(house.delivered.map((request) => request.callId)).size;
    for (let i = 0; i < 3; i++) call();
    house.pass(33_000);
    assert.deepEqual([call(), call(), calls()], [503, 503, 3]);
    // A call for help is tried all the same.
    house.send({ uri: "sip:112@example.com" });
    assert.equal(calls(), 4);
    house.pass(2_000);
    assert.deepEqual([call(), call(), calls()], [undefined, 503, 5]);
    assert.deepEqual(
      house.logged.filter((line) => line.startsWith("a next hop")),
      ["a next hop does not answer: it is tried now and then until it does"],
    );
  });
});
