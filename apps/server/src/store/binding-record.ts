/**
 * A binding as lines of text: the form in which it crosses threads and lies in the database. One line a field; no field of a
 * header value can hold a line break, so nothing is escaped.
 */

import { splitList } from "@trapezoid/sip/message";
import type { Binding } from "./contract.ts";

/** Lines of one binding, each ended by LF. The address is not among them: it is written once for all. */
export const RECORD_LINES = 13;

export function encodeBinding(binding: Binding): string {
  const { contact, params, q, expiresAt, callId, cseq, path, flowId, source, userAgent, instance, regId } = binding;
  const text =
    `${contact}\n${params}\n${q}\n${Math.round(expiresAt)}\n${callId}\n${cseq}\n${path.length === 0 ? "" : path.join(",")}\n` +
    `${flowId}\n${source}\n${userAgent ?? ""}\n${instance ?? ""}\n${regId ?? ""}\n${Math.round(binding.updatedAt)}\n`;
  return hasLines(text, RECORD_LINES) ? text : encodeBinding(withoutBreaks(binding));
}

export function encodeBindings(bindings: readonly Binding[]): string {
  let text = "";
  for (const binding of bindings) text += encodeBinding(binding);
  return text;
}

/** The binding whose lines begin at `lines[at]`. */
export function decodeBinding(aor: string, lines: readonly string[], at: number): Binding {
  const path = lines[at + 6]!;
  const userAgent = lines[at + 9]!;
  const instance = lines[at + 10]!;
  const regId = lines[at + 11]!;
  return {
    aor,
    contact: lines[at]!,
    params: lines[at + 1]!,
    q: Number(lines[at + 2]),
    expiresAt: Number(lines[at + 3]),
    callId: lines[at + 4]!,
    cseq: Number(lines[at + 5]),
    path: path === "" ? noPath : splitList(path),
    flowId: lines[at + 7]!,
    source: lines[at + 8]!,
    userAgent: userAgent === "" ? undefined : userAgent,
    instance: instance === "" ? undefined : instance,
    regId: regId === "" ? undefined : Number(regId),
    updatedAt: Number(lines[at + 12]),
  };
}

/** Which line of a record holds what, for those who need not decode it. */
export const RecordLine = { contact: 0, expiresAt: 3, callId: 4, cseq: 5, instance: 10, regId: 11 } as const;

/**
 * Where the lines of the one record begin that `text[start, end)` holds: `RECORD_LINES + 1` offsets, the last one `end`.
 * `undefined` when it holds none or more. The array is reused by the next call with the same `into`.
 */
export function recordLines(text: string, start: number, end: number, into: number[]): readonly number[] | undefined {
  let at = start;
  for (let line = 0; line < RECORD_LINES; line++) {
    into[line] = at;
    at = text.indexOf("\n", at) + 1;
    if (at === 0 || at > end) return undefined;
  }
  into[RECORD_LINES] = at;
  return at === end ? into : undefined;
}

/** All bindings of one address, as `encodeBindings` wrote them. */
export function decodeBindings(aor: string, text: string): Binding[] {
  const lines = text.split("\n");
  const bindings: Binding[] = [];
  for (let at = 0; at + RECORD_LINES < lines.length; at += RECORD_LINES) bindings.push(decodeBinding(aor, lines, at));
  return bindings;
}

const noPath: readonly string[] = Object.freeze([]);

function hasLines(text: string, lines: number): boolean {
  let at = -1;
  for (let line = 0; line < lines; line++) at = text.indexOf("\n", at + 1);
  return at === text.length - 1;
}

/** For callers that made a binding of something else than parsed header values. */
function withoutBreaks(binding: Binding): Binding {
  const clean = (text: string): string => text.replace(/[\r\n]+/g, " ");
  return {
    ...binding,
    contact: clean(binding.contact),
    params: clean(binding.params),
    callId: clean(binding.callId),
    path: binding.path.map(clean),
    flowId: clean(binding.flowId),
    source: clean(binding.source),
    userAgent: binding.userAgent === undefined ? undefined : clean(binding.userAgent),
    instance: binding.instance === undefined ? undefined : clean(binding.instance),
  };
}
