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
    const records = encodeBindings(contacts);
    text += `${aor}\n${callId}\n${cseq} ${Math.round(at)} ${removeAll ? 1 : 0} ${maxContacts} ${contacts.length} ${records.length}\n`;
    text += records;
  }
  return text;
}

/** An update as it arrived: what most of them need is decided on the text. */
export interface EncodedUpdate extends Omit<BindingUpdate, "contacts"> {
  readonly count: number;
  /** The contacts, as `encodeBindings` wrote them. */
  readonly records: string;
}

export function decodeUpdates(text: string): EncodedUpdate[] {
  const updates: EncodedUpdate[] = [];
  let at = 0;
  while (at < text.length) {
    const callId = text.indexOf("\n", at) + 1;
    const numbers = text.indexOf("\n", callId) + 1;
    const records = text.indexOf("\n", numbers) + 1;
    const [cseq, now, removeAll, maxContacts, count, length] = text.slice(numbers, records - 1).split(" ");
    const end = records + Number(length);
    updates.push({
      aor: text.slice(at, callId - 1),
      callId: text.slice(callId, numbers - 1),
      cseq: Number(cseq),
      at: Number(now),
      removeAll: removeAll === "1",
      maxContacts: Number(maxContacts),
      count: Number(count),
      records: text.slice(records, end),
    });
    at = end;
  }
  return updates;
}

/** The bindings are just the update's contacts: true of most phones most of the time, and said in one character. */
export const AS_ASKED = "=";

/** An outcome in the thread: `AS_ASKED`, or one to be spelled out. */
export type EncodableOutcome = typeof AS_ASKED | BindingOutcome;

export function encodeOutcomes(outcomes: readonly EncodableOutcome[]): string {
  let text = "";
  for (const outcome of outcomes) {
    if (outcome === AS_ASKED) text += "=\n";
    else if (!outcome.ok) text += `${outcome.reason}\n${outcome.message.replaceAll("\n", " ")}\n`;
    else text += `${outcome.bindings.length}\n${encodeBindings(outcome.bindings)}`;
  }
  return text;
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
