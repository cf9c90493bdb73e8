/** Header fields of the body. RFC 3261 §20.11–20.15, §20.24. */

import { fault, ok } from "@trapezoid/base";
import { defineHeader } from "../define-header.ts";
import type { HeaderField, Params } from "../values.ts";
import {
  integerField,
  type MediaType,
  maxUint32,
  mediaTypeField,
  tokenField,
  tokenParamsField,
  trimmed,
} from "./kinds.ts";

export const ContentType: HeaderField<MediaType> = mediaTypeField("Content-Type", false, "c");
export const ContentLength: HeaderField<number> = integerField("Content-Length", maxUint32);
export const ContentEncoding: HeaderField<string> = tokenField("Content-Encoding", true, "e");
export const ContentLanguage: HeaderField<string> = tokenField("Content-Language", true);

export interface ContentDisposition {
  /** `session`, `render`, `early-session`, … */
  readonly type: string;
  readonly params: Params;
}
export const ContentDisposition: HeaderField<ContentDisposition> = tokenParamsField<ContentDisposition>(
  "Content-Disposition",
  { of: (type, params) => ({ type, params }), token: (value) => value.type },
);

/** `1.0`. */
export const MimeVersion: HeaderField<string> = defineHeader({
  name: "MIME-Version",
  parse: (text) => {
    const version = trimmed(text);
    return /^[0-9]+\.[0-9]+$/.test(version)
      ? ok(version)
      : fault("SIP_MSG_BAD_NUMBER", "expected a version such as 1.0");
  },
  format: (version: string) => version,
});
