/** What we must know of a dialog, carried by its ends in the user part of our Record-Route URI instead of kept. RFC 3261 §16.6 step 4, RFC 5626 §5.2. */

import { type SipHashKey, sipHash, sipHashToken } from "@trapezoid/base";
import { flowIdFrom, flowIdText } from "./flow-id-text.ts";
import { hash24, text24 } from "./hash-text.ts";
import type { HopEnd } from "./hop-end.ts";

/*
 *  00 C u9-q u3fA. x7Qk Zk3v0s8Qd1A
 *  |  | |    |     |    +-- MAC over all that stands before it and the Call-ID, 11 characters
 *  |  | |    |     +------- callee: its flow, or for each of its hosts 4 characters of hash and 3 of port
 *  |  | |    +------------- caller: its flow and a dot, or likewise its one or two hosts
 *  |  | +------------------ hash of the caller's tag, 4: tells which way a request of the dialog goes
 *  |  +-------------------- bits, one character: what the two sides are, and which of them may go anywhere
 *  +----------------------- the worker that made it
 */
const DIGITS = 2;
const TAG_AT = DIGITS + 1;
const SIDES_AT = TAG_AT + 4;
const HASH = 4;
const END = HASH + 3;
/** Above the 16 bits of a port. */
const EXACT = 0x10000;
const MAC = 11;

/** A user part that is shorter than this is no token of ours. */
export const shortestTokenLength: number = SIDES_AT + MAC;

const callerMayLeave = 1;
const calleeMayLeave = 2;
const callerIsFlow = 4;
const calleeIsFlow = 8;
const callerHasTwoHosts = 16;

/** One side of a dialog, as the token has it. */
export interface TokenSide {
  /** The flow that its requests must leave by. */
  readonly flow: string | undefined;
  /** Without a flow: `endText` of each host and port that requests for it may go to. */
  readonly hosts: string;
  /** It was authenticated, trusted, or a registered user's phone: what it sends may go anywhere. */
  readonly mayLeave: boolean;
}

export interface TokenContents {
  readonly caller: TokenSide;
  readonly callee: TokenSide;
  /** `hash24` of the tag of the request that made the token. */
  readonly callerTag: string;
}

export function formatToken(
  key: SipHashKey,
  workerDigits: string,
  callId: string,
  fromTag: string,
  caller: TokenSide,
  callee: TokenSide,
): string {
  const callerFlow = flowIdText(caller.flow);
  const calleeFlow = flowIdText(callee.flow);
  const bits =
    (caller.mayLeave ? callerMayLeave : 0) |
    (callee.mayLeave ? calleeMayLeave : 0) |
    (callerFlow !== "" ? callerIsFlow : 0) |
    (calleeFlow !== "" ? calleeIsFlow : 0) |
    (caller.hosts.length > END ? callerHasTwoHosts : 0);
  const callerText = callerFlow === "" ? caller.hosts : `${callerFlow}.`;
  const contents =
    workerDigits + bitTexts[bits]! + hash24(fromTag) + callerText + (calleeFlow === "" ? callee.hosts : calleeFlow);
  return contents + mac(key, contents, callId);
}

/** The value of a character, of the first 32. */
const bitTexts = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef";

/** `undefined` when it is not a token that this system made for this Call-ID. */
export function parseToken(key: SipHashKey, token: string, callId: string): TokenContents | undefined {
  const macAt = token.length - MAC;
  if (macAt < SIDES_AT) return undefined;
  const contents = token.slice(0, macAt);
  if (!token.endsWith(mac(key, contents, callId))) return undefined;
  const bits = bitTexts.indexOf(contents[DIGITS]!);
  const isFlow = (bits & callerIsFlow) !== 0;
  const callerEnd = isFlow
    ? contents.indexOf(".", SIDES_AT)
    : SIDES_AT + ((bits & callerHasTwoHosts) !== 0 ? 2 * END : END);
  const callerText = contents.slice(SIDES_AT, callerEnd);
  return {
    caller: sideOf(callerText, isFlow, (bits & callerMayLeave) !== 0),
    callee: sideOf(
      contents.slice(isFlow ? callerEnd + 1 : callerEnd),
      (bits & calleeIsFlow) !== 0,
      (bits & calleeMayLeave) !== 0,
    ),
    callerTag: contents.slice(TAG_AT, SIDES_AT),
  };
}

function sideOf(text: string, isFlow: boolean, mayLeave: boolean): TokenSide {
  return isFlow ? { flow: flowIdFrom(text), hosts: "", mayLeave } : { flow: undefined, hosts: text, mayLeave };
}

function mac(key: SipHashKey, contents: string, callId: string): string {
  return sipHashToken(key, `d${contents}\n${callId}`);
}

/** 24 bits of a keyed hash: who does not hold the key finds no second host for a Call-ID but by asking us. */
export function hostHash(key: SipHashKey, host: string, callId: string): string {
  return text24(sipHash(key, `h${host}\n${callId}`)[0]!);
}

/** `isExact`: what comes from that host is of this side only when it comes from that port, by UDP. */
export function endText(key: SipHashKey, { host, port }: HopEnd, callId: string, isExact: boolean): string {
  return hostHash(key, host, callId) + portText(isExact ? port | EXACT : port);
}

function portText(bits: number): string {
  return text24(bits).slice(1);
}

/** Whether a request may go there. */
export function hasEnd(side: TokenSide, hash: string, port: number): boolean {
  const { hosts } = side;
  for (let at = 0; at < hosts.length; at += END) {
    if (!hosts.startsWith(hash, at)) continue;
    if (hosts.startsWith(portText(port), at + HASH) || hosts.startsWith(portText(port | EXACT), at + HASH)) return true;
  }
  return false;
}

/** Whether a packet from there is the side's. Of a stream the port says nothing: pass `undefined`. */
export function isFrom(side: TokenSide, hash: string, port: number | undefined): boolean {
  const { hosts } = side;
  for (let at = 0; at < hosts.length; at += END) {
    if (!hosts.startsWith(hash, at)) continue;
    const isExact = (bitTexts.indexOf(hosts[at + HASH]!) & (EXACT >> 12)) !== 0;
    if (!isExact || (port !== undefined && hosts.startsWith(portText(port | EXACT), at + HASH))) return true;
  }
  return false;
}

/** Who sends a request and who is to get it, as its tags tell. */
export interface Direction {
  readonly sender: TokenSide;
  readonly peer: TokenSide;
}

/**
 * Undefined when neither tag is the caller's, so that the request belongs to another dialog. The source address would tell less:
 * it changes when a NAT binding or connection is replaced.
 */
export function directionOf(token: TokenContents, fromTag: string | undefined, toTag: string): Direction | undefined {
  const { caller, callee, callerTag } = token;
  if (hash24(fromTag ?? "") === callerTag) return { sender: caller, peer: callee };
  if (hash24(toTag) === callerTag) return { sender: callee, peer: caller };
  return undefined;
}
