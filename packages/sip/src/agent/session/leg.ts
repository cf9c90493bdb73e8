/** One dialog of a session: its negotiation, and what its peer can do. RFC 3261 §12, §13.2.2.1; RFC 6086 §5.2, RFC 7989 §6. */

import type { Dialog } from "../../dialog/dialog.ts";
import { Allow, Require, Supported } from "../../message/fields/capability.ts";
import { RecvInfo } from "../../message/fields/event.ts";
import { HeaderId } from "../../message/header-id.ts";
import type { SipMessage } from "../../message/message.ts";
import type { Uri } from "../../message/values.ts";
import { Negotiation, type NegotiationHost } from "./negotiation.ts";
import { SessionIdentifier } from "./session-id.ts";
import type { SessionLeg } from "./values.ts";

export class Leg implements SessionLeg {
  readonly dialog: Dialog;
  readonly negotiation: Negotiation;
  /** RFC 7989 §6: the peers of a fork have a half each. */
  readonly ids: SessionIdentifier;
  infoPackages: readonly string[] | undefined;
  #allowed: ReadonlySet<string> | undefined;
  #supported: ReadonlySet<string> = new Set();

  /** @param sessionId Our half of the identifier. */
  constructor(dialog: Dialog, host: NegotiationHost, sessionId: string) {
    this.dialog = dialog;
    this.negotiation = new Negotiation(host, this);
    this.ids = new SessionIdentifier(sessionId);
  }

  get callId(): string {
    return this.dialog.callId;
  }

  get localTag(): string {
    return this.dialog.localTag;
  }

  get remoteTag(): string {
    return this.dialog.remoteTag;
  }

  get state(): "early" | "confirmed" | "ended" {
    return this.dialog.state === "terminated" ? "ended" : this.dialog.state;
  }

  get remoteTarget(): Uri {
    return this.dialog.remoteTarget;
  }

  supports(option: string): boolean {
    return this.#supported.has(option);
  }

  allows(method: string): boolean | undefined {
    return this.#allowed?.has(method);
  }

  /** Takes over what a message of the peer says of it (§20.5, §20.37). */
  learn(message: SipMessage): void {
    // RFC 7989 §8: of a request, only when it is accepted.
    if (!message.isRequest) this.ids.learn(message);
    if (message.findLine(HeaderId.Allow) !== -1) this.#allowed = new Set(message.getAll(Allow));
    if (message.findLine(HeaderId.Supported) === -1 && message.findLine(HeaderId.Require) === -1) return;
    const options = [...message.getAll(Supported), ...message.getAll(Require)];
    this.#supported = new Set(options.map((option) => option.toLowerCase()));
  }

  /** RFC 6086 §5.2.4: what a request says counts only once it is accepted. */
  learnInfoPackages(message: SipMessage): void {
    if (message.findLine(HeaderId["Recv-Info"]) === -1) return;
    this.infoPackages = message.getAll(RecvInfo).map((one) => one.package);
  }
}
