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

  /** §6, §8: takes over the peer's half, which may change at any time. */
  learn(message: SipMessage): void {
    this.#remote = halfOf(message) ?? this.#remote;
  }

  line(): HeaderLine {
    return sessionIdLine(this.local, this.#remote);
  }

  /** §8: of a response, which says the half that its request has brought, also where it is refused and does not count. */
  lineTo(request: SipMessage): HeaderLine {
    return sessionIdLine(this.local, halfOf(request) ?? this.#remote);
  }
}

/** Of the sender; `undefined`: it has none, or a faulty one (§6). */
function halfOf(message: SipMessage): string | undefined {
  const id = message.get(SessionId)?.id;
  return id !== undefined && uuid.test(id) && id !== nilId ? id : undefined;
}

export function sessionIdLine(local: string, remote: string | undefined): HeaderLine {
  return ["Session-ID", SessionId.format({ id: local, params: SessionRemote.set(noParams, remote ?? nilId) })];
}
