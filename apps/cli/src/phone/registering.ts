/** Registers, says so, and tells what becomes of the registration. RFC 3261 §10.2. */

import { type NameAddr, utf8Decode } from "@trapezoid/sip/message";
import { formatDuration } from "../duration.ts";
import { notInTime } from "../errors.ts";
import { printable } from "../table.ts";
import { shownUri } from "./addresses.ts";
import { productOf } from "./failures/their-words.ts";
import type { Phone } from "./phone.ts";

export interface RegisterOptions {
  readonly as: NameAddr;
  /** Seconds to ask for. */
  readonly expiresSeconds: number | undefined;
  /** Seconds that the first answer may take. */
  readonly withinSeconds: number | undefined;
}

export interface Registered {
  /** Ours. */
  readonly contacts: readonly string[];
  readonly expiresSeconds: number | undefined;
  /** All of the address, ours among them. */
  readonly bindings: readonly string[];
}

/** Resolves when it is registered. Rejects with a `PhoneFailure`, or when it was stopped before. */
export async function registerPhone(phone: Phone, options: RegisterOptions): Promise<Registered> {
  const { agent, clock, teller } = phone;
  const { as, expiresSeconds, withinSeconds } = options;
  const name = shownUri(as.uri);
  const limit = new AbortController();
  using _limit =
    withinSeconds === undefined
      ? undefined
      : clock.after(withinSeconds * 1000, () => limit.abort(notInTime(`${name} was not registered`, withinSeconds)));
  // Further attempts are of no use to somebody who waits for the first.
  using _failed = agent.events.on("registrationFailed", (error) => limit.abort(error));
  const { promise: given, reject } = Promise.withResolvers<never>();
  given.catch(() => {});
  const signal = AbortSignal.any([limit.signal, phone.stop]);
  signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  const registration = await phone.attempt(
    "REGISTER",
    name,
    Promise.race([agent.register({ signal, ...(expiresSeconds === undefined ? {} : { expiresSeconds }) }), given]),
  );
  const now = clock.now();
  const bound = registration.flows.filter(({ contact }) => contact !== undefined);
  const contacts = bound.map(({ contact }) => shownUri(contact!.uri));
  const lasts = bound.map(({ expiresAt }) => Math.round((expiresAt - now) / 1000));
  const { final } = phone.exchange("REGISTER");
  const registered: Registered = {
    contacts,
    expiresSeconds: lasts.length === 0 ? undefined : Math.min(...lasts),
    bindings: registration.bindings.map(({ uri }) => shownUri(uri)),
  };
  const words = final === undefined ? undefined : printable(`${final.status} ${utf8Decode(final.reason)}`);
  const product = final === undefined ? undefined : productOf({ response: final });
  teller.tell(
    "registered",
    { as: name, ...registered, status: final?.status, product },
    sentence(name, registered, words, product),
  );
  registration.events.on("refreshed", () => teller.tell("refreshed", { as: name }, undefined));
  registration.events.on("failed", (error, retryInMs) => {
    const again = retryInMs === undefined ? "it is not tried again" : `trying again in ${formatDuration(retryInMs)}`;
    teller.tell(
      "registration-failed",
      { as: name, error: error.message, retryInMs },
      `the registration of ${name} was lost: ${printable(error.message)}; ${again}`,
    );
  });
  registration.events.on("registered", () =>
    teller.tell("registered-again", { as: name }, `${name} is registered again`),
  );
  return registered;
}

function sentence(
  name: string,
  { contacts, expiresSeconds, bindings }: Registered,
  words: string | undefined,
  product: string | undefined,
): string {
  const said = [words, product].filter((text) => text !== undefined).join(", ");
  const others = bindings.filter((uri) => !contacts.includes(uri));
  return [
    `registered ${name} at ${contacts.join(", ")}`,
    ...(expiresSeconds === undefined ? [] : [` for ${formatDuration(expiresSeconds * 1000)}`]),
    ...(said === "" ? [] : [` (${said})`]),
    ...(others.length === 0 ? [] : [`; also registered: ${others.join(", ")}`]),
  ].join("");
}
