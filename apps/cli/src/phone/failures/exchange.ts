/** What became of a request, as the wire tells: how often it went where, what was answered. */

import {
  type Challenge,
  ContentType,
  ProxyAuthenticate,
  type SipRequest,
  SipResponse,
  WwwAuthenticate,
} from "@trapezoid/sip/message";
import type { TransportKind } from "@trapezoid/sip/transport";
import type { WireMessage } from "../ladder/wire-log.ts";

/** One place that the request went to. */
export interface Attempt {
  readonly kind: TransportKind;
  readonly address: string;
  readonly port: number;
  /** Repetitions included. */
  sent: number;
  answered: boolean;
  readonly firstAt: number;
}

export interface Exchange {
  /** In the order in which they were tried. */
  readonly attempts: readonly Attempt[];
  /** The last request, as it was sent. */
  readonly request: SipRequest | undefined;
  readonly provisional: SipResponse | undefined;
  /** The last final response. */
  readonly final: SipResponse | undefined;
  /** Milliseconds from the first request to now. */
  readonly waitedMs: number | undefined;
  /** Milliseconds from the last request that was new to its last response, where there is one. */
  readonly roundTripMs: number | undefined;
  /** What was asked for, the last time. */
  readonly challenge: Challenge | undefined;
  /** Whether a password, or what is made of it, was part of the last request. */
  readonly hadCredentials: boolean;
  /** Session descriptions: what we said last, what they said last. */
  readonly ours: string | undefined;
  readonly theirs: string | undefined;
}

/**
 * Of the last request of this method outside of dialogs, with those before that had the same Call-ID.
 *
 * @param now As `WireMessage.at`.
 */
export function exchangeOf(messages: readonly WireMessage[], method: string, now: number): Exchange {
  const last = messages.findLast(
    ({ direction, message }) =>
      direction === "sent" && message.isRequest && message.method === method && message.toTag === undefined,
  )?.message;
  const attempts: Attempt[] = [];
  const found: { request?: SipRequest; provisional?: SipResponse; final?: SipResponse; challenge?: Challenge } = {};
  let [sentAt, roundTripMs]: (number | undefined)[] = [];
  for (const { at, direction, kind, remote, message, repetition } of messages) {
    if (last === undefined || message.callId !== last.callId) continue;
    if (message.isRequest && direction === "sent" && message.method === method && message.toTag === undefined) {
      found.request = message;
      if (repetition === 0) sentAt = at;
      let attempt = attempts.find(
        (one) => one.kind === kind && one.address === remote.address && one.port === remote.port,
      );
      if (attempt === undefined) {
        attempt = { kind, address: remote.address, port: remote.port, sent: 0, answered: false, firstAt: at };
        attempts.push(attempt);
      }
      attempt.sent++;
    }
    if (message instanceof SipResponse && direction === "received" && message.cseq?.method === method) {
      const attempt = attempts.find((one) => one.address === remote.address && one.port === remote.port);
      if (attempt !== undefined) attempt.answered = true;
      if (message.status < 200) found.provisional = message;
      else {
        found.final = message;
        if (sentAt !== undefined) roundTripMs ??= at - sentAt;
        const challenge = message.get(message.status === 407 ? ProxyAuthenticate : WwwAuthenticate);
        if (challenge !== undefined) {
          found.challenge = challenge;
          roundTripMs = undefined;
        }
      }
    }
  }
  const { request } = found;
  return {
    attempts,
    request,
    provisional: found.provisional,
    final: found.final,
    waitedMs: attempts[0] === undefined ? undefined : now - attempts[0].firstAt,
    roundTripMs,
    challenge: found.challenge,
    hadCredentials:
      request?.header("Authorization") !== undefined || request?.header("Proxy-Authorization") !== undefined,
    ...descriptionsOf(messages, last?.callId),
  };
}

/** The last of a call. */
export function descriptionsOf(
  messages: readonly WireMessage[],
  callId: string | undefined,
): { readonly ours: string | undefined; readonly theirs: string | undefined } {
  const last = (direction: WireMessage["direction"]): string | undefined =>
    messages.findLast(
      (one) => one.direction === direction && one.message.callId === callId && isDescription(one.message),
    )?.message.body;
  return { ours: last("sent"), theirs: last("received") };
}

function isDescription(message: WireMessage["message"]): boolean {
  const type = message.get(ContentType);
  return type !== undefined && /^application\/sdp$/i.test(`${type.type}/${type.subtype}`) && message.body !== "";
}
