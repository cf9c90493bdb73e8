/** Header fields of event packages and publication. RFC 6665 §8.2, RFC 3903 §11.3. */

import type { HeaderField, Params } from "../values.ts";
import { tokenField, tokenParamsField } from "./kinds.ts";

export interface Event {
  /** With its templates: `presence.winfo`. */
  readonly package: string;
  readonly params: Params;
}
export const Event: HeaderField<Event> = tokenParamsField<Event>("Event", {
  compact: "o",
  of: (name, params) => ({ package: name, params }),
  token: (event) => event.package,
});

export const AllowEvents: HeaderField<string> = tokenField("Allow-Events", true, "u");

export interface SubscriptionState {
  /** `active`, `pending`, `terminated`, or an extension. */
  readonly state: string;
  readonly params: Params;
}
export const SubscriptionState: HeaderField<SubscriptionState> = tokenParamsField<SubscriptionState>(
  "Subscription-State",
  { of: (state, params) => ({ state, params }), token: (value) => value.state },
);

export const SipEtag: HeaderField<string> = tokenField("SIP-ETag", false);
export const SipIfMatch: HeaderField<string> = tokenField("SIP-If-Match", false);
