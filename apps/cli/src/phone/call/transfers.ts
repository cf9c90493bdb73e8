/** Transfers by key: the target is asked for; attended, it is spoken to first. RFC 5589. */

import type { Uri } from "@trapezoid/sip/message";
import { shownUri, targetUri } from "../addresses.ts";
import type { CallBoard } from "./board.ts";
import { LiveCall } from "./live-call.ts";

async function askTarget(board: CallBoard, question: string): Promise<Uri | undefined> {
  const typed = await board.ask(question);
  if (typed === undefined) return undefined;
  const target = targetUri(typed, { as: board.phone.as });
  if (target.ok) return target.value;
  board.say(target.error.message);
  return undefined;
}

export async function transferBlind(board: CallBoard, live: LiveCall): Promise<void> {
  const consulted = board.consultationOf(live);
  if (consulted !== undefined) {
    await join(board, consulted, live);
    return;
  }
  const target = await askTarget(board, `transfer ${live.remote} to: `);
  if (target === undefined) return;
  const name = shownUri(target);
  board.say(`transferring ${live.remote} to ${name}`);
  await live.call.transfer(target, { onProgress: (status, reason) => board.say(`${name}: ${status} ${reason}`) });
  board.say(`${live.remote} has reached ${name}`);
}

/** Calls a second party; `t` or `T` in that call joins the two. */
export async function transferAttended(board: CallBoard, live: LiveCall): Promise<void> {
  const waiting = board.consultationOf(live);
  if (waiting !== undefined) {
    await join(board, waiting, live);
    return;
  }
  const target = await askTarget(board, `whom to speak to before ${live.remote} is transferred: `);
  if (target === undefined) return;
  if (!live.call.held.byUs) await live.call.hold();
  const name = shownUri(target);
  const second = new LiveCall(board.phone, board.phone.agent.dial(target), name);
  board.add(second, live);
  board.say(`${live.remote} is on hold, calling ${name}; T joins the two, q goes back`);
  try {
    await board.phone.attempt("INVITE", name, second.call.answered);
  } catch (error) {
    if (live.call.state === "active") await live.call.resume();
    throw error;
  }
  void second.call.ended.then(() => {
    if (live.call.state === "active" && live.call.held.byUs)
      board.say(`${live.remote} is still on hold; h takes them back`);
  });
}

async function join(board: CallBoard, waiting: LiveCall, second: LiveCall): Promise<void> {
  board.say(`joining ${waiting.remote} and ${second.remote}`);
  await waiting.call.transfer(second.call);
  board.say(`${waiting.remote} and ${second.remote} talk to each other`);
}
