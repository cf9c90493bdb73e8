import assert from "node:assert/strict";
import { test } from "node:test";
import { formatTable, printable } from "./table.ts";

interface Row {
  readonly name: string;
  readonly count: number;
}

const columns = [
  { title: "NAME", value: (row: Row) => row.name },
  { title: "N", value: (row: Row) => String(row.count), align: "right" as const },
];
const rows = [
  { name: "alice@example.com", count: 3 },
  { name: "jörg", count: 12 },
];

test("columns are aligned, numbers to the right", () => {
  assert.equal(formatTable(columns, rows), "NAME                N\nalice@example.com   3\njörg               12\n");
});

test("a narrow terminal cuts lines, a dim heading is the terminal's alone", () => {
  assert.equal(formatTable(columns, rows, { width: 10 }), "NAME     …\nalice@exa…\njörg     …\n");
  assert.match(formatTable(columns, rows, { color: true }), /^\u001b\[2mNAME/);
});

test("what a peer sent cannot command the terminal", () => {
  assert.equal(printable("a\u001b[2Jb\r\n\u202ec\u0085"), "a\ufffd[2Jb\ufffd\ufffd\ufffdc\ufffd");
});
