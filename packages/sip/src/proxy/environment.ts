/** What the parts of the proxy core share: ports, settings, counters. */

import type { SipHashKey, TimerWheel } from "@trapezoid/base";
import type { DatagramOnly } from "../locate/datagram-only.ts";
import { unbracket } from "../message/host.ts";
import type { TransactionLayer } from "../transaction/contract.ts";
import type { AddressBook } from "./address-texts.ts";
import type { NextHopLoads, ProxyCounters, ProxyLimits, ProxyLocator, ProxyOptions } from "./contract.ts";
import type { StatelessWays } from "./stateless-ways.ts";

export interface Environment {
  readonly transactions: TransactionLayer;
  readonly transport: ProxyOptions["transport"];
  readonly locator: ProxyLocator;
  readonly wheel: TimerWheel;
  readonly tokenKey: SipHashKey;
  /** Two base-36 digits. */
  readonly workerDigits: string;
  readonly isOwnDomain: ((host: string, port: number | undefined) => boolean) | undefined;
  readonly limits: ProxyLimits;
  readonly schemes: readonly string[];
  readonly proxyRequire: readonly string[];
  readonly addresses: AddressBook;
  readonly datagramOnly: DatagramOnly;
  readonly statelessWays: StatelessWays;
  readonly nextHops: NextHopLoads | undefined;
  readonly counters: ProxyCounters;
  readonly onError: (error: unknown) => void;
}

export const defaultProxyLimits: ProxyLimits = { maxBreadth: 60, branches: 100, recursions: 10 };

/** RFC 3261 §16.6 step 11: more than 3 minutes. */
export const defaultTimerCMs = 181_000;

/** Whether host and port, as a URI has them, name this system. */
export function isOwnAddress(environment: Environment, host: string, port: number | undefined): boolean {
  const bare = unbracket(host);
  return environment.transport.isLocal(bare, port) || environment.isOwnDomain?.(bare, port) === true;
}

export function zeroCounters(): ProxyCounters {
  return {
    contexts: 0,
    contextsCreated: 0,
    branches: 0,
    forwardedRequests: 0,
    forwardedResponses: 0,
    statelessRequests: 0,
    statelessResponses: 0,
    cancelled: 0,
    timerC: 0,
    loops: 0,
    droppedAcks: 0,
    droppedResponses: 0,
    recursions: 0,
  };
}
