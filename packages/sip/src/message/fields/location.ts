/** Header fields of location and of alerts. RFC 6442 §4, RFC 8876 §5.2. */

import { fault, ok } from "@trapezoid/base";
import { defineHeader } from "../define-header.ts";
import { formatParams } from "../params.ts";
import type { HeaderField, Params } from "../values.ts";
import { tokenField, trimmed, written } from "./kinds.ts";
import { type InfoUri, parseParametrized, uriField } from "./param-kinds.ts";

/** RFC 6442 §4.1: `LAQUOT locationURI RAQUOT *( SEMI generic-param )`; a `cid:` URI names a body part. */
export const Geolocation: HeaderField<InfoUri> = uriField("Geolocation", true);
/** RFC 6442 §4.2: `"yes" / "no" / token`; what is neither means no. */
export const GeolocationRouting: HeaderField<string> = tokenField("Geolocation-Routing", false);

/** What was wrong with a location or an alert; the text for people is a parameter. */
export interface ErrorCode {
  /** Three digits: `100`. */
  readonly code: number;
  readonly params: Params;
}

function errorCodeField(name: string): HeaderField<ErrorCode> {
  return defineHeader<ErrorCode>({
    name,
    parse: (text) => {
      const parsed = parseParametrized(name, text);
      if (!parsed.ok) return parsed;
      const digits = trimmed(parsed.value.value);
      return /^[0-9]{1,3}$/.test(digits)
        ? ok({ code: Number(digits), params: parsed.value.params })
        : fault("SIP_MSG_BAD_NUMBER", `${name} must start with a code of three digits`);
    },
    format: ({ code, params }) => {
      const digits = String(code).padStart(3, "0");
      return written(name, "a code of three digits", digits, /^[0-9]{3}$/.test(digits)) + formatParams(params);
    },
  });
}

/** RFC 6442 §4.3: `1*3DIGIT *( SEMI ( "code" EQUAL quoted-string / generic-param ) )`. */
export const GeolocationError: HeaderField<ErrorCode> = errorCodeField("Geolocation-Error");
/** RFC 8876 §5.2: `3DIGIT *( SEMI ( "message" EQUAL quoted-string / generic-param ) )`. */
export const AlertMsgError: HeaderField<ErrorCode> = errorCodeField("AlertMsg-Error");
