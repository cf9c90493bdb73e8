/** Header fields that name dialogs, transactions and their order. RFC 3261 §20.8, §20.16, §20.21; RFC 3262, 3891, 3911, 4538, 3326, 7989. */

import { type Err, type Fault, fault, ok } from "@trapezoid/base";
import { formatCSeq, parseCSeq, parseCSeqAt } from "../cseq.ts";
import { defineHeader } from "../define-header.ts";
import { charClass, SPACE, skipSpace } from "../lexer.ts";
import { formatParams, getParam } from "../params.ts";
import type { CSeq as CSeqValue, HeaderField, Params } from "../values.ts";
import { integerField, maxUint32, trimmed, wordField, written, writtenInteger } from "./kinds.ts";
import { parseParametrized, tokenParamsField } from "./param-kinds.ts";

/** §20.8: `word [ "@" word ]`. */
export const CallId: HeaderField<string> = wordField("Call-ID", false, "i");
/** §20.21: `callid *( COMMA callid )`. */
export const InReplyTo: HeaderField<string> = wordField("In-Reply-To", true);

export type CSeq = CSeqValue;
/** §20.16: `1*DIGIT LWS Method`. */
export const CSeq: HeaderField<CSeq> = defineHeader({ name: "CSeq", parse: parseCSeq, format: formatCSeq });

/** RFC 3262 §7.1: 1 to 2**32 - 1. */
export const RSeq: HeaderField<number> = integerField("RSeq", maxUint32);

export interface RAck {
  readonly rseq: number;
  readonly cseq: CSeq;
}
/** RFC 3262 §7.2: `response-num LWS CSeq-num LWS Method`. */
export const RAck: HeaderField<RAck> = defineHeader<RAck>({
  name: "RAck",
  parse: (text) => {
    const end = text.length;
    const start = skipSpace(text, 0, end);
    let at = start;
    let rseq = 0;
    for (; at < end; at++) {
      const digit = text.charCodeAt(at) - 48;
      if (digit < 0 || digit > 9) break;
      rseq = rseq * 10 + digit;
    }
    const isApart = at < end && (charClass[text.charCodeAt(at)]! & SPACE) !== 0;
    if (at === start || !isApart || rseq > maxUint32) return badRAck(at);
    const cseq = parseCSeqAt(text, at, end);
    return cseq.ok ? ok({ rseq, cseq: cseq.value }) : badRAck(cseq.error.offset);
  },
  format: ({ rseq, cseq }) => `${writtenInteger("RAck", rseq, maxUint32)} ${formatCSeq(cseq)}`,
});

function badRAck(offset: number): Err<Fault> {
  return fault("SIP_MSG_BAD_RACK", "expected RSeq, CSeq and method", offset);
}

/** Replaces (RFC 3891 §6.1), Join (RFC 3911 §7.1) and Target-Dialog (RFC 4538 §7): a Call-ID, and the tags in `params`. */
export interface DialogReference {
  readonly callId: string;
  readonly params: Params;
}

const isCallId = (text: string): boolean => /^[\x21-\x3a\x3c-\x7e]+$/.test(text);

/** `callid *( SEMI ( tag / generic-param ) )`. */
function dialogReference(name: string, tags: readonly string[]): HeaderField<DialogReference> {
  return defineHeader<DialogReference>({
    name,
    parse: (text) => {
      const parsed = parseParametrized(name, text);
      if (!parsed.ok) return parsed;
      const { value, params } = parsed.value;
      const callId = trimmed(value);
      if (!isCallId(callId)) return fault("SIP_MSG_BAD_WORD", `${name} must start with a Call-ID`);
      for (const tag of tags) {
        if (getParam(params, tag) === undefined) return fault("SIP_MSG_BAD_PARAM", `${name} needs ${tag}`, text.length);
      }
      return ok({ callId, params });
    },
    format: ({ callId, params }) => {
      for (const tag of tags) {
        if (getParam(params, tag) === undefined) throw new TypeError(`${name} needs ${tag}`);
      }
      return written(name, "a Call-ID", callId, isCallId(callId)) + formatParams(params);
    },
  });
}

// RFC 3891 §6.1, RFC 3911 §7.1: both tags must be there.
export const Replaces: HeaderField<DialogReference> = dialogReference("Replaces", ["to-tag", "from-tag"]);
export const Join: HeaderField<DialogReference> = dialogReference("Join", ["to-tag", "from-tag"]);
/** RFC 4538 §7: the tags as the sender's peer sees them, and either may be missing. */
export const TargetDialog: HeaderField<DialogReference> = dialogReference("Target-Dialog", []);

/** RFC 3326: why a request was sent. */
export interface Reason {
  /** As written: `SIP`, `Q.850`. */
  readonly protocol: string;
  readonly params: Params;
}
/** RFC 3326 §2: `protocol *( SEMI ( cause / text / generic-param ) )`. */
export const Reason: HeaderField<Reason> = tokenParamsField<Reason>("Reason", {
  list: true,
  of: (protocol, params) => ({ protocol, params }),
  token: (reason) => reason.protocol,
});

export interface SessionId {
  /** 32 lower-case hexadecimal digits by RFC 7989; other tokens of older implementations (RFC 7329) are read, too. */
  readonly id: string;
  readonly params: Params;
}
/** RFC 7989 §5: `local-uuid *( SEMI ( remote / generic-param ) )`. */
export const SessionId: HeaderField<SessionId> = tokenParamsField<SessionId>("Session-ID", {
  of: (id, params) => ({ id, params }),
  token: (value) => value.id,
});
