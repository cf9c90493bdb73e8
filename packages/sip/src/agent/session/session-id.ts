/** Both halves of a session's identifier, as one dialog knows them. RFC 7989. */

import type { HeaderLine } from "../../message/build.ts";
import { SessionId } from "../../message/fields/dialog.ts";
import type { SipMessage } from "../../message/message.ts";
import { SessionRemote } from "../../message/param-fields/dialog.ts";
import { noParams } from "../../message/params.ts";

/** §5: 32 lower-case hexadecimal digits. */
const uuid = /^[0-9a-f]{32}$/;
/** §4.1: what stands for the half that is not known. */
export const nilId = "0".repeat(32);

export class SessionIdentifier {
  readonly local: string;
  #remote: string | undefined;

  constructor(local: string) {
    this.local = local;
  }

  get remote(): string | undefined {
    return this.#remote;
  }

  /** §6, §7: takes over the peer's half, which may change at any time. */
  learn(message: SipMessage): void {
    const id = message.get(SessionId)?.id;
    if (id !== undefined && uuid.test(id) && id !== nilId) this.#remote = id;
  }

  line(): HeaderLine {
    return sessionIdLine(this.local, this.#remote);
  }
}

export function sessionIdLine(local: string, remote: string | undefined): HeaderLine {
  return ["Session-ID", SessionId.format({ id: local, params: SessionRemote.set(noParams, remote ?? nilId) })];
}
