/** What any parser should read of a sound message, whoever wrote it: the facts that dialogs and transactions are made of. */

import { Contact, isSipUri, type NameAddr, type SipMessage, SipRequest, unescapeUri } from "@trapezoid/sip/message";

/** Absent facts are `undefined`: a parser that has no opinion is not asked for one. */
export interface Facts {
  /** The method, or the status. */
  readonly kind?: string | number | undefined;
  readonly branch?: string | undefined;
  readonly sentBy?: string | undefined;
  readonly sentByPort?: number | undefined;
  readonly fromTag?: string | undefined;
  readonly toTag?: string | undefined;
  readonly sequence?: number | undefined;
  readonly cseqMethod?: string | undefined;
  readonly callId?: string | undefined;
  readonly contactUser?: string | undefined;
  readonly contactHost?: string | undefined;
  readonly contactPort?: number | undefined;
}

export type Fact = keyof Facts;

export const facts: readonly Fact[] = [
  "kind",
  "branch",
  "sentBy",
  "sentByPort",
  "fromTag",
  "toTag",
  "sequence",
  "cseqMethod",
  "callId",
  "contactUser",
  "contactHost",
  "contactPort",
];

/** Ours. */
export function readFacts(message: SipMessage): Facts {
  const { via, cseq } = message;
  const contact = message.get(Contact);
  return {
    kind: message instanceof SipRequest ? message.method : (message as unknown as { status: number }).status,
    branch: via?.branch,
    sentBy: via?.host.toLowerCase(),
    sentByPort: via?.port,
    fromTag: message.fromTag,
    toTag: message.toTag,
    sequence: cseq?.sequence,
    cseqMethod: cseq?.method,
    callId: message.callId,
    ...contactFacts(contact === "*" ? undefined : contact),
  };
}

function contactFacts(contact: NameAddr | undefined): Facts {
  if (contact === undefined || !isSipUri(contact.uri)) return {};
  const { user, host, port } = contact.uri;
  return {
    contactUser: user === undefined ? undefined : unescapeUri(user),
    contactHost: host.toLowerCase(),
    contactPort: port,
  };
}
