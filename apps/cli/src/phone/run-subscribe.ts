/** `trapezoid subscribe`: watches somebody, and says what each notification means. RFC 6665. */

import type { Uri } from "@trapezoid/sip/message";
import { utf8Decode } from "@trapezoid/sip/message";
import { notInTime, PhoneFailure } from "../errors.ts";
import { shownUri } from "./addresses.ts";
import { acceptFor, notificationWords } from "./notifications/describe.ts";
import type { Phone } from "./phone.ts";
import { timeLimit, whenAborted } from "./waiting.ts";
import type { Summary } from "./with-phone.ts";

export interface SubscribeUse {
  readonly target: Uri;
  readonly event: string;
  readonly accept: readonly string[] | undefined;
  readonly expiresSeconds: number | undefined;
  /** Ends after so many notifications. */
  readonly count: number | undefined;
  readonly timeoutSeconds: number | undefined;
}

export async function runSubscribe(phone: Phone, use: SubscribeUse): Promise<Summary> {
  const { teller } = phone;
  const { target, event, count, timeoutSeconds } = use;
  const name = shownUri(target);
  const { promise: enough, resolve: onEnough } = Promise.withResolvers<"enough">();
  let notifications = 0;
  const subscription = phone.agent.subscribe(target, {
    event,
    accept: use.accept ?? acceptFor(event),
    ...(use.expiresSeconds === undefined ? {} : { expiresSeconds: use.expiresSeconds }),
    onNotify: ({ state, contentType, body, notifier }) => {
      notifications++;
      const words = notificationWords(contentType, body);
      const also = state === "active" ? "" : ` (${state})`;
      teller.tell(
        "notification",
        { target: name, package: event, state, contentType, body: utf8Decode(body), notifier, words },
        `${timeOf(phone.clock.now())} ${name} ${event}${also}: ${words}`,
      );
      if (count !== undefined && notifications >= count) onEnough("enough");
    },
  });
  const { reached, timer } = timeLimit(phone.clock, timeoutSeconds);
  using _timer = timer;
  const stopped = whenAborted(phone.stop).then(() => "stopped" as const);
  const first = await Promise.race([
    phone.attempt(
      "SUBSCRIBE",
      name,
      subscription.established.then(() => "established" as const),
    ),
    reached,
    stopped,
    enough,
  ]);
  if (first === "time") {
    await phone.attempt(
      "SUBSCRIBE",
      name,
      Promise.reject(notInTime(`no notification came of ${name}`, timeoutSeconds!)),
    );
  }
  if (first === "stopped")
    throw new PhoneFailure({ code: "given-up", text: "it was stopped before any notification came" });
  teller.tell("subscribed", { target: name, package: event }, undefined);
  if (first !== "enough") phone.screen.status(`watching ${event} of ${name}; Ctrl-C ends it`);
  const last = first === "enough" ? first : await Promise.race([reached, stopped, enough, subscription.ended]);
  phone.screen.status("");
  if (typeof last === "object") {
    const { reason, status, error } = last;
    const text = `${name} ended the subscription to ${event}: ${reason}${status === 0 ? "" : ` (${status})`}`;
    // RFC 6665 §4.4.3: with Expires: 0 the state is fetched once, and that is its end.
    if (use.expiresSeconds !== 0 && error !== undefined) throw new PhoneFailure({ code: reason, text }, error);
    teller.tell("subscription-ended", { target: name, reason, status }, use.expiresSeconds === 0 ? undefined : text);
  }
  if (last === "time" && count !== undefined) {
    throw notInTime(`${notifications} of ${count} notifications came`, timeoutSeconds!);
  }
  await subscription.close();
  return { target: name, package: event, notifications };
}

/** `14:03:07`. */
function timeOf(now: number): string {
  const at = new Date(now);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}
