/** Privacy. RFC 3323 §4.2. */

import { fault, ok } from "@trapezoid/base";
import { defineHeader } from "../define-header.ts";
import { skipSpace, skipToken } from "../lexer.ts";
import type { HeaderField } from "../values.ts";
import { writtenToken } from "./kinds.ts";

/** `priv-value *( ";" priv-value )`: tokens separated by semicolons; commas, which many write, are read, too. */
export const Privacy: HeaderField<readonly string[]> = defineHeader<readonly string[]>({
  name: "Privacy",
  parse: (text) => {
    const values: string[] = [];
    const end = text.length;
    let at = 0;
    for (;;) {
      const start = skipSpace(text, at, end);
      const stop = skipToken(text, start, end);
      at = skipSpace(text, stop, end);
      const isSeparator = at < end && (text.charCodeAt(at) === 59 || text.charCodeAt(at) === 44);
      if (stop === start || (at < end && !isSeparator)) {
        return fault("SIP_MSG_BAD_TOKEN", "Privacy must be tokens separated by semicolons", at);
      }
      values.push(text.slice(start, stop));
      if (at === end) return ok(values);
      at++;
    }
  },
  format: (values) => {
    if (values.length === 0) throw new TypeError("Privacy needs at least one value");
    return values.map((value) => writtenToken("Privacy", value)).join(";");
  },
});
