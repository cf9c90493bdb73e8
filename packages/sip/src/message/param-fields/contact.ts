/** Parameters of Contact: preference, lifetime, outbound, GRUU. RFC 3261 §20.10; RFC 5626 §10, 5627 §7. */

import { bracketedParam, integerParam, type ParamField, qualityParam, quotedUriParam } from "../param-field.ts";
import type { Uri } from "../values.ts";

/** `q`, 0 to 1. */
export const ContactQ: ParamField<number> = qualityParam("q");
/** Seconds. */
export const ContactExpires: ParamField<number> = integerParam("expires", 0, 0xffff_ffff);
/** RFC 5626 §10: `"reg-id" EQUAL 1*DIGIT`, 1 to 2**31 - 1. */
export const RegId: ParamField<number> = integerParam("reg-id", 1, 0x7fff_ffff);
/** RFC 5626 §10: `"+sip.instance" EQUAL DQUOTE "<" instance-val ">" DQUOTE`; the URN that the brackets hold. */
export const SipInstance: ParamField<string> = bracketedParam("+sip.instance");
/** RFC 5627 §7: `"pub-gruu" EQUAL quoted-string`. */
export const PubGruu: ParamField<Uri> = quotedUriParam("pub-gruu");
/** RFC 5627 §7: `"temp-gruu" EQUAL quoted-string`. */
export const TempGruu: ParamField<Uri> = quotedUriParam("temp-gruu");
