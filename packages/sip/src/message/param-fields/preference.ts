/** Parameters that say what is wanted and how a value is meant. RFC 3261 §20, RFC 3841 §10, 5373 §2, 7433 §4.1. */

import { choiceParam, flagParam, integerParam, keywordParam, type ParamField, qualityParam } from "../param-field.ts";

/** Of Accept, Accept-Encoding, Accept-Language: `"q" EQUAL qvalue`. */
export const PreferenceQ: ParamField<number> = qualityParam("q");
/** RFC 3841 §10: of Accept-Contact, who does not match is not to be called. */
export const ContactRequired: ParamField<true> = flagParam("require");
/** RFC 3841 §10: of Accept-Contact, who does not say so does not match. */
export const ContactExplicit: ParamField<true> = flagParam("explicit");
/** RFC 5373 §2: of Answer-Mode and Priv-Answer-Mode. */
export const AnswerRequired: ParamField<true> = flagParam("require");
/** §20.11: of Content-Disposition. */
export const Handling: ParamField<"optional" | "required"> = choiceParam("handling", ["optional", "required"]);
/** §20.9: of Call-Info, `icon`, `info`, `card`, … */
export const InfoPurpose: ParamField<string> = keywordParam("purpose");
/** §20.33: of Retry-After, seconds. */
export const RetryDuration: ParamField<number> = integerParam("duration", 0, 0xffff_ffff);
/** RFC 7433 §4.1: of User-to-User, the package: `isdn-uui`. */
export const UserToUserPurpose: ParamField<string> = keywordParam("purpose");
/** RFC 7433 §4.1: of User-to-User. */
export const UserToUserContent: ParamField<string> = keywordParam("content");
/** RFC 7433 §4.1: of User-to-User, `hex`, … */
export const UserToUserEncoding: ParamField<string> = keywordParam("encoding");
