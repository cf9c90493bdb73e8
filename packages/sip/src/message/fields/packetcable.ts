/** Header fields of PacketCable's distributed call signalling that are no addresses. RFC 5503 §6–8. */

import { fault, ok } from "@trapezoid/base";
import { defineHeader } from "../define-header.ts";
import { isIpv6 } from "../host.ts";
import { quote, skipQuoted, skipSpace, unquoteRange, utf8Decode, utf8Encode } from "../lexer.ts";
import { formatParams } from "../params.ts";
import { formatUri, parseUri } from "../uri.ts";
import type { HeaderField, Params } from "../values.ts";
import { tokenField, trimmed, written } from "./kinds.ts";
import { type InfoUri, parseParametrized, parseParamsAt } from "./param-kinds.ts";

/** RFC 5503 §6.1: `"BLV" / "EI" / "RING" / token`. */
export const PDcsOsps: HeaderField<string> = tokenField("P-DCS-OSPS", false);

export interface BillingInfo {
  /** Hexadecimal, up to 48 digits. */
  readonly correlationId: string;
  /** `1*16HEXDIG "@" host`. */
  readonly financialEntity: string;
  readonly params: Params;
}
const billingPattern = /^([0-9A-Fa-f]{1,48})\s*\/\s*([0-9A-Fa-f]{1,16}@[A-Za-z0-9._:[\]-]+)$/;
/** RFC 5503 §7.1: `1*48HEXDIG "/" 1*16HEXDIG "@" host *( SEMI Billing-Info-param )`. */
export const PDcsBillingInfo: HeaderField<BillingInfo> = defineHeader<BillingInfo>({
  name: "P-DCS-Billing-Info",
  parse: (text) => {
    const parsed = parseParametrized("P-DCS-Billing-Info", text);
    if (!parsed.ok) return parsed;
    const match = billingPattern.exec(trimmed(parsed.value.value));
    if (match === null) return fault("SIP_MSG_BAD_BILLING", "P-DCS-Billing-Info must start with id/entity@host");
    return ok({ correlationId: match[1]!, financialEntity: match[2]!, params: parsed.value.params });
  },
  format: ({ correlationId, financialEntity, params }) => {
    const text = `${correlationId}/${financialEntity}`;
    return written("P-DCS-Billing-Info", "id/entity@host", text, billingPattern.test(text)) + formatParams(params);
  },
});

export interface Surveillance {
  /** As written; an IPv6 reference keeps its brackets. */
  readonly host: string;
  readonly port: number | undefined;
  readonly params: Params;
}
const hostPortPattern = /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?:\s*:\s*([0-9]{1,5}))?$/;

function hostPort(text: string): { readonly host: string; readonly port: number | undefined } | undefined {
  const match = hostPortPattern.exec(text);
  if (match === null) return undefined;
  const host = match[1]!;
  const port = match[2] === undefined ? undefined : Number(match[2]);
  return (host.startsWith("[") && !isIpv6(host)) || (port ?? 0) > 65_535 ? undefined : { host, port };
}

/** RFC 5503 §8.1: `hostport *( SEMI Laes-param )`. */
export const PDcsLaes: HeaderField<Surveillance> = defineHeader<Surveillance>({
  name: "P-DCS-LAES",
  parse: (text) => {
    const parsed = parseParametrized("P-DCS-LAES", text);
    if (!parsed.ok) return parsed;
    const address = hostPort(trimmed(parsed.value.value));
    return address === undefined
      ? fault("SIP_MSG_BAD_HOST", "P-DCS-LAES must start with a host and perhaps a port")
      : ok({ ...address, params: parsed.value.params });
  },
  format: ({ host, port, params }) => {
    const text = port === undefined ? host : `${host}:${port}`;
    return (
      written("P-DCS-LAES", "a host and perhaps a port", text, hostPort(text) !== undefined) + formatParams(params)
    );
  },
});

/** RFC 5503 §8.1: `LDQUOT addr-spec RDQUOT *( SEMI ( redirector-uri / count / generic-param ) )`. */
export const PDcsRedirect: HeaderField<InfoUri> = defineHeader<InfoUri>({
  name: "P-DCS-Redirect",
  parse: (text) => {
    const open = skipSpace(text, 0, text.length);
    const close = text.charCodeAt(open) === 34 ? skipQuoted(text, open, text.length) : -1;
    if (close === -1) return fault("SIP_MSG_BAD_QUOTE", "P-DCS-Redirect must start with an address in quotes", open);
    const uri = parseUri(utf8Encode(unquoteRange(text, open + 1, close - 1)));
    if (!uri.ok) return fault(uri.error.code, uri.error.message, open);
    const params = parseParamsAt("P-DCS-Redirect", text, close);
    return params.ok ? ok({ uri: uri.value, params: params.value }) : params;
  },
  format: ({ uri, params }) => quote(utf8Decode(formatUri(uri))) + formatParams(params),
});
