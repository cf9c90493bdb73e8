/** Methods: the known ones, and own ones with the same facts. RFC 3261 §7.1 and the methods' own RFCs. */

import { isToken } from "./lexer.ts";

/** What transaction users must know of a method. */
export interface MethodDefinition<N extends string = string> {
  readonly name: N;
  /** A 2xx to it creates a dialog (or subscription). */
  readonly createsDialog: boolean;
  /** It and its 2xx may change the dialog's remote target, so it carries a Contact. */
  readonly refreshesTarget: boolean;
  /** The RFC section that defines it, for people. */
  readonly source: string;
}

/** Declares a method of one's own: `const PING = defineMethod({ name: "PING" })`. Throws `TypeError` if the name is no token. */
export function defineMethod<const N extends string>(definition: {
  readonly name: N;
  readonly createsDialog?: boolean;
  readonly refreshesTarget?: boolean;
  readonly source?: string;
}): MethodDefinition<N> {
  if (!isToken(definition.name))
    throw new TypeError(`a method name must be a token, got ${JSON.stringify(definition.name)}`);
  const { name, createsDialog = false, refreshesTarget = createsDialog, source = "" } = definition;
  return Object.freeze({ name, createsDialog, refreshesTarget, source });
}

/** The IANA registry's methods, by name. */
export const methods = Object.freeze({
  INVITE: defineMethod({ name: "INVITE", createsDialog: true, source: "RFC 3261 §13" }),
  ACK: defineMethod({ name: "ACK", source: "RFC 3261 §13.2.2.4" }),
  BYE: defineMethod({ name: "BYE", source: "RFC 3261 §15" }),
  CANCEL: defineMethod({ name: "CANCEL", source: "RFC 3261 §9" }),
  OPTIONS: defineMethod({ name: "OPTIONS", source: "RFC 3261 §11" }),
  REGISTER: defineMethod({ name: "REGISTER", source: "RFC 3261 §10" }),
  MESSAGE: defineMethod({ name: "MESSAGE", source: "RFC 3428" }),
  SUBSCRIBE: defineMethod({ name: "SUBSCRIBE", createsDialog: true, source: "RFC 6665" }),
  NOTIFY: defineMethod({ name: "NOTIFY", refreshesTarget: true, source: "RFC 6665" }),
  PUBLISH: defineMethod({ name: "PUBLISH", source: "RFC 3903" }),
  REFER: defineMethod({ name: "REFER", createsDialog: true, source: "RFC 3515" }),
  INFO: defineMethod({ name: "INFO", source: "RFC 6086" }),
  PRACK: defineMethod({ name: "PRACK", source: "RFC 3262" }),
  UPDATE: defineMethod({ name: "UPDATE", refreshesTarget: true, source: "RFC 3311" }),
});

export type KnownMethod = keyof typeof methods;

/** A known method, or any other token. */
export type SipMethod = KnownMethod | (string & {});

/** Whether the registry has it. Upper and lower case differ (RFC 3261 §7.1). */
export function isKnownMethod(method: string): method is KnownMethod {
  return Object.hasOwn(methods, method);
}

const byLength: readonly (readonly string[])[] = Array.from({ length: 16 }, (_, length) =>
  Object.keys(methods).filter((name) => name.length === length),
);

/** @internal The method at `text[start, end)`: a shared string for the known ones, so that comparing them is comparing pointers. */
export function methodAt(text: string, start: number, end: number): string {
  const length = end - start;
  if (length < byLength.length) {
    const first = text.charCodeAt(start);
    for (const name of byLength[length]!) if (name.charCodeAt(0) === first && text.startsWith(name, start)) return name;
  }
  return text.slice(start, end);
}
