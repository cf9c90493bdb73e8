/** Header fields that say what a party can or wants. RFC 3261 §20.1–20.5, §20.29, §20.32, §20.37, §20.40; RFC 3841. */

import { fault, ok } from "@trapezoid/base";
import { defineHeader } from "../define-header.ts";
import { formatParams } from "../params.ts";
import type { HeaderField, Params } from "../values.ts";
import { type MediaType, mediaTypeField, parseParametrized, tokenField, tokenParamsField } from "./kinds.ts";

export const Allow: HeaderField<string> = tokenField("Allow", true);
export const Require: HeaderField<string> = tokenField("Require", true);
export const ProxyRequire: HeaderField<string> = tokenField("Proxy-Require", true);
export const Supported: HeaderField<string> = tokenField("Supported", true, "k");
export const Unsupported: HeaderField<string> = tokenField("Unsupported", true);

export type { MediaType } from "./kinds.ts";

export const Accept: HeaderField<MediaType> = mediaTypeField("Accept", true);

/** A coding or language with its `q`. */
export interface Preference {
  readonly value: string;
  readonly params: Params;
}

function preferenceField(name: string, compact?: string): HeaderField<Preference> {
  return tokenParamsField<Preference>(name, {
    list: true,
    ...(compact === undefined ? {} : { compact }),
    of: (value, params) => ({ value, params }),
    token: (preference) => preference.value,
  });
}

export const AcceptEncoding: HeaderField<Preference> = preferenceField("Accept-Encoding");
export const AcceptLanguage: HeaderField<Preference> = preferenceField("Accept-Language");

/** RFC 3841 §9.2: `*;audio;require`; the feature parameters alone. */
function featureField(name: string, compact: string): HeaderField<Params> {
  return defineHeader<Params>({
    name,
    compact,
    list: true,
    parse: (text) => {
      const parsed = parseParametrized(name, text);
      if (!parsed.ok) return parsed;
      return parsed.value.value === "*"
        ? ok(parsed.value.params)
        : fault("SIP_MSG_BAD_TOKEN", `${name} must start with *`);
    },
    format: (params) => `*${formatParams(params)}`,
  });
}

export const AcceptContact: HeaderField<Params> = featureField("Accept-Contact", "a");
export const RejectContact: HeaderField<Params> = featureField("Reject-Contact", "j");
