/** Header fields that name dialogs, transactions and their order. RFC 3261 §20.8, §20.16, §20.21; RFC 3262, 3891, 3911, 3326, 7989. */

import { type Fault, fault, ok, type Result } from "@trapezoid/base";
import { formatCSeq, parseCSeq } from "../cseq.ts";
import { defineHeader } from "../define-header.ts";
import { formatParams, getParam } from "../params.ts";
import type { CSeq as CSeqValue, HeaderField, Params } from "../values.ts";
import {
  integerField,
  maxUint32,
  parseParametrized,
  tokenField,
  tokenParamsField,
  trimmed,
  wordField,
} from "./kinds.ts";

export const CallId: HeaderField<string> = wordField("Call-ID", false, "i");
export const InReplyTo: HeaderField<string> = wordField("In-Reply-To", true);

export type CSeq = CSeqValue;
export const CSeq: HeaderField<CSeq> = defineHeader({ name: "CSeq", parse: parseCSeq, format: formatCSeq });

/** RFC 3262 §7.1: 1 to 2**32 - 1. */
export const RSeq: HeaderField<number> = integerField("RSeq", maxUint32);

/** RFC 3262 §7.2. */
export interface RAck {
  readonly rseq: number;
  readonly cseq: CSeq;
}
export const RAck: HeaderField<RAck> = defineHeader<RAck>({
  name: "RAck",
  parse: (text) => {
    const match = /^\s*([0-9]{1,10})\s+(\S.*)$/s.exec(text);
    if (match === null || Number(match[1]) > maxUint32)
      return fault("SIP_MSG_BAD_RACK", "expected RSeq, CSeq and method");
    const cseq = parseCSeq(match[2]!);
    return cseq.ok ? ok({ rseq: Number(match[1]), cseq: cseq.value }) : cseq;
  },
  format: ({ rseq, cseq }) => `${rseq} ${formatCSeq(cseq)}`,
});

/** Replaces (RFC 3891 §6.1) and Join (RFC 3911 §7.1). */
export interface DialogReference {
  readonly callId: string;
  readonly params: Params;
}

function dialogReference(name: string): HeaderField<DialogReference> {
  return defineHeader<DialogReference>({
    name,
    parse: (text) => {
      const parsed = parseParametrized(name, text);
      if (!parsed.ok) return parsed;
      const { value: callId, params } = parsed.value;
      if (!/^[\x21-\x7e]+$/.test(callId)) return fault("SIP_MSG_BAD_WORD", `${name} must start with a Call-ID`);
      // RFC 3891 §6.1, RFC 3911 §7.1: exactly one of each tag.
      for (const tag of ["to-tag", "from-tag"]) {
        if (getParam(params, tag) === undefined) return fault("SIP_MSG_BAD_PARAM", `${name} needs ${tag}`, text.length);
      }
      return ok({ callId, params });
    },
    format: ({ callId, params }) => callId + formatParams(params),
  });
}

export const Replaces: HeaderField<DialogReference> = dialogReference("Replaces");
export const Join: HeaderField<DialogReference> = dialogReference("Join");

/** RFC 3326: why a request was sent. */
export interface Reason {
  /** As written: `SIP`, `Q.850`. */
  readonly protocol: string;
  readonly params: Params;
}
export const Reason: HeaderField<Reason> = tokenParamsField<Reason>("Reason", {
  list: true,
  of: (protocol, params) => ({ protocol, params }),
  token: (reason) => reason.protocol,
});

/** RFC 7989 §5. */
export interface SessionId {
  readonly id: string;
  readonly params: Params;
}
export const SessionId: HeaderField<SessionId> = tokenParamsField<SessionId>("Session-ID", {
  of: (id, params) => ({ id, params }),
  token: (value) => value.id,
});

/** RFC 3323 §4.2: values are separated by semicolons. */
export const Privacy: HeaderField<readonly string[]> = defineHeader<readonly string[]>({
  name: "Privacy",
  parse: (text): Result<readonly string[], Fault> => {
    const values = text.split(/[;,]/).map(trimmed);
    const at = values.findIndex((value) => !/^[A-Za-z0-9\-.!%*_+`'~]+$/.test(value));
    return at === -1 ? ok(values) : fault("SIP_MSG_BAD_TOKEN", "Privacy must be tokens separated by semicolons");
  },
  format: (values) => values.join(";"),
});

export const RequestDisposition: HeaderField<string> = tokenField("Request-Disposition", true, "d");
