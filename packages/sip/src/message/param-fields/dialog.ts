/** Parameters that name dialogs, and say why and how long. RFC 3326 §2, 3891 §6.1, 3892 §3, 3911 §7.1, 4028 §4, 4538 §7, 7989 §5, 8606 §4. */

import { choiceParam, flagParam, integerParam, type ParamField, textParam, valueParam } from "../param-field.ts";

/** Of Replaces and Join: `"to-tag" EQUAL token`. */
export const ToTag: ParamField<string> = valueParam("to-tag");
/** Of Replaces and Join: `"from-tag" EQUAL token`. */
export const FromTag: ParamField<string> = valueParam("from-tag");
/** RFC 3891 §6.1: of Replaces. */
export const EarlyOnly: ParamField<true> = flagParam("early-only");
/** RFC 4538 §7: of Target-Dialog, `"remote-tag" EQUAL token`. */
export const RemoteTag: ParamField<string> = valueParam("remote-tag");
/** RFC 4538 §7: of Target-Dialog, `"local-tag" EQUAL token`. */
export const LocalTag: ParamField<string> = valueParam("local-tag");
/** RFC 7989 §5: of Session-ID, `"remote" EQUAL 32( DIGIT / %x61-66 )`. */
export const SessionRemote: ParamField<string> = valueParam("remote");
/** RFC 4028 §4: of Session-Expires, `"refresher" EQUAL ( "uas" / "uac" )`. */
export const Refresher: ParamField<"uas" | "uac"> = choiceParam("refresher", ["uas", "uac"]);
/** RFC 3892 §3: of Referred-By, `"cid" EQUAL LDQUOT dot-atom "@" ( dot-atom / host ) RDQUOT`. */
export const ReferredByCid: ParamField<string> = textParam("cid");

/** RFC 3326 §2: of Reason, `"cause" EQUAL 1*DIGIT`: a status of SIP, a cause of Q.850. */
export const ReasonCause: ParamField<number> = integerParam("cause", 0, 0xffff_ffff);
/** RFC 3326 §2: of Reason, `"text" EQUAL quoted-string`. */
export const ReasonText: ParamField<string> = textParam("text");

export type IsupLocation =
  | "U"
  | "LPN"
  | "LN"
  | "TN"
  | "RLN"
  | "RPN"
  | "LOC-6"
  | "INTL"
  | "LOC-8"
  | "LOC-9"
  | "BI"
  | "LOC-11"
  | "LOC-12"
  | "LOC-13"
  | "LOC-14"
  | "LOC-15";
/** RFC 8606 §4: of a Reason of Q.850, where in the telephone network the call ended; in the order of the code points. */
export const ReasonLocation: ParamField<IsupLocation> = choiceParam("location", [
  "U",
  "LPN",
  "LN",
  "TN",
  "RLN",
  "RPN",
  "LOC-6",
  "INTL",
  "LOC-8",
  "LOC-9",
  "BI",
  "LOC-11",
  "LOC-12",
  "LOC-13",
  "LOC-14",
  "LOC-15",
]);
