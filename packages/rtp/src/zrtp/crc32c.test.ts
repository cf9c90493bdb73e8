import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32c } from "./crc32c.ts";

test("crc32c() gives what RFC 3720 appendix B.4 lists (RFC 6189 §5)", () => {
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  const rising = Uint8Array.from({ length: 32 }, (_, index) => index);
  assert.equal(crc32c(rising), 0x46dd794e);
  assert.equal(crc32c(rising.toReversed()), 0x113fdb5c);
  assert.equal(crc32c(new TextEncoder().encode("123456789 and more"), 9), 0xe3069283);
});
