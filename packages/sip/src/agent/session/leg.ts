/** One dialog of a session: its negotiation, and what its peer can do. RFC 3261 §12, §13.2.2.1. */

import type { Dialog } from "../../dialog/dialog.ts";
import { Allow, Require, Supported } from "../../message/fields/capability.ts";
import { HeaderId } from "../../message/header-id.ts";
import type { SipMessage } from "../../message/message.ts";
import type { Uri } from "../../message/values.ts";
import { Negotiation, type NegotiationHost } from "./negotiation.ts";
import type { SessionLeg } from "./values.ts";

export class Leg implements SessionLeg {
  readonly dialog: Dialog;
  readonly negotiation: Negotiation;
  #allowed: ReadonlySet<string> | undefined;
  #supported: ReadonlySet<string> = new Set();

  constructor(dialog: Dialog, host: NegotiationHost) {
    this.dialog = dialog;
    this.negotiation = new Negotiation(host, this);
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
    if (message.findLine(HeaderId.Allow) !== -1) this.#allowed = new Set(message.getAll(Allow));
    if (message.findLine(HeaderId.Supported) === -1 && message.findLine(HeaderId.Require) === -1) return;
    const options = [...message.getAll(Supported), ...message.getAll(Require)];
    this.#supported = new Set(options.map((option) => option.toLowerCase()));
  }
}
