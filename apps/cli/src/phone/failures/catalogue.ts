/** Every way in which a request of a phone fails that can be told apart, with what to tell the person: what happened, what to do. */

import { connectionFailures } from "./connection-failures.ts";
import type { FailureFacts } from "./facts.ts";
import type { FailureKind } from "./kind.ts";
import { refusals } from "./refusals.ts";

/** The first that fits counts. */
export const failureCatalogue: readonly FailureKind[] = [...connectionFailures, ...refusals];

export interface Explained {
  readonly code: string;
  readonly text: string;
}

export function explainFailure(facts: FailureFacts): Explained {
  const kind = failureCatalogue.find(({ when }) => when(facts));
  if (kind !== undefined) return { code: kind.code, text: oneLine(kind.say(facts)) };
  const text = facts.root?.message ?? `${facts.method} to ${facts.target} failed`;
  return { code: facts.codes[0]?.toLowerCase() ?? "failed", text: oneLine(text) };
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ");
}
