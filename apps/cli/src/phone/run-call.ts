/** `trapezoid call`: one call, made or waited for, until it is over. */

import { CallError } from "@trapezoid/call";
import type { NameAddr, Uri } from "@trapezoid/sip/message";
import { formatEndpoint, isLoopback } from "@trapezoid/sip/transport";
import { nobodyCalled, notInTime, PhoneFailure } from "../errors.ts";
import { shownUri } from "./addresses.ts";
import { Answering, type AnsweringOptions, type TakenCall } from "./answering.ts";
import { type Activities, checkFiles, runActivities } from "./call/activities.ts";
import { CallBoard } from "./call/board.ts";
import { endedWell, endWords, LiveCall } from "./call/live-call.ts";
import { statisticsWords } from "./call/statistics-words.ts";
import type { Phone } from "./phone.ts";
import { registerPhone } from "./registering.ts";
import { timeLimit, whenAborted } from "./waiting.ts";
import type { Summary } from "./with-phone.ts";

export interface CallUse {
  readonly target: Uri;
  /** Seconds that it may ring. */
  readonly timeoutSeconds: number | undefined;
  readonly video: boolean;
  readonly activities: Activities;
}

export async function runCall(phone: Phone, use: CallUse): Promise<Summary> {
  const { agent, clock, teller } = phone;
  const { target, activities, timeoutSeconds } = use;
  await checkFiles(activities);
  const name = shownUri(target);
  using board = new CallBoard(phone);
  teller.tell("calling", { target: name }, `calling ${name}${board.hasKeys ? " (? shows the keys)" : ""}`);
  const call = agent.dial(target, {
    video: use.video,
    ...(timeoutSeconds === undefined ? {} : { ringSeconds: Math.ceil(timeoutSeconds) }),
  });
  const live = new LiveCall(phone, call, name);
  board.add(live);
  const { reached, timer } = timeLimit(clock, timeoutSeconds);
  using _timer = timer;
  // Who is not answered cannot even take the call back (RFC 3261 §9.1): nobody waits for that.
  const givenUp = Promise.race([reached, whenAborted(phone.stop).then(() => "stopped" as const)]);
  const first = await Promise.race([
    phone
      .attempt(
        "INVITE",
        name,
        call.answered.then(() => "answered" as const),
      )
      .catch((error: unknown) => {
        throw isOurs(error) ? notWaitedFor(name) : error;
      }),
    givenUp,
  ]);
  if (first !== "answered") {
    const failure = first === "time" ? await tooLate(phone, name, timeoutSeconds!) : notWaitedFor(name);
    void call.hangUp();
    throw failure;
  }
  // Transfers leave other calls behind.
  void whenAborted(phone.stop).then(() => Promise.all([...agent.calls].map((one) => one.hangUp())));
  await runActivities(phone, live, activities, activities.record);
  const end = await call.ended;
  if (activities.hangUpAfter !== undefined && end.by === "local")
    await Promise.all(board.calls.map((other) => other.call.hangUp()));
  // What became of it lives on in other calls: transfers of theirs, and of ours that were joined.
  await Promise.all(board.calls.map((other) => other.call.ended));
  tellStatistics(phone, live);
  if (!endedWell(end)) throw new PhoneFailure({ code: end.cause, text: endWords(name, end) });
  const { cause, by, durationMs } = end;
  return { target: name, answered: true, cause, by, seconds: durationMs / 1000, statistics: live.statistics };
}

function notWaitedFor(name: string): PhoneFailure {
  return new PhoneFailure({ code: "given-up", text: `the call to ${name} was given up before it was answered` });
}

/** Whether it rang, or nobody was there to hear of it. */
async function tooLate(phone: Phone, name: string, seconds: number): Promise<unknown> {
  const { provisional, attempts } = phone.exchange("INVITE");
  const late = notInTime(`${name} did not answer`, seconds);
  if (provisional !== undefined || attempts.length === 0)
    return new PhoneFailure({ code: "nobody-answered", text: late.message });
  return phone.attempt("INVITE", name, Promise.reject(late)).catch((error: unknown) => error);
}

/** Given up by a key. */
function isOurs(error: unknown): boolean {
  const cause = error instanceof PhoneFailure ? error.cause : error;
  return cause instanceof CallError && cause.end?.cause === "cancelled" && cause.end.by === "local";
}

function tellStatistics(phone: Phone, live: LiveCall): void {
  if (live.statistics === undefined || phone.teller.json) return;
  for (const line of statisticsWords(live.statistics)) phone.screen.print(`  ${line}`);
}

export interface AwaitUse {
  readonly as: NameAddr | undefined;
  readonly expiresSeconds: number | undefined;
  /** Seconds that nobody may call. */
  readonly timeoutSeconds: number | undefined;
  readonly answering: AnsweringOptions;
}

/** `call --answer`: waits for one call. With an address of ours it is registered first. */
export async function runAwait(phone: Phone, use: AwaitUse): Promise<Summary> {
  const { as, timeoutSeconds, answering } = use;
  await checkFiles(answering.activities);
  using board = new CallBoard(phone);
  const { promise: taken, resolve, reject } = Promise.withResolvers<TakenCall>();
  taken.catch(() => {});
  using _answering = new Answering(phone, board, answering, { onTaken: resolve, onFailure: reject });
  if (as !== undefined) {
    await registerPhone(phone, { as, expiresSeconds: use.expiresSeconds, withinSeconds: timeoutSeconds });
  }
  const uris = contactUris(phone);
  teller(phone, as, uris);
  board.idle("waiting for a call; Ctrl-C ends it");
  const { reached, timer } = timeLimit(phone.clock, timeoutSeconds);
  using _timer = timer;
  const first = await Promise.race([taken, reached, whenAborted(phone.stop).then(() => "stopped" as const)]);
  board.idle("");
  if (typeof first !== "string" || phone.agent.calls.size > 0) {
    // The limit is for the waiting alone.
    if (first === "stopped") await Promise.all([...phone.agent.calls].map((call) => call.hangUp({ status: 480 })));
    else
      void whenAborted(phone.stop).then(() =>
        Promise.all([...phone.agent.calls].map((call) => call.hangUp({ status: 480 }))),
      );
    const call = await taken;
    // Transfers: what became of it lives on in other calls.
    await Promise.all(board.calls.map((other) => other.call.ended));
    if (!call.wasAnswered)
      throw new PhoneFailure({ code: "not-answered", text: `${call.remote} called, but ${call.end}` });
    if (!call.endedWell)
      throw new PhoneFailure({ code: "ended-badly", text: `the call of ${call.remote} ended: ${call.end}` });
    return { ...call };
  }
  if (first === "time") throw nobodyCalled(timeoutSeconds!);
  throw new PhoneFailure({ code: "given-up", text: "nobody called before it was stopped" });
}

function teller(phone: Phone, as: NameAddr | undefined, uris: readonly string[]): void {
  const text =
    as === undefined ? `waiting for a call to ${uris.join(" or ")}` : `waiting for a call to ${shownUri(as.uri)}`;
  phone.teller.tell("waiting", { uris }, text);
}

/** What others may call to reach us without a server: by UDP where we listen for it, loopback last. */
function contactUris({ agent }: Phone): readonly string[] {
  const byUdp = agent.listeners.filter(({ kind }) => kind === "udp");
  return (byUdp.length > 0 ? byUdp : agent.listeners)
    .flatMap(({ kind, endpoints }) => endpoints.map((endpoint) => ({ kind, ...endpoint })))
    .sort((a, b) => Number(isLoopback(a.address)) - Number(isLoopback(b.address)))
    .map(
      ({ kind, address, port }) => `sip:${formatEndpoint(address, port)}${kind === "udp" ? "" : `;transport=${kind}`}`,
    );
}
