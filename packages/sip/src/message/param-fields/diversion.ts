/** Parameters of Diversion and History-Info, and the header fields that a History-Info entry carries. RFC 5806 §4, RFC 7044 §5. */

import { Reason } from "../fields/dialog.ts";
import { Privacy } from "../fields/privacy.ts";
import { utf8Encode } from "../lexer.ts";
import { defineParam, integerParam, keywordParam, type ParamField } from "../param-field.ts";
import { isSipUri } from "../uri.ts";
import { unescapeUri } from "../uri-escape.ts";
import type { HeaderField, NameAddr } from "../values.ts";

/** `user-busy`, `no-answer`, `unconditional`, …; in some implementations in quotes. */
export const DiversionReason: ParamField<string> = keywordParam("reason");
export const DiversionCounter: ParamField<number> = integerParam("counter", 0, 99);
export const DiversionLimit: ParamField<number> = integerParam("limit", 0, 99);
/** `full`, `name`, `uri`, `off`, … */
export const DiversionPrivacy: ParamField<string> = keywordParam("privacy");
/** `yes`, `no`, … */
export const DiversionScreen: ParamField<string> = keywordParam("screen");

/** `number *( "." number )`: `1.2.1` as numbers. */
function indexParam(name: string): ParamField<readonly number[]> {
  return defineParam<readonly number[]>({
    name,
    read: ({ value }) =>
      value !== undefined && /^[0-9]{1,10}(?:\.[0-9]{1,10})*$/.test(value) ? value.split(".").map(Number) : undefined,
    write: (numbers) => {
      const value = numbers.join(".");
      if (!/^[0-9]+(?:\.[0-9]+)*$/.test(value)) throw new TypeError(`${name} must be whole numbers, got ${value}`);
      return { value };
    },
  });
}

export const HistoryIndex: ParamField<readonly number[]> = indexParam("index");
/** The target came from registration or another determination of the same user. */
export const HistoryRc: ParamField<readonly number[]> = indexParam("rc");
/** The target is another user. */
export const HistoryMp: ParamField<readonly number[]> = indexParam("mp");
/** The Request-URI did not change. */
export const HistoryNp: ParamField<readonly number[]> = indexParam("np");

/** RFC 7044 §5: why a History-Info entry was left, from the Reason in its URI; `undefined` when there is none that can be read. */
export function historyReason(entry: NameAddr): Reason | undefined {
  return carried(entry, Reason);
}

/** RFC 7044 §5: the privacy of a History-Info entry, from the Privacy in its URI. */
export function historyPrivacy(entry: NameAddr): readonly string[] | undefined {
  return carried(entry, Privacy);
}

function carried<T>(entry: NameAddr, field: HeaderField<T>): T | undefined {
  if (!isSipUri(entry.uri)) return undefined;
  const name = field.name.toLowerCase();
  const header = entry.uri.headers.find(([written]) => unescapeUri(written).toLowerCase() === name);
  const parsed = header === undefined ? undefined : field.parse(utf8Encode(unescapeUri(header[1])));
  return parsed?.ok ? parsed.value : undefined;
}
