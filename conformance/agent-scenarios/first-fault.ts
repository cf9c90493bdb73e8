/** Where a scenario went wrong, in SIPp's words: what it waited for, and what came instead. */

export interface SippFault {
  readonly expected: string;
  /** The first unexpected message; `undefined` when nothing came. */
  readonly received: string | undefined;
}

/**
 * @param errors SIPp's error log.
 * @param screens Its standard output, which ends with the messages of the scenario and how often each came.
 */
export function firstFault(errors: string, screens: string): SippFault | undefined {
  const unexpected = /while expecting '([^']*)'[^,]*, received '([^']*)/.exec(errors);
  if (unexpected !== null) return { expected: unexpected[1]!, received: unexpected[2]!.trim() };
  const absent = /Failed regexp match: header ([\w-]+):? not found/.exec(errors);
  if (absent !== null) return { expected: `the header field ${absent[1]}`, received: lastMessage(errors) };
  const check = /Failed regexp match: looking in '[^']*', with regexp '([^']*)'/.exec(errors);
  if (check !== null) return { expected: check[1]!, received: lastMessage(errors) };
  const awaited = firstAwaited(screens);
  return awaited === undefined ? undefined : { expected: awaited, received: undefined };
}

function lastMessage(errors: string): string | undefined {
  return /((?:SIP\/2\.0 \d{3} |[A-Z]+ sips?:).*)$/s.exec(errors)?.[1]?.trim();
}

/** The first row of the last screen that waits for a message and got none: `         200 <----------         0 …`. */
function firstAwaited(screens: string): string | undefined {
  const last = screens.slice(screens.lastIndexOf("Messages  Retrans"));
  for (const row of last.split("\n")) {
    const match = /(?:(\w+) <-+|-+> (\w+))\s.*?(\d+)\s+(\d+)\s+(\d+)/.exec(row);
    if (match !== null && match[3] === "0") return match[1] ?? match[2];
  }
  return undefined;
}
