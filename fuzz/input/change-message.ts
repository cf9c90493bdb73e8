/** Some changes to a message in pieces: lines, values, now and then the body, now and then so much that it meets a limit. */

import { changeBody } from "./change-body.ts";
import { hugeChanges, lineChanges } from "./change-lines.ts";
import type { Corpus } from "./corpus.ts";
import { type Draft, settleLength } from "./draft.ts";
import type { Random } from "./random.ts";

const hugeShare = 0.015;

export function changeDraft(random: Random, draft: Draft, corpus: Corpus): void {
  const times = 1 + random.small(7);
  for (let n = 0; n < times; n++) {
    if (draft.lines.length === 0) break;
    random.pick(lineChanges)(random, draft, corpus);
  }
  if (draft.body === "" ? random.chance(0.08) : random.chance(0.2)) changeBody(random, draft, corpus);
  if (random.chance(hugeShare) && draft.lines.length > 0) random.pick(hugeChanges)(random, draft, corpus);
  // Else most of what is changed would only ever meet the check of Content-Length.
  if (random.chance(0.6)) settleLength(draft);
}
