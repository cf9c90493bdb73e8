/** CSeq. RFC 3261 §8.1.1.5, §20.16. */

import { type Fault, fault, ok, type Result } from "@trapezoid/base";
import { charClass, SPACE, skipSpace, skipToken, trimEnd } from "./lexer.ts";
import { methodAt } from "./methods.ts";
import type { CSeq } from "./values.ts";

export function parseCSeq(text: string): Result<CSeq, Fault> {
  return parseCSeqAt(text, 0, text.length);
}

/** @internal As `parseCSeq`, of `text[start, end)`; the fault's offset is in `text`. */
export function parseCSeqAt(text: string, start: number, end: number): Result<CSeq, Fault> {
  start = skipSpace(text, start, end);
  end = trimEnd(text, start, end);
  let at = start;
  let sequence = 0;
  while (at < end) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) break;
    sequence = sequence * 10 + digit;
    at++;
  }
  if (at === start) return fault("SIP_MSG_BAD_CSEQ", "expected a sequence number", at);
  // §20.16: 32 bits unsigned. That ours stay below 2**31 (§8.1.1.5) is checked in validate.ts.
  if (sequence > 0xffff_ffff) return fault("SIP_MSG_BAD_CSEQ", "the sequence number exceeds 32 bits", start);
  if (at < end && !(charClass[text.charCodeAt(at)]! & SPACE)) {
    return fault("SIP_MSG_BAD_CSEQ", "expected white space after the sequence number", at);
  }
  const method = skipSpace(text, at, end);
  const methodEnd = skipToken(text, method, end);
  if (method === methodEnd || methodEnd !== end) return fault("SIP_MSG_BAD_CSEQ", "expected a method", methodEnd);
  return ok({ sequence, method: methodAt(text, method, methodEnd) });
}

export function formatCSeq(cseq: CSeq): string {
  return `${cseq.sequence} ${cseq.method}`;
}
