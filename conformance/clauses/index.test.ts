import assert from "node:assert/strict";
import { test } from "node:test";
import { citationsIn, codeLines, sourceCitations } from "./citations.ts";
import { parseRows, readClauseRows } from "./clause-rows.ts";
import { collect, faultsOf, type Index, keyOf } from "./collect.ts";
import { formatDocument } from "./document.ts";

test("every clause that is said to be covered has its tests, and every clause that a test names has its row", () => {
  assert.deepEqual(faultsOf(readClauseRows(), collect()), []);
});

// RFC numbers of no RFC, so that these are nobody's citations.
const sign = "§";
const cite = (clause: string): string => `RFC 99999 ${sign}${clause}`;

test("citations: sections follow their RFC, steps follow their section", () => {
  const clauses = (text: string, rfc?: number): string[] => citationsIn(text, rfc).map(keyOf);
  assert.deepEqual(clauses(`x (${cite("16.6 step 8")}, ${sign}7.3.1, RFC 88888, ${sign}4)`), [
    "99999 16.6 step 8",
    "99999 7.3.1",
    "88888 4",
  ]);
  assert.deepEqual(clauses(`x (${sign}16.6)`), []);
  assert.deepEqual(clauses(`x (${sign}16.6)`, 77777), ["77777 16.6"]);
  assert.deepEqual(clauses(`appendix: ${cite("B.1")}; what ends a sentence: ${cite("4.2")}.`), [
    "99999 B.1",
    "99999 4.2",
  ]);
});

test("remarks in a test are no tests; in a source they cite", () => {
  const source = [
    `/** ${cite("1")} */`,
    ` * ${cite("2")}`,
    `test("a (${cite("3")})", () => { // ${cite("4")}`,
    `  get("https://x", "${cite("5")}");`,
  ].join("\n");
  assert.deepEqual(
    codeLines(source).flatMap((line) => citationsIn(line).map(keyOf)),
    ["99999 3", "99999 5"],
  );
  assert.deepEqual(
    sourceCitations(`${source}\n// ${sign}6`).map(({ clause }) => clause),
    ["1", "2", "3", "4", "5", "6"],
  );
});

const header = "clause\tlevel\tfor\tdemand\tstate";
const rowsOf = (...lines: string[]) => parseRows("rfc3261.tsv", [header, ...lines].join("\n"));

function indexOf(tests: Readonly<Record<string, string>>): Index {
  return new Map(
    Object.entries(tests).map(([clause, file]) => [
      `3261 ${clause}`,
      { tests: new Map([[file, 2]]), sources: new Map([["src/a.ts", 1]]) },
    ]),
  );
}

test("a covered row without a test, an open one with one, and a test without a row are faults", () => {
  const rows = rowsOf(
    "1\tMUST\tproxy\ta",
    "2\tMUST\tproxy\tb\topen: later",
    "3\tMUST\tproxy\tc\tn/a: why",
    "4\t-\tproxy\td\tparts",
  );
  assert.deepEqual(faultsOf(rows, indexOf({ "1": "a.test.ts" })), []);
  const faults = faultsOf(rows, indexOf({ "2": "a.test.ts", "9 step 1": "b.test.ts" })).join("\n");
  assert.match(faults, /§1 has no test/);
  assert.match(faults, /§2 has tests/);
  assert.ok(faults.includes(`b.test.ts: conformance/clauses/rows has no RFC 3261 ${sign}9 step 1`));
  assert.match(faultsOf(rowsOf("1\tMUST\tproxy\ta\tpartly: half"), indexOf({})).join(), /§1 has no test/);
});

test("rows that cannot be read are refused, with their place", () => {
  for (const line of [
    "one\tMUST\tproxy\ta",
    "1\tSHALL\tproxy\ta",
    "1\tMUST\tproxy\t",
    "1\tMUST\tproxy\ta\topen",
    "1\tMUST\tproxy\ta\tdone: all",
  ]) {
    assert.throws(() => rowsOf(line), /rfc3261\.tsv, clause/, line);
  }
  assert.throws(() => rowsOf("1\tMUST\tproxy\ta", "1\tMUST\tproxy\tb"), /twice/);
  assert.throws(() => parseRows("rfc1.tsv", header), /no RFC/);
  assert.throws(() => parseRows("rfc3261.tsv", "clause"), /columns/);
});

test("the page counts states, names what is open and links to the tests", () => {
  const rows = rowsOf("1\tMUST\tproxy\ta", "2\tMAY\tproxy\tb\topen: later", "3\t-\tproxy\tc\tparts");
  const page = formatDocument(rows, indexOf({ "1": "packages/a.test.ts" }));
  assert.match(page, /\| \[RFC 3261\]\(#rfc-3261\) SIP \| 1 \| 0 \| 1 \| 0 \|/);
  assert.ok(page.includes(`- RFC 3261 ${sign}2 (b), open: later`));
  assert.ok(page.includes("| 1 | proxy | MUST | a | [a.test.ts](../../packages/a.test.ts): 2 | a.ts |"));
  assert.ok(page.includes("| 3 | proxy | - | c | see below |  |"));
});
