import assert from "node:assert/strict";
import { test } from "node:test";
import { manualBan } from "./manual-ban.ts";

const given = { subject: "192.0.2.7", at: 5_000, forMs: undefined, note: undefined, last: undefined } as const;
const last = { ...manualBan({ ...given, forMs: 1_000, note: "a bad neighbourhood" }), times: 3 };

test("a ban by hand ends after its time, or when it is lifted", () => {
  assert.deepEqual(manualBan(given), {
    subject: "192.0.2.7",
    reason: "manual",
    detail: "",
    since: 5_000,
    until: undefined,
    times: 0,
  });
  assert.equal(manualBan({ ...given, forMs: 60_000 }).until, 65_000);
});

test("banning again keeps the note, unless a new one is given; how often it happened stays", () => {
  const again = manualBan({ ...given, at: 5_500, last });
  assert.deepEqual([again.detail, again.times, again.until], ["a bad neighbourhood", 3, undefined]);
  assert.equal(manualBan({ ...given, at: 5_500, last, note: "worse" }).detail, "worse");
  assert.equal(manualBan({ ...given, at: 5_500, last, note: "" }).detail, "", "an empty one takes it away");
});

test("a ban that has ended leaves no note to the next", () => {
  assert.equal(manualBan({ ...given, at: 6_000, last }).detail, "");
});
