/** Session policies and consent: URIs that their grammar has without angle brackets. RFC 6794 §4.4.5, RFC 5360 §5.11.2. */

import { ok } from "@trapezoid/base";
import { defineHeader } from "../define-header.ts";
import { parseNameAddr } from "../name-addr.ts";
import { formatParams } from "../params.ts";
import { formatUri } from "../uri.ts";
import type { HeaderField } from "../values.ts";
import { type InfoUri, uriField } from "./param-kinds.ts";

/**
 * `( SIP-URI / absoluteURI ) *( SEMI param )`. RFC 3261 §20: a URI with a comma, question mark or semicolon is written in angle
 * brackets, since its end could not be told; without brackets the parameters belong to the header field.
 */
function bareUriField(name: string): HeaderField<InfoUri> {
  return defineHeader<InfoUri>({
    name,
    list: true,
    parse: (text) => {
      const address = parseNameAddr(text);
      return address.ok ? ok({ uri: address.value.uri, params: address.value.params }) : address;
    },
    format: ({ uri, params }) => {
      const text = formatUri(uri);
      return (/[,;?]/.test(text) ? `<${text}>` : text) + formatParams(params);
    },
  });
}

/** RFC 6794 §4.4.5.1: `( SIP-URI / SIPS-URI / absoluteURI ) [ SEMI "token=" token ] *( SEMI generic-param )`. */
export const PolicyId: HeaderField<InfoUri> = bareUriField("Policy-ID");
/** RFC 6794 §4.4.5.2: `LAQUOT policyContact-uri RAQUOT *( SEMI ( "non-cacheable" / alt-uri / generic-param ) )`. */
export const PolicyContact: HeaderField<InfoUri> = uriField("Policy-Contact", true);
/** RFC 5360 §5.11.2: `( SIP-URI / SIPS-URI ) *( SEMI ( target-uri / generic-param ) )`. */
export const TriggerConsent: HeaderField<InfoUri> = bareUriField("Trigger-Consent");
