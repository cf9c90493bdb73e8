/** A value or the fault that stands in its place. Parsers of bytes from a peer return one and never throw. */

export interface Ok<T> {
  readonly ok: true;
  readonly value: T;
}

export interface Err<F> {
  readonly ok: false;
  readonly error: F;
}

export type Result<T, F> = Ok<T> | Err<F>;

export function ok<T>(value: T): Ok<T> {
  return { ok: true, value };
}

export function err<F>(error: F): Err<F> {
  return { ok: false, error };
}

/** What is wrong with a text or packet, and at which octet of it. */
export interface Fault {
  /** Stable, greppable: `SIP_MSG_BAD_VIA`. */
  readonly code: string;
  /** What was found and what was expected, for a person. */
  readonly message: string;
  /** Octets from the start of the text that was parsed. */
  readonly offset: number;
}

export function fault(code: string, message: string, offset = 0): Err<Fault> {
  return { ok: false, error: { code, message, offset } };
}
