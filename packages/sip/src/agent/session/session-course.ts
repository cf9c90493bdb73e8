/** How far a session has come, and what it came to: its state, and the promises that tell of it. RFC 3261 §13 to §15, RFC 3326. */

import { reasonPhrase } from "../../message/reason-phrases.ts";
import { handled } from "../core/handled.ts";
import { type SipError, sessionOver } from "../errors.ts";
import type { Leg } from "./leg.ts";
import { reasonsOf, statusOfReasons } from "./reason.ts";
import { type SessionInput, sessionTable } from "./session-state.ts";
import type { SessionEnd, SessionState } from "./values.ts";

export class SessionCourse {
  /** The ACK was sent or received. */
  readonly confirmed: Promise<Leg>;
  readonly ended: Promise<SessionEnd>;
  readonly #over = new AbortController();
  #state: SessionState = "calling";
  #end: SessionEnd | undefined;
  #confirm!: (leg: Leg) => void;
  #reject!: (error: SipError) => void;
  #resolveEnded!: (end: SessionEnd) => void;

  constructor() {
    this.confirmed = handled(
      new Promise<Leg>((resolve, reject) => {
        this.#confirm = resolve;
        this.#reject = reject;
      }),
    );
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Aborted when the session is over. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** How it ended; `undefined` while it has not. */
  get end(): SessionEnd | undefined {
    return this.#end;
  }

  step(input: SessionInput): void {
    this.#state = sessionTable[this.#state][input] ?? this.#state;
  }

  confirm(leg: Leg): void {
    this.#confirm(leg);
  }

  /** It will not be confirmed, for this reason. */
  reject(error: SipError): void {
    this.#reject(error);
  }

  /** Over; `undefined` when it was before. Who waits is told by `tell`, once all is tidied up. */
  finish(parts: Omit<SessionEnd, "reasons">): SessionEnd | undefined {
    if (this.#state === "ended") return undefined;
    this.step("over");
    const reasons = reasonsOf(parts.message);
    const status = parts.status === 0 ? statusOfReasons(reasons) : parts.status;
    const reason = parts.reason === "" && status !== 0 ? reasonPhrase(status) : parts.reason;
    this.#end = { ...parts, status, reason, reasons };
    this.#over.abort();
    return this.#end;
  }

  tell(end: SessionEnd): void {
    const why = end.reason === "" ? end.cause : `${end.status} ${end.reason}`;
    this.#reject(sessionOver("the session", why, end.status));
    this.#resolveEnded(end);
  }
}
