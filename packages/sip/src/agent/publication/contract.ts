/** Publication of event state. RFC 3903. */

import type { Emitter } from "@trapezoid/base";
import type { HeaderLine } from "../../message/build.ts";
import type { LocalIdentity } from "../core/identity.ts";
import type { SessionBody } from "../session/values.ts";

export interface PublicationOptions {
  /** The event package. */
  readonly event: string;
  readonly identity?: LocalIdentity;
  readonly body: SessionBody;
  /** Asked for. Default 3600. */
  readonly expiresSeconds?: number;
  readonly headers?: readonly HeaderLine[];
  readonly signal?: AbortSignal;
}

export type PublicationEvents = {
  published: readonly [etag: string];
  /** An attempt failed. `retryInMs`: `undefined` when there will be no other. */
  failed: readonly [error: Error, retryInMs: number | undefined];
};

/** State that we publish, refreshed before it expires. */
export interface Publication {
  readonly event: string;
  readonly state: "publishing" | "published" | "waiting" | "closed";
  /** RFC 3903 §11.3.1. */
  readonly etag: string | undefined;
  readonly events: Emitter<PublicationEvents>;
  /** Resolves at the first success; rejects with a `SipError` when it is refused for good. */
  readonly published: Promise<void>;
  /** Another state; of those that wait only the last is sent. Rejects as `published` does. */
  modify(body: SessionBody): Promise<void>;
  refresh(): Promise<void>;
  /** Expires: 0. Never rejects. */
  close(): Promise<void>;
}
