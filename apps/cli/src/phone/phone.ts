/** A phone that a command has taken up: the user agent with what is told of it, and how it is stopped. */

import type { Clock } from "@trapezoid/base";
import type { UserAgent } from "@trapezoid/call";
import type { NodeUserAgentSettings } from "@trapezoid/call/node";
import type { NameAddr } from "@trapezoid/sip/message";
import type { Listener } from "@trapezoid/sip/transport";
import type { Exchange } from "./failures/exchange.ts";
import type { WireLog } from "./ladder/wire-log.ts";
import type { Teller } from "./teller.ts";
import type { Screen } from "./terminal/screen.ts";
import type { Terminal } from "./terminal/terminal.ts";

export type OpenedAgent = UserAgent & { readonly listeners: readonly Listener[] };

/** What phones stand on; tests bring their own. */
export interface PhoneHost {
  readonly clock: Clock;
  readonly terminal: Terminal;
  openAgent(settings: NodeUserAgentSettings): Promise<OpenedAgent>;
  /** What goes over the wire from now on. */
  watchWire(): WireLog;
  /** Ctrl-C, SIGTERM, SIGHUP; `isGone`: nobody reads our output any more, who could insist. */
  onInterrupt(listener: (isGone: boolean) => void): Disposable;
  /** Ends the process at once. */
  exit(status: number): void;
}

export interface Phone {
  readonly host: PhoneHost;
  readonly agent: OpenedAgent;
  readonly wire: WireLog;
  readonly screen: Screen;
  readonly teller: Teller;
  readonly clock: Clock;
  /** Who we are; `undefined`: nobody in particular. */
  readonly as: NameAddr | undefined;
  readonly hasPassword: boolean;
  /** Aborted when the person wants it to end. */
  readonly stop: AbortSignal;
  /** As if Ctrl-C had been pressed: the first time politely, the second at once. */
  interrupt(): void;
  /** What became of the last request of this method. */
  exchange(method: string): Exchange;
  /** The last session descriptions of a call, by its Call-ID. */
  descriptions(callId: string): { readonly ours: string | undefined; readonly theirs: string | undefined };
  /** Rejects with a `PhoneFailure` that says what `work`, a request of this method for this target, failed of. */
  attempt<T>(method: string, target: string, work: Promise<T>): Promise<T>;
}
