/** Header fields of the IP Multimedia Subsystem that are no addresses. RFC 7315 §5; RFC 3313, 4457, 4964, 5009, 6050, 7316. */

import { fault, ok } from "@trapezoid/base";
import { defineHeader } from "../define-header.ts";
import { formatParams, getParam, parseParams, withoutParam } from "../params.ts";
import type { HeaderField, Params } from "../values.ts";
import { patternField, tokenField, trimmed, written } from "./kinds.ts";
import {
  type InfoUri,
  type Phrase,
  parseParametrized,
  phraseField,
  tokenParamsField,
  uriField,
} from "./param-kinds.ts";

export interface AccessNetwork {
  /** An access type or class: `3GPP-E-UTRAN-FDD`, `IEEE-802.11`. */
  readonly type: string;
  readonly params: Params;
}
/** RFC 7315 §5.4: `( access-type / access-class ) *( SEMI access-info )`. */
export const PAccessNetworkInfo: HeaderField<AccessNetwork> = tokenParamsField<AccessNetwork>("P-Access-Network-Info", {
  list: true,
  of: (type, params) => ({ type, params }),
  token: (value) => value.type,
});

/** RFC 7315 §5.3: `( token / quoted-string ) *( SEMI generic-param )`. */
export const PVisitedNetworkId: HeaderField<Phrase> = phraseField("P-Visited-Network-ID");

/** RFC 7315 §5.5: `charge-addr-param *( SEMI charge-addr-param )`: parameters alone, `ccf=192.0.2.1;ecf=192.0.2.2`. */
export const PChargingFunctionAddresses: HeaderField<Params> = defineHeader<Params>({
  name: "P-Charging-Function-Addresses",
  list: true,
  parse: (text) => {
    const params = parseParams(text);
    return params.ok && params.value.length === 0
      ? fault("SIP_MSG_BAD_PARAM", "P-Charging-Function-Addresses needs a parameter")
      : params;
  },
  format: (params) => {
    if (params.length === 0) throw new TypeError("P-Charging-Function-Addresses needs a parameter");
    return formatParams(params).slice(1);
  },
});

/** RFC 7315 §5.6: `icid-value *( SEMI charge-params )`: parameters alone; `icid-value` must be there and is written first. */
export const PChargingVector: HeaderField<Params> = defineHeader<Params>({
  name: "P-Charging-Vector",
  parse: (text) => {
    const params = parseParams(text);
    return params.ok && getParam(params.value, "icid-value") === undefined
      ? fault("SIP_MSG_BAD_PARAM", "P-Charging-Vector needs icid-value")
      : params;
  },
  format: (params) => {
    const first = params.find((param) => param.name.toLowerCase() === "icid-value");
    if (first?.value === undefined) throw new TypeError("P-Charging-Vector needs icid-value");
    return formatParams(params[0] === first ? params : [first, ...withoutParam(params, "icid-value")]).slice(1);
  },
});

/** RFC 5009 §9: `[ em-param *( COMMA em-param ) ]`: `sendrecv`, `gated`, `supported`, … */
export const PEarlyMedia: HeaderField<string> = tokenField("P-Early-Media", true);

/** RFC 3313 §5.1: `1*HEXDIG *( COMMA 1*HEXDIG )`. */
export const PMediaAuthorization: HeaderField<string> = patternField(
  "P-Media-Authorization",
  "SIP_MSG_BAD_HEX",
  "hexadecimal digits",
  /^[0-9A-Fa-f]+$/,
  true,
);

export interface AnswerState {
  /** `Confirmed`, `Unconfirmed`, or an extension. */
  readonly state: string;
  readonly params: Params;
}
/** RFC 4964 §7.1: `( "Confirmed" / "Unconfirmed" / token ) *( SEMI generic-param )`. */
export const PAnswerState: HeaderField<AnswerState> = tokenParamsField<AnswerState>("P-Answer-State", {
  of: (state, params) => ({ state, params }),
  token: (value) => value.state,
});

/** A service URN, which stands without brackets: `urn:urn-7:3gpp-service.ims.icsi.mmtel`. Other namespaces are let through. */
function serviceField(name: string): HeaderField<string> {
  return patternField(
    name,
    "SIP_MSG_BAD_URN",
    "a URN",
    /^urn:[a-z0-9][a-z0-9-]*:[\x21\x23-\x2b\x2d-\x3a=\x3f-\x7e]+$/i,
    true,
  );
}

/** RFC 6050 §4.1, §4.4: `Service-ID *( COMMA Service-ID )`. */
export const PAssertedService: HeaderField<string> = serviceField("P-Asserted-Service");
/** RFC 6050 §4.2. */
export const PPreferredService: HeaderField<string> = serviceField("P-Preferred-Service");

/** RFC 4457: `LAQUOT DiameterURI RAQUOT *( SEMI generic-param )`. */
export const PUserDatabase: HeaderField<InfoUri> = uriField("P-User-Database", false);

export interface PrivateNetwork {
  readonly host: string;
  readonly params: Params;
}
const isHostName = (text: string): boolean => /^[A-Za-z0-9._-]+$/.test(text);
/** RFC 7316: `hostname *( SEMI generic-param )`. */
export const PPrivateNetworkIndication: HeaderField<PrivateNetwork> = defineHeader<PrivateNetwork>({
  name: "P-Private-Network-Indication",
  parse: (text) => {
    const parsed = parseParametrized("P-Private-Network-Indication", text);
    if (!parsed.ok) return parsed;
    const host = trimmed(parsed.value.value);
    return isHostName(host)
      ? ok({ host, params: parsed.value.params })
      : fault("SIP_MSG_BAD_HOST", "P-Private-Network-Indication must start with a host name");
  },
  format: ({ host, params }) =>
    written("P-Private-Network-Indication", "a host name", host, isHostName(host)) + formatParams(params),
});
