/** The values of each header field, as the RFCs show them, read and written again. RFC 3261 §20. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as message from "@trapezoid/sip/message";
import { type HeaderField, parseMessage } from "@trapezoid/sip/message";

const [header, ...lines] = readFileSync(new URL("values.tsv", import.meta.url), "utf8")
  .trimEnd()
  .split("\n");
assert.equal(header, "clause\tfield\tvalue\treads");

const fields = new Map<string, HeaderField<unknown>>();
for (const exported of Object.values(message) as unknown[]) {
  if (isField(exported)) fields.set(exported.name, exported);
}

function isField(value: unknown): value is HeaderField<unknown> {
  return typeof value === "object" && value !== null && "parse" in value && "format" in value && "list" in value;
}

for (const line of lines) {
  const [clause, name = "", value = "", reads] = line.split("\t");
  test(`${name}: ${value || "(empty)"} reads as ${reads} (${clause})`, () => {
    const field = fields.get(name);
    assert.ok(field, `there is no field ${name}`);
    assert.equal(readAgain(field, value), reads);
    // Whatever case the name has, and with white space where it may be.
    if (reads !== "refused") assert.equal(readAgain({ ...field, name: name.toUpperCase() }, `\t ${value}  `), reads);
  });
}

/** The values that a message with this line has, written again. */
function readAgain(field: HeaderField<unknown>, value: string): string {
  const parsed = parseMessage(`OPTIONS sip:a SIP/2.0\r\n${field.name} : ${value}\r\n\r\n`);
  assert.ok(parsed.ok);
  const values = parsed.value.getAll(field);
  if (parsed.value.fault !== undefined) return "refused";
  return values.length === 0 ? "nothing" : values.map((one) => field.format(one)).join(" / ");
}
