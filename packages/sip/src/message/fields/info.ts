/** Header fields for people and for show. RFC 3261 §20.4, §20.9, §20.18, §20.25, §20.26, §20.35, §20.36, §20.41, §20.43; RFC 8224. */

import { fault, ok } from "@trapezoid/base";
import { defineHeader } from "../define-header.ts";
import { quote, skipQuoted, skipSpace, trimEnd, unquoteRange } from "../lexer.ts";
import { formatParams, noParams, paramsAt, stoppedAt } from "../params.ts";
import { formatUri, parseUriAt } from "../uri.ts";
import type { HeaderField, Param, Params, Uri } from "../values.ts";
import { parseParametrized, textField, tokenField } from "./kinds.ts";

export const Subject: HeaderField<string> = textField("Subject", "s");
export const Organization: HeaderField<string> = textField("Organization");
/** Products and comments, as one text. */
export const UserAgent: HeaderField<string> = textField("User-Agent");
export const Server: HeaderField<string> = textField("Server");
export const Priority: HeaderField<string> = tokenField("Priority", false);

/** `<uri>;params`: Alert-Info, Call-Info, Error-Info. */
export interface InfoUri {
  readonly uri: Uri;
  readonly params: Params;
}

function infoField(name: string): HeaderField<InfoUri> {
  return defineHeader<InfoUri>({
    name,
    list: true,
    parse: (text) => {
      const open = skipSpace(text, 0, text.length);
      const close = text.indexOf(">", open);
      if (text.charCodeAt(open) !== 60 || close === -1)
        return fault("SIP_MSG_BAD_URI", `${name}: expected <uri>`, open);
      const uri = parseUriAt(text, open + 1, close);
      if (!uri.ok) return uri;
      const at = skipSpace(text, close + 1, text.length);
      if (at === text.length) return ok({ uri: uri.value, params: noParams });
      const params: Param[] = [];
      const stop = paramsAt(text, at, text.length, params);
      if (stop !== text.length)
        return fault("SIP_MSG_BAD_PARAM", `${name}: expected ";name" or ";name=value"`, stoppedAt(stop));
      return ok({ uri: uri.value, params });
    },
    format: ({ uri, params }) => `<${formatUri(uri)}>${formatParams(params)}`,
  });
}

export const AlertInfo: HeaderField<InfoUri> = infoField("Alert-Info");
export const CallInfo: HeaderField<InfoUri> = infoField("Call-Info");
export const ErrorInfo: HeaderField<InfoUri> = infoField("Error-Info");

/** §20.43: `307 isi.edu "Session parameter 'foo' not understood"`. */
export interface Warning {
  readonly code: number;
  /** Host and port, or a pseudonym. */
  readonly agent: string;
  readonly text: string;
}
export const Warning: HeaderField<Warning> = defineHeader<Warning>({
  name: "Warning",
  list: true,
  parse: (text) => {
    const match = /^\s*([0-9]{3})\s+([^\s"]+)\s+(?=")/.exec(text);
    if (match === null) return fault("SIP_MSG_BAD_WARNING", "expected code, agent and quoted text");
    const end = trimEnd(text, 0, text.length);
    const from = match[0].length;
    if (skipQuoted(text, from, end) !== end)
      return fault("SIP_MSG_BAD_WARNING", "expected a quoted text at the end", from);
    return ok({ code: Number(match[1]), agent: match[2]!, text: unquoteRange(text, from + 1, end - 1) });
  },
  format: ({ code, agent, text }) => `${String(code).padStart(3, "0")} ${agent} ${quote(text)}`,
});

/** RFC 8224 §4: a PASSporT and where its certificate is. */
export interface Identity {
  readonly token: string;
  readonly params: Params;
}
export const Identity: HeaderField<Identity> = defineHeader<Identity>({
  name: "Identity",
  compact: "y",
  list: true,
  parse: (text) => {
    const info = infoParam(text);
    const parsed = parseParametrized("Identity", info === undefined ? text : info.text);
    if (!parsed.ok) return parsed;
    const token = parsed.value.value;
    if (!/^[A-Za-z0-9\-_.+/=]+$/.test(token)) return fault("SIP_MSG_BAD_TOKEN", "Identity must start with a PASSporT");
    return ok({ token, params: parsed.value.params });
  },
  format: ({ token, params }) =>
    token +
    params
      .map((param) => (param.name.toLowerCase() === "info" ? `;${param.name}=<${param.value}>` : formatParams([param])))
      .join(""),
});

/** `info` has its URI in angle brackets (RFC 8224 §4), which no other parameter does: they are taken off for the common parser. */
function infoParam(text: string): { readonly text: string } | undefined {
  const match = /(;\s*info\s*=\s*)<([^<>"]*)>/i.exec(text);
  if (match === null) return undefined;
  return { text: `${text.slice(0, match.index)}${match[1]}"${match[2]}"${text.slice(match.index + match[0].length)}` };
}
