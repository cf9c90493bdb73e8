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

/** baresip's `-s` trace; what goes to the server's port was sent. */
export function baresipTrace(output: string, serverPort: string): TracedMessage[] {
  const text = output.replaceAll("\r", "");
  return [...text.matchAll(block)].map((match) => {
    return traced(match[3]!.endsWith(`:${serverPort}`) ? "sent" : "received", match[4]!);
  });
}

export function traced(direction: "sent" | "received", text: string): TracedMessage {
  const first = text.slice(0, text.indexOf("\n"));
  const kind = first.startsWith("SIP/2.0 ") ? first.slice(8, 11) : first.slice(0, first.indexOf(" "));
  const method = /^CSeq:\s*\d+\s+(\w+)/im.exec(text)?.[1] ?? "";
  return { direction, kind, method, text };
}
