/** What fails in the command line's phone. */

import { define, type ErrorDefinition, TrapezoidError } from "@trapezoid/base";
import type { Explained } from "./phone/failures/catalogue.ts";
import { printable } from "./table.ts";

/** Something failed that has been explained already: `kind` names it, for programs. */
export class PhoneFailure extends TrapezoidError {
  readonly kind: string;

  constructor({ code, text }: Explained, cause?: unknown) {
    super("PHONE_FAILED", printable(text), cause === undefined ? {} : { cause });
    this.name = "PhoneFailure";
    this.kind = code;
  }
}

export const nobodyCalled: ErrorDefinition<readonly [seconds: number]> = define(
  "PHONE_NOBODY_CALLED",
  (seconds: number) => `nobody called within ${seconds} s; wait longer with --timeout`,
);

export const notInTime: ErrorDefinition<readonly [what: string, seconds: number]> = define(
  "PHONE_NOT_IN_TIME",
  (what: string, seconds: number) => `${what} within ${seconds} s; wait longer with --timeout`,
);

export const stopped: ErrorDefinition<readonly [what: string]> = define(
  "PHONE_STOPPED",
  (what: string) => `${what} before it was stopped`,
);

export const fileUnreadable: ErrorDefinition<readonly [path: string, why: string]> = define(
  "PHONE_FILE_UNREADABLE",
  (path: string, why: string) => `cannot read ${path}: ${why}; check its name`,
);

export const fileNotWritable: ErrorDefinition<readonly [path: string, why: string]> = define(
  "PHONE_FILE_NOT_WRITABLE",
  (path: string, why: string) => `cannot record to ${path}: ${why}`,
);

export const fileThere: ErrorDefinition<readonly [path: string]> = define(
  "PHONE_FILE_THERE",
  (path: string) => `${path} is there already and is not written over; choose another name for --record, or remove it`,
);
