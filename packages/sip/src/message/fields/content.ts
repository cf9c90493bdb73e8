/** Header fields of the body. RFC 3261 §20.11–20.15, §20.24; RFC 8262. */

import type { HeaderField, Params } from "../values.ts";
import { integerField, maxUint32, patternField, tokenField } from "./kinds.ts";
import { type MediaType, mediaTypeField, tokenParamsField } from "./param-kinds.ts";

/** §20.15: `m-type SLASH m-subtype *( SEMI m-parameter )`. */
export const ContentType: HeaderField<MediaType> = mediaTypeField("Content-Type", false, "c");
/** §20.14: `1*DIGIT`. */
export const ContentLength: HeaderField<number> = integerField("Content-Length", maxUint32, "l");
/** §20.12: `content-coding *( COMMA content-coding )`. */
export const ContentEncoding: HeaderField<string> = tokenField("Content-Encoding", true, "e");
/** §20.13: `language-tag *( COMMA language-tag )`. */
export const ContentLanguage: HeaderField<string> = tokenField("Content-Language", true);

export interface ContentDisposition {
  /** `session`, `render`, `early-session`, … */
  readonly type: string;
  readonly params: Params;
}
/** §20.11: `disp-type *( SEMI disp-param )`. */
export const ContentDisposition: HeaderField<ContentDisposition> = tokenParamsField<ContentDisposition>(
  "Content-Disposition",
  { of: (type, params) => ({ type, params }), token: (value) => value.type },
);

/** RFC 8262 §3.2: `"<" id-left "@" id-right ">"`, with its brackets; a `cid:` URI names it without them. */
export const ContentId: HeaderField<string> = patternField(
  "Content-ID",
  "SIP_MSG_BAD_ID",
  "<left@right>",
  /^<[\x21-\x3b\x3d\x3f\x41-\x7e]+@[\x21-\x3b\x3d\x3f\x41-\x7e]+>$/,
);

/** §20.24: `1*DIGIT "." 1*DIGIT`: `1.0`. */
export const MimeVersion: HeaderField<string> = patternField(
  "MIME-Version",
  "SIP_MSG_BAD_NUMBER",
  "a version such as 1.0",
  /^[0-9]+\.[0-9]+$/,
);
