/** Changes to a header field's value or a URI, each of a kind that parsers have stumbled over. RFC 3261 §25.1. */

import { pools } from "./pools.ts";
import type { Random } from "./random.ts";

type Change = (random: Random, value: string) => string;

/** Puts `text` in place of `value[start, end)`. */
function put(value: string, start: number, end: number, text: string): string {
  return value.slice(0, start) + text + value.slice(end);
}

/** The offset of one of the places where `char` stands, looked for from anywhere; -1 when there is none. */
function placeOf(random: Random, value: string, char: string): number {
  const from = random.int(value.length);
  const after = value.indexOf(char, from);
  return after === -1 ? value.lastIndexOf(char, from) : after;
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

const number: Change = (random, value) => {
  let start = random.int(value.length);
  while (start < value.length && !isDigit(value.charCodeAt(start))) start++;
  if (start === value.length) return value + random.pick(pools.numbers);
  while (start > 0 && isDigit(value.charCodeAt(start - 1))) start--;
  let end = start;
  while (end < value.length && isDigit(value.charCodeAt(end))) end++;
  const old = value.slice(start, end);
  const kind = random.int(8);
  if (kind === 0) return put(value, start, start, "0".repeat(1 + random.int(12)));
  if (kind === 1 && old.length < 15) return put(value, start, end, String(Number(old) + random.int(5) - 2));
  return put(value, start, end, random.pick(pools.numbers));
};

const parameter: Change = (random, value) => {
  const at = placeOf(random, value, ";");
  const added = random.pick(pools.params);
  if (at === -1 || random.chance(0.3)) return `${value};${added}`;
  const next = value.indexOf(";", at + 1);
  const end = next === -1 ? value.length : next;
  switch (random.int(6)) {
    case 0:
      return put(value, at, end, "");
    case 1:
      return put(value, at, at, value.slice(at, end));
    case 2:
      return put(value, at, at, ";");
    case 3:
      return put(value, at + 1, end, added);
    case 4: {
      // A new value for the old name.
      const equals = value.indexOf("=", at);
      return equals === -1 || equals > end
        ? put(value, end, end, "=")
        : put(value, equals + 1, end, random.pick(pools.paramValues));
    }
    default:
      return put(value, at, at, `;${added}`);
  }
};

const quoted: Change = (random, value) => {
  const at = placeOf(random, value, '"');
  if (at === -1) return put(value, ...spot(random, value), random.pick(pools.quoted));
  switch (random.int(5)) {
    case 0:
      return put(value, at, at + 1, "");
    case 1:
      return put(value, at, at, "\\");
    case 2: {
      const close = value.indexOf('"', at + 1);
      return close === -1 ? value : put(value, at, close + 1, random.pick(pools.quoted));
    }
    case 3:
      return put(value, at, at + 1, '""');
    default:
      return put(value, at + 1, at + 1, random.pick(pools.splinters));
  }
};

const bracket: Change = (random, value) => {
  const at = placeOf(random, value, random.chance(0.5) ? "<" : ">");
  switch (random.int(6)) {
    case 0:
      return `<${value}>`;
    case 1:
      return at === -1 ? value : put(value, at, at + 1, "");
    case 2:
      return at === -1 ? value : put(value, at, at, value[at]!.repeat(1 + random.int(8)));
    case 3:
      return put(value, ...spot(random, value), random.pick(["<", ">", "<>", "[", "]", "[[", "<sip:"]));
    case 4:
      return `<${value}`;
    default:
      return `${value}>`;
  }
};

const uri: Change = (random, value) => {
  const start = value.search(/[a-z][a-z0-9+.-]*:[^\s<>,]/i);
  if (start === -1 || random.chance(0.25)) return put(value, ...spot(random, value), random.pick(pools.uris));
  const rest = value.slice(start);
  const length = rest.search(/[\s<>,]/);
  const old = length === -1 ? rest : rest.slice(0, length);
  const end = start + old.length;
  const colon = old.indexOf(":");
  const host = old.indexOf("@") + 1 || colon + 1;
  switch (random.int(8)) {
    case 0:
      return put(value, start, end, random.pick(pools.uris));
    case 1:
      return put(value, start, start + colon, random.pick(pools.schemes));
    case 2:
      return put(value, start + colon + 1, start + host, `${random.pick(pools.users)}@`);
    case 3: {
      const tail = old.slice(host).search(/[:;?]/);
      return put(value, start + host, tail === -1 ? end : start + host + tail, random.pick(pools.hosts));
    }
    case 4:
      return put(value, end, end, `:${random.pick(pools.numbers)}`);
    case 5:
      return put(value, end, end, `;${random.pick(pools.uriParams)}`);
    case 6:
      return put(value, end, end, `?${random.pick(pools.uriHeaders)}`);
    default:
      return put(value, start + random.int(old.length), end, random.pick(pools.escapes));
  }
};

const list: Change = (random, value) => {
  switch (random.int(5)) {
    case 0:
      return `${value}, ${value}`;
    case 1:
      return `${value},`;
    case 2:
      return `,${value}`;
    case 3: {
      const at = placeOf(random, value, ",");
      return at === -1 ? value : put(value, at, at + 1, random.pick(["", ",,", ", ,", ";", " "]));
    }
    default:
      return put(value, ...spot(random, value), ",");
  }
};

const space: Change = (random, value) => {
  // Beside a separator, where white space may stand, more often than within a word.
  let at = random.int(value.length + 1);
  if (random.chance(0.7)) while (at < value.length && !/[;=,<>"\s:/]/.test(value[at]!)) at++;
  return put(value, at, at, random.pick(pools.spaces));
};

const octets: Change = (random, value) => put(value, ...spot(random, value), random.pick(pools.octets));

const splinter: Change = (random, value) => put(value, ...spot(random, value), random.pick(pools.splinters));

const remove: Change = (random, value) => {
  const start = random.int(value.length);
  return put(value, start, start + 1 + random.int(random.chance(0.2) ? value.length : 4), "");
};

const twice: Change = (random, value) => {
  const start = random.int(value.length);
  const end = Math.min(value.length, start + 1 + random.int(24));
  return put(value, end, end, value.slice(start, end));
};

const word: Change = (random) => random.pick(["", "*", "0", '""', "<>", ";", ",", "=", random.pick(pools.uris)]);

/** A stretch to replace: empty mostly. */
function spot(random: Random, value: string): [start: number, end: number] {
  const start = random.int(value.length + 1);
  return [start, random.chance(0.6) ? start : Math.min(value.length, start + random.int(6))];
}

const changes: readonly Change[] = [
  number,
  parameter,
  parameter,
  quoted,
  bracket,
  uri,
  uri,
  list,
  space,
  space,
  octets,
  splinter,
  remove,
  twice,
  word,
];

/** The value, changed in one way. */
export function changeValue(random: Random, value: string): string {
  return random.pick(changes)(random, value);
}

/** The value, a stretch of it, or a parameter or the like, so many times that it fills `octets`; each time numbered, or the same. */
export function repeatValue(random: Random, value: string, octets: number): string {
  const start = random.int(value.length + 1);
  const end = Math.min(value.length, start + 1 + random.small(12));
  const piece = random.chance(0.5) ? value.slice(start, end) || "," : random.pick(pools.pieces);
  const at = random.chance(0.5) ? end : value.length;
  const times = Math.ceil(octets / piece.length);
  if (random.chance(0.6)) return put(value, at, at, piece.repeat(times));
  let numbered = "";
  for (let n = 0; numbered.length < octets; n++) numbered += piece + n;
  return put(value, at, at, numbered);
}
