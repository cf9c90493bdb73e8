/** Parameters of PacketCable's header fields. RFC 5503 §5.1, §7.1, §8.1. */

import { defineParam, integerParam, type ParamField, quotedUriParam, textParam, valueParam } from "../param-field.ts";
import type { Uri } from "../values.ts";

/** Of P-DCS-Trace-Party-ID: `"timestamp=" 1*DIGIT [ "." 1*DIGIT ]`, seconds since 1900 as written. */
export const TraceTimestamp: ParamField<string> = valueParam("timestamp");

/** Of P-DCS-Billing-Info, as are those below. */
export const RksGroup: ParamField<string> = valueParam("rksgroup");
export const BillingCharge: ParamField<Uri> = quotedUriParam("charge");
export const BillingCalling: ParamField<Uri> = quotedUriParam("calling");
export const BillingCalled: ParamField<Uri> = quotedUriParam("called");
export const BillingRouting: ParamField<Uri> = quotedUriParam("routing");
export const BillingLocalRouting: ParamField<Uri> = quotedUriParam("locroute");
/** The jurisdiction: digits and their context. */
export const BillingJip: ParamField<string> = textParam("jip");

/** Of P-DCS-LAES, as are those below: where contents go, `hostport`, which has no quotes for all its colon. */
export const LaesContent: ParamField<string> = defineParam<string>({
  name: "content",
  read: ({ value }) => value,
  write: (value) => {
    if (!/^[A-Za-z0-9.[\]:_-]+$/.test(value))
      throw new TypeError(`content must be a host and perhaps a port, got ${value}`);
    return { value };
  },
});
export const LaesBcid: ParamField<string> = valueParam("bcid");
export const LaesCccid: ParamField<string> = valueParam("cccid");

/** Of P-DCS-Redirect. */
export const RedirectorUri: ParamField<Uri> = quotedUriParam("redirector-uri");
/** Of P-DCS-Redirect: how often the call was redirected. */
export const RedirectCount: ParamField<number> = integerParam("count", 0, 0xffff_ffff);
