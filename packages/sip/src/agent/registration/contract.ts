/** A registration that keeps itself alive. RFC 3261 §10.2, RFC 3327, 3608, 5626, 5627. */

import type { Emitter } from "@trapezoid/base";
import type { HeaderLine } from "../../message/build.ts";
import type { SipResponse } from "../../message/message.ts";
import type { NameAddr, Params, SipUri, Uri } from "../../message/values.ts";
import type { Flow } from "../../transport/contract.ts";
import type { LocalIdentity } from "../core/identity.ts";

export interface RegistrationOptions {
  /** Default: the core's. Each registrar that one is registered at needs an identity of its own, which learns from it alone. */
  readonly identity?: LocalIdentity;
  /** Default: the domain of the identity's address. */
  readonly registrar?: SipUri | string;
  /** Asked for. Default 600. */
  readonly expiresSeconds?: number;
  /** Further parameters of Contact: `q`, feature tags. */
  readonly contactParams?: Params;
  readonly headers?: readonly HeaderLine[];
  /**
   * RFC 5626. The instance comes from the identity. `proxies`: the edges to register through, a flow for each; default one flow by the
   * identity's route. `false`: one binding without a flow.
   */
  readonly outbound?: { readonly proxies?: readonly (SipUri | string)[] } | false;
  /** RFC 5626 §4.4: what keeps a flow open where the server gives no Flow-Timer. Default 29 for UDP, 120 for connections; 0: none. */
  readonly keepAliveSeconds?: number;
  /** RFC 5627. Default true: asks for them where there is an instance. */
  readonly gruu?: boolean;
  /** Waiting after a failure: RFC 5626 §4.5. */
  readonly retry?: Partial<RetrySettings>;
}

export interface RetrySettings {
  /** Default 1800. */
  readonly maxSeconds: number;
  /** When every flow is down. Default 30. */
  readonly baseAllDownSeconds: number;
  /** When another one is up. Default 90. */
  readonly baseSomeUpSeconds: number;
}

export type RegistrationState =
  | "idle"
  /** A first REGISTER is out. */
  | "registering"
  /** At least one binding is there. */
  | "registered"
  /** None is there; the next attempt is set. */
  | "waiting"
  /** None is there, and the registrar has said that there will be none. */
  | "failed"
  | "closing"
  | "closed";

export interface RegisteredFlow {
  /** RFC 5626 §4.2: 1, 2, …; 0 without outbound. */
  readonly regId: number;
  readonly state: "registering" | "registered" | "waiting" | "failed" | "closed";
  readonly flow: Flow | undefined;
  /** Our Contact as it is bound. */
  readonly contact: NameAddr | undefined;
  /** When the binding ends; milliseconds of the clock. */
  readonly expiresAt: number;
}

export type RegistrationEvents = {
  /** The first success, and each after a failure. */
  registered: readonly [response: SipResponse];
  refreshed: readonly [response: SipResponse];
  /** An attempt failed. `retryInMs`: `undefined` when there will be no other (a wrong password, 403). */
  failed: readonly [error: Error, retryInMs: number | undefined];
  /** A flow that carried a binding broke; it is being replaced. */
  flowLost: readonly [regId: number];
  /**
   * What others reach us by has changed: address, flow or GRUU. Sessions and subscriptions tell their peers by themselves, unless
   * `followAddress` is off.
   */
  contactChanged: readonly [contact: NameAddr];
  closed: readonly [];
};

export interface RegistrationClient {
  readonly state: RegistrationState;
  readonly identity: LocalIdentity;
  readonly events: Emitter<RegistrationEvents>;
  readonly flows: readonly RegisteredFlow[];
  /** Every binding of the address, ours and others', as the registrar last listed them. */
  readonly bindings: readonly NameAddr[];
  /** RFC 3608. */
  readonly serviceRoute: readonly NameAddr[];
  /** RFC 5627. */
  readonly publicGruu: Uri | undefined;
  readonly temporaryGruu: Uri | undefined;
  /** RFC 7315 §4.1. */
  readonly associatedUris: readonly NameAddr[];
  /** Registers, and goes on until `close`. Resolves at the first binding; rejects with a `SipError` when the first attempt fails for good. */
  start(signal?: AbortSignal): Promise<void>;
  /** Refreshes now. */
  refresh(): Promise<void>;
  /** The host has other addresses, or its network came back: flows are made anew and registered at once. */
  networkChanged(): void;
  /** Takes our bindings away and waits for the answer, at most 64·T1. Never rejects. */
  close(): Promise<void>;
}
