/**
 * Decides the update that nearly all REGISTERs are, on its text: one contact, of an address that has none or just this one.
 * What it decides is what `applyUpdate` would; anything else it leaves to that.
 */

import { RECORD_LINES, RecordLine, recordLines } from "../binding-record.ts";
import type { EncodedUpdate } from "./protocol.ts";

/** The new contact's expiry, when the records stored from now on are `update.records`; `undefined` when it is not so simple. */
export function quickUpdate(current: string | undefined, update: EncodedUpdate): number | undefined {
  if (update.count !== 1 || update.removeAll || update.maxContacts < 1) return undefined;
  const { records } = update;
  const asked = recordLines(records, 0, records.length, askedLines);
  if (asked === undefined) return undefined;
  const expiresAt = numberAt(records, asked, RecordLine.expiresAt);
  if (!(expiresAt > update.at)) return undefined;
  if (current === undefined) return expiresAt;
  const stored = recordLines(current, 0, current.length, storedLines);
  if (stored === undefined) return undefined;
  for (const line of [RecordLine.contact, RecordLine.instance, RecordLine.regId]) {
    if (lineAt(current, stored, line) !== lineAt(records, asked, line)) return undefined;
  }
  const isSameCall = lineAt(current, stored, RecordLine.callId) === update.callId;
  if (isSameCall && !(update.cseq > numberAt(current, stored, RecordLine.cseq))) return undefined;
  return expiresAt;
}

const askedLines: number[] = new Array(RECORD_LINES + 1).fill(0);
const storedLines: number[] = new Array(RECORD_LINES + 1).fill(0);

function lineAt(text: string, lines: readonly number[], line: number): string {
  return text.slice(lines[line], lines[line + 1]! - 1);
}

function numberAt(text: string, lines: readonly number[], line: number): number {
  return Number(lineAt(text, lines, line));
}
