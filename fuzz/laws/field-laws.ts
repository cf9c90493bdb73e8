/** What holds of every typed header field: what is read can be written, on one line, and read again as the same. RFC 3261 §7.3.1, §20. */

import { type HeaderField, HeaderId, type SipMessage, splitList } from "@trapezoid/sip/message";
import { law, shown } from "./law.ts";
import type { ReferenceLine } from "./reference.ts";
import { valuesOf } from "./structure-laws.ts";

/** Those of `fields` that a message has lines of, found by number and name. */
export class FieldIndex {
  readonly #byId: (readonly HeaderField<unknown>[] | undefined)[] = [];
  readonly #byName = new Map<string, HeaderField<unknown>[]>();

  constructor(fields: readonly HeaderField<unknown>[]) {
    for (const field of fields) {
      if (field.id !== 0) this.#byId[field.id] = [...(this.#byId[field.id] ?? []), field];
      else {
        for (const name of [field.name, field.compact]) {
          if (name !== undefined)
            this.#byName.set(name.toLowerCase(), [...(this.#byName.get(name.toLowerCase()) ?? []), field]);
        }
      }
    }
  }

  presentIn(message: SipMessage): Set<HeaderField<unknown>> {
    const present = new Set<HeaderField<unknown>>();
    for (let line = 0; line < message.lineCount; line++) {
      const id = message.lineId(line);
      const fields = id === 0 ? this.#byName.get(message.lineName(line).toLowerCase()) : this.#byId[id];
      if (fields !== undefined) for (const field of fields) present.add(field);
    }
    return present;
  }
}

/** Reads every value of one field; `lines`, when given, say how many there should be. Returns whether all were sound. */
export function checkField(
  message: SipMessage,
  field: HeaderField<unknown>,
  lines: readonly ReferenceLine[] | undefined,
): boolean {
  message.fault = undefined;
  const values = message.getAll(field);
  const sound = message.fault === undefined;
  if (lines !== undefined) {
    const expected = valuesOf(lines, field.name.toLowerCase(), field.list);
    law(
      sound ? values.length === expected : values.length < expected,
      "getAll gives each value once, or a fault",
      () => `${field.name}: ${values.length} values of ${expected}${sound ? "" : " and a fault"}`,
    );
  }
  if (sound) {
    law(
      (message.get(field) === undefined) === (values.length === 0),
      "get gives the first of what getAll gives",
      () => field.name,
    );
  }
  for (const value of values) checkValue(field, value);
  return sound;
}

export function checkValue(field: HeaderField<unknown>, value: unknown): void {
  const written = field.format(value);
  law(!/[\r\n]/.test(written), "a value is written on one line", () => `${field.name}: ${shown(written)}`);
  const again = field.parse(written);
  law(again.ok, "what was read and written can be read", () => `${field.name}: ${shown(written)}`);
  const twice = field.format(again.value);
  law(
    twice === written,
    "reading and writing again changes nothing",
    () => `${field.name}: ${shown(written)}, then ${shown(twice)}`,
  );
  law(
    !field.list || splitList(written).length === 1,
    "one value of a list is written as one",
    () => `${field.name}: ${shown(written)}`,
  );
}

/** The accessors that stand beside the typed fields agree with them. */
export function checkAccessors(message: SipMessage, lines: readonly ReferenceLine[] | undefined): void {
  const { via, from, to, fromTag, toTag, callId, cseq } = message;
  if (from !== undefined) checkTag("From", fromTag, from.params);
  if (to !== undefined) checkTag("To", toTag, to.params);
  if (cseq !== undefined && lines !== undefined) {
    const line = message.findLine(HeaderId.CSeq);
    const [digits = "", ...method] = lines[line]!.value.split(/[ \t\r\n]+/);
    law(
      cseq.sequence === Number(digits) && cseq.method === method.join(" "),
      "CSeq is what is written",
      () => `${cseq.sequence} ${cseq.method} of ${shown(lines[line]!.value)}`,
    );
  }
  if (callId !== undefined)
    law(callId === message.header("Call-ID"), "callId is the Call-ID line", () => shown(callId));
  if (via !== undefined)
    law(via.host !== "" && via.transport !== "", "a Via has a transport and a host", () => shown(via.host));
  const hops = message.number(HeaderId["Max-Forwards"]);
  law(hops === undefined || (Number.isInteger(hops) && hops >= 0), "a number is whole and not negative", () =>
    String(hops),
  );
}

function checkTag(
  name: string,
  tag: string | undefined,
  params: readonly { name: string; value: string | undefined }[],
): void {
  const read = params.find((param) => param.name.toLowerCase() === "tag")?.value;
  law(
    tag === read,
    "a tag is the same read alone and with its header field",
    () => `${name}: ${shown(tag)} and ${shown(read)}`,
  );
}
