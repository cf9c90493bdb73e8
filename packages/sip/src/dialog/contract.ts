/** What the layers above know of dialogs: their names, states and usages. RFC 3261 §12, RFC 5057. */

import type { SipRequest } from "../message/message.ts";
import type { ServerTransaction } from "../transaction/contract.ts";

/** What a dialog is found by. RFC 3261 §12. */
export interface DialogId {
  readonly callId: string;
  readonly localTag: string;
  /** "" for a peer of RFC 2543, which has none (§12.1.1, §12.1.2). */
  readonly remoteTag: string;
}

/**
 * Something that lives in a dialog: a session, or a subscription. A dialog lives as long as one of them does (RFC 5057 §2). Each request
 * of the dialog goes to the first usage that takes it.
 */
export interface DialogUsage {
  readonly kind: "invite" | "subscribe";
  takes(request: SipRequest): boolean;
  /** The order of CSeq has been checked. The usage answers. */
  onRequest(transaction: ServerTransaction, request: SipRequest): void;
  /** An ACK to a 2xx. */
  onAck?(request: SipRequest): void;
  /** The dialog is gone with all that lived in it: a response said so (RFC 5057 §5.1). Nothing is to be sent in it. */
  onDialogLost(status: number): void;
}
