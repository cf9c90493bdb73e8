/** Identity and Identity-Info. RFC 8224 §4, RFC 4474 §9. */

import { fault, ok } from "@trapezoid/base";
import { defineHeader } from "../define-header.ts";
import { skipQuoted } from "../lexer.ts";
import { formatParams } from "../params.ts";
import type { HeaderField, Param, Params } from "../values.ts";
import { written } from "./kinds.ts";
import { type InfoUri, parseParametrized, uriField } from "./param-kinds.ts";

/** RFC 8224 §4: a PASSporT and where its certificate is. */
export interface Identity {
  readonly token: string;
  /** `info` is the URI without its angle brackets. */
  readonly params: Params;
}

// Base64 of either alphabet: RFC 8224 §4 has the older one, but a PASSporT (RFC 8225 §6) is of the one for URLs.
const isPassport = (text: string): boolean => /^[A-Za-z0-9\-_.+/=]+$/.test(text);

/** `signed-identity-digest SEMI "info" EQUAL LAQUOT absoluteURI RAQUOT *( SEMI ident-info-params )`. */
export const Identity: HeaderField<Identity> = defineHeader<Identity>({
  name: "Identity",
  compact: "y",
  list: true,
  parse: (text) => {
    const parsed = parseParametrized("Identity", withQuotedInfo(text));
    if (!parsed.ok) return parsed;
    // RFC 8224's own examples are folded within the token: base64 knows no white space.
    const token = parsed.value.value.replace(/\s+/g, "");
    if (!isPassport(token)) return fault("SIP_MSG_BAD_TOKEN", "Identity must start with a PASSporT");
    return ok({ token, params: parsed.value.params });
  },
  format: ({ token, params }) => {
    // The first one: a second is no part of the grammar, and is read as any other parameter.
    const info = params.findIndex(({ name, value }) => name.toLowerCase() === "info" && isBracketable(value));
    const write = (param: Param, at: number): string =>
      at === info ? `;${param.name}=<${param.value}>` : formatParams([param]);
    return written("Identity", "a PASSporT", token, isPassport(token)) + params.map(write).join("");
  },
});

function isBracketable(value: string | undefined): boolean {
  return value !== undefined && /^[\x21\x23-\x3b\x3d\x3f-\x7e]*$/.test(value);
}

/**
 * `info` has its URI in angle brackets, which no other parameter does: quotes take their place for the common parser, so that
 * every offset stays.
 */
function withQuotedInfo(text: string): string {
  const bracketed = /;\s*info\s*=\s*<([^<>"]*)>/iy;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 34) {
      at = skipQuoted(text, at, text.length) - 1;
      if (at < 0) return text;
    } else if (code === 59) {
      bracketed.lastIndex = at;
      const match = bracketed.exec(text);
      if (match === null) continue;
      const close = at + match[0].length - 1;
      const open = close - match[1]!.length - 1;
      return `${text.slice(0, open)}"${match[1]}"${text.slice(close + 1)}`;
    }
  }
  return text;
}

/** RFC 4474 §9, obsolete: `LAQUOT absoluteURI RAQUOT *( SEMI ident-info-params )`. */
export const IdentityInfo: HeaderField<InfoUri> = uriField("Identity-Info", false, "n");
