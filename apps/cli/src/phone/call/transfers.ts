/** Calls and transfers by key: the target is asked for; attended, it is spoken to first. RFC 5589. */

import type { Uri } from "@trapezoid/sip/message";
import { shownUri, targetUri } from "../addresses.ts";
import type { CallDesk } from "./desk.ts";
import { LiveCall } from "./live-call.ts";

async function askTarget(desk: CallDesk, question: string): Promise<Uri | undefined> {
  const typed = await desk.ask(question);
  if (typed === undefined) return undefined;
  const target = targetUri(typed, { as: desk.phone.as });
  if (target.ok) return target.value;
  desk.say(target.error.message);
  return undefined;
}

export async function callSomebody(desk: CallDesk, live: LiveCall | undefined): Promise<void> {
  if (live !== undefined) {
    desk.say(`there is a call with ${live.remote} already; T calls somebody else beside it`);
    return;
  }
  const target = await askTarget(desk, "whom to call: ");
  if (target === undefined) return;
  const name = shownUri(target);
  const { phone } = desk;
  phone.teller.tell("calling", { target: name }, `calling ${name}`);
  const called = new LiveCall(phone, phone.agent.dial(target), name);
  desk.add(called);
  await phone.attempt("INVITE", name, called.call.answered);
}

export async function transferBlind(desk: CallDesk, live: LiveCall): Promise<void> {
  const consulted = desk.consultationOf(live);
  if (consulted !== undefined) {
    await join(desk, consulted, live);
    return;
  }
  const target = await askTarget(desk, `transfer ${live.remote} to: `);
  if (target === undefined) return;
  const name = shownUri(target);
  desk.say(`transferring ${live.remote} to ${name}`);
  await live.call.transfer(target, { onProgress: (status, reason) => desk.say(`${name}: ${status} ${reason}`) });
  desk.say(`${live.remote} has reached ${name}`);
}

/** Calls a second party; `t` or `T` in that call joins the two. */
export async function transferAttended(desk: CallDesk, live: LiveCall): Promise<void> {
  const waiting = desk.consultationOf(live);
  if (waiting !== undefined) {
    await join(desk, waiting, live);
    return;
  }
  const target = await askTarget(desk, `whom to speak to before ${live.remote} is transferred: `);
  if (target === undefined) return;
  if (!live.call.held.byUs) await live.call.hold();
  const name = shownUri(target);
  const second = new LiveCall(desk.phone, desk.phone.agent.dial(target), name);
  desk.add(second, live);
  desk.say(`${live.remote} is on hold, calling ${name}; T joins the two, q goes back`);
  try {
    await desk.phone.attempt("INVITE", name, second.call.answered);
  } catch (error) {
    if (live.call.state === "active") await live.call.resume();
    throw error;
  }
  void second.call.ended.then(() => {
    // Who is being joined to the other one is on hold no longer than that takes.
    if (!live.isJoining && live.call.state === "active" && live.call.held.byUs)
      desk.say(`${live.remote} is still on hold; h takes them back`);
  });
}

async function join(desk: CallDesk, waiting: LiveCall, second: LiveCall): Promise<void> {
  desk.say(`joining ${waiting.remote} and ${second.remote}`);
  waiting.isJoining = true;
  try {
    await waiting.call.transfer(second.call);
  } finally {
    waiting.isJoining = false;
  }
  desk.say(`${waiting.remote} and ${second.remote} talk to each other`);
}
