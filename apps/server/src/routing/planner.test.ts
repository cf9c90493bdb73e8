import assert from "node:assert/strict";
import { test } from "node:test";
import { checkPlan } from "./check-plan.ts";
import { isBuiltPlan } from "./plan-brand.ts";
import { createPlanner } from "./planner.ts";

const plan = createPlanner({ domain: "example.com", trunks: ["acme"] });

test("plan.registered() names a user by name, by address or by URI", () => {
  for (const user of ["alice", "alice@example.com", "sip:alice@example.com", "sip:alice@example.com;transport=tcp"]) {
    assert.equal(plan.registered(user).address, "sip:alice@example.com", user);
  }
  assert.equal(plan.registered("o'hara#1").address, "sip:o'hara%231@example.com");
});

test("every plan has a reason of its own, and takes a better one", () => {
  assert.equal(plan.registered("alice").reason, "the registered contacts of alice@example.com");
  assert.equal(plan.trunk("acme").reason, "by trunk acme");
  assert.equal(plan.trunk("acme", { reason: "E.164 numbers leave by acme" }).reason, "E.164 numbers leave by acme");
});

test("a plan is JSON: what was not given is not there", () => {
  const built = plan.registered("alice", { ringMs: 20_000, otherwise: plan.reject(480) });
  assert.deepEqual(JSON.parse(JSON.stringify(built)), {
    kind: "registered",
    reason: "the registered contacts of alice@example.com",
    address: "sip:alice@example.com",
    ringMs: 20_000,
    otherwise: { kind: "reject", reason: "refused with 480", status: 480 },
  });
  assert.deepEqual(Object.keys(plan.forward("sip:bob@192.0.2.7", {})).sort(), ["kind", "reason", "targets"]);
});

test("a plan cannot be changed after it was made", () => {
  const built = plan.fork(["sip:a@example.com", "sip:b@example.com"]);
  assert.throws(() => Object.assign(built, { kind: "reject" }), TypeError);
  assert.throws(() => (built.targets as string[]).push("sip:c@example.com"), TypeError);
});

test("no method of a planner is called then: awaiting it must not run it", () => {
  assert.equal("then" in plan, false);
});

const misuses: readonly (readonly [string, () => unknown, RegExp])[] = [
  ["a number for a user", () => plan.registered(42 as never), /plan\.registered: expected a user .* found 42/],
  ["a URI without user", () => plan.registered("sip:example.com"), /expected a user/],
  ["a user with a line break", () => plan.registered("alice\r\nVia: x"), /expected a user/],
  ["an empty fork", () => plan.fork([]), /plan\.fork: expected a list of 1 to 100 URIs/],
  ["a target that is no URI", () => plan.forward("bob"), /plan\.forward: expected a URI .* found "bob"/],
  ["a target with a line break", () => plan.forward("sip:bob@example.com>\r\nX: y"), /expected a URI/],
  [
    "a ring time in seconds written as text",
    () => plan.registered("a", { ringMs: "20" as never }),
    /ringMs in milliseconds/,
  ],
  ["a negative ring time", () => plan.registered("a", { ringMs: -1 }), /ringMs in milliseconds/],
  [
    "an option that does not exist",
    () => plan.registered("a", { ring: 1 } as never),
    /no option "ring"; it takes reason, otherwise, ringMs/,
  ],
  ["an option of another method", () => plan.reject(404, { ringMs: 1 } as never), /no option "ringMs"/],
  ["a status that is no refusal", () => plan.reject(200), /a status from 400 to 699, found 200/],
  ["a redirection that is none", () => plan.redirect("sip:a@b.example", { status: 200 }), /a status from 300 to 399/],
  ["an unknown trunk", () => plan.trunk("acne"), /expected a trunk \(acme\), found "acne"/],
  ["a header in a trunk's user", () => plan.trunk("acme", { user: "1>\r\nX: y" }), /user as a number/],
  [
    "an otherwise that is no plan",
    () => plan.registered("a", { otherwise: "voicemail" as never }),
    /expected a plan .* found "voicemail"/,
  ],
  ["a step that is no plan", () => plan.sequence([{} as never]), /plan\.sequence: /],
];
for (const [name, misuse, text] of misuses) {
  test(`misuse throws at once: ${name}`, () => {
    assert.throws(
      misuse,
      (error) => error instanceof TypeError && text.test(error.message) && !error.message.includes("\n"),
    );
  });
}

test("checkPlan() takes plans of the planner without a second look", () => {
  const built = plan.registered("alice");
  assert.ok(isBuiltPlan(built));
  const checked = checkPlan(built);
  assert.ok(checked.ok && checked.value === built);
});

test("checkPlan() takes a plan made by hand, with built ones inside", () => {
  const made = {
    kind: "sequence",
    reason: "mine",
    steps: [plan.registered("alice"), { kind: "reject", reason: "no", status: 486 }],
  };
  assert.ok(checkPlan(made).ok);
});

const noPlans: readonly (readonly [string, unknown, RegExp])[] = [
  ["a promise", Promise.resolve(plan.reject(404)), /a route is synchronous/],
  ["a text", "alice", /expected a plan .* found "alice"/],
  ["null", null, /expected a plan/],
  ["a kind that does not exist", { kind: "voicemail", reason: "x" }, /kind/],
  ["no reason", { kind: "reject", status: 404 }, /reason: expected a reason in words, found nothing/],
  ["an unknown setting", { kind: "reject", status: 404, reason: "x", staus: 1 }, /unknown setting "staus"/],
  [
    "a target with a line break",
    { kind: "fork", reason: "x", targets: ["sip:a@b>\r\nX: y"] },
    /targets\[0\]: expected a SIP/,
  ],
  ["a bad status", { kind: "reject", reason: "x", status: 200 }, /status: expected at least 400, found 200/],
];
for (const [name, value, text] of noPlans) {
  test(`checkPlan() refuses ${name}, in one line`, () => {
    const checked = checkPlan(value);
    assert.ok(!checked.ok);
    assert.match(checked.error, text);
    assert.ok(!checked.error.includes("\n"));
  });
}

test("checkPlan() refuses a plan that contains itself", () => {
  const made: Record<string, unknown> = { kind: "reject", reason: "x", status: 404 };
  made.otherwise = made;
  const checked = checkPlan(made);
  assert.ok(!checked.ok);
  assert.match(checked.error, /nested/);
});
