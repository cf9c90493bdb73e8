/** The error kit: each package declares its failures once, with stable codes, in its `errors.ts`. */

export interface TrapezoidErrorOptions {
  readonly cause?: unknown;
}

/** Every operation that fails in Trapezoid rejects with one of these. */
export class TrapezoidError extends Error {
  /** Stable across versions, for programs: `SIP_TX_TIMEOUT`. */
  readonly code: string;

  constructor(code: string, message: string, options: TrapezoidErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "TrapezoidError";
    this.code = code;
  }
}

export interface ErrorDefinition<A extends readonly unknown[]> {
  readonly code: string;
  (...args: A): TrapezoidError;
  /** The same error with the failure that led to it. */
  from(cause: unknown, ...args: A): TrapezoidError;
  /** Whether a caught value is this error. */
  is(error: unknown): error is TrapezoidError;
}

/** Declares one entry of an error catalogue: `define("SIP_TX_TIMEOUT", (timer: string) => `timer ${timer} fired`)`. */
export function define<A extends readonly unknown[]>(code: string, text: (...args: A) => string): ErrorDefinition<A> {
  const create = (...args: A): TrapezoidError => new TrapezoidError(code, text(...args));
  return Object.assign(create, {
    code,
    from: (cause: unknown, ...args: A): TrapezoidError => new TrapezoidError(code, text(...args), { cause }),
    is: (error: unknown): error is TrapezoidError => error instanceof TrapezoidError && error.code === code,
  });
}
