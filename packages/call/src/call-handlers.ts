/** What a SIP session asks its call: descriptions, and requests within the dialog. */

import type { IncomingRefer, IncomingRequest, Reply, SessionHandlers } from "@trapezoid/sip/agent";
import { ContentType, utf8Decode } from "@trapezoid/sip/message";
import { parseInfoDigit } from "./info-digits.ts";
import { Negotiator, type NegotiatorHost } from "./negotiator.ts";
import { followTransfer, type TransferredParty } from "./transfer.ts";
import type { Digit } from "./values.ts";

export interface CallHandlersHost extends NegotiatorHost, TransferredParty {
  digit(digit: Digit): void;
}

export class CallHandlers extends Negotiator implements SessionHandlers {
  readonly #host: CallHandlersHost;

  constructor(host: CallHandlersHost) {
    super(host);
    this.#host = host;
  }

  onRefer(refer: IncomingRefer): Promise<void> {
    return followTransfer(this.#host, refer);
  }

  onInfo({ request }: IncomingRequest, infoPackage: string | undefined): Reply {
    const type = contentType(request);
    const digit = infoPackage === undefined ? parseInfoDigit(type, request.body) : undefined;
    if (digit !== undefined) this.#host.digit(digit);
    // RFC 2976 §2.2: one without a body only asks whether the session is alive.
    else if (request.body !== "")
      return { status: 415, headers: [["Accept", "application/dtmf-relay, application/dtmf"]] };
    return undefined;
  }

  onMessage({ request }: IncomingRequest): Reply {
    const { events } = this.#host.call;
    // RFC 5057 §5.1: 480 would end the call.
    if (events.listenerCount("message") === 0) return { status: 488, reason: "Nobody Reads Messages Here" };
    events.emit("message", utf8Decode(request.body), contentType(request));
    return undefined;
  }
}

function contentType(request: IncomingRequest["request"]): string {
  const type = request.get(ContentType);
  return type === undefined ? "" : `${type.type}/${type.subtype}`.toLowerCase();
}
