/** Header fields of time. RFC 3261 §20.17, §20.19, §20.23, §20.33, §20.38; RFC 4028, 5626 §10. */

import { fault, ok } from "@trapezoid/base";
import { commentEnd, commentText, formatComment } from "../comment.ts";
import { defineHeader } from "../define-header.ts";
import { skipSpace, utf8Decode, utf8Encode } from "../lexer.ts";
import { formatParams } from "../params.ts";
import type { HeaderField, Params } from "../values.ts";
import { integerField, maxUint32, parseInteger, trimmed, written, writtenInteger } from "./kinds.ts";
import { type DeltaSeconds, deltaField, parseParamsAt } from "./param-kinds.ts";

export type { DeltaSeconds } from "./param-kinds.ts";

/** §20.19: `delta-seconds`. */
export const Expires: HeaderField<number> = integerField("Expires", maxUint32);
/** §20.23: `delta-seconds`. */
export const MinExpires: HeaderField<number> = integerField("Min-Expires", maxUint32);
/** RFC 5626 §10: `1*DIGIT`, seconds. */
export const FlowTimer: HeaderField<number> = integerField("Flow-Timer", maxUint32);

/** RFC 4028 §4: `delta-seconds *( SEMI ( refresher / generic-param ) )`. */
export const SessionExpires: HeaderField<DeltaSeconds> = deltaField("Session-Expires", "x");
/** RFC 4028 §5: `delta-seconds *( SEMI generic-param )`. */
export const MinSe: HeaderField<DeltaSeconds> = deltaField("Min-SE");

/** `18000 (I am in a meeting);duration=3600`. */
export interface RetryAfter {
  readonly seconds: number;
  readonly comment: string | undefined;
  readonly params: Params;
}
/** §20.33: `delta-seconds [ comment ] *( SEMI ( duration / generic-param ) )`. */
export const RetryAfter: HeaderField<RetryAfter> = defineHeader<RetryAfter>({
  name: "Retry-After",
  parse: (text) => {
    const start = skipSpace(text, 0, text.length);
    const digits = /^[0-9]+/.exec(text.slice(start, start + 21))?.[0] ?? "";
    const seconds = parseInteger("Retry-After", digits, maxUint32);
    if (!seconds.ok) return fault(seconds.error.code, seconds.error.message, start);
    let at = skipSpace(text, start + digits.length, text.length);
    let comment: string | undefined;
    if (text.charCodeAt(at) === 40) {
      const end = commentEnd(text, at);
      if (end === -1) return fault("SIP_MSG_BAD_COMMENT", "the comment is not closed", at);
      comment = utf8Decode(commentText(text, at, end));
      at = end;
    }
    const params = parseParamsAt("Retry-After", text, at);
    return params.ok ? ok({ seconds: seconds.value, comment, params: params.value }) : params;
  },
  format: ({ seconds, comment, params }) => {
    const remark = comment === undefined ? "" : ` ${formatComment(utf8Encode(comment))}`;
    return `${writtenInteger("Retry-After", seconds, maxUint32)}${remark}${formatParams(params)}`;
  },
});

/** §20.38: seconds, as written, so that they come back as they were sent. */
export interface Timestamp {
  readonly time: string;
  readonly delay: string | undefined;
}
const timestampPattern = /^([0-9]+(?:\.[0-9]*)?)(?:\s+([0-9]*(?:\.[0-9]*)?))?$/;
/** §20.38: `1*DIGIT [ "." *DIGIT ] [ LWS *DIGIT [ "." *DIGIT ] ]`. */
export const Timestamp: HeaderField<Timestamp> = defineHeader<Timestamp>({
  name: "Timestamp",
  parse: (text) => {
    const match = timestampPattern.exec(trimmed(text));
    if (match === null) return fault("SIP_MSG_BAD_NUMBER", "expected seconds and perhaps a delay");
    return ok({ time: match[1]!, delay: match[2] });
  },
  format: ({ time, delay }) => {
    const text = delay === undefined ? time : `${time} ${delay}`;
    return written("Timestamp", "seconds and perhaps a delay", text, timestampPattern.test(text));
  },
});

const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** §20.17: the instant in milliseconds since 1970, at whole seconds. Only GMT is a valid zone (RFC 4475 §3.1.2.12). */
export const DateField: HeaderField<number> = defineHeader<number>({
  name: "Date",
  parse: (text) => {
    const match =
      /^([A-Z][a-z]{2}),\s*([0-9]{2})\s+([A-Z][a-z]{2})\s+([0-9]{4})\s+([0-9]{2}):([0-9]{2}):([0-9]{2})\s+GMT$/i.exec(
        trimmed(text),
      );
    const month = match === null ? -1 : months.findIndex((name) => name.toLowerCase() === match[3]!.toLowerCase());
    if (match === null || month === -1 || Number(match[5]) > 23 || Number(match[6]) > 59 || Number(match[7]) > 60) {
      return fault("SIP_MSG_BAD_DATE", "expected a date such as Sat, 13 Nov 2010 23:29:00 GMT");
    }
    const at = new Date(0);
    at.setUTCFullYear(Number(match[4]), month, Number(match[2]));
    if (at.getUTCMonth() !== month) return fault("SIP_MSG_BAD_DATE", "that month has no such day");
    return ok(at.getTime() + Number(match[5]) * 3_600_000 + Number(match[6]) * 60_000 + Number(match[7]) * 1000);
  },
  format: (instant) => {
    const at = new Date(instant);
    const two = (value: number) => String(value).padStart(2, "0");
    const year = String(at.getUTCFullYear()).padStart(4, "0");
    const clock = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
    return `${days[at.getUTCDay()]}, ${two(at.getUTCDate())} ${months[at.getUTCMonth()]} ${year} ${clock} GMT`;
  },
});
