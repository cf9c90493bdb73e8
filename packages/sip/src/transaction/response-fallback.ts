/** A response whose flow is gone leaves by a new one, made from its topmost Via. RFC 3261 §18.2.2. */

import { parseMessage } from "../message/message.ts";
import type { Flow } from "../transport/contract.ts";
import { type ResponseTarget, responseTarget } from "../transport/response-target.ts";
import type { ActiveServer } from "./active-server.ts";

/** A flow to where the Via says, or a rejection. `lost` is the flow that the request came by. */
export type ReopenFlow = (target: ResponseTarget, lost: Flow) => Flow | Promise<Flow>;

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
    transaction.flow = flow;
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
