/** Sound messages, read by other parsers, too: whoever accepts a message reads the same facts, or the difference is intended. */

import { checkRequest, checkResponse, SipRequest, type SipResponse } from "@trapezoid/sip/message";
import { facts, readFacts } from "../differential/facts.ts";
import { intended } from "../differential/intended.ts";
import { openPeers } from "../differential/peers.ts";
import { loadCorpus } from "../input/corpus.ts";
import { makeMessage } from "../input/messages.ts";
import { Random } from "../input/random.ts";
import { law, shown } from "../laws/law.ts";
import type { Product } from "../product.ts";
import { shrinkText } from "../run/minimise.ts";
import type { Target } from "./contract.ts";

const peers = await openPeers();

/** Their grammars take their time for long messages. */
const mostOctets = 6_000;

export function createDifferentialTarget(product: Product): Target<string> {
  const corpus = loadCorpus();
  return {
    name: "differential",
    make: (seed, index) => makeMessage(new Random(seed, index), index, corpus),
    run: (text) => compare(text, product),
    // Theirs, mostly.
    budgetMs: () => 1_000,
    encode: (octets) => ({ octets, settings: {} }),
    decode: ({ octets }) => octets,
    shrink: shrinkText,
  };
}

function compare(text: string, product: Product): string {
  if (text.length > mostOctets) return "too long for them";
  const parsed = product.parseMessage(text);
  if (!parsed.ok) return "refused by us";
  const message = parsed.value;
  const refusal = message instanceof SipRequest ? checkRequest(message) : checkResponse(message as SipResponse);
  if (refusal !== undefined) return "refused by us";
  const ours = readFacts(message);
  if (message.fault !== undefined) return "faulty to us";
  const verdicts: string[] = [];
  for (const { name, read } of peers) {
    const theirs = readOrRefuse(read, text);
    verdicts.push(`${name} ${theirs === undefined ? "refuses" : "agrees"}`);
    if (theirs === undefined) continue;
    for (const fact of facts) {
      if (ours[fact] === theirs[fact]) continue;
      law(
        intended.some((one) => one.facts.includes(fact) && one.applies(message, ours[fact], theirs[fact])),
        `${name} reads another ${fact}`,
        () => `${shown(String(theirs[fact]))}, ours ${shown(String(ours[fact]))}`,
      );
    }
  }
  return verdicts.join(", ");
}

/** What throws refuses. */
function readOrRefuse<T>(read: (text: string) => T, text: string): T | undefined {
  try {
    return read(text);
  } catch {
    return undefined;
  }
}
