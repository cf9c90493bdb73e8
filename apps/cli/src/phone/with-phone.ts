/** Takes a phone up for one command, and puts it down whatever happens: terminal as before, calls hung up, registration taken back. */

import { TrapezoidError } from "@trapezoid/base";
import type { NodeUserAgentSettings } from "@trapezoid/call/node";
import type { NameAddr } from "@trapezoid/sip/message";
import { PhoneFailure } from "../errors.ts";
import { shownUri } from "./addresses.ts";
import { explainFailure } from "./failures/catalogue.ts";
import { descriptionsOf, exchangeOf } from "./failures/exchange.ts";
import { failureFacts } from "./failures/facts.ts";
import { drawLadder } from "./ladder/draw.ts";
import { ladderSteps } from "./ladder/steps.ts";
import type { WireLog } from "./ladder/wire-log.ts";
import type { Phone, PhoneHost } from "./phone.ts";
import { createTeller } from "./teller.ts";
import { Screen } from "./terminal/screen.ts";

export interface PhoneUse {
  /** For the summary. */
  readonly command: string;
  readonly settings: NodeUserAgentSettings;
  readonly as: NameAddr | undefined;
  readonly json: boolean;
  readonly ladder: boolean;
}

/** What a command leaves to say at its end, for programs. */
export type Summary = Readonly<Record<string, unknown>>;

/** How long others may take to answer that we take leave. */
const politeMs = 5_000;

/** Rejects with what failed, once the phone is put down. */
export async function withPhone(
  host: PhoneHost,
  use: PhoneUse,
  work: (phone: Phone) => Promise<Summary>,
): Promise<void> {
  const { clock, terminal } = host;
  using wire = host.watchWire();
  using screen = new Screen(terminal);
  const teller = createTeller(terminal, screen, { json: use.json, now: () => clock.now() });
  const stop = new AbortController();
  const interrupt = (isGone = false): void => {
    if (!stop.signal.aborted) stop.abort();
    else if (!isGone) {
      // Nothing is left to be drawn over.
      screen[Symbol.dispose]();
      host.exit(1);
    }
  };
  using _interrupts = host.onInterrupt(interrupt);
  const context = {
    as: use.as === undefined ? undefined : shownUri(use.as.uri),
    hasPassword: use.settings.password !== undefined,
  };
  const exchange: Phone["exchange"] = (method) => exchangeOf(wire.messages, method, clock.now() - wire.startedAt);
  const explained = (error: unknown, method: string, target: string): unknown =>
    error instanceof PhoneFailure || !(error instanceof TrapezoidError)
      ? error
      : new PhoneFailure(
          explainFailure(failureFacts(error, { ...context, method, target, exchange: exchange(method) })),
          error,
        );
  const finish = (fields: Summary): void => {
    if (use.ladder) tellLadder(wire, host, teller.json, use.as, screen);
    teller.tell("summary", { command: use.command, ...fields }, undefined);
  };
  let summary: Summary;
  try {
    await using agent = await host.openAgent(use.settings);
    using timers = new DisposableStack();
    const limit = (): void => void timers.use(clock.after(politeMs, () => void agent.close({ graceMs: 0 })));
    stop.signal.addEventListener("abort", limit, { once: true });
    timers.defer(() => stop.signal.removeEventListener("abort", limit));
    summary = await work({
      host,
      agent,
      wire,
      screen,
      teller,
      clock,
      as: use.as,
      hasPassword: context.hasPassword,
      stop: stop.signal,
      interrupt: () => interrupt(),
      exchange,
      descriptions: (callId) => descriptionsOf(wire.messages, callId),
      attempt: (method, target, attempted) =>
        attempted.catch((error) => {
          throw explained(error, method, target);
        }),
    });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const code = error instanceof PhoneFailure ? error.kind : error instanceof TrapezoidError ? error.code : "fault";
    finish({ ok: false, error: { code, text } });
    throw error;
  }
  finish({ ok: true, ...summary });
}

function tellLadder(wire: WireLog, host: PhoneHost, json: boolean, as: NameAddr | undefined, screen: Screen): void {
  const { terminal } = host;
  const steps = ladderSteps(wire.messages);
  if (json) {
    terminal.write(`${JSON.stringify({ event: "ladder", dropped: wire.dropped, steps })}\n`);
    return;
  }
  if (steps.length === 0) return;
  const us = as === undefined ? "we" : shownUri(as.uri);
  screen.print(drawLadder(steps, { width: terminal.columns, unicode: terminal.unicode, us, dropped: wire.dropped }));
}
