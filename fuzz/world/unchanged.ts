/** What a proxy must leave alone: a request that arrives is one that was sent, but for the header fields that a hop changes. RFC 3261 §16.6. */

import { HeaderId, parseMessage, type SipMessage } from "@trapezoid/sip/message";

const changed = new Set([
  HeaderId.Via,
  HeaderId.Route,
  HeaderId["Record-Route"],
  HeaderId["Max-Forwards"],
  HeaderId["Max-Breadth"],
  HeaderId["Content-Length"],
  // Credentials for our own realm end here (§22.3).
  HeaderId["Proxy-Authorization"],
]);

const limits = { headerBytes: 200_000, headerCount: 2_000 };

/** The same for a request and its forwarded copy. */
function essenceOf(message: SipMessage): string {
  let essence = "";
  for (let line = 0; line < message.lineCount; line++) {
    if (changed.has(message.lineId(line))) continue;
    essence += message.text.slice(message.lineStart(line), message.lineEnd(line));
  }
  return `${essence}\r\n${message.body}`;
}

/** Tells whether something that arrives is one of what was sent. */
export class SentRequests {
  readonly #texts: readonly string[];
  #essences: Set<string> | undefined;

  constructor(texts: readonly string[]) {
    this.#texts = texts;
  }

  has(message: SipMessage): boolean {
    this.#essences ??= this.#read();
    return this.#essences.has(essenceOf(message));
  }

  #read(): Set<string> {
    const essences = new Set<string>();
    for (const text of this.#texts) {
      const parsed = parseMessage(text, limits);
      if (parsed.ok) essences.add(essenceOf(parsed.value));
    }
    return essences;
  }
}
