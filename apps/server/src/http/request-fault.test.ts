import assert from "node:assert/strict";
import { test } from "node:test";
import { createHttpServer } from "./http-server.ts";
import type { HttpSources } from "./sources.ts";

const fields = "source (an address or a network), seconds (how long; without: until it is lifted), reason (a note)";
const json = "Content-Type: application/json is expected, and JSON in the body";

/** A server whose bans must not be touched: each of these requests is refused before. */
function server() {
  const added: unknown[] = [];
  const add = async (...given: unknown[]) => {
    added.push(given);
    throw new TypeError("a ban was made");
  };
  const sources = { token: "t", bans: { all: [], add, remove: async () => false } } as unknown as HttpSources;
  return { app: createHttpServer({ sources }), added };
}

const refused: readonly (readonly [
  what: string,
  payload: string | object,
  status: number,
  error: string,
  type?: string,
])[] = [
  ["an unknown field", { source: "192.0.2.7", for: "1h" }, 400, `"for" is not known here; known are ${fields}`],
  ["a missing field", { seconds: 5 }, 400, `"source" is missing; known are ${fields}`],
  [
    "no number",
    { source: "192.0.2.7", seconds: "soon" },
    400,
    "seconds: a whole number of at least 1 and at most 315360000 was expected",
  ],
  [
    "no time at all",
    { source: "192.0.2.7", seconds: 0 },
    400,
    "seconds: a whole number of at least 1 and at most 315360000 was expected",
  ],
  [
    "half a second",
    { source: "192.0.2.7", seconds: 0.5 },
    400,
    "seconds: a whole number of at least 1 and at most 315360000 was expected",
  ],
  [
    "an object for text",
    { source: "192.0.2.7", reason: {} },
    400,
    "reason: text of at most 512 characters was expected",
  ],
  ["text that is too long", { source: "1".repeat(65) }, 400, "source: text of at most 64 characters was expected"],
  ["no object", [1], 400, `an object was expected, of ${fields}: ${json}`],
  ["plain text", '{"source":"192.0.2.7"}', 400, `an object was expected, of ${fields}: ${json}`, "text/plain"],
  [
    "a form",
    '{"source":"192.0.2.7"}',
    415,
    `the body is of a type that is not read here: ${json}`,
    "application/x-www-form-urlencoded",
  ],
  [
    "broken JSON",
    '{"source":',
    400,
    "the body is not JSON, though Content-Type says so: check its quotes, commas and braces",
  ],
  ["an empty body", "", 400, "the body is empty: send JSON, or leave out Content-Type: application/json"],
];
for (const [what, payload, status, error, type = "application/json"] of refused) {
  test(`a ban with ${what} is refused with ${status} and a sentence, and nobody is banned`, async () => {
    const { app, added } = server();
    const headers = { authorization: "Bearer t", "content-type": type };
    const response = await app.inject({ method: "POST", url: "/api/v1/bans", headers, payload });
    assert.deepEqual([response.statusCode, response.json()], [status, { error }]);
    assert.deepEqual(added, []);
  });
}

test("what stands in a query is told like a field of a body", async () => {
  const { app } = server();
  const headers = { authorization: "Bearer t" };
  const response = await app.inject({ url: "/api/v1/alarms?limit=many", headers });
  const error = "limit: a whole number of at least 1 and at most 1000 was expected";
  assert.deepEqual([response.statusCode, response.json()], [400, { error }]);
});
