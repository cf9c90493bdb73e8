/** Overload control in Via: `oc`, `oc-algo`, `oc-validity`, `oc-seq`. RFC 7339 §4, §9. */

import { type Fault, fault, ok, type Result } from "@trapezoid/base";
import { charClass, equalsIgnoreCase, SPACE, skipQuoted, skipSpace, skipToken, trimEnd } from "./lexer.ts";
import { getParam, hasParam } from "./params.ts";
import { fieldEnd, topViaStart } from "./top-via.ts";
import type { Via } from "./values.ts";

/** What a Via says of overload control. */
export interface OverloadParams {
  /** `true`: its element asks to be told (§4.1). A number: it is told, in percent for the algorithm `loss`. */
  readonly oc: number | true;
  /** In lower case; of an answer the one that the server chose. Empty when it says none. */
  readonly algorithms: readonly string[];
  /** How long the answer holds; milliseconds, 500 when it does not say (§4.3). */
  readonly validityMs: number;
  /** Grows from one value to the next (§4.4); `undefined` when it does not say. */
  readonly sequence: number | undefined;
}

/** `undefined` when the Via has no `oc`. */
export function overloadOf(via: Via): Result<OverloadParams, Fault> | undefined {
  if (!hasParam(via.params, "oc")) return undefined;
  const oc = getParam(via.params, "oc");
  const validity = getParam(via.params, "oc-validity");
  const sequence = getParam(via.params, "oc-seq");
  if (oc !== undefined && !/^[0-9]{1,9}$/.test(oc)) return bad(`oc must be a number, got "${oc.slice(0, 20)}"`);
  if (validity !== undefined && !/^[0-9]{1,12}$/.test(validity)) return bad("oc-validity must be milliseconds");
  // §9: digits, a point, digits. The point and what follows are left out by some who count.
  if (sequence !== undefined && !/^[0-9]{1,12}(?:\.[0-9]{1,5})?$/.test(sequence)) {
    return bad("oc-seq must be a number with a point");
  }
  return ok({
    oc: oc === undefined ? true : Number(oc),
    algorithms: (getParam(via.params, "oc-algo") ?? "")
      .split(",")
      .map((name) => name.trim().toLowerCase())
      .filter((name) => name !== ""),
    validityMs: validity === undefined ? defaultValidityMs : Number(validity),
    sequence: sequence === undefined ? undefined : Number(sequence),
  });
}

const defaultValidityMs = 500;

function bad(message: string): Result<never, Fault> {
  return fault("SIP_MSG_BAD_OVERLOAD", message, 0);
}

/** Whether the Via asks to be told by the algorithm `loss`, which every element that asks must know (§5.1). */
export function asksForLoss(via: Via): boolean {
  // Nearly no Via does.
  if (!hasParam(via.params, "oc")) return false;
  const asked = overloadOf(via);
  return asked?.ok === true && asked.value.oc === true && asked.value.algorithms.includes("loss");
}

/** What an element that asks puts into its Via. */
export const askForLoss = ';oc;oc-algo="loss"';

/** What an answer says: `percent` of all requests shall stay away for `validityMs`; 0 and 0 that none shall (§5.7). */
export function formatLoss(percent: number, validityMs: number, sequence: string): string {
  return `;oc=${percent};oc-algo="loss";oc-validity=${validityMs};oc-seq=${sequence}`;
}

/**
 * A message's text with these parameters (as `formatLoss` makes them, or "") in its topmost Via, in place of what it said of overload
 * control.
 */
export function withOverloadParams(text: string, params: string): string {
  const start = topViaStart(text);
  const lineEnd = start === -1 ? -1 : fieldEnd(text, start);
  if (lineEnd === -1) return text;
  const cuts = overloadParamsAt(text, start, lineEnd);
  if (cuts.length === 0 && params === "") return text;
  const end = firstValueEnd(text, start, lineEnd);
  let out = "";
  let at = 0;
  for (const cut of cuts) {
    out += text.slice(at, cut.start);
    at = cut.end;
  }
  return out + text.slice(at, end) + params + text.slice(end);
}

/** The places of the overload control parameters of the Via value that begins at `start`, each with its semicolon. */
export function overloadParamsAt(
  text: string,
  start: number,
  end: number,
): { readonly start: number; readonly end: number }[] {
  const places: { readonly start: number; readonly end: number }[] = [];
  eachParam(text, start, end, (semicolon, name, nameEnd, paramEnd) => {
    if (isOverloadParam(text, name, nameEnd)) {
      // With the white space before it: a fold would be left without anything behind it.
      places.push({ start: trimEnd(text, start, semicolon), end: paramEnd });
    }
  });
  return places;
}

const names = ["oc", "oc-algo", "oc-validity", "oc-seq"];

function isOverloadParam(text: string, start: number, end: number): boolean {
  return (
    (text.charCodeAt(start) | 0x20) === 111 && names.some((name) => equalsIgnoreCase(text.slice(start, end), name))
  );
}

function firstValueEnd(text: string, start: number, end: number): number {
  return eachParam(text, start, end, () => {});
}

/** Returns where the value ends, white space after it left out. */
function eachParam(
  text: string,
  start: number,
  end: number,
  visit: (semicolon: number, name: number, nameEnd: number, paramEnd: number) => void,
): number {
  let at = skipSpace(text, start, end);
  // Empty elements of a list are passed over (RFC 4475 §3.1.1.1).
  while (text.charCodeAt(at) === 44 && at < end) at = skipSpace(text, at + 1, end);
  while (at < end && text.charCodeAt(at) !== 59 && text.charCodeAt(at) !== 44) at++;
  let last = trimEnd(text, start, at);
  while (at < end && text.charCodeAt(at) === 59) {
    const semicolon = at;
    const name = skipSpace(text, at + 1, end);
    const nameEnd = skipToken(text, name, end);
    last = nameEnd;
    at = skipSpace(text, nameEnd, end);
    if (text.charCodeAt(at) === 61 && at < end) {
      at = skipSpace(text, at + 1, end);
      if (text.charCodeAt(at) === 34) {
        const close = skipQuoted(text, at, end);
        at = close === -1 ? end : close;
      } else while (at < end && !isValueEnd(text.charCodeAt(at))) at++;
      last = at;
      at = skipSpace(text, at, end);
    }
    visit(semicolon, name, nameEnd, last);
  }
  return last;
}

function isValueEnd(code: number): boolean {
  return code === 59 || code === 44 || (charClass[code]! & SPACE) !== 0;
}
