/** Header fields that say what a party can or wants. RFC 3261 §20.1–20.5, §20.29, §20.32, §20.37, §20.40; RFC 3841, 5373, 6809. */

import { fault, ok } from "@trapezoid/base";
import { defineHeader } from "../define-header.ts";
import { formatParams } from "../params.ts";
import type { HeaderField, Params } from "../values.ts";
import { short, tokenField, trimmed } from "./kinds.ts";
import { type MediaType, mediaTypeField, parseParametrized, tokenParamsField } from "./param-kinds.ts";

/** §20.5: `[ Method *( COMMA Method ) ]`. */
export const Allow: HeaderField<string> = tokenField("Allow", true);
/** §20.32: `option-tag *( COMMA option-tag )`; so are the next three. */
export const Require: HeaderField<string> = tokenField("Require", true);
/** §20.29. */
export const ProxyRequire: HeaderField<string> = tokenField("Proxy-Require", true);
/** §20.37. */
export const Supported: HeaderField<string> = tokenField("Supported", true, "k");
/** §20.40. */
export const Unsupported: HeaderField<string> = tokenField("Unsupported", true);

export type { MediaType } from "./param-kinds.ts";

/** §20.1: `[ media-range [ accept-params ] *( COMMA … ) ]`. */
export const Accept: HeaderField<MediaType> = mediaTypeField("Accept", true);

/** A coding or language with its `q`. */
export interface Preference {
  readonly value: string;
  readonly params: Params;
}

function preferenceField(name: string): HeaderField<Preference> {
  return tokenParamsField<Preference>(name, {
    list: true,
    of: (value, params) => ({ value, params }),
    token: (preference) => preference.value,
  });
}

/** §20.2: `[ codings [ SEMI accept-params ] *( COMMA … ) ]`. */
export const AcceptEncoding: HeaderField<Preference> = preferenceField("Accept-Encoding");
/** §20.3: `[ language-range [ SEMI accept-params ] *( COMMA … ) ]`. */
export const AcceptLanguage: HeaderField<Preference> = preferenceField("Accept-Language");

/** `*;audio;require`: the parameters alone; `features` reads their predicates. */
function featureField(name: string, compact?: string): HeaderField<Params> {
  return defineHeader<Params>({
    name,
    ...short(compact),
    list: true,
    parse: (text) => {
      const parsed = parseParametrized(name, text);
      if (!parsed.ok) return parsed;
      return trimmed(parsed.value.value) === "*"
        ? ok(parsed.value.params)
        : fault("SIP_MSG_BAD_TOKEN", `${name} must start with *`);
    },
    format: (params) => `*${formatParams(params)}`,
  });
}

/** RFC 3841 §10: `"*" *( SEMI ( feature-param / "require" / "explicit" / generic-param ) )`. */
export const AcceptContact: HeaderField<Params> = featureField("Accept-Contact", "a");
/** RFC 3841 §10: `"*" *( SEMI ( feature-param / generic-param ) )`. */
export const RejectContact: HeaderField<Params> = featureField("Reject-Contact", "j");
/** RFC 6809 §6.2.1: `"*" *( SEMI feature-cap )`; the name of each begins with a plus sign. */
export const FeatureCaps: HeaderField<Params> = featureField("Feature-Caps");

/** RFC 3841 §10: one of twelve directives, such as `no-fork`; they are tokens without case. */
export const RequestDisposition: HeaderField<string> = tokenField("Request-Disposition", true, "d");

/** RFC 5373 §2: whether a phone is to answer on its own. */
export interface AnswerMode {
  /** `Manual`, `Auto` in any case, or an extension. */
  readonly mode: string;
  readonly params: Params;
}
const answerMode = {
  of: (mode: string, params: Params): AnswerMode => ({ mode, params }),
  token: (value: AnswerMode): string => value.mode,
};
/** RFC 5373 §2: `( "Manual" / "Auto" / token ) *( SEMI ( "require" / generic-param ) )`. */
export const AnswerMode: HeaderField<AnswerMode> = tokenParamsField<AnswerMode>("Answer-Mode", answerMode);
export const PrivAnswerMode: HeaderField<AnswerMode> = tokenParamsField<AnswerMode>("Priv-Answer-Mode", answerMode);
