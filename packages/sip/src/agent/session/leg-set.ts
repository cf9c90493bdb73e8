/** The dialogs of a session: several early ones where its INVITE has forked, of which one is answered. RFC 3261 §12.1, §13.2.2.4; RFC 6228 §4. */

import type { Dialog } from "../../dialog/dialog.ts";
import { InviteUsage, type UsageHost } from "./invite-usage.ts";
import { Leg } from "./leg.ts";

/** Tags of ended dialogs that are remembered. */
const MAX_ENDED = 64;

export class LegSet {
  /** The one that was answered, else the last early one. */
  current: Leg | undefined;
  readonly #host: UsageHost;
  readonly #usages = new Map<Leg, InviteUsage>();
  readonly #ended = new Set<string>();

  constructor(host: UsageHost) {
    this.#host = host;
  }

  get all(): readonly Leg[] {
    return [...this.#usages.keys()];
  }

  /** By the tag of its peer. */
  of(remoteTag: string): Leg | undefined {
    return this.all.find((leg) => leg.remoteTag === remoteTag);
  }

  /** RFC 6228 §4: whether an early dialog with this peer is over; what comes late does not bring it back. */
  hasEnded(remoteTag: string): boolean {
    return this.#ended.has(remoteTag);
  }

  /** A dialog of this session, with its usage. */
  add(dialog: Dialog): Leg {
    const leg = new Leg(dialog, this.#host, this.#host.localSessionId);
    const usage = new InviteUsage(this.#host, leg);
    dialog.addUsage(usage);
    this.#usages.set(leg, usage);
    return leg;
  }

  /** An early dialog that comes to nothing, or a superfluous one after its BYE; false when it had ended before. */
  end(leg: Leg): boolean {
    const usage = this.#usages.get(leg);
    if (usage === undefined) return false;
    this.#usages.delete(leg);
    if (this.#ended.size < MAX_ENDED) this.#ended.add(leg.remoteTag);
    leg.negotiation.end();
    leg.dialog.removeUsage(usage);
    if (this.current === leg) this.current = this.all.at(-1);
    return true;
  }

  /** What the same INVITE leads to when it is sent again is new. */
  forgetEnded(): void {
    this.#ended.clear();
  }
}
