/** What we must know of a dialog, carried by its ends in the user part of our Record-Route URI instead of kept. RFC 3261 §16.6 step 4, RFC 5626 §5.2. */

import { type SipHashKey, sipHashToken } from "@trapezoid/base";
import { fromBase64Url, hash24, toBase64Url } from "./hash-text.ts";

/*
 *  00 u3fA.u9-q x7Qk Zk3v0s8Qd1A
 *  |  |    |    |    +-- MAC over all that stands before it and the Call-ID, 11 characters
 *  |  |    |    +------- hash of the caller's tag, 4: tells which way a request of the dialog goes
 *  |  |    +------------ flow to the callee, where its requests must leave by one
 *  |  +----------------- flow to the caller, likewise; with neither flow the dot is left out, too
 *  +-------------------- the worker that made it
 */
const DIGITS = 2;
const TAG = 4;
const MAC = 11;

/** A user part that is shorter than this is no token of ours. */
export const shortestTokenLength: number = DIGITS + TAG + MAC;

export interface TokenContents {
  readonly callerFlow: string | undefined;
  readonly calleeFlow: string | undefined;
  /** `hash24` of the tag of the request that made the token. */
  readonly callerTag: string;
}

export function formatToken(
  key: SipHashKey,
  workerDigits: string,
  callId: string,
  fromTag: string,
  callerFlow: string | undefined,
  calleeFlow: string | undefined,
): string {
  let contents = workerDigits;
  if (callerFlow !== undefined || calleeFlow !== undefined) {
    contents += `${flowIdText(callerFlow)}.${flowIdText(calleeFlow)}`;
  }
  contents += hash24(fromTag);
  return contents + mac(key, contents, callId);
}

/** `undefined` when it is not a token that this system made for this Call-ID. */
export function parseToken(key: SipHashKey, token: string, callId: string): TokenContents | undefined {
  const macAt = token.length - MAC;
  if (macAt < DIGITS + TAG) return undefined;
  const contents = token.slice(0, macAt);
  if (!token.endsWith(mac(key, contents, callId))) return undefined;
  const tagAt = macAt - TAG;
  const callerTag = contents.slice(tagAt);
  const dot = contents.indexOf(".", DIGITS);
  if (dot === -1) return { callerFlow: undefined, calleeFlow: undefined, callerTag };
  return {
    callerFlow: flowIdFrom(contents.slice(DIGITS, dot)),
    calleeFlow: flowIdFrom(contents.slice(dot + 1, tagAt)),
    callerTag,
  };
}

/**
 * The flow to leave by, as the tags of the request tell the direction; `null` when neither tag is the caller's, so that the
 * request belongs to another dialog. The source address would tell less: it changes when a NAT binding or connection is replaced.
 */
export function flowTowardsPeer(
  token: TokenContents,
  fromTag: string | undefined,
  toTag: string,
): { readonly id: string | undefined } | null {
  if (hash24(fromTag ?? "") === token.callerTag) return { id: token.calleeFlow };
  if (hash24(toTag) === token.callerTag) return { id: token.callerFlow };
  return null;
}

function mac(key: SipHashKey, contents: string, callId: string): string {
  return sipHashToken(key, `d${contents}\n${callId}`);
}

/** Flow ids are opaque: one with characters that a user part or token cannot hold goes in base64url, marked by a tilde. */
export function flowIdText(id: string | undefined): string {
  if (id === undefined) return "";
  for (let at = 0; at < id.length; at++) {
    const code = id.charCodeAt(at);
    const plain = (code >= 48 && code <= 57) || ((code | 32) >= 97 && (code | 32) <= 122) || code === 45 || code === 95;
    if (!plain) return `~${toBase64Url(id)}`;
  }
  return id;
}

export function flowIdFrom(text: string): string | undefined {
  if (text === "") return undefined;
  return text.charCodeAt(0) === 126 ? fromBase64Url(text.slice(1)) : text;
}
