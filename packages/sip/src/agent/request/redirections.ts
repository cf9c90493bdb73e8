/** Contacts of 3xx, tried in the order of their q. RFC 3261 §8.1.3.4, §21.3. */

import { Contact } from "../../message/fields/address.ts";
import type { SipResponse } from "../../message/message.ts";
import { ContactQ } from "../../message/param-fields/contact.ts";
import { isSipUri, isTelUri, uriEquals } from "../../message/uri.ts";
import type { Uri } from "../../message/values.ts";

/** 305 and 380 say something else of their Contact (§21.3.4, §21.3.5). */
const followed: ReadonlySet<number> = new Set([300, 301, 302]);

export class Redirections {
  readonly #first: Uri;
  readonly #tried: Uri[];
  readonly #waiting: { readonly uri: Uri; readonly q: number }[] = [];
  #left: number;

  /** @param limit How many contacts are tried, in all. */
  constructor(first: Uri, limit: number) {
    this.#first = first;
    this.#tried = [first];
    this.#left = limit;
  }

  /** Where to try next after this final response; `undefined`: it is final. */
  after(response: SipResponse): Uri | undefined {
    if (this.#left <= 0) return undefined;
    if (followed.has(response.status)) this.#add(response);
    // §8.1.3.4: the next one where one fails; a 6xx speaks for all of them.
    if (response.status >= 600) return undefined;
    const next = this.#waiting.shift();
    if (next === undefined) return undefined;
    this.#left--;
    return next.uri;
  }

  #add(response: SipResponse): void {
    for (const contact of response.getAll(Contact)) {
      if (contact === "*") continue;
      const { uri, params } = contact;
      if (!isSipUri(uri) && !isTelUri(uri)) continue;
      // §8.1.3.4: who asked for sips does not end in the clear.
      if (this.#first.scheme === "sips" && uri.scheme !== "sips") continue;
      // §8.1.3.4: nothing is tried twice, or it may go on for ever.
      if (this.#tried.some((tried) => uriEquals(tried, uri))) continue;
      this.#tried.push(uri);
      this.#waiting.push({ uri, q: ContactQ.get(params) ?? 1 });
    }
    this.#waiting.sort((a, b) => b.q - a.q);
  }
}
