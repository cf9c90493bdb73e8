/** Header fields of REFER. RFC 3515, 3892, 4488, 7614. */

import { fault, ok } from "@trapezoid/base";
import { defineHeader } from "../define-header.ts";
import { skipSpace } from "../lexer.ts";
import { formatParams } from "../params.ts";
import type { HeaderField, NameAddr, Params } from "../values.ts";
import { addressField, trimmed } from "./kinds.ts";
import { formatInfoUri, type InfoUri, parseBracketed, parseParametrized } from "./param-kinds.ts";

/** RFC 3515 §2.1: `( name-addr / addr-spec ) *( SEMI generic-param )`. */
export const ReferTo: HeaderField<NameAddr> = addressField("Refer-To", false, "r");
/** RFC 3892 §3: `( name-addr / addr-spec ) *( SEMI ( cid / generic-param ) )`. */
export const ReferredBy: HeaderField<NameAddr> = addressField("Referred-By", false, "b");

export interface ReferSub {
  /** Whether the REFER makes a subscription. */
  readonly subscribe: boolean;
  readonly params: Params;
}
/** RFC 4488 §4: `( "true" / "false" ) *( SEMI generic-param )`. */
export const ReferSub: HeaderField<ReferSub> = defineHeader<ReferSub>({
  name: "Refer-Sub",
  parse: (text) => {
    const parsed = parseParametrized("Refer-Sub", text);
    if (!parsed.ok) return parsed;
    const value = trimmed(parsed.value.value).toLowerCase();
    if (value !== "true" && value !== "false") {
      return fault("SIP_MSG_BAD_TOKEN", 'Refer-Sub must start with "true" or "false"');
    }
    return ok({ subscribe: value === "true", params: parsed.value.params });
  },
  format: ({ subscribe, params }) => String(subscribe) + formatParams(params),
});

/** RFC 7614 §4.8: `LAQUOT ( SIP-URI / SIPS-URI ) RAQUOT *( SEMI generic-param )`; the brackets must be there. */
export const ReferEventsAt: HeaderField<InfoUri> = defineHeader<InfoUri>({
  name: "Refer-Events-At",
  parse: (text) => parseBracketed("Refer-Events-At", text, skipSpace(text, 0, text.length)),
  format: formatInfoUri,
});
