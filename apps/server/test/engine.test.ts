/** The engine: order of checks, who may do what, plans. The house rules of "Who may do what". */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { SipResponse } from "@trapezoid/sip/message";
import type { Planner } from "../src/routing/planner.ts";
import { ELSEWHERE, openTestHouse, PHONE } from "./house.ts";

const statuses = (responses: readonly SipResponse[]): number[] => responses.map((response) => response.status);
const bobAtHome = { "bob@example.com": `sip:bob@${PHONE}:5070` };

describe("Engine: authentication before look-up", () => {
  test("challenges REGISTER with 401 and everything else with 407, whether the user exists or not (RFC 3261 §10.3 step 3, §16.3 step 6, §21.4.2, §21.4.8, §22.1)", () => {
    const house = openTestHouse({}, ["alice"], bobAtHome);
    assert.deepEqual(
      statuses(house.send({ method: "REGISTER", uri: "sip:example.com", to: "sip:alice@example.com" })),
      [401],
    );
    assert.deepEqual(
      statuses(house.send({ method: "REGISTER", uri: "sip:example.com", to: "sip:nobody@example.com" })),
      [401],
    );
    assert.deepEqual(statuses(house.send({ uri: "sip:bob@example.com" })), [407]);
    assert.deepEqual(statuses(house.send({ uri: "sip:nobody@example.com" })), [407]);
    assert.deepEqual(statuses(house.send({ method: "MESSAGE", uri: "sip:bob@example.com" })), [407]);
    assert.equal(house.delivered.length, 0);
  });

  test("the realm is the account's domain, never what the request says", () => {
    const house = openTestHouse({}, ["alice"]);
    const [response] = house.send({
      method: "REGISTER",
      uri: "sip:10.0.0.1",
      to: "sip:alice@10.0.0.1",
      from: "sip:alice@10.0.0.1",
    });
    assert.match(response?.header("WWW-Authenticate") ?? "", /realm="example\.com"/);
  });

  test("alice, alice@domain and alice at an address of the server are one account", () => {
    const house = openTestHouse({}, ["alice"]);
    for (const [as, to] of [
      ["alice", "sip:alice@example.com"],
      ["alice@example.com", "sip:alice@example.com"],
      ["alice", "sip:alice@10.0.0.1"],
      ["alice", "sip:alice@10.0.0.1:5060"],
      ["alice", "sip:alice@sip1"],
    ] as const) {
      const responses = house.send({ method: "REGISTER", uri: "sip:example.com", to, from: to, as });
      assert.deepEqual(statuses(responses), [200], `${as} as ${to}`);
    }
    assert.deepEqual(new Set(house.registered), new Set(["alice@example.com"]));
  });

  test("a wrong password is challenged again, and never reaches the registrar (RFC 3261 §26.1.1)", () => {
    const house = openTestHouse({}, ["alice"]);
    const responses = house.send({
      method: "REGISTER",
      uri: "sip:example.com",
      to: "sip:alice@example.com",
      as: "alice",
      password: "guess",
    });
    assert.deepEqual(statuses(responses), [401]);
    assert.deepEqual(house.registered, []);
  });

  test("a trusted trunk calls without credentials, and registers nobody; a trusted address does both", () => {
    const register = { method: "REGISTER", uri: "sip:example.com", to: "sip:alice@example.com" };
    const bob = { "bob@example.com": `sip:bob@${PHONE}:5070` };
    const trunk = openTestHouse({ trunks: { acme: { target: `sip:${PHONE}`, trust: true } } }, ["alice", "bob"], bob);
    assert.deepEqual(statuses(trunk.send({ uri: "sip:bob@example.com" })), [100]);
    assert.deepEqual(statuses(trunk.send(register)), [401]);
    assert.deepEqual(trunk.registered, []);
    const address = openTestHouse({ trust: [PHONE] }, ["alice"]);
    assert.deepEqual(statuses(address.send(register)), [200]);
  });

  test("nobody registers a contact at a trunk: calls for them would leave by it, past the route", () => {
    const house = openTestHouse({ trunks: { acme: { target: "sip:trunk.example.net" } } }, ["alice"]);
    const to = "sip:alice@example.com";
    const register = (contact: string) =>
      statuses(
        house.send({
          method: "REGISTER",
          uri: "sip:example.com",
          to,
          from: to,
          as: "alice",
          headers: [["Contact", contact]],
        }),
      );
    assert.deepEqual(register("<sip:+1900555@trunk.example.net>"), [403]);
    assert.deepEqual(house.registered, []);
    assert.deepEqual(register("<sip:alice@192.0.2.1>"), [200]);
  });
  test("REGISTER for a foreign domain is refused with 403 (RFC 3261 §10.3 step 1)", () => {
    const house = openTestHouse({}, ["alice"]);
    assert.deepEqual(
      statuses(house.send({ method: "REGISTER", uri: "sip:elsewhere.example", to: "sip:alice@elsewhere.example" })),
      [403],
    );
  });

  test("REGISTER for what is no SIP address is refused with 400 (RFC 3261 §10.2, RFC 4475 §3.3.4)", () => {
    const house = openTestHouse({}, ["alice"]);
    assert.deepEqual(
      statuses(house.send({ method: "REGISTER", uri: "sip:example.com", to: "tel:+12015550123" })),
      [400],
    );
  });

  test("a user may not register another user's address (RFC 3261 §10.3 step 4, §21.4.4)", () => {
    const house = openTestHouse({}, ["alice", "bob"]);
    const responses = house.send({
      method: "REGISTER",
      uri: "sip:example.com",
      to: "sip:bob@example.com",
      from: "sip:alice@example.com",
      as: "alice",
    });
    assert.deepEqual(statuses(responses), [403]);
    assert.deepEqual(house.registered, []);
  });

  test("an authenticated user's From must be an address of theirs; an anonymous one may be (RFC 3323 §4.1.1.3)", () => {
    const house = openTestHouse({}, ["alice"], bobAtHome);
    assert.deepEqual(
      statuses(house.send({ uri: "sip:bob@example.com", from: "sip:bob@example.com", as: "alice" })),
      [403],
    );
    assert.equal(house.delivered.length, 0);
    const anonymous = house.send({ uri: "sip:bob@example.com", from: "sip:anonymous@anonymous.invalid", as: "alice" });
    assert.deepEqual(statuses(anonymous), [100]);
    assert.equal(house.delivered.length, 1);
  });

  test("an OPTIONS to the server itself is answered without a challenge (RFC 3261 §11.2, §21.2.1)", () => {
    const house = openTestHouse({}, []);
    const [response] = house.send({ method: "OPTIONS", uri: "sip:10.0.0.1:5060" });
    assert.equal(response?.status, 200);
    assert.match(response?.header("Allow") ?? "", /REGISTER/);
    assert.equal(response?.header("Supported"), "path, outbound");
  });

  test("a request in a dialog that the server itself is said to have is answered 481 (RFC 3261 §12.2.2)", () => {
    const house = openTestHouse({}, []);
    assert.deepEqual(statuses(house.send({ method: "BYE", uri: "sip:10.0.0.1:5060", inCall: 1 })), [481]);
  });

  test("a To tag alone proves no dialog: the request is challenged like any other (RFC 3261 §26.1.4)", () => {
    const house = openTestHouse({}, ["alice"], bobAtHome);
    assert.deepEqual(
      statuses(house.send({ method: "BYE", uri: "sip:bob@example.com", headers: [["Route", "<sip:10.0.0.1;lr>"]] })),
      [407],
    );
  });
});

describe("Engine: who may leave the house", () => {
  const everywhere = [
    { name: "a foreign domain", config: {} },
    {
      name: "a fork to a foreign domain",
      config: { route: (_request: unknown, plan: Planner) => plan.fork(["sip:x@elsewhere.example"]) },
    },
    {
      name: "a trunk",
      config: {
        trunks: { acme: { target: "sip:elsewhere.example" } },
        route: (_request: unknown, plan: Planner) => plan.trunk("acme"),
      },
    },
    {
      name: "a redirect to a foreign domain",
      config: { route: (_request: unknown, plan: Planner) => plan.redirect("sip:x@elsewhere.example") },
    },
    {
      name: "a foreign domain behind otherwise",
      config: {
        route: (_request: unknown, plan: Planner) =>
          plan.registered("bob", { otherwise: plan.forward("sip:x@elsewhere.example") }),
      },
    },
  ];

  for (const { name, config } of everywhere) {
    test(`${name} is refused with 403 for a caller who is neither authenticated nor trusted, whatever the route says`, () => {
      const house = openTestHouse({ ...config, domains: [{ name: "example.com", inbound: "anyone" }] }, ["bob"]);
      const uri = name === "a foreign domain" ? "sip:x@elsewhere.example" : "sip:bob@example.com";
      const responses = house.send({ uri, from: "sip:stranger@far.example" });
      // Nobody may even ask for a foreign Request-URI without proving an account.
      assert.deepEqual(statuses(responses), name === "a foreign domain" ? [407] : [403]);
      assert.equal(house.delivered.length, 0);
    });
  }

  test("an authenticated user reaches foreign domains and trunks", () => {
    const house = openTestHouse(
      {
        trunks: { acme: { target: "sip:elsewhere.example" } },
        route: (r, plan) => (r.uri.user?.startsWith("+") ? plan.trunk("acme") : undefined),
      },
      ["alice"],
    );
    assert.deepEqual(statuses(house.send({ uri: "sip:x@elsewhere.example", as: "alice" })), [100]);
    assert.deepEqual(statuses(house.send({ uri: "sip:+4930123@example.com", as: "alice" })), [100]);
    assert.deepEqual(
      house.delivered.map((request) => request.requestUri),
      ["sip:x@elsewhere.example", "sip:+4930123@elsewhere.example"],
    );
  });

  test("a trusted source needs no credentials", () => {
    const house = openTestHouse({ trust: [`${PHONE}/32`] }, ["alice", "bob"], bobAtHome);
    assert.deepEqual(statuses(house.send({ uri: "sip:bob@example.com" })), [100]);
    assert.deepEqual(statuses(house.send({ uri: "sip:x@elsewhere.example" })), [100]);
    assert.equal(house.delivered.length, 2);
  });

  test("strangers may call in where the domain is open, but not in the name of a local user", () => {
    const house = openTestHouse({ domains: [{ name: "example.com", inbound: "anyone" }] }, ["alice", "bob"], bobAtHome);
    assert.deepEqual(statuses(house.send({ uri: "sip:bob@example.com", from: "sip:stranger@far.example" })), [100]);
    assert.deepEqual(statuses(house.send({ uri: "sip:bob@example.com", from: "sip:alice@example.com" })), [407]);
    assert.equal(house.delivered.length, 1);
  });

  test("strangers are not told who exists: unknown and offline users get the same 480 (RFC 3261 §26.5)", () => {
    const house = openTestHouse({ domains: [{ name: "example.com", inbound: "anyone" }] }, ["bob"]);
    const [offline] = house.send({ uri: "sip:bob@example.com", from: "sip:stranger@far.example" });
    const [unknown] = house.send({ uri: "sip:nobody@example.com", from: "sip:stranger@far.example" });
    assert.deepEqual([offline?.status, offline?.reason], [unknown?.status, unknown?.reason]);
    assert.equal(unknown?.status, 480);
  });

  test("authenticated users are told: 404 for unknown, 480 for offline (RFC 3261 §8.2.2.1, §21.4.5, §21.4.18)", () => {
    const house = openTestHouse({}, ["alice", "bob"]);
    assert.deepEqual(statuses(house.send({ uri: "sip:bob@example.com", as: "alice" })), [480]);
    assert.deepEqual(statuses(house.send({ uri: "sip:nobody@example.com", as: "alice" })), [404]);
  });

  test("a Route to somebody else is for those who may leave", () => {
    const route = [["Route", `<sip:${ELSEWHERE};lr>`]] as const;
    const open = openTestHouse({ domains: [{ name: "example.com", inbound: "anyone" }] }, ["alice", "bob"], bobAtHome);
    const stranger = open.send({ uri: "sip:bob@example.com", from: "sip:stranger@far.example", headers: route });
    assert.deepEqual(statuses(stranger), [403]);
    assert.deepEqual(statuses(open.send({ uri: "sip:bob@example.com", as: "alice", headers: route })), [100]);
    assert.equal(open.delivered.length, 1);
  });
});

describe("Engine: credentials", () => {
  test("those for our realm stay here, those for another proxy's go on (RFC 3261 §22.3)", () => {
    const house = openTestHouse({}, ["alice"]);
    const others = 'Digest username="a", realm="elsewhere.example", nonce="n", uri="sip:x", response="r"';
    const headers = [["Proxy-Authorization", others]] as const;
    house.send({ uri: "sip:x@elsewhere.example", as: "alice", headers });
    assert.deepEqual(house.delivered[0]?.headers("Proxy-Authorization"), [others]);
    // Phones repeat their credentials within the dialog.
    const ours = others.replace("elsewhere.example", "example.com");
    const route = (house.delivered[0]?.headers("Record-Route") ?? []).map((value) => ["Route", value] as const);
    const again = [...route, ["Proxy-Authorization", ours]] as const;
    for (const method of ["ACK", "BYE"]) {
      house.send({ method, uri: `sip:x@${ELSEWHERE}`, from: "sip:alice@example.com", headers: again, inCall: 2 });
      assert.equal(house.delivered.at(-1)?.method, method);
      assert.deepEqual(house.delivered.at(-1)?.headers("Proxy-Authorization"), []);
    }
  });
});

describe("Engine: requests with the Route token of a call", () => {
  const route = (request: { headers(name: string): readonly string[] } | undefined) =>
    (request?.headers("Record-Route") ?? []).map((value) => ["Route", value] as const);
  const from = "sip:stranger@far.example";

  test("a stranger who called in may hang up, but send nothing elsewhere", () => {
    const house = openTestHouse({ domains: [{ name: "example.com", inbound: "anyone" }] }, ["bob"], bobAtHome);
    house.send({ uri: "sip:bob@example.com", from });
    const headers = route(house.delivered[0]);
    const inCall = { from, headers, inCall: 1 };
    assert.deepEqual(statuses(house.send({ ...inCall, method: "MESSAGE", uri: `sip:x@${ELSEWHERE}` })), [407]);
    assert.deepEqual(statuses(house.send({ ...inCall, uri: `sip:+1900@${ELSEWHERE}` })), [407]);
    const away = [...headers, ["Route", `<sip:${ELSEWHERE};lr>`]] as const;
    assert.deepEqual(statuses(house.send({ ...inCall, uri: "sip:bob@example.com", headers: away })), [403]);
    assert.equal(house.delivered.length, 1);
    house.send({ ...inCall, method: "BYE", uri: `sip:bob@${PHONE}:5070` });
    assert.equal(house.delivered.at(-1)?.method, "BYE");
  });

  test("an ACK to an address of ours goes where its user is, for a trusted source alone (RFC 3261 §16.5)", () => {
    const ack = { method: "ACK", from, inCall: 1 };
    const house = openTestHouse({ trust: [PHONE] }, ["bob"], bobAtHome);
    house.send({ ...ack, uri: "sip:bob@example.com" });
    assert.deepEqual(
      house.delivered.map(({ method, requestUri }) => `${method} ${requestUri}`),
      [`ACK ${bobAtHome["bob@example.com"]}`],
    );
    house.send({ ...ack, uri: "sip:nobody@example.com" });
    house.send({ ...ack, uri: "sip:10.0.0.1:5060" });
    const strict = openTestHouse({}, ["bob"], bobAtHome);
    strict.send({ ...ack, uri: "sip:bob@example.com" });
    assert.equal(house.delivered.length + strict.delivered.length, 1);
  });

  test("an authenticated caller follows the other side to another host, unchallenged", () => {
    const house = openTestHouse({}, ["alice"]);
    house.send({ uri: "sip:x@elsewhere.example", as: "alice" });
    // The first request was challenged, the second one began the call.
    const headers = route(house.delivered[0]);
    house.send({ method: "BYE", uri: `sip:x@${PHONE}:5070`, from: "sip:alice@example.com", headers, inCall: 2 });
    assert.equal(house.delivered.at(-1)?.method, "BYE");
  });
});

describe("Engine: plans", () => {
  test("a route that throws is a 500, a counter and a log line (RFC 3261 §21.5.1)", () => {
    const house = openTestHouse(
      {
        trust: [PHONE],
        route: () => {
          throw new RangeError("no such table");
        },
      },
      ["alice"],
    );
    assert.deepEqual(statuses(house.send({ uri: "sip:bob@example.com" })), [500]);
    assert.equal(house.engine.counters.routeErrors, 1);
    assert.equal(house.logged.length, 1);
  });

  test("a route that throws for every request has a line in the log a second, and a count", () => {
    const house = openTestHouse(
      {
        trust: [PHONE],
        route: () => {
          throw new Error("no");
        },
      },
      ["bob"],
    );
    for (let i = 0; i < 100; i++) house.send({ uri: "sip:bob@example.com" });
    const lines = house.logged.filter((line) => line.startsWith("the route failed"));
    assert.equal(house.engine.counters.routeErrors, 100);
    // A hundred requests take two seconds here.
    assert.ok(lines.length >= 1 && lines.length <= 3, `${lines.length}`);
  });

  test("otherwise is taken when nobody is registered", () => {
    const house = openTestHouse(
      { trust: [PHONE], route: (_r, plan) => plan.registered("carol", { otherwise: plan.registered("bob") }) },
      ["bob", "carol"],
      bobAtHome,
    );
    assert.deepEqual(statuses(house.send({ uri: "sip:carol@example.com" })), [100]);
    assert.equal(house.delivered[0]?.requestUri, `sip:bob@${PHONE}:5070`);
  });

  test("a contact that is a user of ours leads to that user's contacts, and never in circles", () => {
    const house = openTestHouse({ trust: [PHONE] }, ["alice", "bob", "carol", "dave", "eve"], {
      "alice@example.com": "sip:bob@example.com",
      ...bobAtHome,
      "carol@example.com": "sip:carol@10.0.0.1",
      "dave@example.com": "sip:eve@10.0.0.1:5060",
      "eve@example.com": "sip:dave@EXAMPLE.com",
    });
    assert.deepEqual(statuses(house.send({ uri: "sip:alice@example.com" })), [100]);
    assert.equal(house.delivered[0]?.requestUri, `sip:bob@${PHONE}:5070`);
    for (const user of ["carol", "dave", "eve"]) {
      assert.deepEqual(statuses(house.send({ uri: `sip:${user}@example.com` })), [480], user);
    }
    assert.equal(house.delivered.length, 1);
  });

  test("a contact that no SIP request reaches counts as none (RFC 3261 §10.2.1)", () => {
    for (const contact of ["mailto:bob@elsewhere.example", "tel:+12015550123", "sip:example.com"]) {
      const house = openTestHouse({ trust: [PHONE] }, ["bob"], { "bob@example.com": contact });
      assert.deepEqual(statuses(house.send({ uri: "sip:bob@example.com" })), [480], contact);
    }
  });

  test("a reject plan answers with its status and phrase", () => {
    const house = openTestHouse({ trust: [PHONE], route: (_r, plan) => plan.reject(603, { phrase: "Not today" }) }, []);
    const [response] = house.send({ uri: "sip:bob@example.com" });
    assert.deepEqual([response?.status, response?.reason], [603, "Not today"]);
  });

  test("redirect mode names the registered contacts (RFC 3261 §8.3, §21.3.3)", () => {
    const house = openTestHouse({ trust: [PHONE], mode: "redirect" }, ["bob"], bobAtHome);
    const [response] = house.send({ uri: "sip:bob@example.com" });
    assert.equal(response?.status, 302);
    assert.equal(response?.header("Contact"), `<sip:bob@${PHONE}:5070>`);
  });

  test("no redirection leads back to the Request-URI, nor to a domain that is not ours (RFC 3261 §8.3)", () => {
    const house = openTestHouse({ trust: [PHONE], mode: "redirect" }, ["bob"], {
      "bob@example.com": "sip:bob@EXAMPLE.com",
    });
    assert.deepEqual(statuses(house.send({ uri: "sip:bob@example.com" })), [480]);
    assert.deepEqual(statuses(house.send({ uri: "sip:x@elsewhere.example" })), [404]);
    assert.equal(house.delivered.length, 0);
  });

  test("stateless mode forwards without a transaction (RFC 3261 §16.11)", () => {
    const house = openTestHouse({ trust: [PHONE], mode: "stateless" }, ["bob"], bobAtHome);
    assert.deepEqual(statuses(house.send({ uri: "sip:bob@example.com" })), []);
    assert.equal(house.delivered.length, 1);
  });

  test("the decision is recorded with its reason and caller", () => {
    const house = openTestHouse({ route: (_r, plan) => plan.reject(486, { reason: "closed on Sundays" }) }, ["alice"]);
    house.send({ uri: "sip:bob@example.com", as: "alice" });
    const [decision] = house.decisions.list({ limit: 1 });
    assert.equal(decision?.caller, "alice@example.com");
    assert.equal(decision?.steps[0]?.reason, "closed on Sundays");
    assert.equal(decision?.status, 486);
  });

  test("a new configuration holds for the next request", () => {
    const house = openTestHouse({ trust: [PHONE] }, ["bob"], bobAtHome);
    assert.deepEqual(statuses(house.send({ uri: "sip:bob@example.com" })), [100]);
    house.configure({ trust: [PHONE], route: (_r, plan) => plan.reject(486) });
    assert.deepEqual(statuses(house.send({ uri: "sip:bob@example.com" })), [486]);
  });
});

describe("Engine: sips (RFC 5630)", () => {
  const secureBob = { "bob@example.com": `sips:bob@${PHONE}:5070` };

  test("a sips Request-URI that came without TLS is 400, whatever it asks for (RFC 5630 §4)", () => {
    const house = openTestHouse({}, ["alice"], secureBob);
    for (const [method, uri] of [
      ["INVITE", "sips:bob@example.com"],
      ["REGISTER", "sips:example.com"],
      ["OPTIONS", "sips:example.com"],
    ] as const) {
      const [response] = house.send({ method, uri, to: "sip:alice@example.com", as: "alice" });
      assert.equal(response?.status, 400);
      assert.equal(response?.reason, "A sips Request-URI needs TLS");
    }
    assert.deepEqual(house.registered, []);
  });

  test("whom we trust may have taken TLS off before us; contacts without it are 480 all the same (RFC 5630 §5.3)", () => {
    const trusting = openTestHouse({ trust: [PHONE] }, ["alice"], bobAtHome);
    const responses = trusting.send({ uri: "sips:bob@example.com" });
    assert.deepEqual(statuses(responses), [100, 480]);
    assert.match(responses[1]?.header("Warning") ?? "", /^380 10\.0\.0\.1:5060 "SIPS Not Allowed"$/);
    assert.equal(trusting.delivered.length, 0);
    assert.match(
      trusting.decisions.list({ limit: 1, callId: undefined })[0]?.branches[0]?.why ?? "",
      /not reached by sips/,
    );
  });

  test("without state a sips request is answered 480 too, not dropped (RFC 5630 §5.3)", () => {
    const house = openTestHouse({ trust: [PHONE], mode: "stateless" }, ["alice"], bobAtHome);
    const [response] = house.send({ uri: "sips:bob@example.com" });
    assert.equal(response?.status, 480);
    assert.match(response?.header("Warning") ?? "", /^380 /);
    assert.equal(house.delivered.length, 0);
  });
});

describe("Engine: services (RFC 5031)", () => {
  const sos = { uri: "urn:service:sos", to: "urn:service:sos" };

  test("urn:service:sos goes where a route sends it, else it is answered 416 (RFC 3261 §8.2.2.1)", () => {
    const nowhere = openTestHouse({ trust: [PHONE] }, []);
    assert.deepEqual(statuses(nowhere.send(sos)), [416]);
    const house = openTestHouse(
      {
        trust: [PHONE],
        trunks: { psap: { target: "sip:psap.example" } },
        route: (request, plan) =>
          request.uri.text.startsWith("urn:service:sos") ? plan.trunk("psap", { user: "112" }) : undefined,
      },
      [],
    );
    assert.deepEqual(statuses(house.send(sos)), [100]);
    assert.equal(house.delivered[0]?.requestUri, "sip:112@psap.example");
  });
});
