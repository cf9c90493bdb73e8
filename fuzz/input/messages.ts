/** Input N of a seed, as one message's octets: a seed message with some changes. */

import { changeDraft } from "./change-message.ts";
import type { Corpus } from "./corpus.ts";
import { copyOf, type Draft, textOf } from "./draft.ts";
import { havoc } from "./havoc.ts";
import type { Random } from "./random.ts";

/** One input in so many is a seed cut short; they go through all offsets of all seeds in turn. */
const truncateEvery = 32;
/** More than a datagram, and more than a head on a stream, may have. */
const mostOctets = 70_000;

export function makeMessage(random: Random, index: number, corpus: Corpus): string {
  if (index % truncateEvery === 0) return truncated(corpus, index / truncateEvery);
  const seed = random.pick(corpus.seeds);
  const kind = random.int(16);
  if (kind === 0) return havoc(random, seed.text, 1 + random.small(10));
  const draft = kind === 1 ? spliced(random, seed.draft, corpus) : copyOf(seed.draft);
  changeDraft(random, draft, corpus);
  const text = textOf(draft);
  const out = kind < 4 ? havoc(random, text, 1 + random.small(4)) : text;
  return out.length > mostOctets ? out.slice(0, mostOctets) : out;
}

/** The head of one message, the end of another. */
function spliced(random: Random, one: Draft, corpus: Corpus): Draft {
  const other = random.pick(corpus.seeds).draft;
  const head = one.lines.slice(0, random.int(one.lines.length + 1));
  return {
    start: one.start,
    lines: head.concat(other.lines.slice(random.int(other.lines.length + 1))),
    body: other.body,
  };
}

function truncated(corpus: Corpus, number: number): string {
  let at = number % corpus.octets;
  for (const { text } of corpus.seeds) {
    if (at < text.length) return text.slice(0, at);
    at -= text.length;
  }
  return "";
}
