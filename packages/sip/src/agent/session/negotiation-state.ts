/** Offer and answer of one leg as a table, and what a body means where it stands. RFC 3261 §13.2.1, RFC 3311 §5, RFC 6337 §2 and §4. */

import type { Refusal } from "../request/contract.ts";

/** `none`, `firstLocal`, `firstRemote`: before the first answer; afterwards `stable`, `local`, `remote`. */
export type NegotiationState = "none" | "firstLocal" | "firstRemote" | "stable" | "local" | "remote";

export type NegotiationInput = "localOffer" | "remoteOffer" | "answered" | "failed";

/** A missing entry: not possible then. */
export const negotiationTable: Readonly<
  Record<NegotiationState, Readonly<Partial<Record<NegotiationInput, NegotiationState>>>>
> = {
  none: { localOffer: "firstLocal", remoteOffer: "firstRemote" },
  firstLocal: { answered: "stable", failed: "none" },
  firstRemote: { answered: "stable", failed: "none" },
  stable: { localOffer: "local", remoteOffer: "remote" },
  local: { answered: "stable", failed: "stable" },
  remote: { answered: "stable", failed: "stable" },
};

/** What is said to an offer that comes while another one is open; `undefined`: it may come. RFC 3311 §5.2, RFC 3261 §14.2. */
export function refusalOfOffer(state: NegotiationState, retryAfterSeconds: number): Refusal | undefined {
  switch (state) {
    case "none":
    case "stable":
      return undefined;
    case "firstLocal":
    case "local":
      return { status: 491 };
    case "firstRemote":
    case "remote":
      return { status: 500, headers: [["Retry-After", `${retryAfterSeconds}`]] };
  }
}

/**
 * How far the offer and answer of one INVITE have come. `wanting`: the INVITE brought no offer, so that the other side makes it.
 * RFC 6337 §2.2, table 1, patterns 1 to 4.
 */
export type InvitePhase = "wanting" | "offered" | "answered";

/** Messages that can bring a body in an INVITE's course, seen by the side that gets it. */
export type Carrier = "provisional" | "reliable" | "success" | "prack" | "ack";

export type BodyRole =
  | "offer"
  | "answer"
  /** Of an answer that comes again, in a reliable response. */
  | "preview"
  | "ignore";

/** The caller's view of responses. */
export const callerRoles: Readonly<
  Record<"provisional" | "reliable" | "success", Readonly<Record<InvitePhase, BodyRole>>>
> = {
  // RFC 6337 §3.1.1: not reliable, so that it can only show what is to come.
  provisional: { wanting: "ignore", offered: "preview", answered: "ignore" },
  reliable: { wanting: "offer", offered: "answer", answered: "ignore" },
  // RFC 3261 §13.2.1: after the answer, further bodies are ignored.
  success: { wanting: "offer", offered: "answer", answered: "ignore" },
};

/** The callee's view of requests. `offered`: by itself, in a reliable response or the 2xx. */
export const calleeRoles: Readonly<Record<"prack" | "ack", Readonly<Record<InvitePhase, BodyRole>>>> = {
  // RFC 3262 §5: a PRACK may bring an offer of its own once the first is answered.
  prack: { wanting: "ignore", offered: "answer", answered: "offer" },
  ack: { wanting: "ignore", offered: "answer", answered: "ignore" },
};
