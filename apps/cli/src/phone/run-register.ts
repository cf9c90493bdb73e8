/** `trapezoid register`: a phone that is there until it is told to stop. */

import type { NameAddr } from "@trapezoid/sip/message";
import { shownUri } from "./addresses.ts";
import { Answering, type AnsweringOptions, type TakenCall } from "./answering.ts";
import { checkFiles } from "./call/activities.ts";
import { CallBoard } from "./call/board.ts";
import type { Phone } from "./phone.ts";
import { registerPhone } from "./registering.ts";
import { timeLimit, whenAborted } from "./waiting.ts";
import type { Summary } from "./with-phone.ts";

export interface RegisterUse {
  readonly as: NameAddr;
  readonly expiresSeconds: number | undefined;
  /** Ends as soon as it is registered. */
  readonly once: boolean;
  readonly timeoutSeconds: number | undefined;
  readonly answering: AnsweringOptions;
}

export async function runRegister(phone: Phone, use: RegisterUse): Promise<Summary> {
  const { as, once, timeoutSeconds, answering } = use;
  const name = shownUri(as.uri);
  await checkFiles(answering.activities, { records: "many" });
  const taken: TakenCall[] = [];
  const { promise: failed, reject } = Promise.withResolvers<never>();
  failed.catch(() => {});
  using board = once ? undefined : new CallBoard(phone);
  using _answering =
    board === undefined
      ? undefined
      : new Answering(phone, board, answering, { onTaken: (call) => taken.push(call), onFailure: reject });
  const registered = await registerPhone(phone, {
    as,
    expiresSeconds: use.expiresSeconds,
    withinSeconds: timeoutSeconds,
  });
  if (!once) {
    board?.idle(
      `${name} is registered; ${answering.answers ? "calls are answered" : "calls ring"}; c calls somebody, Ctrl-C ends it`,
    );
    const { reached, timer } = timeLimit(phone.clock, timeoutSeconds);
    using _timer = timer;
    await Promise.race([whenAborted(phone.stop), reached, failed]);
    board?.idle("");
    await Promise.all([...phone.agent.calls].map((call) => call.hangUp({ status: 480 })));
    await phone.agent.unregister();
    const last = phone.exchange("REGISTER").final;
    const isGone = last !== undefined && last.status < 300;
    phone.teller.tell(
      "unregistered",
      { as: name, ok: isGone },
      isGone ? `unregistered ${name}` : `${name} could not be unregistered: its contact is forgotten when it expires`,
    );
  }
  return { as: name, ...registered, calls: taken };
}
