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
export function essenceOf(message: SipMessage): string {
  let essence = "";
  for (let line = 0; line < message.lineCount; line++) {
    if (changed.has(message.lineId(line))) continue;
    essence += message.text.slice(message.lineStart(line), message.lineEnd(line));
  }
  return `${essence}\r\n${message.body}`;
}

/** Remembers what was sent, and tells whether something that arrives is one of it. */
export class SentRequests {
  readonly #texts: string[] = [];
  #essences: Set<string> | undefined;

  add(text: string): void {
    this.#texts.push(text);
    this.#essences = undefined;
  }

  has(message: SipMessage): boolean {
    if (this.#essences === undefined) {
      this.#essences = new Set();
      for (const text of this.#texts) {
        const parsed = parseMessage(text, limits);
        if (parsed.ok) this.#essences.add(essenceOf(parsed.value));
      }
    }
    return this.#essences.has(essenceOf(message));
  }
}
