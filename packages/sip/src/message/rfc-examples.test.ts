import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { headerId } from "./header-id.ts";
import { headerFields } from "./header-table.ts";
import { parseMessage } from "./message.ts";
import type { HeaderField } from "./values.ts";

interface Example {
  readonly source: string;
  readonly line: string;
  /** Values as JSON, or `fault`. */
  readonly says: string;
}

const examples: readonly Example[] = readFileSync(new URL("testdata/rfc-examples.tsv", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((row) => {
    const [source = "", line = "", says = ""] = row.split("\t");
    return { source, line: line.replaceAll("\\r\\n", "\r\n"), says };
  });

function fieldOf(line: string): HeaderField<unknown> {
  const id = headerId(line.slice(0, line.indexOf(":")));
  const entry = headerFields.find(({ field }) => field.id === id);
  assert.ok(entry, line);
  return entry.field;
}

function readAll(
  field: HeaderField<unknown>,
  line: string,
): { readonly values: unknown[]; readonly isFaulty: boolean } {
  const parsed = parseMessage(`OPTIONS sip:a SIP/2.0\r\n${line}\r\n\r\n`);
  assert.ok(parsed.ok);
  parsed.value.fault = undefined;
  return { values: parsed.value.getAll(field), isFaulty: parsed.value.fault !== undefined };
}

for (const { source, line, says } of examples) {
  test(`${source}: ${line.replace(/\s+/g, " ").slice(0, 80)}`, () => {
    const field = fieldOf(line);
    const { values, isFaulty } = readAll(field, line);
    assert.equal(isFaulty, says === "fault");
    if (isFaulty) return;
    assert.deepEqual(JSON.parse(JSON.stringify(values)), JSON.parse(says));
    // What is written says the same, and stays as it is when it is read and written again.
    const written = values.map(field.format);
    const again = readAll(field, `${field.name}: ${written.join(", ")}`);
    assert.deepEqual(again.values, values);
    assert.deepEqual(again.values.map(field.format), written);
  });
}

test("there are examples of most header fields", () => {
  assert.ok(new Set(examples.map(({ line }) => fieldOf(line).name)).size > 100);
});
