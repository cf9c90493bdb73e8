/** What a worker does with what its transport tells it. */

import type { TransactionLayer } from "@trapezoid/sip/transaction";
import { type Flow, type TransportHandler, transportErrors } from "@trapezoid/sip/transport";
import { answerUnframed } from "./unframed.ts";

export interface TransportHandlerOptions {
  readonly transactions: () => Pick<TransactionLayer, "newTag" | "transportError">;
  readonly receive: (text: string, flow: Flow) => void;
  /** What could not be read came from there. */
  readonly garbage: (flow: Flow) => void;
  readonly log: (level: "debug", message: string, fields: Record<string, unknown>) => void;
}

export function transportHandler({ transactions, receive, garbage, log }: TransportHandlerOptions): TransportHandler {
  return {
    onMessage: receive,
    onGarbage: (reason, flow, head) => {
      garbage(flow);
      if (head !== undefined) answerUnframed(reason, head, flow, transactions().newTag);
    },
    onSendError: (error, flow) => {
      // RFC 3261 §17.1.4, §18.4: what waits on the flow fails now. One message that is too long says nothing about the flow.
      if (!transportErrors.datagramTooLong.is(error)) transactions().transportError(flow, error);
      log("debug", "a message could not be sent", {
        to: `${flow.kind} ${flow.remote.address}:${flow.remote.port}`,
        error: error.message,
      });
    },
  };
}
