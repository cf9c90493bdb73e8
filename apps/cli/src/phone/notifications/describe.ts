/** What a notification says, for people: packages that are known in words, others as they are. RFC 6665. */

import { utf8Decode } from "@trapezoid/sip/message";
import { printable } from "../../table.ts";
import { dialogWords } from "./dialogs.ts";
import { presenceWords } from "./presence.ts";
import { registrationWords } from "./registrations.ts";
import { voicemailWords } from "./voicemail.ts";

interface EventPackage {
  /** What it takes: media types for Accept. */
  readonly accept: readonly string[];
  /** By the media type of a body, which decides. */
  readonly words: (body: string) => string | undefined;
  readonly type: string;
}

/** By the name of the event. */
export const eventPackages: Readonly<Record<string, EventPackage>> = {
  presence: { accept: ["application/pidf+xml"], type: "application/pidf+xml", words: presenceWords },
  dialog: { accept: ["application/dialog-info+xml"], type: "application/dialog-info+xml", words: dialogWords },
  "message-summary": {
    accept: ["application/simple-message-summary"],
    type: "application/simple-message-summary",
    words: voicemailWords,
  },
  reg: { accept: ["application/reginfo+xml"], type: "application/reginfo+xml", words: registrationWords },
};

/** The media types to ask for. */
export function acceptFor(event: string): readonly string[] {
  const base = event.split(".")[0]!.toLowerCase();
  return Object.hasOwn(eventPackages, base) && base === event.toLowerCase() ? eventPackages[base]!.accept : ["*/*"];
}

/** @param body One character per octet. */
export function notificationWords(contentType: string | undefined, body: string): string {
  if (body === "") return "nothing to say";
  const text = utf8Decode(body);
  const type = contentType?.replace(/;.*$/s, "").trim().toLowerCase();
  const known = Object.values(eventPackages).find((one) => one.type === type);
  const words = known?.words(text);
  if (words !== undefined) return printable(words);
  return `${type ?? "a body without a type"}:\n${text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => `  ${printable(line)}`)
    .join("\n")}`;
}
