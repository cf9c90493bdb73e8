/** What all sessions in other threads have in common: calls, events, their end. */

import { Emitter, type EventMap } from "@trapezoid/base";
import type { MediaAddress } from "../config.ts";
import { sessionClosed } from "../errors.ts";
import type { ArgumentsOf, MediaReport, OpenedSession, Operation, ResultOf, SessionAddresses } from "./contract.ts";
import type { ThreadLink } from "./thread-link.ts";

export type ClosedEvent = { readonly closed: readonly [why: string | undefined] };

export abstract class RemoteSession<M extends EventMap & ClosedEvent, C extends { readonly close: unknown }> {
  readonly id: string;
  readonly zrtpHash: string | undefined;
  readonly events: Emitter<M> = new Emitter<M>();
  readonly #link: ThreadLink;
  #at: SessionAddresses;
  #closed = false;

  constructor(link: ThreadLink, opened: OpenedSession) {
    const { id, zrtpHash } = opened;
    this.#link = link;
    this.id = id;
    this.zrtpHash = zrtpHash;
    this.#at = opened;
  }

  get local(): MediaAddress {
    return this.#at.local;
  }

  get localRtcp(): MediaAddress {
    return this.#at.localRtcp;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    // A thread that has ended has closed it.
    await this.perform("close", ...([] as unknown as ArgumentsOf<C, "close">)).catch(() => {});
    this.ended(undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal Something happened in its thread. */
  happened({ event, args }: MediaReport & { readonly type: "event" }): void {
    if (event === "closed") this.ended(undefined);
    else this.events.emit(event as keyof M, ...(args as unknown as M[keyof M]));
  }

  /** @internal It is closed, `why` unless that was asked for. */
  ended(why: string | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.events.emit("closed", ...([why] as unknown as M["closed"]));
    this.events.removeAll();
  }

  /** Rejects with what its thread says, `MEDIA_SESSION_CLOSED`, `MEDIA_THREAD_ENDED`. */
  protected async perform<O extends keyof C & Operation>(
    operation: O,
    ...args: ArgumentsOf<C, O>
  ): Promise<ResultOf<C, O>> {
    if (this.#closed) throw sessionClosed(this.id);
    const { result, at } = await this.#link.call({ type: "do", session: this.id, operation, args });
    if (at !== undefined) this.#at = at;
    return result as ResultOf<C, O>;
  }
}
