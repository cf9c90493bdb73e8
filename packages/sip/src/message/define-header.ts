/** Own header fields with types: made here, read with `message.get(field)`. RFC 3261 §7.3.1. */

import { type Fault, fault, type Result } from "@trapezoid/base";
import { headerId } from "./header-id.ts";
import { isToken } from "./lexer.ts";
import type { HeaderField } from "./values.ts";

/** Declares a header field. Throws `TypeError` when the name is no token; a `parse` that throws is turned into a fault. */
export function defineHeader<T>(definition: {
  readonly name: string;
  /** Its one-letter form. */
  readonly compact?: string;
  /** Several values may share a line, separated by commas. Default false. */
  readonly list?: boolean;
  readonly parse: (text: string) => Result<T, Fault>;
  /** @internal */
  readonly parseAt?: (text: string, start: number, end: number) => Result<T, Fault>;
  readonly format: (value: T) => string;
}): HeaderField<T> {
  const { name, compact, list = false, parse, parseAt, format } = definition;
  if (!isToken(name)) throw new TypeError(`a header field's name must be a token, got ${JSON.stringify(name)}`);
  return Object.freeze({
    name,
    ...(compact === undefined ? {} : { compact }),
    list,
    id: headerId(name),
    parse: (text: string): Result<T, Fault> => {
      try {
        return parse(text);
      } catch (error) {
        return fault("SIP_MSG_PARSER_THREW", `the parser of ${name} threw: ${String(error)}`);
      }
    },
    ...(parseAt === undefined ? {} : { parseAt }),
    format,
  });
}
