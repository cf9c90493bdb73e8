/** What a subscription is found by within a dialog: its package and its id. RFC 6665 §8.2.1. */

import { Event } from "../../message/fields/event.ts";
import type { SipMessage } from "../../message/message.ts";
import { EventId } from "../../message/param-fields/event.ts";
import type { Params } from "../../message/values.ts";

export interface EventKey {
  /** In lower case: packages are tokens without case. */
  readonly package: string;
  readonly id: string | undefined;
  readonly params: Params;
}

/** `undefined`: there is no Event, or a faulty one. */
export function eventOf(message: SipMessage): EventKey | undefined {
  const event = message.get(Event);
  if (event === undefined) return undefined;
  return { package: event.package.toLowerCase(), id: EventId.get(event.params), params: event.params };
}

/** §8.2.1: package and id alike; other parameters do not count. */
export function eventMatches(a: Pick<EventKey, "package" | "id">, b: Pick<EventKey, "package" | "id">): boolean {
  return a.package === b.package && a.id === b.id;
}
