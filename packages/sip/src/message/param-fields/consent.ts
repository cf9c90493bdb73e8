/** Parameters of consent, policy and location. RFC 5318, 5360 §5.11.2, 6442 §4.3, 6794 §4.4.5, 8876 §5.2. */

import { flagParam, type ParamField, quotedUriParam, textParam, valueParam } from "../param-field.ts";
import type { Uri } from "../values.ts";

/** RFC 5360 §5.11.2: of Trigger-Consent, `"target-uri" EQUAL quoted-string`. */
export const TargetUri: ParamField<Uri> = quotedUriParam("target-uri");
/** RFC 5318: of P-Refused-URI-List, the body part that holds the members. */
export const RefusedMembers: ParamField<Uri> = quotedUriParam("members");
/** RFC 6794 §4.4.5.1: of Policy-ID, `"token=" token`. */
export const PolicyToken: ParamField<string> = valueParam("token");
/** RFC 6794 §4.4.5.2: of Policy-Contact. */
export const NonCacheable: ParamField<true> = flagParam("non-cacheable");
/** RFC 6794 §4.4.5.2: of Policy-Contact, a host name. */
export const AlternativeHost: ParamField<string> = valueParam("alt-uri");
/** RFC 6442 §4.3: of Geolocation-Error, what was wrong in words. */
export const GeolocationErrorText: ParamField<string> = textParam("code");
/** RFC 8876 §5.2: of AlertMsg-Error, what was wrong in words. */
export const AlertErrorText: ParamField<string> = textParam("message");
