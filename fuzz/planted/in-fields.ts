/** Bugs in how a header field's value is read. */

import type { CSeq, HeaderField } from "@trapezoid/sip/message";
import { type Planted, withField } from "./contract.ts";

export const quadraticParams: Planted = {
  name: "quadratic-params",
  what: "each parameter is looked for from the start of the value, in every header field",
  target: "parser",
  within: 60_000,
  plant: (product) => ({
    ...product,
    fields: product.fields.map((field) => {
      const { parseAt } = field;
      const parse: typeof field.parse = (text) => field.parse(countBackwards(text, 0, text.length) < 0 ? "" : text);
      if (parseAt === undefined) return { ...field, parse };
      const inPlace: typeof parseAt = (text, start, end) =>
        parseAt(text, start, countBackwards(text, start, end) < 0 ? start : end);
      return { ...field, parse, parseAt: inPlace };
    }),
  }),
};

/** Of each semicolon, how many stand before it, all together. */
function countBackwards(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) {
    if (text.charCodeAt(at) !== 59) continue;
    for (let before = start; before < at; before++) if (text.charCodeAt(before) === 59) count++;
  }
  return count;
}

export const emptyQuoted: Planted = {
  name: "empty-quoted",
  what: 'an empty quoted string ("") throws',
  target: "parser",
  within: 2_000,
  plant: (product) =>
    withField(product, "From", (field) => ({
      parseAt: (text, start, end) => {
        if (text.slice(start, end).includes('""')) throw new RangeError("the string has no first character");
        return field.parseAt!(text, start, end);
      },
    })),
};

export const cseqOverflow: Planted = {
  name: "cseq-overflow",
  what: "a CSeq of 2^31 and more becomes negative",
  target: "parser",
  within: 5_000,
  plant: (product) =>
    withField(product, "CSeq", (field) => {
      const own = field as HeaderField<CSeq>;
      const wrapped = (value: CSeq): CSeq => ({ ...value, sequence: value.sequence | 0 });
      return {
        parse: (text) => {
          const parsed = own.parse(text);
          return parsed.ok ? { ok: true, value: wrapped(parsed.value) } : parsed;
        },
        parseAt: (text, start, end) => {
          const parsed = own.parse(text.slice(start, end));
          return parsed.ok ? { ok: true, value: wrapped(parsed.value) } : parsed;
        },
      };
    }),
};
