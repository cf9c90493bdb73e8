import assert from "node:assert/strict";
import { test } from "node:test";
import { generatePassword } from "./password.ts";

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

test("a made password has 18 characters that cannot be mistaken for others", () => {
  for (let i = 0; i < 200; i++)
    assert.match(generatePassword(random), /^([abcdefghjkmnpqrstuvwxyz2-9]{6}-){2}[abcdefghjkmnpqrstuvwxyz2-9]{6}$/);
});

test("octets that would make some characters likelier are thrown away", () => {
  // 248 is 8 times 31: what is above would favour the first eight letters.
  const octets = (length: number): Uint8Array =>
    Uint8Array.from({ length }, (_, i) => (i % 2 === 0 ? 248 + (i % 8) : i));
  assert.equal(generatePassword(octets), generatePassword(odd));
});

/** The same without the octets that are thrown away, from the same places. */
function odd(length: number): Uint8Array {
  return Uint8Array.from({ length: length / 2 }, (_, i) => 2 * i + 1);
}
