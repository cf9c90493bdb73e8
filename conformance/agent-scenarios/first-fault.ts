/** Where a scenario went wrong, in SIPp's words: what it waited for, and what came instead. */

export interface SippFault {
  readonly expected: string;
  /** The first unexpected message; `undefined` when nothing came. */
  readonly received: string | undefined;
}

/**
 * @param errors SIPp's error log.
 * @param screens Its standard output, which ends with the messages of the scenario and how often each came.
 * @param scenario The scenario's text.
 */
export function firstFault(errors: string, screens: string, scenario: string): SippFault | undefined {
  const unexpected = /while expecting '([^']*)' \(index (\d+)\), received '([^']*)/.exec(errors);
  if (unexpected !== null) {
    const [, next = "", index, received = ""] = unexpected;
    return { expected: possibleAt(scenario, Number(index)) ?? next, received: received.trim() };
  }
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

/** `100, 180 or 486`: the optional messages from this step on, and the first that has to come. */
function possibleAt(scenario: string, index: number): string | undefined {
  const text = scenario.replace(/<!--.*?-->/gs, "");
  const steps = [...text.matchAll(/<(send|recv|pause|nop|sendCmd|recvCmd|timewait)\b([^>]*)/g)];
  const names: string[] = [];
  for (const [, kind, attributes = ""] of steps.slice(index)) {
    if (kind !== "recv") break;
    names.push(/(?:response|request)\s*=\s*"([^"]*)"/.exec(attributes)?.[1] ?? "?");
    if (!/optional\s*=\s*"(?:true|global)"/.test(attributes)) break;
  }
  const last = names.pop();
  return last === undefined || names.length === 0 ? last : `${names.join(", ")} or ${last}`;
}

/** The first row of the last screen that waits for a message and got none: `         200 <----------         0 …`. */
function firstAwaited(screens: string): string | undefined {
  const last = screens.slice(screens.lastIndexOf("Messages  Retrans"));
  const awaited: string[] = [];
  for (const row of last.split("\n")) {
    const match = /(?:([\w.*]+) <-+|-+> ([A-Z]+))\s+(?:[BE]-RTD\d+\s+)?(\d+)\s/.exec(row);
    if (match === null) continue;
    // What comes after it was not reached, and what did come before it was.
    if (match[3] === "0") awaited.push((match[1] ?? match[2])!);
    else awaited.length = 0;
  }
  return awaited.length === 0 ? undefined : awaited[0];
}
