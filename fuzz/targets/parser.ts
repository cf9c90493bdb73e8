/** The parser: one message, every typed header field read, written and read again, answered, forwarded. RFC 3261 §7, §16.6, §20. */

import {
  bodyParts,
  checkRequest,
  checkResponse,
  formatMultipart,
  parseMultipart,
  type SipMessage,
  SipRequest,
  type SipResponse,
} from "@trapezoid/sip/message";
import { loadCorpus } from "../input/corpus.ts";
import { makeMessage } from "../input/messages.ts";
import { Random } from "../input/random.ts";
import { checkAnswer, checkCopy, checkStamp, checkStampHolds } from "../laws/answer-laws.ts";
import { checkChallenge, checkDigest } from "../laws/digest-laws.ts";
import { checkAccessors, checkField, FieldIndex } from "../laws/field-laws.ts";
import { law, shown } from "../laws/law.ts";
import { checkDescription } from "../laws/sdp-laws.ts";
import { checkAgainstReference, checkFault, checkOffsets } from "../laws/structure-laws.ts";
import { checkSymmetry, checkUri, checkUriText } from "../laws/uri-laws.ts";
import type { Product } from "../product.ts";
import { shrinkText } from "../run/minimise.ts";
import type { Target } from "./contract.ts";

const budgetMs = 50;

export function createParserTarget(product: Product): Target<string> {
  const corpus = loadCorpus();
  const index = new FieldIndex(product.fields);
  return {
    name: "parser",
    make: (seed, number) => makeMessage(new Random(seed, number), number, corpus),
    run: (text) => checkMessage(text, product, index),
    budgetMs: () => budgetMs,
    encode: (octets) => ({ octets, settings: {} }),
    decode: ({ octets }) => octets,
    shrink: shrinkText,
  };
}

/** Returns what became of it. */
function checkMessage(text: string, product: Product, index: FieldIndex): string {
  const parsed = product.parseMessage(text);
  if (!parsed.ok) {
    const { code, offset } = parsed.error;
    law(offset >= 0 && offset <= text.length, "a fault's offset is in range", () => `${code} at ${offset}`);
    return code;
  }
  const message = parsed.value;
  checkOffsets(message, text);
  checkFault(message);
  const lines = message.syntaxFault === undefined ? checkAgainstReference(message) : undefined;
  checkAccessors(message, lines);
  checkFault(message);
  let faulty = "";
  for (const field of index.presentIn(message)) {
    const sound = checkField(message, field, lines);
    checkFault(message);
    if (!sound && faulty === "") faulty = ` ${field.name}: ${message.fault?.code}`;
  }
  checkBody(message);
  const verdict = message instanceof SipRequest ? verdictOn(message, product) : verdictOnResponse(message);
  return faulty === "" || /^(?:4|5|drop)/.test(verdict) ? verdict : verdict + faulty;
}

function verdictOn(request: SipRequest, product: Product): string {
  const { uri } = request;
  if (uri === undefined) checkUriText(request.requestUri);
  else checkUri(uri);
  const refusal = checkRequest(request);
  checkFault(request);
  checkAnswer(request, refusal?.status ?? 200, refusal?.reason, product);
  checkStamp(request, product);
  checkDigest(request);
  if (refusal !== undefined) return `${refusal.status} ${refusal.reason}`;
  checkCopy(request, product);
  checkStampHolds(request, product);
  const to = request.to?.uri;
  if (to !== undefined) checkSymmetry(uri!, to);
  return `${request.method in methods ? request.method : "another method"} ${uri!.scheme.length > 4 ? "other" : uri!.scheme}`;
}

const methods = {
  INVITE: 1,
  ACK: 1,
  BYE: 1,
  CANCEL: 1,
  OPTIONS: 1,
  REGISTER: 1,
  PRACK: 1,
  SUBSCRIBE: 1,
  NOTIFY: 1,
  PUBLISH: 1,
  INFO: 1,
};

function verdictOnResponse(response: SipResponse): string {
  law(response.status >= 100 && response.status <= 699, "a status is 100 to 699", () => String(response.status));
  const refusal = checkResponse(response);
  checkChallenge(response, refusal === undefined);
  return refusal === undefined ? `${Math.floor(response.status / 100)}xx` : `drop ${refusal.reason}`;
}

function checkBody(message: SipMessage): void {
  const parts = bodyParts(message);
  if (!parts.ok) return;
  for (const { body } of parts.value) if (body.startsWith("v=")) checkDescription(body);
  if (parts.value.length < 2) return;
  const boundary = "fuzz-boundary-that-no-part-holds";
  const again = parseMultipart(formatMultipart(parts.value, boundary), boundary);
  law(again.ok && again.value.length === parts.value.length, "parts written are parts read", () => shown(message.body));
  for (const [at, { body }] of parts.value.entries()) {
    law(again.value[at]!.body === body, "a part's body is kept octet by octet", () => shown(body));
  }
}
