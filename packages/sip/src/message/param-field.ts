/** Typed parameters: read from, and set in, the parameters of any header field or URI. RFC 3261 §7.3.1, §25.1 (generic-param). */

import { equalsIgnoreCase, isToken, utf8Decode, utf8Encode } from "./lexer.ts";
import { formatUri, parseUri } from "./uri.ts";
import { escapeParam, unescapeUri } from "./uri-escape.ts";
import type { Param, Params, Uri } from "./values.ts";

/**
 * A parameter with a type: `RegId.get(contact.params)`. A header field's value keeps all its parameters in order, unknown and
 * faulty ones too; a typed one is a view of that list.
 */
export interface ParamField<T> {
  readonly name: string;
  /** The first parameter of this name; `undefined` when there is none, or when it does not fit. Never throws. */
  readonly get: (params: Params) => T | undefined;
  /** The parameters with this one set: in its old place when it was there, else last. Throws `TypeError` on what cannot be written. */
  readonly set: (params: Params, value: T) => Params;
}

/** What a parameter is but for its name. */
export type ParamValue = Omit<Param, "name">;

/** Declares a parameter. `write` throws `TypeError` when the grammar cannot hold the value. */
export function defineParam<T>(definition: {
  readonly name: string;
  readonly read: (param: ParamValue) => T | undefined;
  readonly write: (value: T) => ParamValue;
}): ParamField<T> {
  const { name, read, write } = definition;
  if (!isToken(name)) throw new TypeError(`a parameter's name must be a token, got ${JSON.stringify(name)}`);
  const isOurs = (param: Param): boolean => equalsIgnoreCase(param.name, name);
  return Object.freeze({
    name,
    get: (params: Params): T | undefined => {
      const param = params.find(isOurs);
      return param === undefined ? undefined : read(param);
    },
    set: (params: Params, value: T): Params => {
      const param: Param = { name, ...write(value) };
      const at = params.findIndex(isOurs);
      return at === -1 ? [...params, param] : params.with(at, param);
    },
  });
}

/** Present or not; a value that it should not have is passed over. `withoutParam` takes it away. */
export function flagParam(name: string): ParamField<true> {
  return defineParam<true>({ name, read: () => true, write: () => ({ value: undefined }) });
}

/** A token, host or quoted string, its case kept: tags, identifiers. What is no token and no host is written in quotes. */
export function valueParam(name: string): ParamField<string> {
  return defineParam<string>({
    name,
    read: ({ value }) => value,
    write: (value) => (isToken(value) || /^\[[0-9A-Fa-f:.]+\]$/.test(value) ? { value } : { value, quoted: true }),
  });
}

/** A token of an open set, in lower case: RFC 3261 §7.3.1, values are compared without case unless their definition says otherwise. */
export function keywordParam(name: string): ParamField<string> {
  return defineParam<string>({
    name,
    read: ({ value }) => value?.toLowerCase(),
    write: (value) => ({ value: fitting(name, "a token", value, isToken(value)) }),
  });
}

/** One of the values given, in the spelling given; read without regard to case. */
export function choiceParam<const V extends string>(name: string, values: readonly V[]): ParamField<V> {
  return defineParam<V>({
    name,
    read: ({ value }) => (value === undefined ? undefined : values.find((known) => equalsIgnoreCase(known, value))),
    write: (value) => ({ value: fitting(name, `one of ${values.join(", ")}`, value, values.includes(value)) }),
  });
}

/** A whole number. */
export function integerParam(name: string, least: number, most: number): ParamField<number> {
  const fits = (value: number) => Number.isInteger(value) && value >= least && value <= most;
  return defineParam<number>({
    name,
    read: ({ value }) => {
      if (value === undefined || !/^[0-9]{1,20}$/.test(value)) return undefined;
      return fits(Number(value)) ? Number(value) : undefined;
    },
    write: (value) => ({ value: fitting(name, `a whole number from ${least} to ${most}`, String(value), fits(value)) }),
  });
}

/** RFC 3261 §25.1, qvalue: 0 to 1 in thousandths. */
export function qualityParam(name: string): ParamField<number> {
  return defineParam<number>({
    name,
    read: ({ value }) => {
      if (value === undefined || !/^[0-9]{0,3}\.?[0-9]{0,12}$/.test(value) || !/[0-9]/.test(value)) return undefined;
      return Number(value) <= 1 ? Math.round(Number(value) * 1000) / 1000 : undefined;
    },
    write: (value) => {
      fitting(name, "a number from 0 to 1", String(value), value >= 0 && value <= 1);
      return { value: String(Math.round(value * 1000) / 1000) };
    },
  });
}

/** Text in quotes. */
export function textParam(name: string): ParamField<string> {
  return defineParam<string>({ name, read: ({ value }) => value, write: (value) => ({ value, quoted: true }) });
}

/** Text in quotes and angle brackets, `"<urn:uuid:…>"`: the value is what the brackets hold. */
export function bracketedParam(name: string): ParamField<string> {
  return defineParam<string>({
    name,
    read: ({ value }) => (value?.startsWith("<") && value.endsWith(">") ? value.slice(1, -1) : value),
    write: (value) => ({
      value: `<${fitting(name, "text without angle brackets", value, !/[<>]/.test(value))}>`,
      quoted: true,
    }),
  });
}

/** A URI in quotes. */
export function quotedUriParam(name: string): ParamField<Uri> {
  return defineParam<Uri>({
    name,
    read: ({ value }) => {
      const uri = value === undefined ? undefined : parseUri(utf8Encode(value));
      return uri?.ok ? uri.value : undefined;
    },
    write: (uri) => ({ value: utf8Decode(formatUri(uri)), quoted: true }),
  });
}

/** Values with commas between them, in quotes. */
export function listParam(name: string): ParamField<readonly string[]> {
  return defineParam<readonly string[]>({
    name,
    read: ({ value }) => value?.split(",").map((one) => one.trim()),
    write: (values) => {
      const text = values.join(",");
      fitting(name, "values without commas", text, values.length > 0 && values.every((one) => !one.includes(",")));
      return { value: text, quoted: true };
    },
  });
}

/** A parameter of a SIP URI, without its escapes; `""` when it has no value. RFC 3261 §19.1.1. */
export function uriParam(name: string): ParamField<string> {
  return defineParam<string>({
    name,
    read: ({ value }) => unescapeUri(value ?? ""),
    write: (value) => ({ value: value === "" ? undefined : escapeParam(value) }),
  });
}

function fitting<V extends string>(name: string, what: string, value: V, fits: boolean): V {
  if (!fits) throw new TypeError(`the parameter ${name} must be ${what}, got ${JSON.stringify(value)}`);
  return value;
}
