/** A server under test on a network in memory, with what must be nothing when everything has ended. */

import type { TransactionLayer } from "@trapezoid/sip/transaction";
import type { FakeClock, VirtualNetwork, VirtualTransport } from "@trapezoid/testkit";
import type { Scenery } from "./make-steps.ts";

export interface World {
  readonly clock: FakeClock;
  readonly network: VirtualNetwork;
  readonly server: VirtualTransport;
  readonly layer: TransactionLayer;
  /** What threw. */
  readonly errors: readonly unknown[];
  /** What is held for requests under way, by name. */
  held(): Readonly<Record<string, number>>;
  /** Plain numbers, nested. */
  counters(): object;
  /** Where the call that must succeed goes to; `undefined`: nowhere. */
  readonly calleeUri: string | undefined;
  /** An OPTIONS to it is answered 200 whatever came before. */
  readonly optionsUri?: string;
  /** Another of the scenery's houses, from now on. */
  configure?(house: string): void;
  /** Ends everything at once, as a worker does when it closes. */
  close(): void;
  /** Of its accounts, where it has some. */
  readonly password?: string;
}

export interface WorldMaker {
  readonly scenery: Scenery;
  /** `house`: one of the scenery's houses. */
  open(house?: string): World;
}

export const serverAddress = "10.0.0.1";
export const callerAddress = "10.0.0.20";
export const calleeAddress = "10.0.0.21";

export function peerAddress(peer: number): string {
  return `10.0.0.${peer + 2}`;
}
