/** The connections of a call and what is negotiated on them, one step after the other. RFC 3264, RFC 8829. */

import { receives, sends } from "@trapezoid/sdp";
import { callOver } from "../errors.ts";
import type { LegName, MediaRefusal, WantedMedia } from "../media-port.ts";
import type { AgreedMedia } from "../values.ts";
import { agreedBetween, refusalOf, withOrigin } from "./descriptions.ts";
import { descriptionFailed } from "./errors.ts";
import { Forks } from "./forks.ts";
import type { LocalTracks, PeerLink } from "./peer-link.ts";

export interface PeerLinksHost {
  openLink(): PeerLink;
  /** What is to be sent. */
  tracks(): LocalTracks;
  /** Something else is agreed on the leg that counts, or another leg counts. */
  onAgreed(agreed: AgreedMedia, wanted: WantedMedia): void;
  /** A connection has taken what it was given. */
  onApplied(link: PeerLink): void;
  /** It cannot go on. */
  onFailed(error: Error): void;
}

interface OpenOffer {
  readonly text: string;
  readonly wanted: WantedMedia;
  /** It was to find another way. */
  readonly isRestart: boolean;
}

interface Agreement {
  readonly agreed: AgreedMedia;
  readonly wanted: WantedMedia;
}

export class PeerLinks {
  readonly #host: PeerLinksHost;
  readonly #forks: Forks;
  /** Of the offer in an INVITE of ours: all dialogs that answer it share it. */
  #shared: PeerLink | undefined;
  /** Of dialogs in which the other side made the first offer, or we did in an answer. */
  readonly #own = new Map<string, PeerLink>();
  readonly #offers = new Map<LegName, OpenOffer>();
  readonly #agreements = new Map<LegName, Agreement>();
  #selected: string | undefined;
  /** The last that something was agreed with. */
  #latest: LegName;
  #needsRestart = false;
  #turn: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  /** RFC 3264 §8: one session, whatever connections it has. */
  readonly #sessionId = `${Math.floor(Math.random() * 2 ** 48)}`;
  #version = 0;

  constructor(host: PeerLinksHost, hasEarlyMedia: boolean) {
    this.#host = host;
    this.#forks = new Forks(hasEarlyMedia);
  }

  /** The one that sound comes by. */
  get current(): PeerLink | undefined {
    return this.#linkOf(this.#selected ?? this.#latest);
  }

  get all(): PeerLink[] {
    return this.#shared === undefined ? [...this.#own.values()] : [this.#shared, ...this.#own.values()];
  }

  /** Whether an offer of ours waits for its answer. */
  get isOffering(): boolean {
    return this.#offers.size > 0;
  }

  /** The next offer is to find another way (RFC 8445 §9). */
  restart(): void {
    this.#needsRestart = true;
  }

  offer(leg: LegName, wanted: WantedMedia): Promise<string> {
    return this.#run(async () => {
      const link = this.#linkOf(leg) ?? this.#open(leg);
      await this.#settle(leg);
      const isRestart = this.#needsRestart;
      const text = await link.offer(wanted, this.#host.tracks(), isRestart);
      this.#needsRestart = false;
      this.#offers.set(leg, { text, wanted, isRestart });
      return this.#named(text);
    });
  }

  answer(leg: LegName, offer: string, wanted: WantedMedia): Promise<string> {
    return this.#run(async () => {
      const link = this.#hasAnswered(leg) ? this.#linkOf(leg)! : this.#open(leg);
      await this.#settle(leg);
      const text = await link.answer(offer, wanted, this.#host.tracks());
      this.#agree(leg, { agreed: agreedBetween(text, offer), wanted });
      this.#host.onApplied(link);
      return this.#named(text);
    });
  }

  /** At once, so that what is agreed can be read; the connection is given it in its turn. */
  accept(leg: LegName, answer: string): MediaRefusal | undefined {
    const refusal = refusalOf(answer);
    if (refusal !== undefined) return refusal;
    // A second person picked up at the same time: SIP hangs up there (RFC 3261 §13.2.2.4).
    if (this.#selected !== undefined && this.#selected !== leg) return undefined;
    const own = this.#offers.get(leg);
    const open = own ?? this.#offers.get(undefined);
    if (open === undefined) return { status: 500, reason: "there is an answer to no offer of ours" };
    const agreement = { agreed: agreedBetween(open.text, answer), wanted: open.wanted };
    if (own !== undefined && leg !== undefined) {
      this.#offers.delete(leg);
      this.#agree(leg, agreement);
      this.#later(async () => {
        const link = this.#linkOf(leg);
        await link?.accept(answer, "answer");
        if (link !== undefined) this.#host.onApplied(link);
      });
      return undefined;
    }
    this.#forks.answered(leg ?? "", answer);
    this.#agreements.set(leg, agreement);
    if (leg === this.#selected) this.#agree(leg, agreement);
    this.#advance();
    return undefined;
  }

  rollBack(leg: LegName): void {
    // Without a leg it is the INVITE itself that came to nothing, and the call with it.
    if (leg === undefined) return;
    if (this.#offers.get(leg)?.isRestart === true) this.#needsRestart = true;
    this.#offers.delete(leg);
    this.#later(() => this.#linkOf(leg)?.rollBack());
  }

  select(leg: string): void {
    this.#selected ??= leg;
    if (this.#own.has(leg)) this.#shared?.close();
    else this.#forks.select(leg);
    for (const [name, link] of this.#own) {
      if (name !== leg) link.close();
    }
    const agreement = this.#agreements.get(leg);
    if (agreement !== undefined) this.#agree(leg, agreement);
    this.#advance();
  }

  drop(leg: string): void {
    this.#offers.delete(leg);
    this.#agreements.delete(leg);
    this.#own.get(leg)?.close();
    this.#own.delete(leg);
    this.#forks.drop(leg);
    this.#advance();
  }

  close(): void {
    this.#isClosed = true;
    for (const link of this.all) link.close();
  }

  /** Resolves when every connection has what it was given; never rejects. */
  async settled(): Promise<void> {
    await this.#turn;
  }

  #open(leg: LegName): PeerLink {
    const link = this.#host.openLink();
    if (leg === undefined) this.#shared = link;
    else this.#own.set(leg, link);
    return link;
  }

  #linkOf(leg: LegName): PeerLink | undefined {
    return (leg === undefined ? undefined : this.#own.get(leg)) ?? this.#shared;
  }

  /** Whether there is a connection with this dialog, which its offer changes. */
  #hasAnswered(leg: LegName): boolean {
    return leg !== undefined && (this.#own.has(leg) || this.#agreements.has(leg));
  }

  #agree(leg: LegName, agreement: Agreement): void {
    this.#agreements.set(leg, agreement);
    this.#latest = leg;
    if (this.#selected !== undefined && this.#selected !== leg) return;
    this.#host.onAgreed(agreement.agreed, agreement.wanted);
  }

  /** Gives the shared connection the answer that it should have. */
  #advance(): void {
    this.#later(async () => {
      const link = this.#shared;
      if (link === undefined || link.isClosed) return;
      for (let next = this.#forks.next(); next !== undefined; next = this.#forks.next()) {
        try {
          await link.accept(next.answer, next.type);
        } catch (error) {
          if (next.type === "answer") throw error;
          this.#forks.withoutPreviews();
          continue;
        }
        this.#forks.done(next);
        if (next.type === "answer") this.#offers.delete(undefined);
        const agreement = this.#agreements.get(next.leg);
        if (agreement !== undefined) this.#agree(next.leg, agreement);
        this.#host.onApplied(link);
      }
    });
  }

  /** A further offer on a dialog that is still early: what it has answered is final then (RFC 3262 §5, RFC 3311). */
  async #settle(leg: LegName): Promise<void> {
    const link = this.#shared;
    if (leg === undefined || link === undefined || link.isStable || this.#linkOf(leg) !== link) return;
    this.#forks.select(leg);
    const next = this.#forks.next();
    if (next === undefined) return;
    await link.accept(next.answer, next.type);
    this.#forks.done(next);
  }

  #named(text: string): string {
    return withOrigin(text, this.#sessionId, ++this.#version);
  }

  #run<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(() => {
      if (this.#isClosed) throw callOver("a description", undefined);
      return work();
    });
    this.#turn = turn.catch(() => {});
    return turn;
  }

  #later(work: () => Promise<void> | undefined): void {
    this.#run(async () => work()).catch((error: unknown) => {
      if (!this.#isClosed) this.#host.onFailed(descriptionFailed("the answer", error));
    });
  }
}

/** We hold, where we want to hear nothing. */
export function isHolding(wanted: WantedMedia): boolean {
  return sends(wanted.audio) && !receives(wanted.audio);
}
