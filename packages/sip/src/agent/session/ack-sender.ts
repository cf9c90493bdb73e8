/** The ACK to a 2xx: sent by the core, and again for each repetition of the 2xx. RFC 3261 §13.2.2.4. */

import type { HeaderLine as AuthorizationLine } from "../../auth/digest-client.ts";
import type { Dialog } from "../../dialog/dialog.ts";
import type { Flow } from "../../transport/contract.ts";
import { shouldUseStream } from "../../transport/stream-rule.ts";
import type { Environment } from "../core/environment.ts";
import type { LocalIdentity } from "../core/identity.ts";
import { draftInDialog, type InDialogParts } from "../request/dialog-request.ts";
import { formatDraft, type RequestDraft } from "../request/draft.ts";
import { TargetWalk } from "../request/target-walk.ts";
import type { SessionBody } from "./values.ts";

export class AckSender {
  readonly #environment: Environment;
  readonly #dialog: Dialog;
  readonly #identity: LocalIdentity;
  readonly #sequence: number;
  readonly #authorization: readonly AuthorizationLine[];
  #draft: RequestDraft | undefined;
  #text = "";
  #flow: Flow | undefined;

  /** @param authorization §13.2.2.4: the credentials of the INVITE. */
  constructor(
    environment: Environment,
    dialog: Dialog,
    identity: LocalIdentity,
    sequence: number,
    authorization: readonly AuthorizationLine[],
  ) {
    this.#environment = environment;
    this.#dialog = dialog;
    this.#identity = identity;
    this.#sequence = sequence;
    this.#authorization = authorization;
  }

  /** For the first time, or because the 2xx came again: then nothing happens before there is an ACK to repeat. */
  repeat(): void {
    if (this.#draft === undefined) return;
    if (this.#flow === undefined || !this.#flow.send(this.#text)) this.#walk();
  }

  send(parts: InDialogParts, body: SessionBody | undefined): void {
    this.#draft = draftInDialog(this.#dialog, this.#identity, { ...parts, body });
    const { flow } = this.#draft;
    if (flow !== undefined && !flow.closed && this.#sendOn(flow)) return;
    this.#walk();
  }

  #walk(): void {
    const walk = new TargetWalk(this.#environment, this.#draft!.nextHop);
    walk.next(
      (flow, target) => {
        const text = this.#format(flow);
        if (shouldUseStream(text.length, flow.kind) && !this.#environment.datagramOnly.has(target)) {
          return "stream";
        }
        return this.#sendText(flow, text) ? "sent" : "refused";
      },
      // The 2xx comes again, and is the next occasion.
      () => {},
    );
  }

  #sendOn(flow: Flow): boolean {
    return this.#sendText(flow, this.#format(flow));
  }

  #sendText(flow: Flow, text: string): boolean {
    if (!flow.send(text)) return false;
    this.#flow = flow;
    this.#text = text;
    return true;
  }

  #format(flow: Flow): string {
    const branch = this.#environment.transactions.newBranch();
    return formatDraft(this.#draft!, { flow, branch, sequence: this.#sequence, authorization: this.#authorization });
  }
}
