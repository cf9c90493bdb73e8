/** How a call ended, in words. */

import type { SessionEnd } from "@trapezoid/sip/agent";
import { Warning } from "@trapezoid/sip/message";
import type { CallEnd } from "./values.ts";

/** What ended it on our side before SIP did. */
export interface OwnEnd {
  readonly cause: "media-timeout" | "media-failed" | "timeout" | "negotiation";
  readonly status: number;
  readonly text: string;
  /** The failure itself. */
  readonly error?: unknown;
}

export const mediaTimeout: OwnEnd = {
  cause: "media-timeout",
  status: 408,
  text: "nothing was heard of the other side any more",
};

export function mediaFailed(error: unknown): OwnEnd {
  return { cause: "media-failed", status: 500, text: `media is not possible: ${wordsOf(error)}`, error };
}

export function disagreed(status: number, reason: string): OwnEnd {
  return { cause: "negotiation", status, text: `the two sides could not agree on media: ${reason}` };
}

export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function nobodyAnswered(seconds: number): OwnEnd {
  return { cause: "timeout", status: 408, text: `nobody answered within ${seconds} seconds` };
}

export function nobodyTookIt(seconds: number): OwnEnd {
  return { cause: "timeout", status: 480, text: `nobody took the call within ${seconds} seconds` };
}

export function callEnd(end: SessionEnd, own: OwnEnd | undefined, ms: number): CallEnd {
  const { cause, by, status, reason, reasons } = end;
  const durationMs = Math.round(ms);
  if (own === undefined) return { cause, by, status, reason, reasons, durationMs, text: textOf(end) };
  return { cause: own.cause, by: "local", status: own.status, reason: own.text, reasons, durationMs, text: own.text };
}

function textOf(end: SessionEnd): string {
  const { cause, by, status, reason } = end;
  const who = by === "local" ? "we" : "the other side";
  // RFC 3261 §20.43: what a refusal says beside its status.
  const warnings = end.message?.getAll(Warning) ?? [];
  const told = [...end.reasons, ...warnings]
    .map(({ text }) => text)
    .filter((text) => text !== undefined && text !== "");
  const why = told.length === 0 ? "" : ` (${told.join("; ")})`;
  switch (cause) {
    case "rejected":
      return `${who} refused the call: ${status} ${reason}${why}`;
    case "cancelled":
      return by === "local" ? `the call was given up before it was answered${why}` : `the caller gave up${why}`;
    case "bye":
      return `${who} hung up${why}`;
    case "replaced":
      return "another call took its place";
    case "timeout":
      return "nobody answered: no response came before the time was up";
    case "no-ack":
      return "the caller never acknowledged our answer: its ACK is lost on the way, or it is gone";
    case "session-expired":
      return "the session timer ran out: the other side is gone";
    case "transport":
      return `there was no way to send: ${reason}`;
    case "negotiation":
      return `the two sides could not agree on media${reason === "" ? "" : `: ${reason}`}${why}`;
    case "dialog-lost":
      return `the other side knows nothing of the call any more${status === 0 ? "" : ` (${status} ${reason})`}`;
  }
}
