/**
 * What signalling threads and store thread say to each other. Updates and their outcomes are texts, a line a field: posting a
 * text costs half of what posting objects does. Everything rarer is an object.
 */

import { decodeBinding, encodeBindings, RECORD_LINES } from "../binding-record.ts";
import type { Binding, BindingOutcome, BindingUpdate } from "../contract.ts";

/** Client → thread. A text is a batch of updates. */
export type StoreRequest =
  | string
  | { readonly type: "list"; readonly id: number; readonly aor: string }
  | {
      readonly type: "listAll";
      readonly id: number;
      readonly limit: number | undefined;
      readonly after: string | undefined;
    }
  | { readonly type: "count"; readonly id: number }
  | { readonly type: "removeAll"; readonly id: number; readonly aor: string }
  | { readonly type: "watch"; readonly on: boolean };

/** Thread → client. A text holds the outcomes of the oldest batch that has none yet. */
export type StoreReply =
  | string
  | { readonly type: "answer"; readonly id: number; readonly value: readonly Binding[] | number }
  | { readonly type: "failed"; readonly id: number; readonly code: string; readonly message: string }
  | { readonly type: "changed"; readonly aors: readonly string[] };

export function encodeUpdates(updates: readonly BindingUpdate[]): string {
  let text = "";
  for (const update of updates) {
    const { aor, callId, cseq, at, removeAll, contacts, maxContacts } = update;
    text += `${aor}\n${callId}\n${cseq}\n${Math.round(at)}\n${removeAll ? 1 : 0}\n${maxContacts}\n${contacts.length}\n`;
    text += encodeBindings(contacts);
  }
  return text;
}

export function decodeUpdates(text: string): BindingUpdate[] {
  const lines = text.split("\n");
  const updates: BindingUpdate[] = [];
  let at = 0;
  while (at + 7 < lines.length) {
    const aor = lines[at]!;
    const contacts: Binding[] = [];
    const end = at + 7 + Number(lines[at + 6]) * RECORD_LINES;
    for (let record = at + 7; record < end; record += RECORD_LINES) contacts.push(decodeBinding(aor, lines, record));
    updates.push({
      aor,
      callId: lines[at + 1]!,
      cseq: Number(lines[at + 2]),
      at: Number(lines[at + 3]),
      removeAll: lines[at + 4] === "1",
      maxContacts: Number(lines[at + 5]),
      contacts,
    });
    at = end;
  }
  return updates;
}

/** The bindings are just the update's contacts: true of most phones most of the time, and said in one character. */
const AS_ASKED = "=";

export function encodeOutcomes(updates: readonly BindingUpdate[], outcomes: readonly BindingOutcome[]): string {
  let text = "";
  for (let i = 0; i < outcomes.length; i++) {
    const outcome = outcomes[i]!;
    if (!outcome.ok) text += `${outcome.reason}\n${outcome.message.replaceAll("\n", " ")}\n`;
    else if (isAsAsked(outcome.bindings, updates[i]!.contacts)) text += `${AS_ASKED}\n`;
    else text += `${outcome.bindings.length}\n${encodeBindings(outcome.bindings)}`;
  }
  return text;
}

function isAsAsked(bindings: readonly Binding[], contacts: readonly Binding[]): boolean {
  if (bindings.length !== contacts.length) return false;
  for (let i = 0; i < bindings.length; i++) if (bindings[i] !== contacts[i]) return false;
  return true;
}

/** `updates` are those that the text answers. */
export function decodeOutcomes(updates: readonly BindingUpdate[], text: string): BindingOutcome[] {
  const lines = text.split("\n");
  const outcomes: BindingOutcome[] = [];
  let at = 0;
  for (const { aor, contacts } of updates) {
    const first = lines[at++]!;
    if (first === AS_ASKED) outcomes.push({ ok: true, bindings: contacts });
    else if (first === "out-of-order" || first === "too-many" || first === "storage") {
      outcomes.push({ ok: false, reason: first, message: lines[at++]! });
    } else {
      const bindings: Binding[] = [];
      for (let count = Number(first); count > 0; count--, at += RECORD_LINES)
        bindings.push(decodeBinding(aor, lines, at));
      outcomes.push({ ok: true, bindings });
    }
  }
  return outcomes;
}
