/** Header fields for people and for show. RFC 3261 §20.4, §20.9, §20.18, §20.25, §20.26, §20.35, §20.36, §20.41, §20.43; RFC 7433, 8876. */

import { fault, ok } from "@trapezoid/base";
import { defineHeader } from "../define-header.ts";
import { quote, skipQuoted, trimEnd, unquoteRange } from "../lexer.ts";
import type { HeaderField } from "../values.ts";
import { textField, tokenField, written } from "./kinds.ts";
import { type InfoUri, type Phrase, phraseField, uriField } from "./param-kinds.ts";

/** §20.36: `[ TEXT-UTF8-TRIM ]`. */
export const Subject: HeaderField<string> = textField("Subject", "s");
/** §20.25: `[ TEXT-UTF8-TRIM ]`. */
export const Organization: HeaderField<string> = textField("Organization");
/** §20.41: products and comments, as one text; `parseProducts` takes it apart. */
export const UserAgent: HeaderField<string> = textField("User-Agent");
/** §20.35: products and comments, as one text; `parseProducts` takes it apart. */
export const Server: HeaderField<string> = textField("Server");
/** §20.26: `emergency`, `urgent`, `normal`, `non-urgent`, or a token. */
export const Priority: HeaderField<string> = tokenField("Priority", false);

export type { InfoUri, Phrase } from "./param-kinds.ts";

/** §20.4: `LAQUOT absoluteURI RAQUOT *( SEMI generic-param )`; so are the next two. */
export const AlertInfo: HeaderField<InfoUri> = uriField("Alert-Info", true);
/** §20.9. */
export const CallInfo: HeaderField<InfoUri> = uriField("Call-Info", true);
/** §20.18. */
export const ErrorInfo: HeaderField<InfoUri> = uriField("Error-Info", true);

/** §20.43: `307 isi.edu "Session parameter 'foo' not understood"`. */
export interface Warning {
  readonly code: number;
  /** Host and port, or a pseudonym. */
  readonly agent: string;
  readonly text: string;
}

const isAgent = (text: string): boolean => /^[\x21\x23-\x2b\x2d-\x7e]+$/.test(text);

/** §20.43: `3DIGIT SP warn-agent SP quoted-string`. */
export const Warning: HeaderField<Warning> = defineHeader<Warning>({
  name: "Warning",
  list: true,
  parse: (text) => {
    const match = /^\s*([0-9]{3})\s+([^\s"]+)\s+(?=")/.exec(text);
    if (match === null || !isAgent(match[2]!)) {
      return fault("SIP_MSG_BAD_WARNING", "expected code, agent and quoted text");
    }
    const end = trimEnd(text, 0, text.length);
    const from = match[0].length;
    if (skipQuoted(text, from, end) !== end)
      return fault("SIP_MSG_BAD_WARNING", "expected a quoted text at the end", from);
    return ok({ code: Number(match[1]), agent: match[2]!, text: unquoteRange(text, from + 1, end - 1) });
  },
  format: ({ code, agent, text }) => {
    const digits = String(code).padStart(3, "0");
    written("Warning", "a code of three digits", digits, /^[0-9]{3}$/.test(digits));
    return `${digits} ${written("Warning", "an agent in one word", agent, isAgent(agent))} ${quote(text)}`;
  },
});

/** RFC 7433 §4.1: `( token / quoted-string ) *( SEMI ( purpose / content / encoding / generic-param ) )`. */
export const UserToUser: HeaderField<Phrase> = phraseField("User-to-User");
