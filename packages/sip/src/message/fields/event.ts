/** Header fields of event packages, publication and INFO. RFC 6665 §8.2, RFC 3903 §11.3, RFC 5839 §7.3, RFC 6086 §9.2. */

import type { HeaderField, Params } from "../values.ts";
import { tokenField } from "./kinds.ts";
import { tokenParamsField } from "./param-kinds.ts";

export interface Event {
  /** With its templates: `presence.winfo`. */
  readonly package: string;
  readonly params: Params;
}
/** RFC 6665 §8.2.1: `event-type *( SEMI event-param )`. */
export const Event: HeaderField<Event> = tokenParamsField<Event>("Event", {
  compact: "o",
  of: (name, params) => ({ package: name, params }),
  token: (event) => event.package,
});

/** RFC 6665 §8.2.2: `event-type *( COMMA event-type )`. */
export const AllowEvents: HeaderField<string> = tokenField("Allow-Events", true, "u");

export interface SubscriptionState {
  /** `active`, `pending`, `terminated`, or an extension. */
  readonly state: string;
  readonly params: Params;
}
/** RFC 6665 §8.2.3: `substate-value *( SEMI subexp-params )`. */
export const SubscriptionState: HeaderField<SubscriptionState> = tokenParamsField<SubscriptionState>(
  "Subscription-State",
  { of: (state, params) => ({ state, params }), token: (value) => value.state },
);

/** RFC 3903 §11.3.1: `entity-tag`, a token. */
export const SipEtag: HeaderField<string> = tokenField("SIP-ETag", false);
/** RFC 3903 §11.3.2. */
export const SipIfMatch: HeaderField<string> = tokenField("SIP-If-Match", false);
/** RFC 5839 §7.3: `entity-tag / "*"`; the asterisk is a token, too. */
export const SuppressIfMatch: HeaderField<string> = tokenField("Suppress-If-Match", false);

export interface InfoPackage {
  readonly package: string;
  readonly params: Params;
}
const infoPackage = {
  of: (name: string, params: Params): InfoPackage => ({ package: name, params }),
  token: (value: InfoPackage): string => value.package,
};
/** RFC 6086 §9.2: `Info-package-name *( SEMI generic-param )`. */
export const InfoPackage: HeaderField<InfoPackage> = tokenParamsField<InfoPackage>("Info-Package", infoPackage);
/** RFC 6086 §9.2: `[ Info-package-type *( COMMA Info-package-type ) ]`; empty where none is wanted. */
export const RecvInfo: HeaderField<InfoPackage> = tokenParamsField<InfoPackage>("Recv-Info", {
  list: true,
  ...infoPackage,
});
