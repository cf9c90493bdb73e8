/** Messages as steps of a ladder: who, which way, what it says in a few words. */

import {
  Contact,
  ContentType,
  Event,
  Expires,
  formatUri,
  getParam,
  Reason,
  ReferTo,
  RetryAfter,
  type SipRequest,
  type SipResponse,
  SubscriptionState,
  utf8Decode,
  Warning,
} from "@trapezoid/sip/message";
import { formatEndpoint } from "@trapezoid/sip/transport";
import { printable } from "../../table.ts";
import { sdpWords } from "./sdp-words.ts";
import type { WireMessage } from "./wire-log.ts";

export interface LadderStep {
  /** Milliseconds. */
  readonly at: number;
  readonly direction: "sent" | "received";
  /** `udp 127.0.0.1:5060`. */
  readonly peer: string;
  /** `INVITE`, `200 OK`. */
  readonly label: string;
  /** Sent again: nothing new. */
  readonly again: boolean;
  readonly notes: readonly string[];
}

export function ladderSteps(messages: readonly WireMessage[]): LadderStep[] {
  const roles = new DescriptionRoles();
  return messages.map(({ at, direction, kind, remote, message, repetition }) => ({
    at,
    direction,
    peer: `${kind} ${formatEndpoint(remote.address, remote.port)}`,
    label: labelOf(message),
    again: repetition > 0,
    notes: repetition > 0 ? [`again, ${ordinal(repetition + 1)} time`] : notesOf(message, roles),
  }));
}

function labelOf(message: SipRequest | SipResponse): string {
  return printable(message.isRequest ? message.method : `${message.status} ${utf8Decode(message.reason)}`);
}

function ordinal(n: number): string {
  return n === 2 ? "2nd" : n === 3 ? "3rd" : `${n}th`;
}

function notesOf(message: SipRequest | SipResponse, roles: DescriptionRoles): string[] {
  const cseq = message.cseq;
  const notes = [`CSeq ${cseq?.sequence ?? "?"}${message.isRequest ? "" : ` ${cseq?.method ?? ""}`}`];
  if (message.isRequest) notes.push(...requestNotes(message));
  else notes.push(...responseNotes(message));
  for (const { protocol, params } of message.getAll(Reason)) {
    notes.push(["because", protocol, getParam(params, "cause"), getParam(params, "text")].filter(Boolean).join(" "));
  }
  const body = message.body;
  if (isSdp(message) && body !== "") {
    const role = roles.roleOf(message);
    notes.push(`${role} ${sdpWords(body, role).join("; ")}`);
  }
  return notes.map(printable);
}

/** What lasts for some time. */
const lasting: ReadonlySet<string> = new Set(["REGISTER", "SUBSCRIBE", "PUBLISH"]);

/** RFC 3261 §10.2.1.1: of the Contact, else of all. */
function expiresOf(message: SipRequest | SipResponse): number | undefined {
  const [contact] = message.getAll(Contact);
  const own = contact === undefined || contact === "*" ? undefined : getParam(contact.params, "expires");
  return own === undefined ? message.get(Expires) : Number(own);
}

function requestNotes(message: SipRequest): string[] {
  const notes: string[] = [];
  const hasCredentials =
    message.header("Authorization") !== undefined || message.header("Proxy-Authorization") !== undefined;
  if (hasCredentials && message.method !== "ACK") notes.push("with credentials");
  if (lasting.has(message.method)) {
    const expires = expiresOf(message);
    if (expires !== undefined) notes.push(expires === 0 ? "takes leave" : `for ${expires} s`);
  }
  const event = message.get(Event);
  if (event !== undefined) notes.push(event.package);
  const state = message.get(SubscriptionState);
  if (state !== undefined) notes.push(state.state);
  const target = message.get(ReferTo);
  if (target !== undefined) notes.push(`to ${formatUri(target.uri)}`);
  return notes;
}

function responseNotes(message: SipResponse): string[] {
  const notes: string[] = [];
  if (message.status === 401 || message.status === 407) notes.push("asks for a password");
  if (message.status < 300 && message.cseq?.method === "REGISTER") {
    const bindings = message.getAll(Contact).length;
    notes.push(bindings === 1 ? "1 binding" : `${bindings} bindings`);
  }
  if (message.status >= 300 && message.status < 400) {
    const targets = message.getAll(Contact).flatMap((contact) => (contact === "*" ? [] : [formatUri(contact.uri)]));
    if (targets.length > 0) notes.push(`go to ${targets.join(", ")}`);
  }
  const retryAfter = message.get(RetryAfter);
  if (retryAfter !== undefined) notes.push(`again after ${retryAfter.seconds} s`);
  for (const warning of message.getAll(Warning)) notes.push(`${warning.code} ${warning.text}`);
  return notes;
}

function isSdp(message: SipRequest | SipResponse): boolean {
  const type = message.get(ContentType);
  return type !== undefined && /^application\/sdp$/i.test(`${type.type}/${type.subtype}`);
}

/** Which descriptions offer and which answer: a request without one asks for the offer. RFC 3261 §13.2.1, RFC 6337 §2. */
class DescriptionRoles {
  /** Requests that brought an offer. */
  readonly #offered = new Set<string>();
  /** Calls whose last offer stood in a response. */
  readonly #asked = new Set<string>();

  roleOf(message: SipRequest | SipResponse): "offers" | "answers" {
    const callId = message.callId ?? "";
    const request = `${callId} ${message.cseq?.sequence} ${message.cseq?.method}`;
    if (message.isRequest) {
      if ((message.method === "ACK" || message.method === "PRACK") && this.#asked.delete(callId)) return "answers";
      this.#offered.add(request);
      return "offers";
    }
    if (this.#offered.has(request)) return "answers";
    this.#asked.add(callId);
    return "offers";
  }
}
