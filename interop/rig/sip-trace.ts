/** SIP messages as a peer's own trace printed them: what it saw, not what we think we sent. */

export interface TracedMessage {
  readonly direction: "sent" | "received";
  /** `INVITE`, or the status code of a response. */
  readonly kind: string;
  /** The method of CSeq. */
  readonly method: string;
  /** Whole text, lines ended by LF. */
  readonly text: string;
}

const block = /\u001b\[36;1m#\n(UDP|TCP|TLS) (\S+) -> (\S+)\n([\s\S]*?)\u001b\[;m/g;

/**
 * baresip's `-s` trace. Over UDP and as a server of streams the phone has its own port; as a client of streams it has a port of the
 * system's, and the first message of the pair of addresses is a request of its own.
 */
export function baresipTrace(output: string, { sipPort }: { readonly sipPort: number }): TracedMessage[] {
  const text = output.replaceAll("\r", "");
  const own = new Set([`127.0.0.1:${sipPort}`, `127.0.0.1:${sipPort + 1}`]);
  return [...text.matchAll(block)].map((match) => {
    const [source, target] = [match[2]!, match[3]!];
    if (!own.has(source) && !own.has(target)) own.add(source);
    return traced(own.has(source) ? "sent" : "received", match[4]!);
  });
}

export function traced(direction: "sent" | "received", text: string): TracedMessage {
  const first = text.slice(0, text.indexOf("\n"));
  const kind = first.startsWith("SIP/2.0 ") ? first.slice(8, 11) : first.slice(0, first.indexOf(" "));
  const method = /^CSeq:\s*\d+\s+(\w+)/im.exec(text)?.[1] ?? "";
  return { direction, kind, method, text };
}

/** The first value of a header field by its long name; "" where there is none. */
export function headerOf({ text }: TracedMessage, name: string): string {
  const head = text.split("\n\n", 1)[0]!;
  return new RegExp(`^${name}\\s*:\\s*(.*)$`, "im").exec(head)?.[1] ?? "";
}

export function bodyOf({ text }: TracedMessage): string {
  const end = text.indexOf("\n\n");
  return end < 0 ? "" : text.slice(end + 2).trimEnd();
}

/** Its prompt, or other words of its own, may stand before it in the line. */
const logLine = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d:\d{3} (?=[a-z-]+-(?:message|warning|error|debug|trace|fatal)-)/;
const logged =
  /^[^\n]*channel \[\w+\]: (message sent to|received \[\d+\] new bytes from) [^\n]*\n((?:SIP\/2\.0|[A-Z]+ )[\s\S]*)/;

/** Linphone's log at its most verbose. Messages that came in one read of a stream are told apart by their start lines; the body of a NOTIFY of a transfer is one, too, but nothing follows it. */
export function linphoneTrace(output: string): TracedMessage[] {
  const found: TracedMessage[] = [];
  for (const entry of output.replaceAll("\r", "").split(logLine)) {
    const match = logged.exec(entry);
    if (match === null) continue;
    const direction = match[1]!.startsWith("message sent") ? "sent" : "received";
    const messages = match[2]!.split(/^(?=SIP\/2\.0 \d{3} [^\n]*\n[A-Z]|[A-Z]+ sips?:\S+ SIP\/2\.0$)/m);
    for (const text of messages) found.push(traced(direction, text));
  }
  return found;
}

/** `sent INVITE`, `received 180 INVITE` … for comparing and for messages of failed assertions. */
export function summary(messages: readonly TracedMessage[]): string[] {
  return messages.map(({ direction, kind, method }) => `${direction} ${kind}${kind === method ? "" : ` ${method}`}`);
}
