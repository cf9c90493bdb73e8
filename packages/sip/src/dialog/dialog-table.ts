/** All dialogs of an agent: found by a request's tags, and by Replaces, Join and Target-Dialog. RFC 3261 §12.2.2, RFC 3891 §3, RFC 3911 §4, RFC 4538 §4. */

import type { DialogReference } from "../message/fields/dialog.ts";
import type { SipRequest } from "../message/message.ts";
import { getParam } from "../message/params.ts";
import type { DialogId } from "./contract.ts";
import { Dialog, type DialogParts } from "./dialog.ts";

/** Ended dialogs whose names are kept. */
const MAX_ENDED = 256;

export class DialogTable {
  readonly #dialogs = new Map<string, Dialog>();
  readonly #ended = new Set<string>();

  get size(): number {
    return this.#dialogs.size;
  }

  /** A new dialog, which leaves the table when it ends. */
  add(parts: DialogParts): Dialog {
    const dialog = new Dialog(parts, (ended) => {
      const key = keyOf(ended.callId, ended.localTag, ended.remoteTag);
      if (this.#dialogs.get(key) !== ended) return;
      this.#dialogs.delete(key);
      this.#ended.add(key);
      if (this.#ended.size > MAX_ENDED) this.#ended.delete(this.#ended.values().next().value!);
    });
    this.#dialogs.set(keyOf(dialog.callId, dialog.localTag, dialog.remoteTag), dialog);
    return dialog;
  }

  get({ callId, localTag, remoteTag }: DialogId): Dialog | undefined {
    return this.#dialogs.get(keyOf(callId, localTag, remoteTag));
  }

  /** §12.2.2: the dialog that a request from the peer belongs to. */
  ofRequest(request: SipRequest): Dialog | undefined {
    const { callId, toTag, fromTag } = request;
    if (callId === undefined || toTag === undefined) return undefined;
    return this.#dialogs.get(keyOf(callId, toTag, fromTag ?? ""));
  }

  /** RFC 3891 §3, RFC 3911 §4: of Replaces and Join, to-tag is ours. */
  ofReference(reference: DialogReference): Dialog | undefined {
    const { callId, params } = reference;
    return this.#named(callId, getParam(params, "to-tag"), getParam(params, "from-tag"));
  }

  /** RFC 3891 §3, RFC 3911 §4: whether a dialog of this name ended lately. */
  hasEnded(reference: DialogReference): boolean {
    const { callId, params } = reference;
    return this.#ended.has(keyOf(callId, getParam(params, "to-tag") ?? "", getParam(params, "from-tag") ?? ""));
  }

  /** RFC 4538 §3: of Target-Dialog, local-tag is ours: its writer sees it from our side. */
  ofTargetDialog(reference: DialogReference): Dialog | undefined {
    const { callId, params } = reference;
    return this.#named(callId, getParam(params, "local-tag"), getParam(params, "remote-tag"));
  }

  all(): IterableIterator<Dialog> {
    return this.#dialogs.values();
  }

  #named(callId: string, localTag: string | undefined, remoteTag: string | undefined): Dialog | undefined {
    if (localTag === undefined || remoteTag === undefined) return undefined;
    const found = this.#dialogs.get(keyOf(callId, localTag, remoteTag));
    // RFC 3891 §3: a tag of zero is also the missing tag of an RFC 2543 element.
    return found ?? (remoteTag === "0" ? this.#dialogs.get(keyOf(callId, localTag, "")) : undefined);
  }
}

/** A Call-ID has no white space, nor has a tag. */
function keyOf(callId: string, localTag: string, remoteTag: string): string {
  return `${callId} ${localTag} ${remoteTag}`;
}
