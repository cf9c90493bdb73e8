/** The shapes of parsed header field values and URIs. Values are read-only; the functions beside them parse and format. */

import type { Fault, Result } from "@trapezoid/base";

/** `;name=value` or `;name`. The value of a quoted string is decoded: without its quotes, escapes undone, UTF-8 octets read as text. */
export interface Param {
  readonly name: string;
  readonly value: string | undefined;
  /** The value was (and is written as) a quoted string. */
  readonly quoted?: boolean;
}

export type Params = readonly Param[];

/** RFC 3261 §19.1. User, password and parameters are kept as written, escapes included (`unescapeUri` reads them). */
export interface SipUri {
  readonly scheme: "sip" | "sips";
  /** As written, escapes included; `undefined` when the URI has no `@`. */
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** As written; an IPv6 reference keeps its brackets. */
  readonly host: string;
  readonly port: number | undefined;
  readonly params: Params;
  /** What follows `?`, as written: name and value pairs. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** RFC 3966. */
export interface TelUri {
  readonly scheme: "tel";
  /** As written, visual separators included: `+1-201-555-0123`. */
  readonly number: string;
  readonly params: Params;
}

/** Any other absolute URI (`http:`, `urn:`, `im:`). */
export interface OtherUri {
  /** Lower case. */
  readonly scheme: string;
  readonly text: string;
}

export type Uri = SipUri | TelUri | OtherUri;

/** A name-addr or addr-spec with its header parameters: From, To, Contact, Route, Record-Route, Path, Refer-To, … */
export interface NameAddr {
  /** Decoded: quotes and escapes removed, UTF-8 octets read as text. */
  readonly displayName: string | undefined;
  readonly uri: Uri;
  /** Header parameters (outside the angle brackets): `tag`, `q`, `expires`, … */
  readonly params: Params;
}

/** RFC 3261 §20.42, RFC 3581. */
export interface Via {
  /** `UDP`, `TCP`, `TLS`, `WS`, `WSS`, or what was written, in upper case. */
  readonly transport: string;
  /** As written; an IPv6 reference keeps its brackets. */
  readonly host: string;
  readonly port: number | undefined;
  readonly params: Params;
  readonly branch: string | undefined;
  readonly received: string | undefined;
  /** A number when filled in, `true` when asked for without a value, `undefined` when absent. */
  readonly rport: number | true | undefined;
  readonly maddr: string | undefined;
}

export interface CSeq {
  readonly sequence: number;
  readonly method: string;
}

/**
 * A header field's type: how its values are parsed and formatted. Own fields are made with `defineHeader` and read with
 * `message.get(field)`; nothing is registered globally.
 */
export interface HeaderField<T> {
  readonly name: string;
  /** Its one-letter form, where it has one. */
  readonly compact?: string;
  /** Whether several values may share a line, separated by commas (RFC 3261 §7.3.1). */
  readonly list: boolean;
  /** `HeaderId`, 0 for a field that has no number. */
  readonly id: number;
  /** One value; never throws. */
  readonly parse: (text: string) => Result<T, Fault>;
  /**
   * @internal As `parse`, of `text[start, end)`, where the field can be read in place; white space around it is passed over, and
   * the fault's offset is in `text`.
   */
  readonly parseAt?: (text: string, start: number, end: number) => Result<T, Fault>;
  /** Inverse of `parse`. */
  readonly format: (value: T) => string;
}
