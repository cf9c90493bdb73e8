import assert from "node:assert/strict";
import { test } from "node:test";
import { type Config, defineConfig } from "../config/config.ts";
import { testRoute } from "./test-route.ts";

const config = defineConfig({
  domains: ["example.com"],
  trunks: { acme: { target: "sip:trunk.acme.example" } },
  route(request, plan) {
    if (request.uri.user?.startsWith("+")) return plan.trunk("acme", { reason: "E.164 numbers leave by acme" });
    if (request.header("Subject") === "sales") return plan.fork(["sip:a@example.com", "sip:b@example.com"]);
    if (request.at.getUTCHours() >= 18) return plan.reject(480, { reason: "closed" });
    if (request.caller?.address === "boss@example.com") return plan.registered("secretary");
    if (request.source.transport === "tls") return plan.registered(request.uri, { reason: "by TLS" });
    return undefined;
  },
});

test("testRoute() runs the route of a configuration", () => {
  assert.deepEqual(testRoute(config, { to: "sip:+12015550123@example.com" }), {
    kind: "trunk",
    trunk: "acme",
    reason: "E.164 numbers leave by acme",
  });
});

test("a tel URI's user is its number without separators (RFC 3966 §5.1.1)", () => {
  assert.equal(testRoute(config, { uri: "tel:+1-201-555-0123" }).kind, "trunk");
});

test("headers, time, caller and source are the test's", () => {
  assert.equal(testRoute(config, { to: "alice", headers: { subject: "sales" } }).kind, "fork");
  assert.equal(testRoute(config, { to: "alice", at: "2025-03-01T19:00:00Z" }).reason, "closed");
  assert.match(testRoute(config, { to: "alice", caller: "boss" }).reason, /secretary@example\.com/);
  assert.equal(testRoute(config, { to: "alice", source: { transport: "tls" } }).reason, "by TLS");
});

test("undefined means the default plan: the registered contacts of a local user", () => {
  const local = testRoute(config, { to: "alice" });
  assert.ok(local.kind === "registered" && local.address === "sip:alice@example.com");
  const foreign = testRoute(config, { to: "sip:bob@elsewhere.example" });
  assert.ok(foreign.kind === "fork" && foreign.targets[0] === "sip:bob@elsewhere.example");
  assert.equal(testRoute({ mode: "redirect" }, { to: "alice" }).kind, "redirect");
});

test("testRoute() takes the text of a request", () => {
  const text = `INVITE sip:%61lice@example.com SIP/2.0
Via: SIP/2.0/UDP 192.0.2.4;branch=z9hG4bKnashds7
From: "Bob B" <sip:bob@example.com>;tag=456248
To: <sip:alice@example.com>
Call-ID: 843817637684230@998sdasdh09
CSeq: 1826 INVITE
Max-Forwards: 70
Content-Length: 0

`;
  const route: Config["route"] = (request, plan) => {
    assert.equal(request.uri.user, "alice");
    assert.equal(request.uri.address, "alice@example.com");
    assert.equal(request.from.displayName, "Bob B");
    assert.equal(request.from.user, "bob");
    assert.equal(request.method, "INVITE");
    assert.equal(request.header("max-forwards"), "70");
    return plan.registered(request.uri);
  };
  const decided = testRoute({ route }, text);
  assert.ok(decided.kind === "registered" && decided.address === "sip:alice@example.com");
});

test("URI parameters are read by name, in any case", () => {
  testRoute(
    {
      route(request, plan) {
        assert.equal(request.uri.param("Transport"), "tcp");
        assert.equal(request.uri.param("lr"), "");
        assert.equal(request.uri.param("maddr"), undefined);
        assert.equal(request.uri.port, 5070);
        assert.equal(request.uri.host, "2001:db8::1");
        return plan.forward(request.uri);
      },
    },
    { uri: "sip:alice@[2001:DB8::1]:5070;transport=tcp;lr" },
  );
});

test("what a route throws is thrown, and no plan is a TypeError", () => {
  const broken: Config["route"] = () => {
    throw new RangeError("no such team");
  };
  assert.throws(() => testRoute({ route: broken }, { to: "alice" }), RangeError);
  assert.throws(() => testRoute({ route: (() => "alice") as never }, { to: "alice" }), /route returned no valid plan/);
  assert.throws(() => testRoute({ route: (async () => undefined) as never }, { to: "alice" }), /synchronous/);
});
