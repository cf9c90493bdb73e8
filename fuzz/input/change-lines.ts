/** Changes to a message's start line and header lines, as lines: order, number, names, folds. RFC 3261 §7. */

import { changeValue, repeatValue } from "./change-value.ts";
import type { Corpus } from "./corpus.ts";
import { type Draft, lengthLine, nameOf, valueText } from "./draft.ts";
import { pools } from "./pools.ts";
import type { Random } from "./random.ts";

export type LineChange = (random: Random, draft: Draft, corpus: Corpus) => void;

const swap: LineChange = (random, { lines }) => {
  const a = random.int(lines.length);
  const b = random.int(lines.length);
  const line = lines[a]!;
  lines[a] = lines[b]!;
  lines[b] = line;
};

const again: LineChange = (random, { lines }) => {
  const line = random.pick(lines);
  lines.splice(random.int(lines.length + 1), 0, line);
};

const drop: LineChange = (random, { lines }) => {
  lines.splice(random.int(lines.length), 1);
};

const fold: LineChange = (random, { lines }) => {
  const at = random.int(lines.length);
  const line = lines[at]!;
  const from = line.indexOf(":") + 1;
  const spot = from + random.int(line.length - from + 1);
  lines[at] = `${line.slice(0, spot)}\r\n${random.pick([" ", "\t", "  ", " \r\n "])}${line.slice(spot)}`;
};

const unfold: LineChange = (random, { lines }) => {
  const at = lines.findIndex((line) => line.includes("\r\n"));
  if (at !== -1) lines[at] = lines[at]!.replace(/\r\n([ \t])/, random.pick(["\r\n", " ", "\n$1", "\r$1"]));
};

const rename: LineChange = (random, { lines }, corpus) => {
  const at = random.int(lines.length);
  const line = lines[at]!;
  const name = random.pick([
    nameOf(random.pick(corpus.lines)),
    random.pick(pools.names),
    flipCase(random, nameOf(line)),
  ]);
  lines[at] = name + line.slice(nameOf(line).length);
};

const colon: LineChange = (random, { lines }) => {
  const at = random.int(lines.length);
  lines[at] = lines[at]!.replace(
    /[ \t]*:[ \t]*/,
    random.pick([":", " : ", "\t:\t", "::", "", " ", ":\r\n ", ": \r\n\t", "\r\n :"]),
  );
};

const foreign: LineChange = (random, { lines }, corpus) => {
  lines.splice(random.int(lines.length + 1), 0, random.pick(corpus.lines));
};

/** Another message's value of the same header field. */
const exchange: LineChange = (random, { lines }, corpus) => {
  const at = random.int(lines.length);
  const name = nameOf(lines[at]!);
  const values = corpus.values.get(name.toLowerCase());
  if (values !== undefined) lines[at] = `${name}: ${random.pick(values)}`;
};

/** Another header field's value. */
const misplace: LineChange = (random, { lines }, corpus) => {
  const at = random.int(lines.length);
  lines[at] = `${nameOf(lines[at]!)}: ${valueText(random.pick(corpus.lines))}`;
};

const merge: LineChange = (random, { lines }) => {
  const at = random.int(lines.length);
  const name = nameOf(lines[at]!).toLowerCase();
  const other = lines.findIndex((line, n) => n !== at && nameOf(line).toLowerCase() === name);
  if (other === -1) return;
  lines[at] = `${lines[at]!}, ${valueText(lines[other]!)}`;
  lines.splice(other, 1);
};

const split: LineChange = (_random, { lines }) => {
  const at = lines.findIndex((line) => line.includes(","));
  if (at === -1) return;
  const line = lines[at]!;
  const comma = line.indexOf(",");
  lines.splice(at, 1, line.slice(0, comma), `${nameOf(line)}: ${line.slice(comma + 1)}`);
};

const value: LineChange = (random, { lines }) => {
  const at = random.int(lines.length);
  const line = lines[at]!;
  const from = line.indexOf(":") + 1;
  lines[at] = line.slice(0, from) + changeValue(random, line.slice(from));
};

const many: LineChange = (random, { lines }) => {
  const line = random.pick(lines);
  const at = random.int(lines.length + 1);
  lines.splice(at, 0, ...Array.from({ length: 2 + random.int(random.chance(0.1) ? 300 : 20) }, () => line));
};

const giant: LineChange = (random, { lines }) => {
  const at = random.int(lines.length);
  const line = lines[at]!;
  const from = line.indexOf(":") + 1;
  const octets = random.pick([2_000, 16_000, 29_000, 29_000, 40_000]);
  lines[at] = line.slice(0, from) + repeatValue(random, line.slice(from), octets);
};

const contentLength: LineChange = (random, draft) => {
  const { lines, body } = draft;
  const lie = random.pick([
    ...pools.numbers,
    String(body.length + 1),
    String(body.length - 1),
    String(body.length >> 1),
    `${body.length} `,
    `${body.length},${body.length}`,
    `${body.length}\r\n `,
    `\r\n ${body.length}`,
    `0${body.length}`,
    "",
  ]);
  const at = lengthLine(draft);
  const line = `${random.pick(["Content-Length", "l", "L", "content-length", "Content-Length "])}:${random.pick([" ", ""])}${lie}`;
  if (at === -1 || random.chance(0.3)) lines.splice(random.int(lines.length + 1), 0, line);
  else lines[at] = line;
};

const start: LineChange = (random, draft, corpus) => {
  const [first = "", second = "", ...rest] = draft.start.split(" ");
  const third = rest.join(" ");
  switch (random.int(9)) {
    case 0:
      draft.start = `${random.pick(pools.methods)} ${second} ${third}`;
      break;
    case 1:
      draft.start = `${first} ${random.pick(pools.uris)} ${third}`;
      break;
    case 2:
      draft.start = `${first} ${changeValue(random, second)} ${third}`;
      break;
    case 3:
      draft.start = `${first} ${second} ${random.pick(pools.versions)}`;
      break;
    case 4:
      draft.start = changeValue(random, draft.start);
      break;
    case 5:
      draft.start = `SIP/2.0 ${random.pick(pools.numbers)} ${third}`;
      break;
    case 6:
      draft.start = random.pick(corpus.seeds).draft.start;
      break;
    case 7:
      draft.start = `${random.pick(["", " ", "\r\n", "\r\n\r\n", "\n", "\0"])}${first}${random.pick([" ", "  ", "\t", ""])}${second} ${third}`;
      break;
    default:
      draft.start = `SIP/2.0 ${100 + random.int(600)} ${random.pick(pools.octets)}`;
  }
};

function flipCase(random: Random, text: string): string {
  return [...text].map((char) => (random.chance(0.5) ? char.toUpperCase() : char.toLowerCase())).join("");
}

/** The more often something is named, the more often it is done. */
export const lineChanges: readonly LineChange[] = [
  ...Array.from({ length: 14 }, () => value),
  ...[swap, again, again, drop, fold, fold, unfold, rename, rename, colon, foreign, foreign, exchange, exchange],
  ...[misplace, merge, merge, split, contentLength, contentLength, start, start, start],
];

/** Those that make a message many times as long. */
export const hugeChanges: readonly LineChange[] = [many, giant, giant];
