import assert from "node:assert/strict";
import { test } from "node:test";
import { fieldValues } from "../../test/field-values.ts";
import { Values } from "../../test/message-values.ts";
import { readFeatures } from "./feature-tags.ts";
import * as fields from "./fields.ts";
import { headerFields } from "./header-table.ts";
import { parseMessage } from "./message.ts";
import * as typed from "./param-fields.ts";
import type { HeaderField } from "./values.ts";

const LENGTH = 65_536;
const limits = { headerBytes: 1 << 20, headerCount: 256 };
/** Of processor time, for one text of 64 KiB. What is linear takes a few milliseconds at most, what is quadratic some seconds. */
const BUDGET_US = 500_000;

/** What may be repeated to hurt: all that a grammar of ours gives a meaning, alone and in twos and threes. */
const units = [
  ...'a 0 . - % + / \\ " ( ) < > [ @ : = ; , # ! \xff'.split(" "),
  ...[" ", "\r\n ", "a ", "; ", " ;", ";a", ";a=", ";a=b", ';a="b"', ';a="', ", ", "a,", '"a",', "<a>,", "<a", "a<"],
  ...["%41", "::", "a:", ".a", "a.", "a@", "/a", "(a", "))", '\\"', '""', "<>", ";info=<", ";info = ", "\xc3\xa9"],
  ...["sip:", "sip:a@", "urn:a:", "1 ", "SIP/2.0/", "a=b, "],
];

const v = new Values(65_536);

function microseconds(run: () => unknown): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

const constants = new Map<unknown, string>(Object.entries(fields).map(([constant, field]) => [field, constant]));

function soundValue(field: HeaderField<unknown>): string {
  return field.format(fieldValues[constants.get(field)!]!(v));
}

function filled(unit: string): string {
  return unit.repeat(Math.ceil(LENGTH / unit.length)).slice(0, LENGTH);
}

const fillings = units.map(filled);

for (const { name, field } of headerFields) {
  test(`${name}: 64 KiB of anything take time in proportion to their length`, () => {
    const sound = soundValue(field);
    for (const long of fillings) {
      // In place of a value, behind one, and in front of one.
      for (const text of [long, sound + long, long + sound]) {
        const spent = microseconds(() => field.parse(text));
        assert.ok(spent < BUDGET_US, `${spent} µs for ${JSON.stringify(text.slice(0, 100))}`);
      }
    }
  });
}

test("lists of many values, folds and lines are read in time in proportion to their length", () => {
  for (const { name, field } of headerFields) {
    for (const unit of [`${soundValue(field)},\r\n `, ",", "<,", "\r\n a"]) {
      const text = `OPTIONS sip:a SIP/2.0\r\n${name}: ${filled(unit)}\r\n${`${name}: a\r\n`.repeat(200)}\r\n`;
      const spent = microseconds(() => {
        const parsed = parseMessage(text, limits);
        if (parsed.ok) parsed.value.getAll(field);
      });
      assert.ok(spent < BUDGET_US, `${name}: ${spent} µs for ${JSON.stringify(unit)}`);
    }
  }
});

const params = Object.entries(typed).filter(
  (entry): entry is [string, Exclude<(typeof entry)[1], (...args: never[]) => unknown>] => typeof entry[1] === "object",
);

test("typed parameters are read in time in proportion to their length", () => {
  for (const [constant, param] of params) {
    for (const value of fillings) {
      const spent = microseconds(() => param.get([{ name: param.name, value }]));
      assert.ok(spent < BUDGET_US, `${constant}: ${spent} µs for ${JSON.stringify(value.slice(0, 20))}`);
    }
  }
});

test("features are read in time in proportion to their length", () => {
  for (const value of fillings) {
    for (const text of [value, `<${value}`, `#=${value}`, `#1${value}`, `a,${value}`]) {
      const spent = microseconds(() => readFeatures([{ name: "+x", value: text }]));
      assert.ok(spent < BUDGET_US, `${spent} µs for the feature ${JSON.stringify(text.slice(0, 20))}`);
    }
  }
});
