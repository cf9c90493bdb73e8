/** What the table of header fields says of each. */

import type { ParamField } from "../param-field.ts";
import type { HeaderField } from "../values.ts";

export interface HeaderFieldEntry {
  readonly name: string;
  readonly compact: string | undefined;
  /** Several values may share a line, and lines may follow each other (RFC 3261 §7.3.1). */
  readonly list: boolean;
  /** Where its grammar is: `RFC 3261 §20.1`. */
  readonly source: string;
  /** The messages that it may stand in, as the tables of its RFC say: `requests, 2xx`, `REGISTER; 2xx to it`. */
  readonly where: string;
  /** What one value is. */
  readonly value: string;
  /** `message.get(field)`. */
  readonly field: HeaderField<unknown>;
  /** Those of its parameters that have a type: `param.get(value.params)`. */
  readonly params: readonly ParamField<unknown>[];
}

/** A row of the table. */
export function row<T>(
  field: HeaderField<T>,
  value: string,
  source: string,
  where: string,
  ...params: readonly { readonly name: string }[]
): HeaderFieldEntry {
  const { name, compact, list } = field;
  return Object.freeze({
    name,
    compact,
    list,
    source: `RFC ${source}`,
    where,
    value,
    // Whoever goes through the table hands a field the values that it made.
    field: field as HeaderField<unknown>,
    params: params as readonly ParamField<unknown>[],
  });
}
