/** `trapezoid message` and `trapezoid options`: one request, and what its answer means. */

import type { Uri } from "@trapezoid/sip/message";
import { utf8Decode } from "@trapezoid/sip/message";
import { notInTime, stopped } from "../errors.ts";
import { printable } from "../table.ts";
import { shownUri } from "./addresses.ts";
import { capabilitiesOf, capabilityWords } from "./capabilities/describe.ts";
import { productOf } from "./failures/their-words.ts";
import type { Phone } from "./phone.ts";
import type { Summary } from "./with-phone.ts";

export interface MessageUse {
  readonly target: Uri;
  readonly text: string;
  readonly contentType: string | undefined;
  readonly timeoutSeconds: number | undefined;
}

export async function runMessage(phone: Phone, use: MessageUse): Promise<Summary> {
  const { target, text, contentType, timeoutSeconds } = use;
  const name = shownUri(target);
  using limit = requestLimit(phone, `${name} did not answer`, timeoutSeconds);
  const { response } = await phone.attempt(
    "MESSAGE",
    name,
    limit.first(
      phone.agent.message(target, text, {
        signal: limit.signal,
        ...(contentType === undefined ? {} : { contentType }),
      }),
    ),
  );
  const { status } = response;
  const { roundTripMs } = phone.exchange("MESSAGE");
  // RFC 3428 §7: 202 says that somebody on the way keeps it, and nothing of whether it will arrive.
  const isAccepted = status === 202;
  const said = [printable(`${status} ${utf8Decode(response.reason)}`), productOf({ response })].filter(
    (part) => part !== undefined,
  );
  const what = isAccepted ? `accepted for ${name}, to be delivered later` : `delivered to ${name}`;
  phone.teller.tell(
    isAccepted ? "accepted" : "delivered",
    { target: name, status, roundTripMs },
    `${what} (${said.join(", ")}${roundTripMs === undefined ? "" : `, ${Math.round(roundTripMs)} ms`})`,
  );
  return { target: name, status, delivered: !isAccepted };
}

export interface OptionsUse {
  readonly target: Uri;
  readonly timeoutSeconds: number | undefined;
}

export async function runOptions(phone: Phone, { target, timeoutSeconds }: OptionsUse): Promise<Summary> {
  const name = shownUri(target);
  using limit = requestLimit(phone, `${name} did not answer`, timeoutSeconds);
  const { response } = await phone.attempt(
    "OPTIONS",
    name,
    limit.first(phone.agent.options(target, { signal: limit.signal })),
  );
  const capabilities = capabilitiesOf(response, phone.exchange("OPTIONS").roundTripMs);
  phone.teller.tell(
    "options",
    { target: name, ...capabilities },
    capabilityWords(name, capabilities).map(printable).join("\n"),
  );
  return { target: name, status: response.status };
}

interface RequestLimit extends Disposable {
  readonly signal: AbortSignal;
  /** The outcome, or why nobody waits for it any more. */
  first<T>(work: Promise<T>): Promise<T>;
}

/** A request is given up after some time, or when the person says so. */
export function requestLimit({ clock, stop }: Phone, what: string, seconds: number | undefined): RequestLimit {
  const limit = new AbortController();
  const timer =
    seconds === undefined ? undefined : clock.after(seconds * 1000, () => limit.abort(notInTime(what, seconds)));
  const signal = AbortSignal.any([limit.signal, stop]);
  const { promise: givenUp, reject } = Promise.withResolvers<never>();
  givenUp.catch(() => {});
  signal.addEventListener("abort", () => reject(limit.signal.aborted ? limit.signal.reason : stopped(what)), {
    once: true,
  });
  return {
    signal,
    first: (work) => {
      work.catch(() => {});
      return Promise.race([givenUp, work]);
    },
    [Symbol.dispose]: () => timer?.[Symbol.dispose](),
  };
}
