/** A response that cannot go back by the flow of its request leaves by one made from its topmost Via. RFC 3261 §18.2.2. */

import { parseMessage } from "../message/message.ts";
import type { Via } from "../message/values.ts";
import type { Flow } from "../transport/contract.ts";
import { detourTarget, type ResponseTarget, responseTarget } from "../transport/response-target.ts";
import type { ActiveServer } from "./active-server.ts";

/** A flow to where the Via says, at once for UDP, or a rejection. `from` is the flow that the request came by. */
export type ReopenFlow = (target: ResponseTarget, from: Flow) => Flow | Promise<Flow>;

/** The flow for responses to a request that must not go back by its own; `undefined` for nearly all requests. */
export function detourOf(via: Via, flow: Flow, reopen: ReopenFlow | undefined): Flow | undefined {
  const target = detourTarget(via, flow);
  if (target === undefined || reopen === undefined) return undefined;
  const detour = reopen(target, flow);
  if (!(detour instanceof Promise)) return detour;
  detour.catch(() => {});
  return undefined;
}

/** Tells the user when that fails as well. */
export function sendByNewFlow(transaction: ActiveServer, text: string, reopen: ReopenFlow | undefined): void {
  const parsed = parseMessage(text);
  const via = parsed.ok ? parsed.value.via : undefined;
  const target = via === undefined ? undefined : responseTarget(via);
  if (target === undefined || reopen === undefined) {
    transaction.reportUndelivered();
    return;
  }
  const send = (flow: Flow): void => {
    transaction.replyBy(flow);
    if (!flow.send(text)) transaction.reportUndelivered();
  };
  try {
    const flow = reopen(target, transaction.flow);
    if (flow instanceof Promise) flow.then(send, () => transaction.reportUndelivered());
    else send(flow);
  } catch {
    transaction.reportUndelivered();
  }
}
