import assert from "node:assert/strict";
import { chmodSync, readdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../store/temporary-folder.ts";
import { readOrMakeApiToken } from "./api-token.ts";

test("a token is made once, whole, for its owner alone", () => {
  using temporary = temporaryFolder();
  const token = readOrMakeApiToken(temporary.path);
  assert.match(token, /^[\w-]{43}$/);
  assert.equal(readOrMakeApiToken(temporary.path), token);
  const file = path.join(temporary.path, "api-token");
  chmodSync(file, 0o644);
  assert.equal(readOrMakeApiToken(temporary.path), token);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  writeFileSync(file, token.slice(0, 10));
  assert.notEqual(readOrMakeApiToken(temporary.path), token);
  assert.deepEqual(readdirSync(temporary.path), ["api-token"]);
});
