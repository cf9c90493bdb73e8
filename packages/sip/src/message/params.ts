/** Header field parameters: `;name=value;flag;text="quoted"`. RFC 3261 §7.3.1, §25.1 (generic-param). */

import { type Fault, fault, ok, type Result } from "@trapezoid/base";
import {
  charClass,
  equalsIgnoreCase,
  quote,
  SPACE,
  skipQuoted,
  skipSpace,
  skipToken,
  TOKEN,
  unquoteRange,
  VALUE,
} from "./lexer.ts";
import { createNameAutomaton, nameRowShift, nameStart } from "./name-automaton.ts";
import type { Param, Params } from "./values.ts";

/** Names that most messages carry come as shared strings: no copy, and comparing them is comparing pointers. */
const commonParams = [
  "branch",
  "tag",
  "lr",
  "rport",
  "received",
  "transport",
  "expires",
  "q",
  "ob",
  "maddr",
  "ttl",
] as const;
const { columns, steps, ids } = createNameAutomaton(
  commonParams.map((name, index) => [name, index + 1] as const),
  { ignoreCase: false },
);

/** Shared by every value without parameters. */
export const noParams: Params = Object.freeze([]) as unknown as Params;

/** The value of the first parameter of this name, in any case; `undefined` when it is absent or has no value. */
export function getParam(params: Params, name: string): string | undefined {
  for (const param of params) if (equalsIgnoreCase(param.name, name)) return param.value;
  return undefined;
}

export function hasParam(params: Params, name: string): boolean {
  for (const param of params) if (equalsIgnoreCase(param.name, name)) return true;
  return false;
}

/** The parameters with this one set: in its old place when it was there, else last. A value that needs quotes gets them. */
export function withParam(params: Params, name: string, value?: string): Params {
  const param: Param = value === undefined || !needsQuotes(value) ? { name, value } : { name, value, quoted: true };
  const at = params.findIndex((old) => equalsIgnoreCase(old.name, name));
  return at === -1 ? [...params, param] : params.with(at, param);
}

export function withoutParam(params: Params, name: string): Params {
  return params.filter((param) => !equalsIgnoreCase(param.name, name));
}

/** Parses `;a=1;b;c="x y"`; the first semicolon may be left out. */
export function parseParams(text: string): Result<Params, Fault> {
  const end = text.length;
  const start = skipSpace(text, 0, end);
  if (start === end) return ok(noParams);
  const params: Param[] = [];
  const stop = paramAt(text, text.charCodeAt(start) === 59 ? start + 1 : start, end, params);
  return stop === end ? ok(params) : fault("SIP_MSG_BAD_PARAM", 'expected ";name" or ";name=value"', stoppedAt(stop));
}

export function formatParams(params: Params): string {
  let text = "";
  for (const param of params) text += `;${formatParam(param)}`;
  return text;
}

export function formatParam(param: Param): string {
  const value = param.value;
  if (value === undefined) return param.name;
  return `${param.name}=${param.quoted === true || needsQuotes(value) ? quote(value) : value}`;
}

function needsQuotes(value: string): boolean {
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code > 126 || !(charClass[code]! & VALUE)) return true;
  }
  return false;
}

/**
 * @internal Reads `*(SEMI generic-param)` in `text[at, end)` into `out`. Returns where it stopped, white space passed: `end`, or the
 * offset of what is no parameter; of what breaks a parameter, the offset inverted (`~offset`).
 */
export function paramsAt(text: string, at: number, end: number, out: Param[]): number {
  at = skipSpace(text, at, end);
  return at < end && text.charCodeAt(at) === 59 ? paramAt(text, at + 1, end, out) : at;
}

/** @internal The offset of the fault that `paramsAt` stopped at. */
export function stoppedAt(stop: number): number {
  return stop < 0 ? ~stop : stop;
}

function paramAt(text: string, at: number, end: number, out: Param[]): number {
  for (;;) {
    at = skipSpace(text, at, end);
    const start = at;
    let state = nameStart;
    while (at < end) {
      const next = steps[state + columns[text.charCodeAt(at)]!]!;
      if (next === 0) break;
      state = next;
      at++;
    }
    let id = ids[state >> nameRowShift]!;
    if (at < end && charClass[text.charCodeAt(at)]! & TOKEN) {
      id = 0;
      at = skipToken(text, at, end);
    }
    if (at === start) return ~at;
    const name = id === 0 ? text.slice(start, at) : commonParams[id - 1]!;
    if (at < end && charClass[text.charCodeAt(at)]! & SPACE) at = skipSpace(text, at, end);
    if (at < end && text.charCodeAt(at) === 61) {
      at = skipSpace(text, at + 1, end);
      if (at < end && text.charCodeAt(at) === 34) {
        const close = skipQuoted(text, at, end);
        if (close === -1) return ~at;
        out.push({ name, value: unquoteRange(text, at + 1, close - 1), quoted: true });
        at = close;
      } else {
        const value = at;
        while (at < end && charClass[text.charCodeAt(at)]! & VALUE) at++;
        out.push({ name, value: text.slice(value, at) });
      }
      if (at < end && charClass[text.charCodeAt(at)]! & SPACE) at = skipSpace(text, at, end);
    } else out.push({ name, value: undefined });
    if (at === end || text.charCodeAt(at) !== 59) return at;
    at++;
  }
}
