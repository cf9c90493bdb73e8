/** Waiting messages in words: how many voicemails are new. RFC 3842. */

const kinds: Readonly<Record<string, readonly [one: string, many: string]>> = {
  "voice-message": ["voicemail", "voicemails"],
  "fax-message": ["fax", "faxes"],
  "pager-message": ["pager message", "pager messages"],
  "multimedia-message": ["multimedia message", "multimedia messages"],
  "text-message": ["text", "texts"],
  none: ["message", "messages"],
};

/** `undefined`: this is no message summary. */
export function voicemailWords(body: string): string | undefined {
  const lines = body.split(/\r?\n/);
  const waiting = /^Messages-Waiting:\s*(yes|no)\s*$/i;
  const isWaiting = lines.map((line) => waiting.exec(line)?.[1]).find((word) => word !== undefined);
  if (isWaiting === undefined) return undefined;
  const counts = lines.flatMap(countOf);
  const account = lines.map((line) => /^Message-Account:\s*(?:sips?:)?(\S+)/i.exec(line)?.[1]).find(Boolean);
  const summary =
    counts.length > 0 ? counts.join(", ") : isWaiting.toLowerCase() === "yes" ? "new messages" : "no new messages";
  return account === undefined ? summary : `${summary} at ${account}`;
}

/** §5.2: `Voice-Message: 2/8 (0/2)`: new, old, and the urgent among them. */
function countOf(line: string): string[] {
  const match = /^([a-z-]+):\s*(\d{1,9})\/(\d{1,9})(?:\s*\((\d{1,9})\/(\d{1,9})\))?\s*$/i.exec(line);
  if (match === null) return [];
  const [one, many] = kinds[match[1]!.toLowerCase()] ?? ["message", "messages"];
  const [fresh, old, urgent] = [Number(match[2]), Number(match[3]), Number(match[4] ?? 0)];
  return [`${fresh} new ${fresh === 1 ? one : many}${urgent > 0 ? ` (${urgent} urgent)` : ""}, ${old} old`];
}
