/** Single requests, in and out, and how they are decided and answered. RFC 3261 §8. */

import type { DialogId } from "../../dialog/contract.ts";
import type { HeaderLine } from "../../message/build.ts";
import type { SipRequest, SipResponse } from "../../message/message.ts";
import type { NameAddr } from "../../message/values.ts";
import type { Flow } from "../../transport/contract.ts";

/** A final response that is no 2xx. */
export interface Refusal {
  /** 300 to 699. */
  readonly status: number;
  readonly reason?: string | undefined;
  readonly headers?: readonly HeaderLine[] | undefined;
}

/** A final response of any kind. */
export interface Answer {
  readonly status: number;
  readonly reason?: string | undefined;
  readonly headers?: readonly HeaderLine[] | undefined;
  readonly contentType?: string | undefined;
  readonly body?: string | undefined;
}

/** Nothing: 200. */
// biome-ignore lint/suspicious/noConfusingVoidType: a handler without a return statement says 200.
export type Reply = Answer | void;

export interface IncomingRequest {
  readonly request: SipRequest;
  readonly flow: Flow;
  /** RFC 3325: who it is from by the word of a trusted neighbour. */
  readonly assertedIdentity: NameAddr | undefined;
  /** Whether the sender wants to stay unknown (RFC 3323): what is shown to people must not name it. */
  readonly isAnonymous: boolean;
  /** RFC 4538: a dialog of ours, outside of which it came, that the sender has proved to know of. */
  readonly targetDialog: DialogId | undefined;
}

/** The 2xx to a request of ours. */
export interface RequestResult {
  readonly response: SipResponse;
}

/** RFC 3323, RFC 3325. */
export interface PrivacyOptions {
  /** From is anonymous, and Privacy: id asks trusted neighbours to keep the identity to themselves. */
  readonly anonymous?: boolean;
  /** RFC 3325 §9.2: which of our identities is meant; told to trusted neighbours alone. */
  readonly preferredIdentity?: NameAddr;
  /** RFC 3325 §9.1: told to trusted neighbours alone, for elements that are part of a trust domain. */
  readonly assertedIdentity?: NameAddr;
}
