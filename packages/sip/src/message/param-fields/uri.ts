/** Parameters of SIP URIs: outbound, GRUU, push notifications, voicemail. RFC 5626 §17, 5627 §7, 8599 §8.7, 4458 §2. */

import { flagParam, integerParam, type ParamField, uriParam } from "../param-field.ts";

/** RFC 5626 §5.1: requests of the dialog are to come over the flow. */
export const Ob: ParamField<true> = flagParam("ob");
/** RFC 5627 §7: `"gr" [ "=" pvalue ]`; `""` in a temporary GRUU. */
export const Gr: ParamField<string> = uriParam("gr");
/** RFC 8599 §8.7: `"pn-provider" [ EQUAL pvalue ]`: `apns`, `fcm`, `webpush`; `""` asks which there are. */
export const PnProvider: ParamField<string> = uriParam("pn-provider");
/** RFC 8599 §8.7: `"pn-param" EQUAL pvalue`. */
export const PnParam: ParamField<string> = uriParam("pn-param");
/** RFC 8599 §8.7: `"pn-prid" EQUAL pvalue`. */
export const PnPrid: ParamField<string> = uriParam("pn-prid");
/** RFC 8599 §8.7: `"pn-purr" EQUAL pvalue`. */
export const PnPurr: ParamField<string> = uriParam("pn-purr");
/** RFC 4458 §2: whose mailbox, `"target" EQUAL pvalue`. */
export const MailboxTarget: ParamField<string> = uriParam("target");
/** RFC 4458 §2: why, `"cause" EQUAL Status-Code`. */
export const MailboxCause: ParamField<number> = integerParam("cause", 100, 699);
