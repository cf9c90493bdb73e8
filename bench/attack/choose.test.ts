import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseAttacks } from "./choose.ts";

const names = ["no attack", "svmap", "INVITE flood"];

test("without --only all are made, with it those that have the text in their name", () => {
  assert.deepEqual(chooseAttacks(names, undefined), { ok: true, value: names });
  assert.deepEqual(chooseAttacks(names, "invite"), { ok: true, value: ["INVITE flood"] });
});

test("a text that matches nothing is answered with the names that there are", () => {
  const error = 'no attack has "nothing" in its name; there are:\n  no attack\n  svmap\n  INVITE flood';
  assert.deepEqual(chooseAttacks(names, "nothing"), { ok: false, error });
});
